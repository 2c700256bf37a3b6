/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error-private.h"

static void
assert_payload (const GError *error, const char *expected)
{
  g_autoptr (GVariant) payload = mvx_log_error_to_payload (error);
  g_autofree char *text = g_variant_print (payload, FALSE);

  g_assert_true (g_variant_is_of_type (payload, G_VARIANT_TYPE_VARDICT));
  g_assert_false (g_variant_is_floating (payload));
  g_assert_cmpstr (text, ==, expected);
}

static void
test_plain (void)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "Socket I/O timed out");

  assert_payload (error, "{'kind': <'g-io-error-quark'>, 'code': <24>, 'code_desc': "
                         "<'UNKNOWN::g-io-error-quark::IO::ERROR'>, 'message': <'Socket I/O timed out'>}");
}

static void
test_details_and_cause (void)
{
  g_autoptr (GError) cause = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOSPC, "disk full");
  g_autoptr (GError) error = mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CREATE_FAILED, cause,
                                                g_variant_new_parsed ("{'sink-name': <'audit'>}"), "no sink");

  assert_payload (error, "{'reason': <'LOG_SINK_CREATE_FAILED'>, 'kind': <'MvxLogSinkError'>, 'code': <3>, "
                         "'code_desc': <'FACTORY::Sink::IO::ERROR'>, 'message': <'no sink'>, "
                         "'details': <{'sink-name': <'audit'>}>, "
                         "'cause': <{'kind': <'g-file-error-quark'>, 'code': <12>, 'code_desc': "
                         "<'UNKNOWN::g-file-error-quark::IO::ERROR'>, 'message': <'disk full'>}>}");
}

static void
test_invalid_utf8 (void)
{
  g_autoptr (GError) error = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOENT, "no '\xff'");
  g_autoptr (GVariant) payload = mvx_log_error_to_payload (error);
  const char *message;

  g_assert_true (g_variant_lookup (payload, "message", "&s", &message));
  g_assert_cmpstr (message, ==, "no '\xef\xbf\xbd'");
}

/* A chain without end is told as far as an event keeps it. */
static void
test_long_chain (void)
{
  GError *error = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOENT, "x");
  g_autoptr (GVariant) payload = NULL;
  guint n = 1;

  for (guint i = 0; i < 40; i++)
    mvx_log_error_wrap (&error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT, "%u", i);
  payload = mvx_log_error_to_payload (error);
  for (;; n++)
    {
      GVariant *cause = g_variant_lookup_value (payload, "cause", G_VARIANT_TYPE_VARDICT);

      if (cause == NULL)
        break;
      g_variant_unref (payload);
      payload = cause;
    }
  g_assert_cmpuint (n, ==, 16);
  g_error_free (error);
}

static GVariant *
make_own (const GError *error, gpointer data)
{
  gint *calls = data;

  (*calls)++;
  switch (error->code)
    {
    case 1:
      return g_variant_new_parsed ("{'errno': <2>, 'path': <'/f'>}");
    case 2:
      return g_variant_ref_sink (g_variant_new_parsed ("{'errno': <13>}"));
    case 3:
      return g_variant_new_string ("not a dictionary");
    default:
      return NULL;
    }
}

static void
count_destroy (gpointer data)
{
  gint *n = data;

  (*n) += 100;
}

static void
test_own (void)
{
  GQuark domain = g_quark_from_static_string ("shop-error");
  gint calls = 0;

  mvx_log_error_set_payload_func (domain, make_own, &calls, count_destroy);
  for (gint code = 1; code <= 4; code++)
    {
      static const char *const expected[] = {
        "{'errno': <2>, 'path': <'/f'>}",
        "{'errno': <13>}",
        "{'kind': <'shop-error'>, 'code': <3>, 'code_desc': <'UNKNOWN::shop-error::UNKNOWN::ERROR'>, 'message': <'m'>}",
        "{'kind': <'shop-error'>, 'code': <4>, 'code_desc': <'UNKNOWN::shop-error::UNKNOWN::ERROR'>, 'message': <'m'>}",
      };
      g_autoptr (GError) error = g_error_new_literal (domain, code, "m");

      assert_payload (error, expected[code - 1]);
    }
  g_assert_cmpint (calls, ==, 4);

  mvx_log_error_set_payload_func (domain, NULL, NULL, NULL);
  g_assert_cmpint (calls, ==, 104);
  {
    g_autoptr (GError) error = g_error_new_literal (domain, 1, "m");

    assert_payload (error, "{'kind': <'shop-error'>, 'code': <1>, 'code_desc': "
                           "<'UNKNOWN::shop-error::UNKNOWN::ERROR'>, 'message': <'m'>}");
  }
  g_assert_cmpint (calls, ==, 104);
}

/* As a cause, too. */
static void
test_own_cause (void)
{
  GQuark domain = g_quark_from_static_string ("shop-error");
  GError *error = g_error_new_literal (domain, 1, "m");
  gint calls = 0;

  mvx_log_error_set_payload_func (domain, make_own, &calls, NULL);
  mvx_log_error_wrap (&error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT, "t");
  assert_payload (error, "{'reason': <'TIMED_OUT'>, 'kind': <'MvxLogError'>, 'code': <6>, 'code_desc': "
                         "<'DISPATCH::Wait::IO::WARNING::RECOVERABLE'>, 'message': <'t: m'>, "
                         "'cause': <{'errno': <2>, 'path': <'/f'>}>}");
  mvx_log_error_set_payload_func (domain, NULL, NULL, NULL);
  g_error_free (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error-payload/plain", test_plain);
  g_test_add_func ("/error-payload/details-and-cause", test_details_and_cause);
  g_test_add_func ("/error-payload/invalid-utf8", test_invalid_utf8);
  g_test_add_func ("/error-payload/long-chain", test_long_chain);
  g_test_add_func ("/error-payload/own", test_own);
  g_test_add_func ("/error-payload/own-cause", test_own_cause);
  return g_test_run ();
}
