/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-tidy.h"

#include <errno.h>
#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file-compress.h"
#include "file-retain.h"

#define MVX_FILE_TIDY_NICE 19
/* So long a program that ends waits for what is nearly done: one that never runs long would never get it done. */
#define MVX_FILE_TIDY_GRACE_US (G_USEC_PER_SEC / 4)
/* linux/ioprio.h is not everywhere. */
#define MVX_FILE_IOPRIO_WHO_PROCESS 1
#define MVX_FILE_IOPRIO_IDLE (3 << 13)

typedef struct
{
  char *path;
  MvxFileCompression compression;
  gint64 max_count;
  gint64 max_age_us;
  gint64 max_size;
} MvxFileTidyJob;

struct _MvxFileTidy
{
  MvxLogSinkHost *host;
  GCancellable *cancellable;
  GThread *thread; /* of the owner: started, and not joined yet */

  GMutex mutex;
  GCond idle;
  MvxFileTidyJob *next; /* under the mutex, as is */
  gboolean is_running;
};

static void
mvx_file_tidy_job_free (MvxFileTidyJob *job)
{
  g_free (job->path);
  g_free (job);
}

MvxFileTidy *
mvx_file_tidy_new (MvxLogSinkHost *host)
{
  MvxFileTidy *self = g_new0 (MvxFileTidy, 1);

  self->host = host;
  self->cancellable = g_cancellable_new ();
  g_mutex_init (&self->mutex);
  g_cond_init (&self->idle);
  return self;
}

static void
mvx_file_tidy_remove (MvxFileTidy *self, const char *path)
{
  if (unlink (path) == 0 || errno == ENOENT)
    return;
  mvx_log_sink_host_diagnosef (
      self->host, MVX_LOG_LEVEL_WARNING,
      "Cannot remove old log file '%s': %s; remove it by hand, or let user %u write to its directory", path,
      g_strerror (errno), (guint) geteuid ());
}

static GPtrArray *
mvx_file_tidy_list (MvxFileTidy *self, const MvxFileTidyJob *job)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *files = mvx_file_retain_list (job->path, &error);

  if (files == NULL)
    mvx_log_sink_host_diagnosef (self->host, MVX_LOG_LEVEL_WARNING, "Cannot look for old files of log file '%s': %s",
                                 job->path, error->message);
  return files;
}

static void
mvx_file_tidy_retain (MvxFileTidy *self, const MvxFileTidyJob *job, gint64 max_size)
{
  g_autoptr (GPtrArray) files = mvx_file_tidy_list (self, job);
  g_autoptr (GPtrArray) old = NULL;

  if (files == NULL)
    return;
  old = mvx_file_retain_select (files, job->max_count, job->max_age_us, max_size, g_get_real_time ());
  for (guint i = 0; i < old->len; i++)
    mvx_file_tidy_remove (self, ((MvxFileRolled *) old->pdata[i])->path);
  if (old->len > 0)
    mvx_log_sink_host_count (self->host, "removed", old->len);
}

/* A compression that was interrupted, and whose original is gone: there is nothing that would begin it anew. */
static void
mvx_file_tidy_clean (MvxFileTidy *self, const char *partial)
{
  g_autofree char *original = g_strndup (partial, strlen (partial) - strlen (MVX_FILE_NAME_PARTIAL_SUFFIX));

  *strrchr (original, '.') = '\0';
  if (access (original, F_OK) != 0)
    mvx_file_tidy_remove (self, partial);
}

static void
mvx_file_tidy_compress (MvxFileTidy *self, const MvxFileTidyJob *job)
{
  g_autoptr (GPtrArray) files = mvx_file_tidy_list (self, job);

  for (guint i = 0; files && i < files->len && !g_cancellable_is_cancelled (self->cancellable); i++)
    {
      const MvxFileRolled *rolled = files->pdata[i];
      g_autoptr (GError) error = NULL;

      if (rolled->name.kind == MVX_FILE_NAME_PARTIAL)
        mvx_file_tidy_clean (self, rolled->path);
      if (rolled->name.kind != MVX_FILE_NAME_PLAIN || job->compression == MVX_FILE_COMPRESSION_NONE)
        continue;
      if (mvx_file_compress (rolled->path, job->compression, self->cancellable, &error))
        mvx_log_sink_host_count (self->host, "compressed", 1);
      else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          /* Most likely the next one fails for the same reason. */
          mvx_log_sink_host_diagnose (self->host, MVX_LOG_LEVEL_WARNING, error->message);
          return;
        }
    }
}

