/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Log files: the plugin contract. An event is settled when its line has been handed to the kernel, with fsync=batch
 * when it is on the disk; nothing is held back in between, so that no crash of the program can lose what was delivered.
 */
#include <mvxlog/mvxlog.h>

#include "file-open.h"
#include "file-options.h"
#include "file-rotate.h"
#include "file-space.h"
#include "file-writer.h"

#define MVX_FILE_WATCH_INTERVAL_US G_USEC_PER_SEC

typedef struct
{
  MvxLogSinkHost *host;
  MvxFileOptions *options;
  MvxFileWriter *writer;
  MvxFileTidy *tidy;
  MvxFileRotate *rotate; /* NULL while the file is never rolled */
  GSource *sync_source;  /* on the worker; runs out flush-interval after a write */
  gint64 watched_us;     /* when the path was looked at */
} MvxFile;

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxFileOptions) parsed = mvx_file_options_new (options, error);

  if (parsed == NULL)
    return NULL;
  return mvx_log_sink_descriptor_new ("file", g_variant_new_string (parsed->path), mvx_file_options_to_key (options));
}

static void
mvx_file_destroy (gpointer instance)
{
  MvxFile *self = instance;

  if (self->sync_source)
    {
      g_source_destroy (self->sync_source);
      g_source_unref (self->sync_source);
    }
  g_clear_pointer (&self->tidy, mvx_file_tidy_free);
  g_clear_pointer (&self->rotate, mvx_file_rotate_free);
  g_clear_pointer (&self->writer, mvx_file_writer_free);
  g_clear_pointer (&self->options, mvx_file_options_free);
  g_free (self);
}

/* After every change of the options. */
static void
mvx_file_set_up_rotation (MvxFile *self)
{
  g_clear_pointer (&self->rotate, mvx_file_rotate_free);
  if (mvx_file_options_rotates (self->options))
    self->rotate = mvx_file_rotate_new (self->options, self->host, self->writer, self->tidy);
}

gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  MvxFile *self = g_new0 (MvxFile, 1);

  self->host = host;
  self->tidy = mvx_file_tidy_new (host);
  self->options = mvx_file_options_new (options, error);
  self->writer = self->options ? mvx_file_writer_new (self->options, error) : NULL;
  self->watched_us = g_get_monotonic_time ();
  if (self->writer)
    {
      mvx_file_set_up_rotation (self);
      return self;
    }
  mvx_file_destroy (self);
  return NULL;
}

static gboolean
mvx_file_on_sync (gpointer data)
{
  MvxFile *self = data;
  g_autoptr (GError) error = NULL;

  if (!mvx_file_writer_sync (self->writer, &error))
    mvx_log_sink_host_diagnose (self->host, MVX_LOG_LEVEL_ERROR, error->message);
  g_source_set_ready_time (self->sync_source, -1);
  return G_SOURCE_CONTINUE;
}

