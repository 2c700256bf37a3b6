/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A sink without a worker tells in itself of what it has lost, when it works again. */
#include <string.h>

#include <mvxlog/mvxlog.h>

#include "ledger-check.h"

#include "base/diag-private.h"
#include "event/event-private.h"
#include "plugin/plugin-loss-private.h"
#include "plugin/plugin-private.h"

/* What becomes of the events, a letter each: 'o'k, 'r'etry, 'd'rop, 'f'ailed; behind its end all arrive. */
static const char *script;
static GPtrArray *arrived; /* of MvxLogEvent */

static MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  return mvx_log_sink_descriptor_new ("scripted", g_variant_new_string ("only one"), NULL);
}

static gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  return &script;
}

static void
destroy (gpointer instance)
{
}

static MvxLogDispatchResult
dispatch (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  const char letter = *script ? *script++ : 'o';

  g_assert_cmpuint (n_events, ==, 1);
  if (letter == 'o')
    {
      g_ptr_array_add (arrived, mvx_log_event_copy (events[0]));
      *n_done = 1;
      return MVX_LOG_DISPATCH_OK;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "it is '%c'", letter);
  return letter == 'r' ? MVX_LOG_DISPATCH_RETRY : letter == 'd' ? MVX_LOG_DISPATCH_DROP : MVX_LOG_DISPATCH_FAILED;
}

static const MvxLogOptionSpec options[] = {
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};
static const MvxLogPlugin data = { .magic = MVX_LOG_PLUGIN_MAGIC,
                                   .abi = MVX_LOG_PLUGIN_ABI,
                                   .struct_size = sizeof (MvxLogPlugin),
                                   .name = "scripted",
                                   .version = "1",
                                   .summary = "For tests",
                                   .licence = "LGPL-2.1-or-later",
                                   .options = options,
                                   .destroy = destroy };
static const MvxLogStaticPlugin scripted = { &data, build_descriptor, create, dispatch };

static void
ignore_diagnostic (gint level, const char *message, gpointer none)
{
}

/* Events with the times 1, 2, and so on. */
static MvxLogSink *
log_all (const char *letters, guint n)
{
  g_autoptr (MvxLogOptions) defaults = mvx_log_plugin_new_options (&scripted);
  g_autoptr (GError) error = NULL;
  MvxLogSink *sink = mvx_log_plugin_create_sink (&scripted, "app", defaults, &error);

  g_assert_no_error (error);
  script = letters;
  g_ptr_array_set_size (arrived, 0);
  for (guint i = 1; i <= n; i++)
    {
      g_autoptr (MvxLogEvent) event = mvx_log_event_new ("org.example", MVX_LOG_LEVEL_ERROR, i, "event", NULL, 0);

      mvx_log_sink_log (sink, event, NULL);
    }
  return sink;
}

