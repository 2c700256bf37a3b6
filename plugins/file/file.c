/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Log files: the plugin contract. An event is settled when its line has been handed to the kernel, with fsync=batch
 * when it is on the disk; nothing is held back in between, so that no crash of the program can lose what was delivered.
 */
#include <mvxlog/mvxlog.h>

#include "file-deliver.h"
#include "file-open.h"

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
  mvx_file_trouble_clear (&self->trouble);
  g_free (self);
}

/* After every change of the options. */
static void
mvx_file_set_up_rotation (MvxFile *self)
{
  g_clear_pointer (&self->rotate, mvx_file_rotate_free);
  if (mvx_file_options_rotates (self->options))
    self->rotate = mvx_file_rotate_new (self->options, self->host, self->writer, self->tidy, &self->trouble);
}

gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  MvxFile *self = g_new0 (MvxFile, 1);

  self->host = host;
  self->trouble.host = host;
  self->tidy = mvx_file_tidy_new (host);
  self->options = mvx_file_options_new (options, error);
  self->writer = self->options ? mvx_file_writer_new (self->options, error) : NULL;
  self->watched_us = g_get_monotonic_time ();
  if (self->writer)
    {
      if (self->options->emergency)
        mvx_file_writer_set_emergency (self->writer, host);
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

static gint
mvx_file_find_highest (MvxLogEvent *const *events, guint n_events)
{
  gint highest = MVX_LOG_LEVEL_NOTSET;

  for (guint i = 0; i < n_events; i++)
    highest = MAX (highest, mvx_log_event_get_level (events[i]));
  return highest;
}

/* With fsync=interval and batch, for the first @n events, which are in the file. */
static gboolean
mvx_file_secure (MvxFile *self, MvxLogEvent *const *events, guint n, GError **error)
{
  if (!mvx_file_writer_is_dirty (self->writer))
    return TRUE;
  if (self->options->fsync == MVX_FILE_FSYNC_BATCH)
    return mvx_file_writer_sync (self->writer, error);
  if (self->options->fsync != MVX_FILE_FSYNC_INTERVAL || self->sync_source == NULL)
    return TRUE;
  if (mvx_file_find_highest (events, n) >= self->options->flush_level)
    mvx_file_on_sync (self);
  else if (g_source_get_ready_time (self->sync_source) < 0)
    g_source_set_ready_time (self->sync_source, g_get_monotonic_time () + self->options->flush_interval_us);
  return TRUE;
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  MvxFile *self = instance;
  gboolean success;

  *n_done = 0;
  success = mvx_file_deliver (self, events, n_events, n_done, error);
  if (mvx_file_secure (self, events, *n_done, success ? error : NULL))
    return success ? MVX_LOG_DISPATCH_OK : MVX_LOG_DISPATCH_RETRY;
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
