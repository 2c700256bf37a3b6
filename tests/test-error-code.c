/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "base/error-private.h"

/* What the public header declares, so that a code that is added there without a row in the tables is found. */
typedef struct
{
  const char *enumeration;
  GQuark (*domain) (void);
  guint n_codes;
} Domain;

static Domain domains[] = {
  { "MvxLogError", mvx_log_error_quark, 0 },
  { "MvxLogSinkError", mvx_log_sink_error_quark, 0 },
  { "MvxLogPluginError", mvx_log_plugin_error_quark, 0 },
  { "MvxLogConfigError", mvx_log_config_error_quark, 0 },
};

typedef void (*CodeFunc) (Domain *domain, const char *name, gint code, gpointer data);

static void
walk_enumeration (Domain *domain, const char *body, CodeFunc func, gpointer data)
{
  g_autoptr (GRegex) line
      = g_regex_new ("^  (MVX_LOG_[A-Z_]+)(?: = ([0-9]+))?,?(?: */\\*.*)?$", G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  gint code = -1;

  g_regex_match (line, body, 0, &match);
  for (; g_match_info_matches (match); g_match_info_next (match, NULL))
    {
      g_autofree char *name = g_match_info_fetch (match, 1);
      g_autofree char *number = g_match_info_fetch (match, 2);

      code = number && *number ? atoi (number) : code + 1;
      domain->n_codes++;
      func (domain, name, code, data);
    }
}

static void
walk (CodeFunc func, gpointer data)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "include", "mvxlog", "error.h", NULL);
  g_autofree char *header = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &header, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (domains); i++)
    {
      g_autofree char *end = g_strdup_printf ("\n} %s;", domains[i].enumeration);
      char *last = strstr (header, end);
      char *first;

      g_assert_nonnull (last);
      *last = '\0';
      first = g_strrstr (header, "typedef enum\n{\n");
      g_assert_nonnull (first);
      domains[i].n_codes = 0;
      walk_enumeration (&domains[i], first, func, data);
      g_assert_cmpuint (domains[i].n_codes, >=, 5);
      *last = '\n';
    }
}

static void
check_reason (Domain *domain, const char *name, gint code, gpointer data)
{
  g_autoptr (GError) error = g_error_new_literal (domain->domain (), code, "x");
  const char *reason = mvx_log_error_get_reason (error);

  g_test_message ("%s = %d: %s", name, code, reason ? reason : "(none)");
  g_assert_nonnull (reason);
  g_assert_true (g_regex_match_simple ("^[A-Z][A-Z_]*[A-Z]$", reason, 0, 0));
  /* Unique over all domains: one word says what happened. */
  g_assert_true (g_hash_table_add (data, (gpointer) reason));
}

static void
test_every_reason (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) foreign = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOENT, "x");
  g_autoptr (GError) unknown = g_error_new_literal (MVX_LOG_ERROR, 9999, "x");

  walk (check_reason, seen);
  g_assert_cmpuint (g_hash_table_size (seen), >=, 55);
  g_assert_null (mvx_log_error_get_reason (foreign));
  g_assert_null (mvx_log_error_get_reason (unknown));
}

static void
check_code (Domain *domain, const char *name, gint code, gpointer data)
{
  static const char pattern[] = "^(CONFIGURATION|FACTORY|DISPATCH|HANDLER|PROCESSOR)::[A-Z][A-Za-z]+::"
                                "(CONFIGURATION|FORMATTING|ROUTING|VALIDATION|IO|UNEXPECTED)::"
                                "(WARNING|ERROR|CRITICAL)(::RECOVERABLE)?$";
  g_autoptr (GError) error = g_error_new_literal (domain->domain (), code, "x");
  g_autofree char *text = mvx_log_error_dup_code (error);
  gint severity = mvx_log_error_get_severity (error);
  const char *word = severity == 30 ? "::WARNING" : severity == 40 ? "::ERROR" : "::CRITICAL";

  g_test_message ("%s: %s", name, text);
  if (g_str_equal (name, "MVX_LOG_SINK_ERROR_UNEXPECTED"))
    g_assert_cmpstr (text, ==, "UNKNOWN::Sink::UNEXPECTED::ERROR");
  else
    g_assert_true (g_regex_match_simple (pattern, text, 0, 0));
  g_assert_nonnull (strstr (text, word));
  g_assert_cmpint (g_str_has_suffix (text, "::RECOVERABLE"), ==, mvx_log_error_is_recoverable (error));
}

static void
test_every_code (void)
{
  walk (check_code, NULL);
}

static void
check_documented (Domain *domain, const char *name, gint code, gpointer data)
{
  g_autoptr (GError) error = g_error_new_literal (domain->domain (), code, "x");
  g_autofree char *text = mvx_log_error_dup_code (error);
  g_autofree char *row = g_strdup_printf ("\n| `%s` | `%s`", mvx_log_error_get_reason (error), text);

  g_test_message ("%s", name);
  g_assert_nonnull (strstr (data, row));
}

static void
test_documented (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "docs", "ERRORS.md", NULL);
  g_autofree char *page = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &page, NULL, &error);
  g_assert_no_error (error);
  walk (check_documented, page);
}

