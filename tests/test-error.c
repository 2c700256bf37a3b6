/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error-private.h"

static void
test_reasons (void)
{
  static const struct
  {
    gint code;
    const char *reason;
  } reasons[] = {
    { MVX_LOG_SINK_ERROR_CONFLICT, "LOG_SINK_CONFIGURATION_CONFLICT" },
    { MVX_LOG_SINK_ERROR_DESCRIPTOR_FAILED, "LOG_SINK_DESCRIPTOR_BUILD_FAILED" },
    { MVX_LOG_SINK_ERROR_CREATE_FAILED, "LOG_SINK_CREATE_FAILED" },
    { MVX_LOG_SINK_ERROR_CLOSE_FAILED, "LOG_SINK_CLOSE_FAILED" },
    { MVX_LOG_SINK_ERROR_IN_USE, "LOG_SINK_IS_IN_USE" },
    { MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE, "EVENT_LOOP_UNAVAILABLE" },
    { MVX_LOG_SINK_ERROR_INVALID_STATE, "INVALID_LOG_SINK_STATE" },
    { MVX_LOG_SINK_ERROR_ON_STARTING_FAILED, "ON_STARTING_HOOK_FAILED" },
    { MVX_LOG_SINK_ERROR_ON_STOPPED_FAILED, "ON_STOPPED_HOOK_FAILED" },
    { MVX_LOG_SINK_ERROR_QUEUE_OVERFLOW, "QUEUE_OVERFLOW" },
    { MVX_LOG_SINK_ERROR_DISPATCHER_CANCELLED, "DISPATCHER_UNEXPECTEDLY_CANCELLED" },
    { MVX_LOG_SINK_ERROR_UNEXPECTED, "UNEXPECTED_ERROR" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (MVX_LOG_SINK_ERROR, reasons[i].code, "x");

      g_assert_cmpstr (mvx_log_error_get_reason (error), ==, reasons[i].reason);
    }
}

/* Every code of every domain has a reason of its own. */
static void
assert_all_reasons (GQuark domain, gint first, gint last)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (gint code = first; code <= last; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (domain, code, "x");

      g_assert_nonnull (mvx_log_error_get_reason (error));
      g_assert_true (g_hash_table_add (seen, (gpointer) mvx_log_error_get_reason (error)));
    }
}

static void
test_all_reasons (void)
{
  g_autoptr (GError) foreign = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOENT, "x");
  g_autoptr (GError) unknown = g_error_new_literal (MVX_LOG_ERROR, 9999, "x");

  assert_all_reasons (MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT, MVX_LOG_ERROR_INVALID_RECORD);
  assert_all_reasons (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CONFLICT, MVX_LOG_SINK_ERROR_RECONFIGURE_FAILED);
  assert_all_reasons (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE, MVX_LOG_SINK_ERROR_UNEXPECTED);
  assert_all_reasons (MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_INVALID_NAME, MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE);
  assert_all_reasons (MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_NOT_FOUND, MVX_LOG_CONFIG_ERROR_APPLY_FAILED);
  g_assert_null (mvx_log_error_get_reason (foreign));
  g_assert_null (mvx_log_error_get_reason (unknown));
}

static GVariant *
make_details (void)
{
  return g_variant_new_parsed ("{'sink-name': <'audit'>}");
}

static void
test_details_and_cause (void)
{
  const GQuark domains[] = { MVX_LOG_ERROR, MVX_LOG_SINK_ERROR, MVX_LOG_PLUGIN_ERROR, MVX_LOG_CONFIG_ERROR };

  for (guint i = 0; i < G_N_ELEMENTS (domains); i++)
    {
      g_autoptr (GError) cause = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOSPC, "disk full");
      g_autoptr (GError) error = mvx_log_error_new (domains[i], 1, cause, make_details (), "Cannot write '%s'", "F");
      g_autoptr (GError) copy = NULL;
      const char *name = NULL;

      g_clear_error (&cause);
      copy = g_error_copy (error);
      g_clear_error (&error);
      g_assert_cmpstr (copy->message, ==, "Cannot write 'F'");
      g_assert_true (g_variant_lookup (mvx_log_error_get_details (copy), "sink-name", "&s", &name));
      g_assert_cmpstr (name, ==, "audit");
      g_assert_error (mvx_log_error_get_cause (copy), G_FILE_ERROR, G_FILE_ERROR_NOSPC);
      g_assert_cmpstr (mvx_log_error_get_cause (copy)->message, ==, "disk full");
    }
}

static void
test_without (void)
{
  g_autoptr (GError) plain = mvx_log_error_new (MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT, NULL, NULL, "late");
  g_autoptr (GVariant) kept = g_variant_ref_sink (make_details ());
  g_autoptr (GError) foreign = mvx_log_error_new (G_FILE_ERROR, G_FILE_ERROR_IO, plain, make_details (), "x");
  g_autoptr (GError) also = mvx_log_error_new (G_FILE_ERROR, G_FILE_ERROR_IO, plain, kept, "x");

  g_assert_null (mvx_log_error_get_details (plain));
  g_assert_null (mvx_log_error_get_cause (plain));
  g_assert_null (mvx_log_error_get_details (foreign));
  g_assert_null (mvx_log_error_get_cause (foreign));
  g_assert_null (mvx_log_error_get_details (also));
  g_assert_cmpuint (g_variant_n_children (kept), ==, 1);
}

static void
test_wrap (void)
{
  GError *error = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOSPC, "disk full");

  mvx_log_error_wrap (&error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CREATE_FAILED, "Sink '%s' (%s)", "a",
                      error->message);
  mvx_log_error_wrap (&error, MVX_LOG_ERROR, MVX_LOG_ERROR_UNABLE_TO_LOG, "Context 'c'");
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_UNABLE_TO_LOG);
  g_assert_cmpstr (error->message, ==, "Context 'c': Sink 'a' (disk full): disk full");
  g_assert_error (mvx_log_error_get_cause (error), MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CREATE_FAILED);
  g_assert_error (mvx_log_error_get_cause (mvx_log_error_get_cause (error)), G_FILE_ERROR, G_FILE_ERROR_NOSPC);
  g_clear_error (&error);

  mvx_log_error_wrap (&error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT, "Flush");
  g_assert_cmpstr (error->message, ==, "Flush: no reason given");
  g_clear_error (&error);
  mvx_log_error_wrap (NULL, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT, "Flush");
}

static void
test_recoverable (void)
{
  g_autoptr (GError) full = g_error_new_literal (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_QUEUE_OVERFLOW, "x");
  g_autoptr (GError) in_use = g_error_new_literal (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_IN_USE, "x");
  g_autoptr (GError) late = g_error_new_literal (MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT, "x");
  g_autoptr (GError) conflict = g_error_new_literal (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CONFLICT, "x");
  g_autoptr (GError) foreign = g_error_new_literal (G_FILE_ERROR, MVX_LOG_ERROR_TIMED_OUT, "x");

  g_assert_true (mvx_log_error_is_recoverable (full));
  g_assert_true (mvx_log_error_is_recoverable (in_use));
  g_assert_true (mvx_log_error_is_recoverable (late));
  g_assert_false (mvx_log_error_is_recoverable (conflict));
  g_assert_false (mvx_log_error_is_recoverable (foreign));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/reasons", test_reasons);
  g_test_add_func ("/error/all-reasons", test_all_reasons);
  g_test_add_func ("/error/details-and-cause", test_details_and_cause);
  g_test_add_func ("/error/without", test_without);
  g_test_add_func ("/error/wrap", test_wrap);
  g_test_add_func ("/error/recoverable", test_recoverable);
  return g_test_run ();
}
