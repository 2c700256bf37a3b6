/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error-private.h"

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/details-and-cause", test_details_and_cause);
  g_test_add_func ("/error/without", test_without);
  g_test_add_func ("/error/wrap", test_wrap);
  return g_test_run ();
}