static void
mvx_file_tidy_do (MvxFileTidy *self, const MvxFileTidyJob *job)
{
  /* The size counts once it is the final one. */
  mvx_file_tidy_retain (self, job, 0);
  mvx_file_tidy_compress (self, job);
  if (job->max_size > 0 && !g_cancellable_is_cancelled (self->cancellable))
    mvx_file_tidy_retain (self, job, job->max_size);
}

/* Signals are for the program's own threads. */
static void
mvx_file_tidy_humble (void)
{
  sigset_t all;

  sigfillset (&all);
  pthread_sigmask (SIG_BLOCK, &all, NULL);
  /* Of this thread only, on Linux; best effort both. */
  setpriority (PRIO_PROCESS, (id_t) syscall (SYS_gettid), MVX_FILE_TIDY_NICE);
  syscall (SYS_ioprio_set, MVX_FILE_IOPRIO_WHO_PROCESS, 0, MVX_FILE_IOPRIO_IDLE);
}

static gpointer
mvx_file_tidy_run (gpointer data)
{
  MvxFileTidy *self = data;
  MvxFileTidyJob *job;

  mvx_file_tidy_humble ();
  g_mutex_lock (&self->mutex);
  while ((job = g_steal_pointer (&self->next)))
    {
      g_mutex_unlock (&self->mutex);
      mvx_file_tidy_do (self, job);
      mvx_file_tidy_job_free (job);
      g_mutex_lock (&self->mutex);
    }
  self->is_running = FALSE;
  g_cond_signal (&self->idle);
  g_mutex_unlock (&self->mutex);
  return NULL;
}

void
mvx_file_tidy_start (MvxFileTidy *self, const MvxFileOptions *options)
{
  g_autoptr (GError) error = NULL;
  MvxFileTidyJob *job;
  gboolean is_running;

  if (options->compression == MVX_FILE_COMPRESSION_NONE && options->retain_count == 0 && options->retain_age_us == 0
      && options->retain_size == 0)
    return;
  job = g_new0 (MvxFileTidyJob, 1);
  job->path = g_strdup (options->path);
  job->compression = options->compression;
  job->max_count = options->retain_count;
  job->max_age_us = options->retain_age_us;
  job->max_size = options->retain_size;
  g_mutex_lock (&self->mutex);
  g_clear_pointer (&self->next, mvx_file_tidy_job_free);
  self->next = job;
  is_running = self->is_running;
  self->is_running = TRUE;
  g_mutex_unlock (&self->mutex);
  if (is_running)
    return;
  mvx_file_tidy_wait (self);
  self->thread = g_thread_try_new ("mvxlog-tidy", mvx_file_tidy_run, self, &error);
  if (self->thread)
    return;
  self->is_running = FALSE;
  mvx_log_sink_host_diagnosef (self->host, MVX_LOG_LEVEL_WARNING,
                               "Cannot look after the old files of log file '%s': %s; it is tried again after the next "
                               "rotation",
                               options->path, error->message);
}

void
mvx_file_tidy_wait (MvxFileTidy *self)
{
  if (self->thread)
    g_thread_join (g_steal_pointer (&self->thread));
}

void
mvx_file_tidy_free (MvxFileTidy *self)
{
  gint64 deadline = g_get_monotonic_time () + MVX_FILE_TIDY_GRACE_US;

  g_mutex_lock (&self->mutex);
  while (self->is_running && g_cond_wait_until (&self->idle, &self->mutex, deadline))
    ;
  g_mutex_unlock (&self->mutex);
  g_cancellable_cancel (self->cancellable);
  mvx_file_tidy_wait (self);
  g_clear_pointer (&self->next, mvx_file_tidy_job_free);
  g_object_unref (self->cancellable);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->idle);
  g_free (self);
}
