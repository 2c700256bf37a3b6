/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "registry-fixture.h"

static void
test_names (Fixture *fixture, gconstpointer data)
{
  static const char *const good[] = { "a", "Z", "stderr", "a-b_c9" };
  static const char *const bad[] = { "", "9a", "-a", "_a", "a b", "a.b", "a/b", "a\n", "\xc3\xa4", " a", "a;b" };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (mvx_log_registry_check_name (good[i], &error));
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *message
          = g_strdup_printf ("'%s' is not a sink name; use a letter, then letters, digits, '_' and '-'", bad[i]);

      g_assert_false (mvx_log_registry_check_name (bad[i], &error));
      g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME);
      g_assert_cmpstr (error->message, ==, message);
      g_clear_error (&error);
    }
  g_assert_null (configure (&fixture->plan, "a b", &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME);
  g_assert_cmpint (fixture->plan.n_built, ==, 0);
}

static void
test_create (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) sink = configure (&fixture->plan, "audit", &error);
  g_autoptr (MvxLogSink) found = mvx_log_registry_get (fixture->registry, "audit");
  g_autoptr (MvxLogSinkDescriptor) descriptor = mvx_log_registry_get_descriptor (fixture->registry, "audit");
  g_autofree char *name = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (sink);
  g_assert_true (found == sink);
  g_assert_cmpstr (mvx_log_sink_descriptor_get_sink_type (descriptor), ==, "dummy");
  name = mvx_log_sink_dup_name (sink);
  g_assert_cmpstr (name, ==, "audit");
  g_assert_null (mvx_log_registry_get (fixture->registry, "other"));
  g_assert_null (mvx_log_registry_get_descriptor (fixture->registry, "other"));
}

/* Equal: the existing one, whatever its state; build is called each time, create is not. */
static void
test_idempotent (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) first = configure (&fixture->plan, "audit", &error);
  g_autoptr (MvxLogSink) second = NULL;

  g_assert_true (mvx_log_sink_terminate (first, -1, &error));
  second = configure (&fixture->plan, "audit", &error);
  g_assert_no_error (error);
  g_assert_true (first == second);
  g_assert_cmpint (fixture->plan.n_built, ==, 2);
  g_assert_cmpint (fixture->plan.n_created, ==, 1);
}

static void
test_conflict (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (MvxLogSink) found = NULL;
  g_autofree char *details = NULL;

  fixture->plan.config = "one";
  sink = configure (&fixture->plan, "audit", &error);
  fixture->plan.config = "two";
  g_assert_null (configure (&fixture->plan, "audit", &error));
  g_assert_cmpstr (mvx_log_error_get_reason (error), ==, "LOG_SINK_CONFIGURATION_CONFLICT");
  details = g_variant_print (mvx_log_error_get_details (error), FALSE);
  g_assert_cmpstr (details, ==,
                   "{'sink-name': <'audit'>, 'existing': <\"dummy (config 'one')\">, "
                   "'requested': <\"dummy (config 'two')\">}");
  assert_error (
      &error, MVX_LOG_SINK_ERROR_CONFLICT,
      "Sink 'audit' exists with another configuration: config_key is 'one' in the existing sink, 'two' in the "
      "request. Existing: dummy (config 'one'). Requested: dummy (config 'two'). Close it first or use "
      "another name");
  g_assert_null (configure (&fixture->plan, "audit", NULL));
  found = mvx_log_registry_get (fixture->registry, "audit");
  g_assert_true (found == sink);
  g_assert_cmpuint (((DummySink *) sink)->n_terminated, ==, 0);
  g_assert_cmpint (fixture->plan.n_created, ==, 1);
}

static void
test_build_failure (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) sink = NULL;

  fixture->plan.build_error = "no path";
  g_assert_null (configure (&fixture->plan, "audit", &error));
  g_assert_error (mvx_log_error_get_cause (error), G_IO_ERROR, G_IO_ERROR_FAILED);
  assert_error (&error, MVX_LOG_SINK_ERROR_DESCRIPTOR_FAILED, "Sink 'audit' cannot be described: no path");
  fixture->plan.build_error = "";
  g_assert_null (configure (&fixture->plan, "audit", &error));
  assert_error (&error, MVX_LOG_SINK_ERROR_DESCRIPTOR_FAILED, "Sink 'audit' cannot be described: no reason given");
  g_assert_cmpint (fixture->plan.n_created, ==, 0);
  assert_names (fixture->registry, "");
  /* First on every call: also when the sink exists. */
  fixture->plan.build_error = NULL;
  sink = configure (&fixture->plan, "audit", &error);
  g_assert_nonnull (sink);
  fixture->plan.build_error = "no path";
  g_assert_null (configure (&fixture->plan, "audit", &error));
  assert_error (&error, MVX_LOG_SINK_ERROR_DESCRIPTOR_FAILED, "Sink 'audit' cannot be described: no path");
}

