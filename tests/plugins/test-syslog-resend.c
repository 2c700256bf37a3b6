/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What TCP has not acknowledged when a connection breaks. */
#include "syslog-faults.h"

#include <sys/ioctl.h>

/* How many frames the other side's kernel has, without reading any. */
static guint
count_taken (Faults *self)
{
  g_autofree char *data = NULL;
  int size = 0;
  guint n = 0;

  g_assert_cmpint (ioctl (self->peer, FIONREAD, &size), ==, 0);
  data = g_malloc0 ((gsize) size + 1);
  g_assert_cmpint (recv (self->peer, data, (gsize) size, MSG_PEEK), ==, size);
  for (char *p = data; p < data + size; n++)
    {
      guint64 length = g_ascii_strtoull (p, &p, 10);

      p += 1 + length;
      if (p > data + size)
        break;
    }
  return n;
}

/* The server is full, and is killed; how many events it has taken, and how many the kernel. */
static guint
fill_and_kill (Faults *self, MvxLogEvent *const *events, guint *n_sent)
{
  guint n_taken;

  connect_impatient (self);
  *n_sent = 1 + assert_retry (self, events, N_EVENTS, G_IO_ERROR_TIMED_OUT, SILENT);
  faults_accept (self);
  n_taken = count_taken (self);
  g_assert_cmpuint (n_taken, <, *n_sent);
  close (self->peer);
  close (self->listener);
  self->peer = self->listener = -1;
  return n_taken;
}

static gpointer
accept_and_receive (gpointer data)
{
  Faults *self = data;

  faults_accept (self);
  return receive (self->peer, TRUE);
}

/* What the server's kernel had not acknowledged comes again, and nothing else does. */
static void
test_unacknowledged (Faults *self, gconstpointer data)
{
  g_autofree MvxLogEvent **events = many_events (self);
  g_autoptr (GString) received = NULL;
  g_autoptr (GThread) thread = NULL;
  guint n_sent;
  guint n_taken = fill_and_kill (self, events, &n_sent);

  set_timeout (self, "30s");
  assert_retry (self, events, 1, G_IO_ERROR_CONNECTION_REFUSED, REFUSED);
  faults_listen (self);
  thread = g_thread_new ("receive", accept_and_receive, self);
  instance_dispatch (&self->instance, events, N_EVENTS - (n_sent - 1));
  g_assert_true (mvx_static_plugin_syslog.plugin->on_stopped (self->instance.data, NULL));
  received = g_thread_join (g_steal_pointer (&thread));
  g_assert_cmpuint (count_frames (received), ==, 1 + N_EVENTS - n_taken);
  g_assert_cmpint (instance_get_count (&self->instance, "resent"), ==, n_sent - n_taken);
  g_assert_cmpint (instance_get_count (&self->instance, "unacknowledged"), ==, 0);
}

/* Also if nothing is logged any more, as soon as somebody asks. */
static void
test_flush (Faults *self, gconstpointer data)
{
  const MvxLogPlugin *plugin = mvx_static_plugin_syslog.plugin;
  g_autofree MvxLogEvent **events = many_events (self);
  g_autofree char *refused = NULL;
  g_auto (GStrv) parts = g_strsplit (REFUSED, "%s", 2);
  g_autoptr (GString) received = NULL;
  g_autoptr (GThread) thread = NULL;
  g_autoptr (GError) error = NULL;
  guint n_sent;
  guint n_taken = fill_and_kill (self, events, &n_sent);

  set_timeout (self, "30s");
  refused = g_strjoinv (self->address, parts);
  g_assert_false (plugin->flush (self->instance.data, -1, &error));
  g_assert_cmpstr (error->message, ==, refused);
  g_clear_error (&error);
  faults_listen (self);
  thread = g_thread_new ("receive", accept_and_receive, self);
  g_assert_true (plugin->flush (self->instance.data, -1, &error));
  g_assert_no_error (error);
  g_assert_true (plugin->on_stopped (self->instance.data, NULL));
  received = g_thread_join (g_steal_pointer (&thread));
  g_assert_cmpuint (count_frames (received), ==, n_sent - n_taken);
}

/* More than that, for a server whose kernel has taken it and that has not read it. */
static void
test_resend_size (Faults *self, gconstpointer data)
{
  g_autofree MvxLogEvent **events = many_events (self);
  g_autoptr (GString) received = NULL;
  g_autoptr (GThread) thread = NULL;
  guint n_sent;

  instance_set (&self->instance, "resend-size", "64MiB");
  fill_and_kill (self, events, &n_sent);
  set_timeout (self, "30s");
  faults_listen (self);
  thread = g_thread_new ("receive", accept_and_receive, self);
  instance_dispatch (&self->instance, events, N_EVENTS - (n_sent - 1));
  g_assert_true (mvx_static_plugin_syslog.plugin->on_stopped (self->instance.data, NULL));
  received = g_thread_join (g_steal_pointer (&thread));
  g_assert_cmpuint (count_frames (received), ==, 1 + N_EVENTS);
}

static void
keep_diagnostic (gpointer data, gint level, const char *message)
{
  g_string_append (data, message);
}

/* It does not come back: what is lost is told, and counted. */
static void
test_never_again (Faults *self, gconstpointer data)
{
  static const MvxLogHostFuncs funcs = { .diagnose = keep_diagnostic };
  g_autofree MvxLogEvent **events = many_events (self);
  g_autoptr (GString) said = g_string_new (NULL);
  g_autofree char *expected = NULL;
  guint n_sent;
  guint n_lost;

  mvx_log_sink_host_free (self->instance.host);
  self->instance.host = mvx_log_sink_host_new ("test", &funcs, said);
  n_lost = fill_and_kill (self, events, &n_sent);
  n_lost = n_sent - n_lost;
  g_assert_true (mvx_static_plugin_syslog.plugin->on_stopped (self->instance.data, NULL));
  expected
      = g_strdup_printf ("%u events may be lost: syslog server '%s' has not acknowledged them, and is not there to "
                         "be sent them again",
                         n_lost, self->address);
  g_assert_cmpstr (said->str, ==, expected);
  g_assert_cmpint (instance_get_count (&self->instance, "unacknowledged"), ==, n_lost);
}

#define ADD(name, func) g_test_add ("/syslog-resend/" name, Faults, "tcp", faults_set_up, func, faults_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("unacknowledged", test_unacknowledged);
  ADD ("flush", test_flush);
  ADD ("resend-size", test_resend_size);
  ADD ("never-again", test_never_again);
  return g_test_run ();
}
