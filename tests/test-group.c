/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger-check.h"
#include "dummy-sink.h"
#include "base/error-private.h"
#include "sink/descriptor-private.h"
#include "sink/builtin-private.h"
#include "sink/host-private.h"
#include "sink/members-private.h"
#include "sink/sink-private.h"

static DummySink *members[3];

static MvxLogSink *
look_up (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_autofree char *own = mvx_log_sink_dup_name (MVX_LOG_SINK (members[i]));

      if (g_str_equal (own, name))
        return MVX_LOG_SINK (g_object_ref (members[i]));
    }
  return NULL;
}

typedef struct
{
  MvxLogOptions *options;
  MvxLogSinkHost *host;
  gpointer instance;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "a", "b", "c" };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      members[i] = dummy_sink_new ();
      mvx_log_sink_set_name (MVX_LOG_SINK (members[i]), names[i]);
    }
  mvx_log_sink_host_set_lookup (look_up);
  fixture->options = mvx_log_options_new (mvx_log_group_plugin.plugin->options);
  g_assert_true (mvx_log_options_set (fixture->options, "sinks", "a; b; c", NULL));
  fixture->host = mvx_log_sink_host_new ("all", NULL, NULL);
  fixture->instance = mvx_log_group_plugin.create (fixture->options, fixture->host, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  mvx_log_group_plugin.plugin->destroy (fixture->instance);
  mvx_log_sink_host_free (fixture->host);
  mvx_log_options_unref (fixture->options);
  mvx_log_sink_host_set_lookup (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_assert_cmpuint (G_OBJECT (members[i])->ref_count, ==, 1);
      g_object_unref (members[i]);
    }
}

static MvxLogDispatchResult
deliver (Fixture *fixture, gint level, guint *n_done, GError **error)
{
  g_autoptr (MvxLogEvent) event = dummy_event (level, "x");

  return mvx_log_group_plugin.dispatch_core (fixture->instance, &event, 1, n_done, error);
}

static void
test_all (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  g_assert_cmpint (deliver (fixture, MVX_LOG_LEVEL_INFO, &n_done, &error), ==, MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    g_assert_cmpuint (members[i]->texts->len, ==, 1);
}

/* A member that does not want the event is no failure, and keeps its own ledger. */
static void
test_levels (Fixture *fixture, gconstpointer data)
{
  MvxLogCounters counters;
  guint n_done = 0;

  mvx_log_sink_set_level (MVX_LOG_SINK (members[0]), MVX_LOG_LEVEL_ERROR);
  mvx_log_sink_set_enabled (MVX_LOG_SINK (members[1]), FALSE);
  g_assert_cmpint (deliver (fixture, MVX_LOG_LEVEL_WARNING, &n_done, NULL), ==, MVX_LOG_DISPATCH_OK);
  g_assert_cmpuint (members[0]->texts->len, ==, 0);
  g_assert_cmpuint (members[1]->texts->len, ==, 0);
  g_assert_cmpuint (members[2]->texts->len, ==, 1);
  counters = ledger_check_moving (MVX_LOG_SINK (members[2]));
  g_assert_cmpuint (counters.delivered, ==, 1);
}

static void
test_one_fails (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  MvxLogCounters counters;
  guint n_done = 7;

  members[0]->log_error = g_strdup ("disk full");
  g_assert_cmpint (deliver (fixture, MVX_LOG_LEVEL_INFO, &n_done, &error), ==, MVX_LOG_DISPATCH_DROP);
  g_assert_cmpuint (n_done, ==, 0);
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED);
  g_assert_cmpstr (error->message, ==, "1 of the 3 sinks of group 'all' failed to take the event: 'a': disk full");
  g_assert_error (mvx_log_error_get_cause (error), G_IO_ERROR, G_IO_ERROR_FAILED);
  /* The others are not starved. */
  g_assert_cmpuint (members[1]->texts->len, ==, 1);
  g_assert_cmpuint (members[2]->texts->len, ==, 1);
  counters = ledger_check_moving (MVX_LOG_SINK (members[0]));
  g_assert_cmpuint (counters.refused[MVX_LOG_REASON_ERROR], ==, 1);
}

