/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Valid as C11 and as C++17: one call of the macros for everything they take, and what arrived. */
#include <mvxlog/mvxlog.h>

#include <stdbool.h>
#include <string.h>

MVX_LOG_CONTEXT (values, "compile.values")
MVX_LOG_EVENT_ID (compile_bound, "b1946ac92492d2347c6235b4d2611184", "bound", "A port is bound; nothing to do.")

typedef enum
{
  COMPILE_RED,
  COMPILE_GREEN = 7
} CompileColour;

typedef struct
{
  unsigned int flag : 1;
  int small : 5;
} CompileBits;

static MvxLogSink *compile_sink;
static MvxLogEvent *compile_event;

/* Takes the only event out of the memory sink. */
static const MvxLogEvent *
compile_take (void)
{
  GPtrArray *events = mvx_log_memory_sink_get_events (compile_sink);

  g_clear_pointer (&compile_event, mvx_log_event_free);
  g_assert_nonnull (events);
  g_assert_cmpuint (events->len, ==, 1);
  compile_event = mvx_log_event_copy ((const MvxLogEvent *) g_ptr_array_index (events, 0));
  g_ptr_array_unref (events);
  mvx_log_memory_sink_clear (compile_sink);
  return compile_event;
}

static void
compile_assert_nothing (void)
{
  GPtrArray *events = mvx_log_memory_sink_get_events (compile_sink);

  g_assert_cmpuint (events->len, ==, 0);
  g_ptr_array_unref (events);
}

static MvxLogValue
compile_value (const MvxLogEvent *event, const char *key, MvxLogType type)
{
  MvxLogValue value;

  memset (&value, 0, sizeof value);
  if (!mvx_log_event_get_field (event, key, &value))
    g_error ("no field '%s'", key);
  if (value.type != type)
    g_error ("field '%s' has type %d, not %d", key, (int) value.type, (int) type);
  return value;
}

#define compile_assert_int(event, key, expected)                                                                       \
  g_assert_cmpint (compile_value (event, key, MVX_LOG_TYPE_INT64).u.int64, ==, expected)
#define compile_assert_uint(event, key, expected)                                                                      \
  g_assert_cmpuint (compile_value (event, key, MVX_LOG_TYPE_UINT64).u.uint64, ==, expected)
#define compile_assert_double(event, key, expected)                                                                    \
  g_assert_cmpfloat (compile_value (event, key, MVX_LOG_TYPE_DOUBLE).u.dbl, ==, expected)
#define compile_assert_string(event, key, expected)                                                                    \
  g_assert_cmpstr (compile_value (event, key, MVX_LOG_TYPE_STRING).u.string, ==, expected)

static void
compile_integers (void)
{
  const MvxLogEvent *event;
  char plain = 'p';
  signed char tiny = -3;
  short brief = -300;
  int normal = -70000;
  long lengthy = -5000000000L;
  long long longest = G_MININT64;
  gint64 g64 = G_MAXINT64;
  gssize ssize = -9;
  CompileColour colour = COMPILE_GREEN;
  const int fixed = 12;
  volatile int changing = 13;

  mvx_info (values, "signed", "a", plain, "b", tiny, "c", brief, "d", normal, "e", lengthy, "f", longest, "g", g64, "h",
            ssize, "i", fixed, "j", changing, "k", COMPILE_RED, "l", 1 + 1);
  event = compile_take ();
  g_assert_cmpuint (mvx_log_event_get_n_fields (event), ==, 12);
  compile_assert_int (event, "a", 'p');
  compile_assert_int (event, "b", -3);
  compile_assert_int (event, "c", -300);
  compile_assert_int (event, "d", -70000);
  compile_assert_int (event, "e", G_GINT64_CONSTANT (-5000000000));
  compile_assert_int (event, "f", G_MININT64);
  compile_assert_int (event, "g", G_MAXINT64);
  compile_assert_int (event, "h", -9);
  compile_assert_int (event, "i", 12);
  compile_assert_int (event, "j", 13);
  compile_assert_int (event, "l", 2);
  mvx_info (values, "enum", "colour", colour);
  g_assert_cmpint (mvx_log_event_get_int64 (compile_take (), "colour", -1), ==, 7);
}