static void
test_create_failure (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) sink = NULL;

  fixture->plan.create_error = "no disk";
  g_assert_null (configure (&fixture->plan, "audit", &error));
  g_assert_error (mvx_log_error_get_cause (error), G_IO_ERROR, G_IO_ERROR_FAILED);
  assert_error (&error, MVX_LOG_SINK_ERROR_CREATE_FAILED, "Sink 'audit' cannot be created: no disk");
  fixture->plan.create_error = "";
  g_assert_null (configure (&fixture->plan, "audit", &error));
  assert_error (&error, MVX_LOG_SINK_ERROR_CREATE_FAILED, "Sink 'audit' cannot be created: no reason given");
  g_assert_null (mvx_log_registry_get (fixture->registry, "audit"));
  assert_names (fixture->registry, "");
  fixture->plan.create_error = NULL;
  sink = configure (&fixture->plan, "audit", &error);
  g_assert_no_error (error);
  g_assert_nonnull (sink);
}

/* What the factory already wrapped is not wrapped again. */
static MvxLogSinkDescriptor *
build_wrapped (gpointer data, GError **error)
{
  g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DESCRIPTOR_FAILED, "already told");
  return NULL;
}

static MvxLogSink *
create_wrapped (gpointer data, GError **error)
{
  g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CREATE_FAILED, "already told");
  return NULL;
}

static void
test_wrapped (Fixture *fixture, gconstpointer data)
{
  MvxLogSinkFactory wrapped = { build_wrapped, create_wrapped };
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_registry_configure (fixture->registry, "audit", &wrapped, &fixture->plan, &error));
  assert_error (&error, MVX_LOG_SINK_ERROR_DESCRIPTOR_FAILED, "already told");
  wrapped.build = plan_build;
  g_assert_null (mvx_log_registry_configure (fixture->registry, "audit", &wrapped, &fixture->plan, &error));
  assert_error (&error, MVX_LOG_SINK_ERROR_CREATE_FAILED, "already told");
}

static void
test_order (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&(MvxLogSink *){ configure (&fixture->plan, "c", NULL) });
  g_clear_object (&(MvxLogSink *){ configure (&fixture->plan, "a", NULL) });
  g_clear_object (&(MvxLogSink *){ configure (&fixture->plan, "b", NULL) });
  assert_names (fixture->registry, "c a b");
  g_assert_true (mvx_log_registry_close (fixture->registry, "a", NULL, NULL, -1, NULL));
  assert_names (fixture->registry, "c b");
  g_clear_object (&(MvxLogSink *){ configure (&fixture->plan, "a", NULL) });
  assert_names (fixture->registry, "c b a");
}

static char **
users (MvxLogSink *sink, gpointer data)
{
  return g_strsplit (data, " ", -1);
}

static void
test_in_use (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) sink = configure (&fixture->plan, "audit", &error);
  g_autofree char *details = NULL;

  g_assert_false (mvx_log_registry_close (fixture->registry, "audit", users, (gpointer) "<root>", -1, &error));
  assert_error (&error, MVX_LOG_SINK_ERROR_IN_USE,
                "Sink 'audit' is in use by the context <root>; give it other sinks first");
  g_assert_false (mvx_log_registry_close (fixture->registry, "audit", users, (gpointer) "<root> org.a", -1, &error));
  details = g_variant_print (mvx_log_error_get_details (error), FALSE);
  g_assert_cmpstr (details, ==, "{'sink-name': <'audit'>, 'contexts': <['<root>', 'org.a']>}");
  assert_error (&error, MVX_LOG_SINK_ERROR_IN_USE,
                "Sink 'audit' is in use by the contexts <root>, org.a; give them other sinks first");
  g_assert_cmpuint (((DummySink *) sink)->n_terminated, ==, 0);
  assert_names (fixture->registry, "audit");
  /* Nobody: an empty list or none. */
  g_assert_true (mvx_log_registry_close (fixture->registry, "audit", users, (gpointer) "", -1, &error));
  g_assert_no_error (error);
}