static void
test_several_fail (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogEvent) event = dummy_event (MVX_LOG_LEVEL_INFO, "x");
  MvxLogEvent *batch[] = { event, event };
  g_autoptr (GError) error = NULL;
  guint n_done = 7;

  members[0]->log_error = g_strdup ("disk full");
  members[2]->silent = TRUE;
  g_assert_cmpint (mvx_log_group_plugin.dispatch_core (fixture->instance, batch, 2, &n_done, &error), ==,
                   MVX_LOG_DISPATCH_DROP);
  g_assert_cmpuint (n_done, ==, 0);
  g_assert_cmpstr (error->message, ==,
                   "2 of the 3 sinks of group 'all' failed to take the event: 'a': disk full; 'c': Sink 'c' "
                   "(DummySink) failed to take the event without a reason");
  g_assert_cmpuint (members[1]->texts->len, ==, 2);
}

static void
test_hooks (Fixture *fixture, gconstpointer data)
{
  const MvxLogPlugin *plugin = mvx_log_group_plugin.plugin;
  g_autoptr (GError) error = NULL;

  g_assert_true (plugin->flush (fixture->instance, 4711, &error));
  g_assert_true (plugin->reopen (fixture->instance, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_assert_cmpuint (members[i]->n_flushed, ==, 1);
      g_assert_cmpint (members[i]->deadline_us, ==, 4711);
      g_assert_cmpuint (members[i]->n_reopened, ==, 1);
    }
  members[1]->flush_error = g_strdup ("too slow");
  members[1]->reopen_error = g_strdup ("no such directory");
  g_assert_false (plugin->flush (fixture->instance, -1, &error));
  g_assert_cmpstr (error->message, ==, "1 of the 3 sinks of group 'all' failed to flush: 'b': too slow");
  g_clear_error (&error);
  g_assert_cmpuint (members[2]->n_flushed, ==, 2);
  g_assert_false (plugin->reopen (fixture->instance, &error));
  g_assert_cmpstr (error->message, ==, "1 of the 3 sinks of group 'all' failed to reopen: 'b': no such directory");
  g_assert_cmpuint (members[2]->n_reopened, ==, 2);
}

/* The members are not the group's: they live on without it. */
static void
test_destroy (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpuint (members[0]->n_terminated, ==, 0);
}

static MvxLogOptions *
options_with (const char *sinks)
{
  MvxLogOptions *options = mvx_log_options_new (mvx_log_group_plugin.plugin->options);

  g_assert_true (mvx_log_options_set (options, "sinks", sinks, NULL));
  return options;
}

static void
test_descriptor (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogSinkDescriptor) descriptor = mvx_log_group_plugin.build_descriptor (fixture->options, NULL);
  g_autofree char *text = mvx_log_sink_descriptor_to_string (descriptor);
  g_autoptr (MvxLogOptions) none = options_with ("");
  g_autoptr (MvxLogOptions) twice = options_with ("a;b;a");
  g_autoptr (MvxLogOptions) missing = mvx_log_options_new (mvx_log_group_plugin.plugin->options);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (text, ==, "group (resource ['a', 'b', 'c'])");
  g_assert_false (mvx_log_options_check (missing, NULL));
  g_assert_null (mvx_log_group_plugin.build_descriptor (none, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_cmpstr (error->message, ==, "Option 'sinks': a group needs at least one sink");
  g_clear_error (&error);
  g_assert_null (mvx_log_group_plugin.build_descriptor (twice, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_cmpstr (error->message, ==, "Option 'sinks': 'a' is listed twice; name each sink once");
}

static void
test_unresolved (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogOptions) unknown = options_with ("a;nobody");
  g_autoptr (MvxLogOptions) itself = options_with ("a;all");
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_group_plugin.create (unknown, fixture->host, &error));
  g_assert_cmpstr (error->message, ==,
                   "Sink 'all' needs the sink 'nobody', but there is none of that name; configure 'nobody' first");
  g_clear_error (&error);
  g_assert_null (mvx_log_group_plugin.create (itself, fixture->host, &error));
  g_assert_cmpstr (error->message, ==, "Sink 'all' cannot pass events on to itself; remove it from its own list");
}

static void
test_reconfigure (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogOptions) some = options_with ("c");
  g_autoptr (MvxLogOptions) unknown = options_with ("nobody");
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  g_assert_true (mvx_log_group_plugin.plugin->reconfigure (fixture->instance, some, &error));
  g_assert_no_error (error);
  g_assert_cmpint (deliver (fixture, MVX_LOG_LEVEL_INFO, &n_done, NULL), ==, MVX_LOG_DISPATCH_OK);
  g_assert_cmpuint (members[0]->texts->len, ==, 0);
  g_assert_cmpuint (members[2]->texts->len, ==, 1);
  /* All or nothing. */
  g_assert_false (mvx_log_group_plugin.plugin->reconfigure (fixture->instance, unknown, &error));
  g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNKNOWN_SINK);
  g_assert_cmpint (deliver (fixture, MVX_LOG_LEVEL_INFO, &n_done, NULL), ==, MVX_LOG_DISPATCH_OK);
  g_assert_cmpuint (members[2]->texts->len, ==, 2);
}