/* Only C++ has those that are wider than an int and keep what they are. */
static void
compile_enums (void)
{
#ifdef __cplusplus
  enum class Mask : guint64 { ALL = G_MAXUINT64 };
  enum class Offset : gint8 { BACK = -3 };
  enum class Truth : bool { YES = true };
  const MvxLogEvent *event;

  mvx_info (values, "enums", "mask", Mask::ALL, "offset", Offset::BACK, "truth", Truth::YES);
  event = compile_take ();
  compile_assert_uint (event, "mask", G_MAXUINT64);
  compile_assert_int (event, "offset", -3);
  compile_value (event, "truth", MVX_LOG_TYPE_BOOL);
#endif
}

static void
compile_unsigned (void)
{
  const MvxLogEvent *event;
  unsigned char byte = 200;
  unsigned short brief = 60000;
  unsigned int normal = 4000000000u;
  unsigned long lengthy = 5000000000UL;
  unsigned long long longest = G_MAXUINT64;
  gsize size = sizeof (int);
  guint8 g8 = 8;
  guint32 g32 = 32;

  mvx_info (values, "unsigned", "a", byte, "b", brief, "c", normal, "d", lengthy, "e", longest, "f", size, "g", g8, "h",
            g32, "i", strlen ("four"), "j", sizeof (char));
  event = compile_take ();
  compile_assert_uint (event, "a", 200);
  compile_assert_uint (event, "b", 60000);
  compile_assert_uint (event, "c", 4000000000u);
  compile_assert_uint (event, "d", G_GUINT64_CONSTANT (5000000000));
  compile_assert_uint (event, "e", G_MAXUINT64);
  compile_assert_uint (event, "f", sizeof (int));
  compile_assert_uint (event, "g", 8);
  compile_assert_uint (event, "h", 32);
  compile_assert_uint (event, "i", 4);
  compile_assert_uint (event, "j", 1);
}

static void
compile_other_numbers (void)
{
  const MvxLogEvent *event;
  bool yes = true;
  gboolean no = FALSE;
  float single = 0.5f;
  double number = -1.25;
  long double extended = 2.5L;
  CompileBits bits;

  memset (&bits, 0, sizeof bits);
  bits.flag = 1;
  bits.small = -4;
  mvx_info (values, "others", "a", yes, "b", MVX_LOG_BOOL (no), "c", MVX_LOG_BOOL (5), "d", single, "e", number, "f",
            extended, "g", 1e300, "h", MVX_LOG_INT (bits.small), "i", MVX_LOG_BOOL (bits.flag), "j", !no, "k",
            MVX_LOG_TIME (G_GINT64_CONSTANT (1700000000123456789)));
  event = compile_take ();
  g_assert_true (compile_value (event, "a", MVX_LOG_TYPE_BOOL).u.boolean);
  g_assert_false (compile_value (event, "b", MVX_LOG_TYPE_BOOL).u.boolean);
  g_assert_true (compile_value (event, "c", MVX_LOG_TYPE_BOOL).u.boolean);
  compile_assert_double (event, "d", 0.5);
  compile_assert_double (event, "e", -1.25);
  compile_assert_double (event, "f", 2.5);
  compile_assert_double (event, "g", 1e300);
  compile_assert_int (event, "h", -4);
  g_assert_true (compile_value (event, "i", MVX_LOG_TYPE_BOOL).u.boolean);
  g_assert_cmpint (compile_value (event, "k", MVX_LOG_TYPE_TIME).u.int64, ==, G_GINT64_CONSTANT (1700000000123456789));
}

static void
compile_strings (void)
{
  const MvxLogEvent *event;
  char array[8] = "array";
  const char fixed[] = "fixed";
  char *writable = array;
  const char *constant = "constant";
  const char *const both = "both";
  const char *nothing = NULL;
  g_autofree char *owned = g_strdup ("owned");
  const unsigned char bytes[] = { 'u', 'c', 0 };

  mvx_info (values, "strings", "a", array, "b", fixed, "c", writable, "d", constant, "e", both, "f", "literal", "g",
            nothing, "h", owned, "i", bytes, "j", array + 2, "k", "");
  event = compile_take ();
  compile_assert_string (event, "a", "array");
  compile_assert_string (event, "b", "fixed");
  compile_assert_string (event, "c", "array");
  compile_assert_string (event, "d", "constant");
  compile_assert_string (event, "e", "both");
  compile_assert_string (event, "f", "literal");
  compile_value (event, "g", MVX_LOG_TYPE_NULL);
  compile_assert_string (event, "h", "owned");
  compile_assert_string (event, "i", "uc");
  compile_assert_string (event, "j", "ray");
  compile_assert_string (event, "k", "");
}