static gboolean
mvx_file_dispatch_source (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static GSourceFuncs mvx_file_source_funcs = { NULL, NULL, mvx_file_dispatch_source, NULL, NULL, NULL };

static gboolean
mvx_file_on_starting (gpointer instance, GError **error)
{
  MvxFile *self = instance;

  self->sync_source = g_source_new (&mvx_file_source_funcs, sizeof (GSource));
  g_source_set_static_name (self->sync_source, "mvxlog-file-sync");
  g_source_set_callback (self->sync_source, mvx_file_on_sync, self, NULL);
  g_source_set_ready_time (self->sync_source, -1);
  g_source_attach (self->sync_source, g_main_context_get_thread_default ());
  /* What the last run did not come to. */
  if (self->rotate)
    mvx_file_tidy_start (self->tidy, self->options);
  return TRUE;
}

static gboolean
mvx_file_on_stopped (gpointer instance, GError **error)
{
  MvxFile *self = instance;

  if (self->sync_source)
    {
      g_source_destroy (self->sync_source);
      g_clear_pointer (&self->sync_source, g_source_unref);
    }
  if (!mvx_file_writer_complete (self->writer, error))
    return FALSE;
  return self->options->fsync == MVX_FILE_FSYNC_NONE || mvx_file_writer_sync (self->writer, error);
}

/* Somebody renamed or removed the file without telling. What cannot be opened anew is still written to the old one. */
static void
mvx_file_look_at_path (MvxFile *self)
{
  g_autoptr (GError) error = NULL;
  gint64 now = g_get_monotonic_time ();

  if (!self->options->watch || now - self->watched_us < MVX_FILE_WATCH_INTERVAL_US)
    return;
  self->watched_us = now;
  if (!mvx_file_writer_is_stale (self->writer))
    return;
  if (mvx_file_writer_reopen (self->writer, &error))
    mvx_log_sink_host_count (self->host, "reopened", 1);
  else
    mvx_log_sink_host_diagnose (self->host, MVX_LOG_LEVEL_WARNING, error->message);
}

/* With fsync=interval and batch. */
static gboolean
mvx_file_secure (MvxFile *self, gint highest, GError **error)
{
  gint64 due;

  if (!mvx_file_writer_is_dirty (self->writer))
    return TRUE;
  if (self->options->fsync == MVX_FILE_FSYNC_BATCH)
    return mvx_file_writer_sync (self->writer, error);
  if (self->options->fsync != MVX_FILE_FSYNC_INTERVAL || self->sync_source == NULL)
    return TRUE;
  if (highest >= self->options->flush_level)
    {
      mvx_file_on_sync (self);
      return TRUE;
    }
  if (g_source_get_ready_time (self->sync_source) >= 0)
    return TRUE;
  due = g_get_monotonic_time () + self->options->flush_interval_us;
  g_source_set_ready_time (self->sync_source, due);
  return TRUE;
}

/* Would @n_more events, each as large as the @n collected ones are, fill less than half a buffer? They then are not
 * worth a call of the kernel of their own. */
static gboolean
mvx_file_is_small_rest (const MvxFile *self, guint n, guint n_more)
{
  return self->options->rotate_size == 0
         && mvx_file_writer_get_size (self->writer) / MAX (n, 1) * n_more < self->options->buffer_size / 2;
}

/* Renders events from *@n_done on until the buffer is full, then writes them; a small rest goes along. */
static gboolean
mvx_file_write_some (MvxFile *self, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  guint first = *n_done;
  guint n_lines = 0;
  guint n = first;
  gsize limit = self->options->buffer_size;
  gboolean success;

  if (self->options->rotate_size > 0)
    limit = MIN (limit, (gsize) self->options->rotate_size);

  mvx_file_writer_begin (self->writer);
  while (n < n_events
         && (mvx_file_writer_get_size (self->writer) < limit || mvx_file_is_small_rest (self, n - first, n_events - n)))
    {
      if (!mvx_file_writer_add (self->writer, events[n++]))
        (*n_done)++;
    }
  if (!mvx_file_space_check (self->options, mvx_file_writer_get_fd (self->writer),
                             mvx_file_writer_get_size (self->writer), error))
    return FALSE;
  success = self->rotate ? mvx_file_rotate_write (self->rotate, &n_lines, error)
                         : mvx_file_writer_write (self->writer, &n_lines, error);
  *n_done += n_lines;
  return success;
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxFile *self = instance;
  gint highest = MVX_LOG_LEVEL_NOTSET;

  *n_done = 0;
  mvx_file_look_at_path (self);
  if (!mvx_file_writer_complete (self->writer, error))
    return MVX_LOG_DISPATCH_RETRY;
  while (*n_done < n_events)
    if (!mvx_file_write_some (self, events, n_events, n_done, error))
      return MVX_LOG_DISPATCH_RETRY;
  if (self->options->fsync == MVX_FILE_FSYNC_INTERVAL)
    for (guint i = 0; i < n_events; i++)
      highest = MAX (highest, mvx_log_event_get_level (events[i]));
  if (mvx_file_secure (self, highest, error))
    return MVX_LOG_DISPATCH_OK;
  /* What did not reach the disk is written again: twice is better than not at all. */
  *n_done = 0;
  return MVX_LOG_DISPATCH_RETRY;
}

static gboolean
mvx_file_flush (gpointer instance, gint64 deadline_us, GError **error)
{
  MvxFile *self = instance;

  if (!mvx_file_writer_complete (self->writer, error))
    return FALSE;
  return self->options->fsync == MVX_FILE_FSYNC_NONE || mvx_file_writer_sync (self->writer, error);
}

static gboolean
mvx_file_reopen (gpointer instance, GError **error)
{
  MvxFile *self = instance;

  self->watched_us = g_get_monotonic_time ();
  return mvx_file_writer_reopen (self->writer, error);
}

static gboolean
mvx_file_probe (MvxLogOptions *options, gint64 deadline_us, GError **error)
{
  g_autoptr (MvxFileOptions) parsed = mvx_file_options_new (options, error);

  return parsed && mvx_file_open_probe (parsed, error);
}

static gboolean
mvx_file_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxFile *self = instance;
  MvxFileOptions *fresh = mvx_file_options_new (options, error);

  if (fresh == NULL)
    return FALSE;
  mvx_file_options_set_path (fresh, self->options->path);
  mvx_file_writer_set_options (self->writer, fresh);
  mvx_file_options_free (self->options);
  self->options = fresh;
  mvx_file_set_up_rotation (self);
  if (self->rotate)
    mvx_file_tidy_start (self->tidy, self->options);
  return TRUE;
}

MVX_LOG_PLUGIN_DEFINE ("file",
                       MVX_LOG_VERSION_S,
                       "Log files, one line per event",
                       "LGPL-2.1-or-later",
                       MVX_LOG_PLUGIN_ASYNC | MVX_LOG_PLUGIN_ACKNOWLEDGES,
                       mvx_file_option_table,
                       mvx_file_destroy,
                       .on_starting = mvx_file_on_starting,
                       .on_stopped = mvx_file_on_stopped,
                       .flush = mvx_file_flush,
                       .reopen = mvx_file_reopen,
                       .probe = mvx_file_probe,
                       .reconfigure = mvx_file_reconfigure);