static void
test_replace_member (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DummySink) fresh = dummy_sink_new ();
  guint n_done = 0;

  g_assert_true (mvx_log_members_replace (mvx_log_sink_host_get_members (fixture->host), MVX_LOG_SINK (members[1]),
                                          MVX_LOG_SINK (fresh)));
  g_assert_false (mvx_log_members_replace (mvx_log_sink_host_get_members (fixture->host), MVX_LOG_SINK (members[1]),
                                           MVX_LOG_SINK (fresh)));
  g_assert_cmpint (deliver (fixture, MVX_LOG_LEVEL_INFO, &n_done, NULL), ==, MVX_LOG_DISPATCH_OK);
  g_assert_cmpuint (members[0]->texts->len, ==, 1);
  g_assert_cmpuint (members[1]->texts->len, ==, 0);
  g_assert_cmpuint (members[2]->texts->len, ==, 1);
  g_assert_cmpuint (fresh->texts->len, ==, 1);
}

static gpointer
deliver_many (gpointer data)
{
  guint n_done = 0;

  for (guint i = 0; i < 500; i++)
    g_assert_cmpint (deliver (data, MVX_LOG_LEVEL_INFO, &n_done, NULL), ==, MVX_LOG_DISPATCH_OK);
  return NULL;
}

/* Members are replaced back and forth while events pass: each event reaches one of the two, the others all. */
static void
test_threads (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DummySink) fresh = dummy_sink_new ();
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("deliver", deliver_many, fixture);
  for (guint i = 0; i < 200; i++)
    {
      MvxLogSink *now = MVX_LOG_SINK (i % 2 == 0 ? members[1] : fresh);
      MvxLogSink *then = MVX_LOG_SINK (i % 2 == 0 ? fresh : members[1]);

      g_assert_true (mvx_log_members_replace (mvx_log_sink_host_get_members (fixture->host), now, then));
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (members[0]->texts->len, ==, 2000);
  g_assert_cmpuint (members[1]->texts->len + fresh->texts->len, ==, 2000);
  g_assert_cmpuint (members[2]->texts->len, ==, 2000);
}

#define ADD(path, func) g_test_add ("/group/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("all", test_all);
  ADD ("levels", test_levels);
  ADD ("one-fails", test_one_fails);
  ADD ("several-fail", test_several_fail);
  ADD ("hooks", test_hooks);
  ADD ("destroy", test_destroy);
  ADD ("descriptor", test_descriptor);
  ADD ("unresolved", test_unresolved);
  ADD ("reconfigure", test_reconfigure);
  ADD ("replace-member", test_replace_member);
  ADD ("threads", test_threads);
  return g_test_run ();
}
