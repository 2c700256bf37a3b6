/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the checks on one plugin file in a child process and judges what comes of it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gint64       step_us;  /* how long a step may take */
  gboolean     valgrind;
  const char *const *options; /* NAME=TEXT */

  /* A line of the list is complete. @status: "ok", "skipped" or "broken" */
  void       (*on_line) (const char *name,
                         const char *status,
                         const char *text,
                         gpointer    data);
  gpointer     data;
} MvxVerifyRun;

/* TRUE if no promise is broken. */
gboolean mvx_verify_run (const MvxVerifyRun *run,
                         const char         *path);

G_END_DECLS