static void
compile_objects (void)
{
  const MvxLogEvent *event;
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  const GError *borrowed = error;
  g_autoptr (GVariant) variant = g_variant_ref_sink (g_variant_new_int32 (-32));
  g_autoptr (GBytes) bytes = g_bytes_new ("\0\1\2", 3);
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (1700000000);
  g_autoptr (GFile) file = g_file_new_for_path ("/dev/null");
  GError *no_error = NULL;

  mvx_info (values, "objects", "error", error, "cause", borrowed, "a", variant, "b", bytes, "c", time, "d",
            MVX_LOG_OBJECT (file), "e", no_error, "f", MVX_LOG_OBJECT (NULL));
  event = compile_take ();
  compile_value (event, "error", MVX_LOG_TYPE_ERROR);
  compile_value (event, "cause", MVX_LOG_TYPE_ERROR);
  compile_assert_int (event, "a", -32);
  g_assert_cmpmem (compile_value (event, "b", MVX_LOG_TYPE_BYTES).u.bytes, 3, "\0\1\2", 3);
  g_assert_cmpint (compile_value (event, "c", MVX_LOG_TYPE_TIME).u.int64, ==,
                   G_GINT64_CONSTANT (1700000000) * G_GINT64_CONSTANT (1000000000));
  compile_value (event, "e", MVX_LOG_TYPE_NULL);
  compile_value (event, "f", MVX_LOG_TYPE_NULL);
}

static void
compile_pairs (void)
{
  mvx_info (values, "no pairs");
  g_assert_cmpuint (mvx_log_event_get_n_fields (compile_take ()), ==, 0);
  mvx_info (values, "{a}", "a", 1);
  g_assert_cmpuint (mvx_log_event_get_n_fields (compile_take ()), ==, 1);
  mvx_info (values, "", "a", 1, "b", 2);
  g_assert_cmpuint (mvx_log_event_get_n_fields (compile_take ()), ==, 2);
  mvx_info (values, "", "a", 1, "b", 2, "c", 3);
  g_assert_cmpuint (mvx_log_event_get_n_fields (compile_take ()), ==, 3);
  mvx_info (values, "", "a", 1, "b", 2, "c", 3, "d", 4);
  g_assert_cmpuint (mvx_log_event_get_n_fields (compile_take ()), ==, 4);
  mvx_info (values, "", "a", 1, "b", 2, "c", 3, "d", 4, "e", 5);
  g_assert_cmpuint (mvx_log_event_get_n_fields (compile_take ()), ==, 5);
  mvx_info (values, "", "a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", 6);
  g_assert_cmpuint (mvx_log_event_get_n_fields (compile_take ()), ==, 6);
  mvx_info (values, "", "a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", 6, "g", 7);
  g_assert_cmpuint (mvx_log_event_get_n_fields (compile_take ()), ==, 7);
  mvx_info (values, "", "a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", 6, "g", 7, "h", 8);
  g_assert_cmpuint (mvx_log_event_get_n_fields (compile_take ()), ==, 8);
  mvx_info (values, "", "a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", 6, "g", 7, "h", 8, "i", 9);
  g_assert_cmpuint (mvx_log_event_get_n_fields (compile_take ()), ==, 9);
  mvx_info (values, "", "a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", 6, "g", 7, "h", 8, "i", 9, "j", 10);
  g_assert_cmpuint (mvx_log_event_get_n_fields (compile_take ()), ==, 10);
  mvx_info (values, "", "a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", 6, "g", 7, "h", 8, "i", 9, "j", 10, "k", 11);
  g_assert_cmpuint (mvx_log_event_get_n_fields (compile_take ()), ==, 11);
  mvx_info (values, "", "a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", 6, "g", 7, "h", 8, "i", 9, "j", 10, "k", 11, "l",
            12);
  g_assert_cmpuint (mvx_log_event_get_n_fields (compile_take ()), ==, 12);
  compile_assert_int (compile_event, "l", 12);
}

