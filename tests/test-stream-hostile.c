/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hostile texts on a standard stream, in every format that it can have: an event is a line, and the line holds it. */
#include <fcntl.h>
#include <unistd.h>

#include "hostile-formats.h"
#include "sink/host-private.h"
#include "sink/options-private.h"
#include "sink/stream-private.h"

static void
test_format (gconstpointer data)
{
  g_autoptr (GPtrArray) texts = fixture_hostile ();
  g_autoptr (GPtrArray) events = hostile_events (texts);
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (mvx_log_stream_plugin.plugin->options);
  MvxLogSinkHost *host = mvx_log_sink_host_new ("console", NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  guint n_done = 0;
  int fd = g_file_open_tmp ("mvxlog-stream-XXXXXX", &path, &error);
  gpointer instance;

  g_assert_no_error (error);
  hostile_set_format (data, options);
  instance = mvx_log_stream_plugin.create (options, host, &error);
  g_assert_no_error (error);
  mvx_log_stream_set_fd (instance, fd, 60000);
  mvx_log_stream_plugin.dispatch_core (instance, (MvxLogEvent *const *) events->pdata, events->len, &n_done, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, events->len);
  mvx_log_stream_plugin.plugin->destroy (instance);
  mvx_log_sink_host_free (host);
  close (fd);
  hostile_judge_file ("stream", data, texts, path);
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (hostile_formats); i++)
    {
      g_autofree char *path = g_strconcat ("/stream-hostile/", hostile_formats[i].name, NULL);

      g_test_add_data_func (path, &hostile_formats[i], test_format);
    }
  return g_test_run ();
}