/* The strings that programs written for the model compare. */
static void
test_table (void)
{
  static const struct
  {
    gboolean sink;
    gint code;
    const char *reason;
  } rows[] = {
    { FALSE, MVX_LOG_ERROR_CONTEXT_RESET, "LOG_CONTEXT_RESET_NOT_ALLOWED_FOR_ROOT" },
    { FALSE, MVX_LOG_ERROR_UNABLE_TO_LOG, "LOG_CONTEXT_UNABLE_TO_LOG" },
    { TRUE, MVX_LOG_SINK_ERROR_CONFLICT, "LOG_SINK_CONFIGURATION_CONFLICT" },
    { TRUE, MVX_LOG_SINK_ERROR_DESCRIPTOR_FAILED, "LOG_SINK_DESCRIPTOR_BUILD_FAILED" },
    { TRUE, MVX_LOG_SINK_ERROR_CREATE_FAILED, "LOG_SINK_CREATE_FAILED" },
    { TRUE, MVX_LOG_SINK_ERROR_CLOSE_FAILED, "LOG_SINK_CLOSE_FAILED" },
    { TRUE, MVX_LOG_SINK_ERROR_IN_USE, "LOG_SINK_IS_IN_USE" },
    { TRUE, MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE, "EVENT_LOOP_UNAVAILABLE" },
    { TRUE, MVX_LOG_SINK_ERROR_INVALID_STATE, "INVALID_LOG_SINK_STATE" },
    { TRUE, MVX_LOG_SINK_ERROR_ON_STARTING_FAILED, "ON_STARTING_HOOK_FAILED" },
    { TRUE, MVX_LOG_SINK_ERROR_ON_STOPPED_FAILED, "ON_STOPPED_HOOK_FAILED" },
    { TRUE, MVX_LOG_SINK_ERROR_QUEUE_OVERFLOW, "QUEUE_OVERFLOW" },
    { TRUE, MVX_LOG_SINK_ERROR_DISPATCHER_CANCELLED, "DISPATCHER_UNEXPECTEDLY_CANCELLED" },
    { TRUE, MVX_LOG_SINK_ERROR_UNEXPECTED, "UNEXPECTED_ERROR" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      GQuark domain = rows[i].sink ? MVX_LOG_SINK_ERROR : MVX_LOG_ERROR;
      g_autoptr (GError) error = g_error_new_literal (domain, rows[i].code, "x");

      g_assert_cmpstr (mvx_log_error_get_reason (error), ==, rows[i].reason);
    }
}

static void
assert_code (const GError *error, const char *expected)
{
  g_autofree char *code = mvx_log_error_dup_code (error);

  g_assert_cmpstr (code, ==, expected);
}

static void
test_foreign_code (void)
{
  g_autoptr (GError) io = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "x");
  g_autoptr (GError) file = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOSPC, "x");
  g_autoptr (GError) other = g_error_new_literal (G_MARKUP_ERROR, G_MARKUP_ERROR_PARSE, "x");
  g_autoptr (GError) unknown = g_error_new_literal (MVX_LOG_ERROR, 9999, "x");

  assert_code (io, "UNKNOWN::g-io-error-quark::IO::ERROR");
  assert_code (file, "UNKNOWN::g-file-error-quark::IO::ERROR");
  assert_code (other, "UNKNOWN::g-markup-error-quark::UNKNOWN::ERROR");
  assert_code (unknown, "UNKNOWN::MvxLogError::UNKNOWN::ERROR");
  g_assert_cmpint (mvx_log_error_get_severity (io), ==, 40);
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

/* Whether an event that could not be handed over is worth another try is up to its cause. */
static void
test_recoverable_by_cause (void)
{
  GError *full = g_error_new_literal (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_QUEUE_OVERFLOW, "full");
  GError *offline = g_error_new_literal (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_STATE, "offline");
  g_autoptr (GError) bare = g_error_new_literal (MVX_LOG_ERROR, MVX_LOG_ERROR_UNABLE_TO_LOG, "x");

  mvx_log_error_wrap (&full, MVX_LOG_ERROR, MVX_LOG_ERROR_UNABLE_TO_LOG, "Context 'c'");
  mvx_log_error_wrap (&offline, MVX_LOG_ERROR, MVX_LOG_ERROR_UNABLE_TO_LOG, "Context 'c'");
  g_assert_true (mvx_log_error_is_recoverable (full));
  g_assert_false (mvx_log_error_is_recoverable (offline));
  g_assert_false (mvx_log_error_is_recoverable (bare));
  assert_code (full, "DISPATCH::Context::ROUTING::ERROR::RECOVERABLE");
  assert_code (offline, "DISPATCH::Context::ROUTING::ERROR");
  g_error_free (full);
  g_error_free (offline);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error-code/every-reason", test_every_reason);
  g_test_add_func ("/error-code/every-code", test_every_code);
  g_test_add_func ("/error-code/documented", test_documented);
  g_test_add_func ("/error-code/table", test_table);
  g_test_add_func ("/error-code/foreign", test_foreign_code);
  g_test_add_func ("/error-code/recoverable", test_recoverable);
  g_test_add_func ("/error-code/recoverable-by-cause", test_recoverable_by_cause);
  return g_test_run ();
}