static guint compile_n_contexts;

static MvxLogContext *
compile_get_context (void)
{
  compile_n_contexts++;
  return mvx_log_configure_context ("compile.values", NULL);
}

static void
compile_evaluation (void)
{
  MvxLogContext *context = NULL;
  int i = 0;
  int level = MVX_LOG_LEVEL_INFO;

  mvx_info (values, "once", "i", i++);
  compile_assert_int (compile_take (), "i", 0);
  g_assert_cmpint (i, ==, 1);
  mvx_trace (values, "never", "i", i++);
  mvx_debug (values, "never", "i", i++);
  compile_assert_nothing ();
  g_assert_cmpint (i, ==, 1);
  mvx_log (values, level++, "level", "i", i++);
  compile_take ();
  g_assert_cmpint (i, ==, 2);
  g_assert_cmpint (level, ==, MVX_LOG_LEVEL_INFO + 1);
  mvx_notice (context, "no context is no event", "i", i++);
  compile_assert_nothing ();
  g_assert_cmpint (i, ==, 2);
  context = compile_get_context ();
  compile_n_contexts = 0;
  mvx_info (compile_get_context (), "context once");
  mvx_trace (compile_get_context (), "context once");
  compile_take ();
  g_assert_cmpuint (compile_n_contexts, ==, 2);
  mvx_log_context_unref (context);
  mvx_log_context_unref (context);
  mvx_log_context_unref (context);
}

static void
compile_branch (gboolean first)
{
  if (first)
    mvx_warning (values, "first");
  else
    mvx_error (values, "second");
}

static void
compile_statements (void)
{
  const MvxLogEvent *event;
  guint line;

  compile_branch (TRUE);
  g_assert_cmpint (mvx_log_event_get_level (compile_take ()), ==, MVX_LOG_LEVEL_WARNING);
  compile_branch (FALSE);
  g_assert_cmpint (mvx_log_event_get_level (compile_take ()), ==, MVX_LOG_LEVEL_ERROR);
  for (int i = 0; i < 1; i++)
    mvx_critical (values, "loop {i}", "i", i);
  compile_assert_int (compile_take (), "i", 0);
  mvx_event (values, MVX_LOG_LEVEL_NOTICE, "bind", "bound to {port}", "port", 80);
  event = compile_take ();
  g_assert_cmpstr (mvx_log_event_get_name (event), ==, "bind");
  g_assert_cmpstr (mvx_log_event_get_template (event), ==, "bound to {port}");
  g_assert_cmpstr (mvx_log_event_get_context (event), ==, "compile.values");
  mvx_event (values, MVX_LOG_LEVEL_NOTICE, compile_bound, "bound to {port}", "port", 80);
  event = compile_take ();
  g_assert_cmpstr (mvx_log_event_get_event_id (event), ==, "b1946ac92492d2347c6235b4d2611184");
  g_assert_cmpstr (mvx_log_event_get_name (event), ==, "bound");
  line = __LINE__ + 1;
  mvx_info (values, "here");
  g_assert_cmpuint (mvx_log_event_get_line (compile_take ()), ==, line);
  g_assert_true (g_str_has_suffix (mvx_log_event_get_file (compile_event), "values.c"));
  g_assert_cmpstr (mvx_log_event_get_function (compile_event), ==, "compile_statements");
}

