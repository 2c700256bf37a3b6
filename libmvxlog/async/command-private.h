/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What other threads ask of a worker. It comes behind the lanes that were announced before it. */
#pragma once

#include "async/flush-private.h"
#include "async/queue-private.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_COMMAND_START,
  MVX_LOG_COMMAND_STOP,
  MVX_LOG_COMMAND_FLUSH,
  MVX_LOG_COMMAND_COMPLETE,
  MVX_LOG_COMMAND_RUN
} MvxLogCommandType;

/* A function to be run on the worker, shared by who waits for it and the worker. */
typedef struct
{
  gint      ref_count;
  gboolean (*func) (gpointer data, GError **error);
  gpointer  data;
  GDestroyNotify destroy; /* of the data, which is the caller's if there is none */
  GMutex    mutex;
  GCond     cond;
  gboolean  begun;
  gboolean  given_up;
  gboolean  done;
  gboolean  result;
  GError   *error;
} MvxLogJob;

typedef struct
{
  MvxLogCommandType    type;
  gint64               deadline_us; /* STOP */
  MvxLogFlush         *flush;       /* FLUSH */
  MvxLogJob           *job;         /* RUN */
  MvxLogEvent *const  *batch;       /* COMPLETE */
  guint64              serial;      /* 0: whichever it is that has this batch */
  MvxLogDispatchResult result;
  guint                n_done;
  GError              *error;
} MvxLogCommand;

MvxLogCommand *mvx_log_command_new  (MvxLogCommandType  type);
void           mvx_log_command_free (MvxLogCommand     *command);
/* Hands it over and wakes the worker. */
void           mvx_log_command_send (MvxLogCommand     *command,
                                     MvxLogQueue       *queue);

MvxLogJob     *mvx_log_job_new      (gboolean         (*func) (gpointer data, GError **error),
                                     gpointer           data,
                                     GDestroyNotify     destroy);
void           mvx_log_job_unref    (MvxLogJob         *job);
void           mvx_log_job_run      (MvxLogJob         *job);
/* Instead of running it: it fails with @error (transfer full). */
void           mvx_log_job_refuse   (MvxLogJob         *job,
                                     GError            *error);
gboolean       mvx_log_job_is_done  (MvxLogJob         *job);
/* TIMED_OUT if it has not ended by the deadline. One whose data is the caller's is waited for once it has begun. */
gboolean       mvx_log_job_wait     (MvxLogJob         *job,
                                     gint64             deadline_us,
                                     GError           **error);

G_END_DECLS
