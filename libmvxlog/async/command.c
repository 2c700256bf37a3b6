/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/command-private.h"
#include "base/error-private.h"

MvxLogCommand *
mvx_log_command_new (MvxLogCommandType type)
{
  MvxLogCommand *command = g_new0 (MvxLogCommand, 1);

  command->type = type;
  return command;
}

void
mvx_log_command_free (MvxLogCommand *command)
{
  g_clear_pointer (&command->job, mvx_log_job_unref);
  g_clear_error (&command->error);
  g_free (command);
}

void
mvx_log_command_send (MvxLogCommand *command, MvxLogQueue *queue)
{
  mvx_log_queue_push (queue, command);
  mvx_log_queue_wake_worker (queue);
}

MvxLogJob *
mvx_log_job_new (gboolean (*func) (gpointer data, GError **error), gpointer data, GDestroyNotify destroy)
{
  MvxLogJob *job = g_new0 (MvxLogJob, 1);

  job->ref_count = 2;
  job->func = func;
  job->data = data;
  job->destroy = destroy;
  g_mutex_init (&job->mutex);
  g_cond_init (&job->cond);
  return job;
}

void
mvx_log_job_unref (MvxLogJob *job)
{
  if (!g_atomic_int_dec_and_test (&job->ref_count))
    return;
  if (job->destroy)
    job->destroy (job->data);
  g_clear_error (&job->error);
  g_mutex_clear (&job->mutex);
  g_cond_clear (&job->cond);
  g_free (job);
}

static void
mvx_log_job_finish (MvxLogJob *job, gboolean result, GError *error)
{
  g_mutex_lock (&job->mutex);
  job->result = result;
  job->error = error;
  job->done = TRUE;
  g_cond_broadcast (&job->cond);
  g_mutex_unlock (&job->mutex);
}

void
mvx_log_job_refuse (MvxLogJob *job, GError *error)
{
  mvx_log_job_finish (job, FALSE, error);
}

void
mvx_log_job_run (MvxLogJob *job)
{
  GError *error = NULL;
  gboolean result;
  gboolean begun;

  g_mutex_lock (&job->mutex);
  job->begun = begun = !job->given_up;
  g_mutex_unlock (&job->mutex);
  if (!begun)
    return;
  result = job->func (job->data, &error);
  mvx_log_job_finish (job, result, error);
}

gboolean
mvx_log_job_is_done (MvxLogJob *job)
{
  gboolean done;

  g_mutex_lock (&job->mutex);
  done = job->done;
  g_mutex_unlock (&job->mutex);
  return done;
}

gboolean
mvx_log_job_wait (MvxLogJob *job, gint64 deadline_us, GError **error)
{
  gboolean result;

  g_mutex_lock (&job->mutex);
  while (!job->done)
    {
      /* What it works on is on the caller's stack: a function that has begun must come to its end. */
      if (deadline_us < 0 || (job->begun && job->destroy == NULL))
        g_cond_wait (&job->cond, &job->mutex);
      else if (!g_cond_wait_until (&job->cond, &job->mutex, deadline_us) && (job->destroy || !job->begun))
        break;
    }
  job->given_up = !job->done;
  result = job->done && job->result;
  if (job->given_up)
    g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT, "The sink's worker was busy until the deadline");
  else if (job->error)
    g_propagate_error (error, g_steal_pointer (&job->error));
  g_mutex_unlock (&job->mutex);
  mvx_log_job_unref (job);
  return result;
}