static void
compile_views (void)
{
  MvxLogContext *request = mvx_log_bind (values, "request", 17, "user", "u");
  MvxLogContext *deeper = mvx_log_bind (request, "step", 2.5);
  const MvxLogEvent *event;

  {
    MVX_LOG_SCOPED ("job", "nightly");
    mvx_info (deeper, "in a scope", "own", 1);
    event = compile_take ();
  }
  compile_assert_int (event, "request", 17);
  compile_assert_string (event, "user", "u");
  compile_assert_double (event, "step", 2.5);
  compile_assert_string (event, "job", "nightly");
  compile_assert_int (event, "own", 1);
  mvx_info (request, "behind it");
  event = compile_take ();
  g_assert_cmpuint (mvx_log_event_get_n_fields (event), ==, 2);
  {
    MVX_LOG_LIFE (request, "a migration");
    mvx_log_memory_sink_clear (compile_sink);
  }
  compile_assert_int (compile_take (), "request", 17);
  {
    MVX_LOG_IN_TRACE ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    MVX_LOG_TASK (empty, request, "a task");
    MVX_LOG_TASK (task, values, "a task", "disk", 1, "host", "h");
    MVX_LOG_SCOPE_AS (scope, deeper, MVX_LOG_LEVEL_DEBUG, "off");
    MvxLogScopeCapture *capture = mvx_log_scope_capture ();
    GError *error = NULL;

    g_assert_null (scope);
    mvx_log_task_bind (task, "step", 5u);
    mvx_log_task_watch (task, &error);
    mvx_log_memory_sink_clear (compile_sink);
    {
      MVX_LOG_IN_SCOPE (capture);
      mvx_info (values, "inside");
    }
    mvx_log_scope_capture_unref (capture);
    event = compile_take ();
    g_assert_cmpstr (mvx_log_event_get_trace_id (event), ==, "0af7651916cd43dd8448eb211c80319c");
    compile_assert_string (event, "host", "h");
    g_assert_false (mvx_log_event_get_field (event, "step", NULL));
  }
  mvx_log_memory_sink_clear (compile_sink);
  {
    MVX_LOG_INVOCATION (call, values, "bind", "conn-1");
    mvx_log_invocation_begin (call, "user", "u", "port", 389);
    mvx_log_invocation_set_level (call, MVX_LOG_OUTCOME_SUCCESS, MVX_LOG_LEVEL_NOTICE);
    mvx_log_memory_sink_clear (compile_sink);
    {
      MVX_LOG_CATCH (error, request);
      g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_FAILED, "caught");
    }
    event = compile_take ();
    compile_value (event, "error", MVX_LOG_TYPE_ERROR);
    compile_assert_int (event, "request", 17);
    mvx_log_invocation_end_error (call, NULL);
    event = compile_take ();
    g_assert_cmpstr (mvx_log_event_get_outcome (event), ==, "failed");
    g_assert_cmpstr (mvx_log_event_get_entity_id (event), ==, "conn-1");
  }
  mvx_log_context_unref (deeper);
  mvx_log_context_unref (request);
}

/* Marks are on the keys and leave the types of the values alone. */
static void
compile_sensitive (void)
{
  const MvxLogEvent *event;
  const char *password = "secret";

  mvx_info (values, "{user} {password} {pin}", MVX_LOG_PERSONAL ("user"), "joe", MVX_LOG_SECRET ("password"), password,
            MVX_LOG_SECRET ("pin"), 1234, "n", 1);
  event = compile_take ();
  compile_assert_string (event, "user", "joe");
  compile_assert_string (event, "password", "***");
  compile_assert_string (event, "pin", "***");
  compile_assert_int (event, "n", 1);
}

int
main (void)
{
  GError *error = NULL;
  MvxLogContext *root;
  MvxLogLimits limits = { -1, -1, -1, MVX_LOG_VERBOSITY_NORMAL, FALSE };
  gboolean success;

  compile_sink = mvx_log_configure_sink ("memory", "memory", NULL, &error);
  g_assert_no_error (error);
  root = mvx_log_get_root_context ();
  success = mvx_log_context_set_sinks (root, &compile_sink, 1, &error);
  g_assert_no_error (error);
  g_assert_true (success);
  success = mvx_log_context_set_limits (root, &limits, &error);
  g_assert_no_error (error);
  g_assert_true (success);
  compile_integers ();
  compile_enums ();
  compile_unsigned ();
  compile_other_numbers ();
  compile_strings ();
  compile_objects ();
  compile_pairs ();
  compile_evaluation ();
  compile_statements ();
  compile_views ();
  compile_sensitive ();
  g_clear_pointer (&compile_event, mvx_log_event_free);
  mvx_log_context_unref (root);
  g_object_unref (compile_sink);
  return 0;
}
