/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/head.h>

#include "context/fieldset-private.h"

G_BEGIN_DECLS

/* Key of the field that has a record's place in the tree. */
#define MVX_LOG_TASK_KEY "task"

struct _MvxLogTask
{
  gint ref_count;
  gint ended;      /* atomic: whoever sets it logs the last record */
  guint n_records; /* atomic, only counts */
  guint n_children; /* atomic, only counts */
  gboolean innermost; /* the data of its parents are not in its records */
  MvxLogHead head;
  MvxLogTask *parent; /* nullable */
  char *path;
  char *what;
  char *success;      /* nullable: as @what; empty: none */
  GError **watched;   /* nullable */
  MvxLogScope *scope; /* on the stack of the thread that began it, until it ends */
};

static inline MvxLogTask *
mvx_log_task_node_ref (MvxLogTask *task)
{
  g_atomic_int_inc (&task->ref_count);
  return task;
}

void     mvx_log_task_node_unref (MvxLogTask        *task);
/* Path of the next child. */
char    *mvx_log_task_next_path  (MvxLogTask        *task);
/* Counts a record of the task and appends its key, "NUMBER@PATH", as the value of a string. */
void     mvx_log_task_print_key  (MvxLogTask        *task,
                                  MvxLogBuffer      *buffer);
/* UUID, then numbers from 1. */
gboolean mvx_log_task_check_path (const char        *path,
                                  GError           **error);
/* Do the records of @innermost (nullable) have the data of @task? */
gboolean mvx_log_task_reaches    (const MvxLogTask  *task,
                                  const MvxLogTask  *innermost);

G_END_DECLS