static void
assert_arrived (const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < arrived->len; i++)
    {
      g_autofree char *message = mvx_log_event_dup_message (arrived->pdata[i]);

      g_string_append_printf (text, "%s%s", i > 0 ? "|" : "", message);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

/* Behind the first that arrives: how many, why, and when they were logged. */
static void
test_refused (void)
{
  g_autoptr (MvxLogSink) sink = log_all ("rr", 3);
  const MvxLogEvent *told = arrived->pdata[1];
  MvxLogCounters counters = ledger_check (sink);
  MvxLogValue value;

  assert_arrived ("event|2 events lost: not delivered, and the sink has no queue");
  g_assert_cmpstr (mvx_log_event_get_context (told), ==, "mvxlog");
  g_assert_cmpint (mvx_log_event_get_level (told), ==, MVX_LOG_LEVEL_WARNING);
  g_assert_cmpstr (mvx_log_event_get_string (told, "sink"), ==, "app");
  g_assert_cmpstr (mvx_log_event_get_string (told, "why"), ==, "it is 'r'");
  g_assert_true (mvx_log_event_get_field (told, "first", &value));
  g_assert_cmpint (value.u.int64, ==, 1);
  g_assert_true (mvx_log_event_get_field (told, "last", &value));
  g_assert_cmpint (value.u.int64, ==, 2);
  g_assert_cmpuint (counters.offered, ==, 4);
  g_assert_cmpuint (counters.delivered, ==, 2);
  g_assert_cmpuint (counters.refused[MVX_LOG_REASON_ERROR], ==, 2);
}

static void
test_causes (void)
{
  g_object_unref (log_all ("rddr", 5));
  assert_arrived ("event|2 events lost: not delivered, and the sink has no queue|"
                  "2 events lost: rejected by the destination");
}

/* What it was not told of yet, it is told of at its end. */
static void
test_end (void)
{
  g_autoptr (MvxLogSink) sink = log_all ("rroordo", 6);
  guint64 n = 0;

  g_assert_true (mvx_log_sink_terminate (sink, -1, NULL));
  for (guint i = 0; i < arrived->len; i++)
    n += (guint64) mvx_log_event_get_int64 (arrived->pdata[i], "count", 0);
  g_assert_cmpuint (n, ==, 4);
  ledger_check (sink);
}

/* A destination that does not work is left alone. */
static void
test_end_in_trouble (void)
{
  g_autoptr (MvxLogSink) sink = log_all ("ord", 3);

  g_assert_true (mvx_log_sink_terminate (sink, -1, NULL));
  assert_arrived ("event");
}

/* It did not take that, either: no event is made of that one, and nothing of what it tells is lost. */
static void
test_untold (void)
{
  static const char *const letters[] = { "ror", "rod" };

  for (guint i = 0; i < G_N_ELEMENTS (letters); i++)
    {
      g_autoptr (MvxLogSink) sink = log_all (letters[i], 3);
      MvxLogCounters counters = ledger_check (sink);

      assert_arrived ("event|event");
      g_assert_cmpuint (counters.offered, ==, 4);
      g_assert_true (mvx_log_sink_terminate (sink, -1, NULL));
      assert_arrived ("event|event|1 events lost: not delivered, and the sink has no queue");
    }
}

/* It takes the sink out of use as any event does. */
static void
test_untold_failed (void)
{
  g_autoptr (MvxLogSink) sink = log_all ("rof", 3);

  assert_arrived ("event");
  g_assert_cmpint (mvx_log_sink_get_health (sink), ==, MVX_LOG_SINK_HEALTH_DOWN);
}

static void
test_failed (void)
{
  g_autoptr (MvxLogSink) sink = log_all ("f", 3);

  g_assert_true (mvx_log_sink_terminate (sink, -1, NULL));
  assert_arrived ("");
}

static void
test_level (void)
{
  g_autoptr (MvxLogSink) sink = log_all ("r", 1);
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("org.example", MVX_LOG_LEVEL_ERROR, 2, "event", NULL, 0);

  mvx_log_sink_set_level (sink, MVX_LOG_LEVEL_ERROR);
  g_assert_true (mvx_log_sink_log (sink, event, NULL));
  mvx_log_sink_set_level (sink, MVX_LOG_LEVEL_INFO);
  g_assert_true (mvx_log_sink_log (sink, event, NULL));
  assert_arrived ("event|event");
}

/* Once a second, and ten seconds after it was not taken. */
static void
test_pauses (void)
{
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("org.example", MVX_LOG_LEVEL_ERROR, 1, "event", NULL, 0);
  g_autoptr (MvxLogEvent) first = NULL;
  g_autoptr (MvxLogEvent) second = NULL;
  g_autoptr (GError) why = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "why");
  const gint64 start = g_get_monotonic_time ();
  MvxLogPluginLossCause cause;
  MvxLogPluginLoss lost = { 0 };

  g_assert_null (mvx_log_plugin_loss_next (&lost, "app", TRUE, &cause));
  mvx_log_plugin_loss_note (&lost, MVX_LOG_PLUGIN_LOSS_REJECTED, event, why);
  first = mvx_log_plugin_loss_next (&lost, "app", FALSE, &cause);
  g_assert_nonnull (first);
  g_assert_cmpint (cause, ==, MVX_LOG_PLUGIN_LOSS_REJECTED);
  mvx_log_plugin_loss_told (&lost, cause);
  g_assert_null (mvx_log_plugin_loss_next (&lost, "app", FALSE, &cause));
  g_assert_false (lost.some);
  g_assert_cmpint (lost.not_before_us, >=, start + G_USEC_PER_SEC);
  lost.not_before_us = G_MAXINT64;
  mvx_log_plugin_loss_note (&lost, MVX_LOG_PLUGIN_LOSS_REJECTED, event, why);
  g_assert_null (mvx_log_plugin_loss_next (&lost, "app", FALSE, &cause));
  second = mvx_log_plugin_loss_next (&lost, "app", TRUE, &cause);
  g_assert_nonnull (second);
  mvx_log_plugin_loss_defer (&lost);
  g_assert_cmpint (lost.not_before_us, >=, start + 10 * G_USEC_PER_SEC);
  mvx_log_plugin_loss_clear (&lost);
  g_assert_false (lost.some);
}

/* What a group has lost its members have lost. */
static void
test_members (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) group = NULL;
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("org.example", MVX_LOG_LEVEL_ERROR, 2, "event", NULL, 0);

  mvx_log_configure_from_data (
      "[mvxlog]\nversion=1\n[sink one]\nplugin=scripted\n[sink all]\nplugin=group\nsinks=one\n", -1, "test", &error);
  g_assert_no_error (error);
  group = mvx_log_get_sink ("all");
  script = "r";
  g_ptr_array_set_size (arrived, 0);
  g_assert_false (mvx_log_sink_log (group, event, NULL));
  g_assert_true (mvx_log_sink_log (group, event, NULL));
  assert_arrived ("event|1 events lost: not delivered, and the sink has no queue");
  g_assert_cmpstr (mvx_log_event_get_string (arrived->pdata[1], "sink"), ==, "one");
  mvx_log_reset (NULL);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  mvx_log_diag_set_func (ignore_diagnostic, NULL, NULL);
  g_assert_true (mvx_log_register_static_plugin (&scripted, NULL));
  arrived = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);
  g_test_add_func ("/plugin-loss/refused", test_refused);
  g_test_add_func ("/plugin-loss/causes", test_causes);
  g_test_add_func ("/plugin-loss/end", test_end);
  g_test_add_func ("/plugin-loss/end-in-trouble", test_end_in_trouble);
  g_test_add_func ("/plugin-loss/untold", test_untold);
  g_test_add_func ("/plugin-loss/untold-failed", test_untold_failed);
  g_test_add_func ("/plugin-loss/failed", test_failed);
  g_test_add_func ("/plugin-loss/level", test_level);
  g_test_add_func ("/plugin-loss/pauses", test_pauses);
  g_test_add_func ("/plugin-loss/members", test_members);
  status = g_test_run ();
  g_ptr_array_unref (arrived);
  return status;
}