static void
test_close (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) sink = configure (&fixture->plan, "audit", &error);
  g_autoptr (MvxLogSink) again = NULL;

  g_assert_false (mvx_log_registry_close (fixture->registry, "other", NULL, NULL, -1, &error));
  g_assert_no_error (error);
  g_assert_true (mvx_log_registry_close (fixture->registry, "audit", NULL, NULL, 4711, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (((DummySink *) sink)->n_terminated, ==, 1);
  g_assert_cmpint (((DummySink *) sink)->deadline_us, ==, 4711);
  g_assert_false (mvx_log_registry_close (fixture->registry, "audit", NULL, NULL, -1, &error));
  g_assert_no_error (error);
  again = configure (&fixture->plan, "audit", &error);
  g_assert_true (again != sink);
}

static void
test_close_failure (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) sink = configure (&fixture->plan, "audit", &error);
  g_autoptr (MvxLogSink) again = NULL;
  g_autofree char *details = NULL;

  ((DummySink *) sink)->terminate_error = g_strdup ("3 events lost");
  g_assert_false (mvx_log_registry_close (fixture->registry, "audit", NULL, NULL, -1, &error));
  g_assert_error (mvx_log_error_get_cause (error), G_IO_ERROR, G_IO_ERROR_FAILED);
  details = g_variant_print (mvx_log_error_get_details (error), FALSE);
  g_assert_cmpstr (details, ==,
                   "{'errors': <[{'sink-name': <'audit'>, 'reason': <''>, 'message': <'3 events lost'>}]>}");
  assert_error (&error, MVX_LOG_SINK_ERROR_CLOSE_FAILED, "The sink is closed, but not cleanly: 'audit': 3 events lost");
  /* Gone nevertheless, and the name is free. */
  g_assert_null (mvx_log_registry_get (fixture->registry, "audit"));
  again = configure (&fixture->plan, "audit", &error);
  g_assert_no_error (error);
  g_assert_true (again != sink);
}

typedef struct
{
  MvxLogRegistry *registry;
  Plan *plan;
  gboolean seen;
  GError *error;
} Inside;

/* While a sink is terminated it is out of sight, and configuring it from there would wait for itself. */
static void
look_inside (gpointer data)
{
  Inside *inside = data;
  g_autoptr (MvxLogSink) sink = mvx_log_registry_get (inside->registry, "audit");

  inside->seen = sink != NULL;
  g_assert_null (configure (inside->plan, "audit", &inside->error));
  g_assert_false (mvx_log_registry_close (inside->registry, "audit", NULL, NULL, -1, NULL));
  assert_names (inside->registry, "");
}

static void
test_removed_first (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogSink) sink = configure (&fixture->plan, "audit", NULL);
  Inside inside = { fixture->registry, &fixture->plan, TRUE, NULL };

  ((DummySink *) sink)->on_terminate = look_inside;
  ((DummySink *) sink)->on_terminate_data = &inside;
  g_assert_true (mvx_log_registry_close (fixture->registry, "audit", NULL, NULL, -1, NULL));
  g_assert_false (inside.seen);
  g_assert_error (inside.error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK);
  g_assert_cmpstr (inside.error->message, ==,
                   "Sink 'audit' is being closed by this very thread or by one that waits for it; it cannot be "
                   "configured from there");
  g_clear_error (&inside.error);
}

static void
test_reset (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) journal = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_registry_reset (fixture->registry, NULL, -1, &error));
  fixture->plan.journal = journal;
  g_clear_object (&(MvxLogSink *){ configure (&fixture->plan, "a", NULL) });
  g_clear_object (&(MvxLogSink *){ configure (&fixture->plan, "b", NULL) });
  g_clear_object (&(MvxLogSink *){ configure (&fixture->plan, "c", NULL) });
  g_assert_true (mvx_log_registry_reset (fixture->registry, NULL, -1, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (journal->str, ==, "c;b;a;");
  assert_names (fixture->registry, "");
}

static void
test_reset_failures (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) journal = g_string_new (NULL);
  g_autoptr (MvxLogSink) a = NULL;
  g_autoptr (MvxLogSink) b = NULL;
  g_autoptr (MvxLogSink) c = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *details = NULL;

  fixture->plan.journal = journal;
  a = configure (&fixture->plan, "a", NULL);
  b = configure (&fixture->plan, "b", NULL);
  c = configure (&fixture->plan, "c", NULL);
  ((DummySink *) a)->terminate_error = g_strdup ("lost");
  ((DummySink *) c)->silent = TRUE;
  g_assert_false (mvx_log_registry_reset (fixture->registry, NULL, -1, &error));
  g_assert_cmpstr (journal->str, ==, "c;b;a;");
  details = g_variant_print (mvx_log_error_get_details (error), FALSE);
  g_assert_cmpstr (details, ==,
                   "{'errors': <[{'sink-name': <'c'>, 'reason': <'UNEXPECTED_ERROR'>, 'message': <\"Sink 'c' "
                   "(DummySink) failed to terminate without a reason\">}, {'sink-name': <'a'>, 'reason': <''>, "
                   "'message': <'lost'>}]>}");
  g_assert_error (mvx_log_error_get_cause (error), MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNEXPECTED);
  assert_error (&error, MVX_LOG_SINK_ERROR_CLOSE_FAILED,
                "2 of 3 sinks are closed, but not cleanly: 'c': Sink 'c' (DummySink) failed to terminate without a "
                "reason; 'a': lost");
  assert_names (fixture->registry, "");
  g_assert_true (mvx_log_registry_reset (fixture->registry, NULL, -1, NULL));
}

