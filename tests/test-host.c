/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/diag-private.h"
#include "dummy-sink.h"
#include "event/event-private.h"
#include "sink/host-private.h"

static void
keep_message (gint level, const char *message, gpointer data)
{
  g_string_append_printf (data, "%d %s\n", level, message);
}

static void
test_plain (void)
{
  MvxLogSinkHost *host = mvx_log_sink_host_new ("audit", NULL, NULL);

  g_assert_cmpstr (mvx_log_sink_host_get_name (host), ==, "audit");
  g_assert_null (mvx_log_sink_host_get_main_context (host));
  g_assert_false (g_cancellable_is_cancelled (mvx_log_sink_host_get_cancellable (host)));
  mvx_log_sink_host_cancel (host);
  g_assert_true (g_cancellable_is_cancelled (mvx_log_sink_host_get_cancellable (host)));
  mvx_log_sink_host_free (host);
}

static void
test_diagnose (void)
{
  MvxLogSinkHost *host = mvx_log_sink_host_new ("audit", NULL, NULL);
  g_autoptr (GString) said = g_string_new (NULL);
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("", MVX_LOG_LEVEL_INFO, 1, NULL, NULL, 0);
  MvxLogEvent *batch[1] = { NULL };

  mvx_log_diag_set_func (keep_message, said, NULL);
  mvx_log_sink_host_diagnose (host, MVX_LOG_LEVEL_WARNING, "100%s full");
  mvx_log_sink_host_diagnosef (host, MVX_LOG_LEVEL_ERROR, "%d of %s", 3, "5");
  mvx_log_sink_host_complete (host, batch, MVX_LOG_DISPATCH_DROP, 0,
                              g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "x"));
  mvx_log_sink_host_reject (host, event, "it is odd");
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_assert_cmpstr (said->str, ==,
                   "30 sink 'audit': 100%s full\n"
                   "40 sink 'audit': 3 of 5\n"
                   "30 sink 'audit': the plugin completed a batch, but it does not run asynchronously; ignored\n"
                   "30 sink 'audit': dropped an event: it is odd\n");
  mvx_log_sink_host_free (host);
}

static void
assert_counts (MvxLogSinkHost *host, const char *expected)
{
  g_autoptr (GVariant) counts = mvx_log_sink_host_get_counts (host);
  g_autofree char *text = g_variant_print (counts, FALSE);

  g_assert_cmpstr (text, ==, expected);
}

static gpointer
count (gpointer data)
{
  for (guint i = 0; i < 1000; i++)
    mvx_log_sink_host_count (data, "storm", 1);
  return NULL;
}

static void
test_count (void)
{
  MvxLogSinkHost *host = mvx_log_sink_host_new ("audit", NULL, NULL);
  GThread *threads[4];

  assert_counts (host, "{}");
  mvx_log_sink_host_count (host, "reconnects", 2);
  mvx_log_sink_host_count (host, "bytes", 5);
  mvx_log_sink_host_count (host, "reconnects", -1);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("counter", count, host);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  assert_counts (host, "{'bytes': 5, 'reconnects': 1, 'storm': 4000}");
  mvx_log_sink_host_free (host);
}

typedef struct
{
  GMainContext *context;
  MvxLogEvent *const *batch;
  MvxLogDispatchResult result;
  guint n_done;
  GError *error;
} Floor;

static GMainContext *
floor_main_context (gpointer data)
{
  return ((Floor *) data)->context;
}

static void
floor_complete (gpointer data, MvxLogEvent *const *batch, MvxLogDispatchResult result, guint n_done, GError *error)
{
  Floor *self = data;

  self->batch = batch;
  self->result = result;
  self->n_done = n_done;
  self->error = error;
}

static void
test_funcs (void)
{
  static const MvxLogHostFuncs funcs = { floor_main_context, floor_complete };
  g_autoptr (GMainContext) context = g_main_context_new ();
  MvxLogEvent *batch[1] = { NULL };
  Floor self = { .context = context };
  MvxLogSinkHost *host = mvx_log_sink_host_new ("audit", &funcs, &self);

  g_assert_true (mvx_log_sink_host_get_main_context (host) == context);
  mvx_log_sink_host_complete (host, batch, MVX_LOG_DISPATCH_RETRY, 7,
                              g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, "later"));
  g_assert_true (self.batch == batch);
  g_assert_cmpint (self.result, ==, MVX_LOG_DISPATCH_RETRY);
  g_assert_cmpuint (self.n_done, ==, 7);
  g_assert_error (self.error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_clear_error (&self.error);
  mvx_log_sink_host_free (host);
}

static DummySink *known;

static MvxLogSink *
look_up (const char *name)
{
  return g_str_equal (name, "known") ? MVX_LOG_SINK (g_object_ref (known)) : NULL;
}

static void
test_ref_sink (void)
{
  MvxLogSinkHost *host = mvx_log_sink_host_new ("all", NULL, NULL);
  g_autoptr (DummySink) dummy = known = dummy_sink_new ();
  g_autoptr (MvxLogSink) found = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_sink_host_ref_sink (host, "known", &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNKNOWN_SINK);
  g_clear_error (&error);
  mvx_log_sink_host_set_lookup (look_up);
  found = mvx_log_sink_host_ref_sink (host, "known", &error);
  g_assert_no_error (error);
  g_assert_true (found == MVX_LOG_SINK (dummy));
  g_assert_null (mvx_log_sink_host_ref_sink (host, "other", &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNKNOWN_SINK);
  g_assert_cmpstr (error->message, ==,
                   "Sink 'all' needs the sink 'other', but there is none of that name; configure 'other' first");
  g_clear_error (&error);
  g_assert_null (mvx_log_sink_host_ref_sink (host, "all", &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_cmpstr (error->message, ==, "Sink 'all' cannot pass events on to itself; remove it from its own list");
  mvx_log_sink_host_set_lookup (NULL);
  mvx_log_sink_host_free (host);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/plain", test_plain);
  g_test_add_func ("/host/diagnose", test_diagnose);
  g_test_add_func ("/host/count", test_count);
  g_test_add_func ("/host/funcs", test_funcs);
  g_test_add_func ("/host/ref-sink", test_ref_sink);
  return g_test_run ();
}