static void
test_exchange (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogSinkDescriptor) descriptor = mvx_log_sink_descriptor_new ("other", NULL, NULL);
  g_autoptr (MvxLogSinkDescriptor) found = NULL;
  g_autoptr (MvxLogSink) a = configure (&fixture->plan, "a", NULL);
  g_autoptr (MvxLogSink) b = configure (&fixture->plan, "b", NULL);
  g_autoptr (MvxLogSink) fresh = MVX_LOG_SINK (dummy_sink_new ());
  g_autoptr (MvxLogSink) now = NULL;
  g_autoptr (MvxLogSink) old = mvx_log_registry_exchange (fixture->registry, "a", fresh, descriptor);

  g_assert_nonnull (b);
  g_assert_true (old == a);
  g_assert_cmpuint (((DummySink *) a)->n_terminated, ==, 0);
  assert_names (fixture->registry, "a b");
  now = mvx_log_registry_get (fixture->registry, "a");
  g_assert_true (now == fresh);
  found = mvx_log_registry_get_descriptor (fixture->registry, "a");
  g_assert_true (found == descriptor);
  g_clear_object (&old);
  old = mvx_log_registry_exchange (fixture->registry, "a", NULL, NULL);
  g_assert_true (old == fresh);
  assert_names (fixture->registry, "b");
  g_assert_null (mvx_log_registry_exchange (fixture->registry, "a", NULL, NULL));
  g_assert_null (mvx_log_registry_exchange (fixture->registry, "a", fresh, descriptor));
  assert_names (fixture->registry, "b a");
}

static void
test_find_resource (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogSinkDescriptor) wanted = mvx_log_sink_descriptor_new ("dummy", g_variant_new_string ("/x"), NULL);
  g_autoptr (MvxLogSinkDescriptor) none = mvx_log_sink_descriptor_new ("dummy", NULL, NULL);
  g_autofree char *name = NULL;

  fixture->plan.resource = "/x";
  g_clear_object (&(MvxLogSink *){ configure (&fixture->plan, "a", NULL) });
  fixture->plan.resource = NULL;
  g_clear_object (&(MvxLogSink *){ configure (&fixture->plan, "b", NULL) });
  name = mvx_log_registry_find_resource (fixture->registry, wanted, NULL);
  g_assert_cmpstr (name, ==, "a");
  g_assert_null (mvx_log_registry_find_resource (fixture->registry, wanted, "a"));
  g_assert_null (mvx_log_registry_find_resource (fixture->registry, none, NULL));
}

/* A factory that configures its own name would wait for itself. */
static void
test_nested (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (MvxLogSink) other = NULL;

  fixture->plan.nested = "audit";
  sink = configure (&fixture->plan, "audit", &error);
  g_assert_no_error (error);
  g_assert_nonnull (sink);
  g_assert_error (fixture->plan.nested_error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK);
  g_assert_cmpstr (fixture->plan.nested_error->message, ==,
                   "Sink 'audit' is being created by this very thread or by one that waits for it; it cannot be "
                   "configured from there");
  /* Another name is fine, from build too. */
  fixture->plan.nested = "inner";
  fixture->plan.nested_build = "inner2";
  other = configure (&fixture->plan, "outer", &error);
  g_assert_no_error (error);
  g_assert_no_error (fixture->plan.nested_error);
  assert_names (fixture->registry, "audit inner2 inner outer");
}

#define ADD(path, func) g_test_add ("/registry/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("names", test_names);
  ADD ("create", test_create);
  ADD ("idempotent", test_idempotent);
  ADD ("conflict", test_conflict);
  ADD ("build-failure", test_build_failure);
  ADD ("create-failure", test_create_failure);
  ADD ("wrapped", test_wrapped);
  ADD ("order", test_order);
  ADD ("in-use", test_in_use);
  ADD ("close", test_close);
  ADD ("close-failure", test_close_failure);
  ADD ("removed-first", test_removed_first);
  ADD ("reset", test_reset);
  ADD ("reset-failures", test_reset_failures);
  ADD ("exchange", test_exchange);
  ADD ("find-resource", test_find_resource);
  ADD ("nested", test_nested);
  return g_test_run ();
}
