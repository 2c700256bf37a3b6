/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Level rules of the running program, of the environment and of a file, together. */
#include <mvxlog/mvxlog-test.h>

#define HEAD "[mvxlog]\nversion=1\n"

static void
assert_level (const char *name, gint level)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogContext) context = mvx_log_configure_context (name, &error);

  g_assert_no_error (error);
  g_assert_cmpint (mvx_log_context_get_level (context), ==, level);
}

static void
assert_root (gint level)
{
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();

  g_assert_cmpint (mvx_log_context_get_level (root), ==, level);
}

static void
set (const char *rules)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_set_levels (rules, &error));
  g_assert_no_error (error);
}

static void
assert_rules (const char *expected)
{
  g_autofree char *rules = mvx_log_dup_levels ();

  g_assert_cmpstr (rules, ==, expected);
}

static void
configure (const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_configure_from_data (text, -1, "F", &error));
  g_assert_no_error (error);
}

/* Whatever the order in which they are given; whole words of a name only. */
static void
test_longest_match (void)
{
  set ("org.example.net.tls=error, org.example=debug ,notice,org.example.net = 33");
  assert_root (MVX_LOG_LEVEL_NOTICE);
  assert_level ("org", MVX_LOG_LEVEL_NOTICE);
  assert_level ("org.example", MVX_LOG_LEVEL_DEBUG);
  assert_level ("org.example.net", 33);
  assert_level ("org.example.net.http", 33);
  assert_level ("org.example.net.tls.client", MVX_LOG_LEVEL_ERROR);
  assert_level ("org.example.network", MVX_LOG_LEVEL_DEBUG);
  assert_level ("org.examples", MVX_LOG_LEVEL_NOTICE);
  assert_rules ("notice,org.example=debug,org.example.net=33,org.example.net.tls=error");
  set (NULL);
  assert_root (MVX_LOG_LEVEL_INFO);
  assert_level ("org.example.net.tls.client", MVX_LOG_LEVEL_INFO);
  assert_rules ("");
}

/* Before the context's own level, which is there again afterwards. */
static void
test_over_own (void)
{
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("own.level", NULL);

  mvx_log_context_set_level (context, MVX_LOG_LEVEL_ERROR, NULL);
  set ("debug");
  assert_level ("own.level.below", MVX_LOG_LEVEL_ERROR);
  set ("own.level=trace");
  assert_level ("own.level.below", MVX_LOG_LEVEL_TRACE);
  mvx_log_context_set_level (context, MVX_LOG_LEVEL_CRITICAL, NULL);
  assert_level ("own.level", MVX_LOG_LEVEL_TRACE);
  set ("");
  assert_level ("own.level.below", MVX_LOG_LEVEL_CRITICAL);
}

/* Rules do not make contexts. */
static void
test_makes_nothing (void)
{
  set ("nobody.made.this=debug");
  g_assert_false (mvx_log_has_context ("nobody.made.this"));
  set (NULL);
}

static void
test_outlives_configurations (void)
{
  set ("a.b=debug");
  configure (HEAD "levels=warning;a=error;a.b=critical\n");
  assert_root (MVX_LOG_LEVEL_WARNING);
  assert_level ("a", MVX_LOG_LEVEL_ERROR);
  assert_level ("a.b.c", MVX_LOG_LEVEL_DEBUG);
  mvx_log_reset_contexts ();
  assert_level ("a.b.c", MVX_LOG_LEVEL_DEBUG);
  assert_level ("a", MVX_LOG_LEVEL_WARNING);
  set (NULL);
  g_assert_true (mvx_log_reset (NULL));
  assert_root (MVX_LOG_LEVEL_INFO);
}

static void
assert_refused (const char *rules, gint code, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_set_levels (rules, &error));
  g_assert_error (error, MVX_LOG_ERROR, code);
  g_assert_cmpstr (error->message, ==, message);
}

/* Whole or not at all. */
static void
test_refused (void)
{
  set ("x=error");
  assert_refused ("debug,x=loud", MVX_LOG_ERROR_UNKNOWN_NAME,
                  "Level rules 'debug,x=loud': 'x=loud': Unknown level 'loud'; use trace, debug, info, notice, "
                  "warning, error, critical, off or a number");
  assert_refused ("x=", MVX_LOG_ERROR_UNKNOWN_NAME,
                  "Level rules 'x=': 'x=': Unknown level ''; use trace, debug, info, notice, warning, error, critical, "
                  "off or a number");
  assert_refused ("=info", MVX_LOG_ERROR_INVALID_NAME,
                  "Level rules '=info': '=info': there is no context before the '='; for the root write the level "
                  "alone");
  assert_refused ("x.*=info", MVX_LOG_ERROR_INVALID_NAME,
                  "Level rules 'x.*=info': 'x.*=info': 'x.*' is not a context name; use words of letters, digits, '-' "
                  "and '_' that begin with a letter, joined by dots, such as org.example.shop, at most 255 characters");
  assert_refused ("x=info,x=debug", MVX_LOG_ERROR_INVALID_ARGUMENT,
                  "Level rules 'x=info,x=debug': 'x=debug': 'x' has a level already");
  assert_refused ("info,debug", MVX_LOG_ERROR_INVALID_ARGUMENT,
                  "Level rules 'info,debug': 'debug': the root has a level already");
  assert_refused ("info,", MVX_LOG_ERROR_INVALID_ARGUMENT, "Level rules 'info,': rule 2 is empty; remove its comma");
  assert_rules ("x=error");
  set (NULL);
}

/* A sink that nobody has given a level is opened, one with a level is not, and the contexts hold back the rest. */
static void
test_opens_sinks (void)
{
  g_autoptr (MvxLogSink) open = mvx_log_configure_sink ("open", "memory", NULL, NULL);
  g_autoptr (MvxLogSink) strict
      = mvx_log_configure_sink ("strict", "memory", g_variant_new_parsed ("{'level': <'info'>}"), NULL);
  g_autoptr (MvxLogContext) asked = mvx_log_configure_context ("opens.asked", NULL);
  g_autoptr (MvxLogContext) other = mvx_log_configure_context ("opens.other", NULL);
  MvxLogSink *both[] = { open, strict };

  mvx_log_context_set_sinks (asked, both, 2, NULL);
  mvx_log_context_set_sinks (other, both, 2, NULL);
  g_assert_false (mvx_log_context_is_enabled (asked, MVX_LOG_LEVEL_DEBUG));
  set ("opens.asked=debug");
  g_assert_cmpint (mvx_log_sink_get_level (open), ==, MVX_LOG_LEVEL_DEBUG);
  g_assert_cmpint (mvx_log_sink_get_level (strict), ==, MVX_LOG_LEVEL_INFO);
  g_assert_true (mvx_log_context_is_enabled (asked, MVX_LOG_LEVEL_DEBUG));
  g_assert_false (mvx_log_context_is_enabled (other, MVX_LOG_LEVEL_DEBUG));
  set (NULL);
  g_assert_cmpint (mvx_log_sink_get_level (open), ==, MVX_LOG_LEVEL_INFO);
  g_assert_false (mvx_log_context_is_enabled (asked, MVX_LOG_LEVEL_DEBUG));
  g_assert_true (mvx_log_reset (NULL));
}

/* Off and on by name, whatever is set; what nobody knows is told apart from what was off already. */
static void
test_enable_context (void)
{
  g_autoptr (MvxLogContext) above = mvx_log_configure_context ("switch.above", NULL);
  g_autoptr (MvxLogContext) below = mvx_log_configure_context ("switch.above.below", NULL);
  g_autoptr (GError) error = NULL;

  mvx_log_context_set_level (below, MVX_LOG_LEVEL_NOTICE, NULL);
  for (guint i = 0; i < 2; i++)
    g_assert_true (mvx_log_enable_context ("switch.above", FALSE, &error));
  g_assert_false (mvx_log_context_get_enabled (below));
  g_assert_false (mvx_log_context_is_enabled (above, MVX_LOG_LEVEL_CRITICAL));
  g_assert_false (mvx_log_context_is_enabled (below, G_MAXINT16));
  g_assert_cmpint (mvx_log_context_get_level (below), ==, MVX_LOG_LEVEL_NOTICE);
  configure (HEAD "[context switch.above]\nlevel=debug\n");
  g_assert_false (mvx_log_context_get_enabled (above));
  for (guint i = 0; i < 2; i++)
    g_assert_true (mvx_log_enable_context ("switch.above", TRUE, &error));
  g_assert_no_error (error);
  g_assert_true (mvx_log_context_is_enabled (below, MVX_LOG_LEVEL_NOTICE));
  g_assert_false (mvx_log_enable_context ("switch.abov", FALSE, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_UNKNOWN_NAME);
  g_assert_cmpstr (error->message, ==, "There is no context 'switch.abov'; did you mean 'switch.above'?");
  g_assert_true (mvx_log_enable_context ("", FALSE, NULL));
  g_assert_false (mvx_log_context_get_enabled (below));
  g_assert_true (mvx_log_reset (NULL));
  g_assert_true (mvx_log_context_get_enabled (below));
}

static void
test_enable_sink (void)
{
  g_autoptr (MvxLogSink) sink
      = mvx_log_configure_sink ("switched", "memory", g_variant_new_parsed ("{'level': <'debug'>}"), NULL);
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("switch.sink", NULL);
  g_autoptr (GError) error = NULL;

  mvx_log_context_set_sinks (context, &sink, 1, NULL);
  for (guint i = 0; i < 2; i++)
    g_assert_true (mvx_log_enable_sink ("switched", FALSE, &error));
  g_assert_false (mvx_log_sink_get_enabled (sink));
  g_assert_false (mvx_log_context_is_enabled (context, MVX_LOG_LEVEL_CRITICAL));
  for (guint i = 0; i < 2; i++)
    g_assert_true (mvx_log_enable_sink ("switched", TRUE, &error));
  g_assert_no_error (error);
  g_assert_cmpint (mvx_log_sink_get_level (sink), ==, MVX_LOG_LEVEL_DEBUG);
  g_assert_true (mvx_log_context_is_enabled (context, MVX_LOG_LEVEL_INFO));
  g_assert_false (mvx_log_enable_sink ("nobody", FALSE, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_UNKNOWN_NAME);
  g_assert_cmpstr (error->message, ==, "There is no sink 'nobody'");
  g_assert_true (mvx_log_reset (NULL));
}

/* What a file's policies have held back is said when another one takes its place and at the latest at the end. */
static void
test_policies_in_file (void)
{
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("in.file", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autofree char *text = NULL;

  configure (HEAD "[sink m]\nplugin=memory\n[context]\nsinks=m\n[context in.file]\npolicy=quiet;storm\n"
                  "[policy quiet]\n[rule quiet 1]\naction=deny\nnames=noise\n"
                  "[policy storm]\ntype=rate-limit\nburst=1\ninterval=1h\n");
  sink = mvx_log_get_sink ("m");
  for (gint i = 0; i < 5; i++)
    {
      mvx_info (context, "storm {n}", "n", i);
      mvx_event (context, MVX_LOG_LEVEL_INFO, "noise", "noise");
    }
  g_assert_true (mvx_log_flush (-1, &error));
  events = mvx_log_memory_sink_get_events (sink);
  g_assert_cmpuint (events->len, ==, 2);
  text = mvx_log_event_dup_message (events->pdata[1]);
  g_assert_cmpstr (text, ==, "suppressed 4 events like: storm {n}");
  g_assert_cmpstr (mvx_log_event_get_context (events->pdata[1]), ==, "in.file");
  g_assert_true (mvx_log_reset (NULL));
}

/* A file's own levels have their names from the moment it is in force, and not if it is refused. */
static void
test_named_in_file (void)
{
  g_autoptr (GError) error = NULL;
  gint level = 0;

  g_assert_false (
      mvx_log_configure_from_data (HEAD "[level audit]\nnumber=35\n[context]\nlevel=loud\n", -1, "F", &error));
  g_assert_false (mvx_log_level_from_string ("audit", &level, NULL));
  configure (HEAD "levels=info;a=audit\n[level audit]\nnumber=35\ncolour=35;1\nicon=§\n"
                  "[sink m]\nplugin=memory\nlevel=audit\n[context]\nsinks=m\n");
  assert_level ("a", 35);
  g_assert_true (mvx_log_level_from_string ("Audit", &level, NULL));
  g_assert_cmpint (level, ==, 35);
  g_assert_cmpstr (mvx_log_level_get_colour (35), ==, "35;1");
  g_assert_cmpstr (mvx_log_level_get_icon (35), ==, "§");
  configure (HEAD "[level audit]\nnumber=36\n[sink m]\nplugin=memory\nlevel=audit\n[context]\nsinks=m\n");
  {
    g_autoptr (MvxLogSink) sink = mvx_log_get_sink ("m");

    g_assert_cmpint (mvx_log_sink_get_level (sink), ==, 36);
  }
  g_assert_true (mvx_log_reset (NULL));
}

/* MVXLOG_LEVEL counts before a file, and is back after a reset. */
static void
test_environment (void)
{
  if (g_test_subprocess ())
    {
      assert_rules ("notice,env.b=debug");
      configure (HEAD "levels=error;env=critical;env.b=warning\n");
      assert_root (MVX_LOG_LEVEL_NOTICE);
      assert_level ("env", MVX_LOG_LEVEL_CRITICAL);
      assert_level ("env.b.c", MVX_LOG_LEVEL_DEBUG);
      set ("env.b=trace");
      assert_root (MVX_LOG_LEVEL_ERROR);
      g_assert_true (mvx_log_reset (NULL));
      assert_rules ("notice,env.b=debug");
      return;
    }
  g_setenv ("MVXLOG_LEVEL", "notice,env.b=debug,,env.b=info", TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_unsetenv ("MVXLOG_LEVEL");
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*MVXLOG_LEVEL: 'env.b=info' has no effect: 'env.b' has a level already*");
}

/* A name or a sink that is switched off keeps its configuration, and what is switched off twice is off. */
static void
test_off (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogTestSink) test = mvx_log_test_sink_new ("switched", FALSE, NULL, &error);
  g_autoptr (MvxLogSink) sink = mvx_log_test_sink_ref_sink (test);
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("levels.switched", &error);
  g_autoptr (MvxLogContext) below = mvx_log_configure_context ("levels.switched.below", &error);
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GPtrArray) sinks = NULL;

  g_assert_no_error (error);
  mvx_log_context_set_sinks (context, &sink, 1, NULL);
  mvx_log_context_set_level (context, MVX_LOG_LEVEL_DEBUG, NULL);
  for (guint i = 0; i < 2; i++)
    {
      set ("levels.switched=off");
      mvx_critical (context, "off by name");
      mvx_critical (below, "off by name");
      g_assert_false (mvx_log_context_is_enabled (context, MVX_LOG_LEVEL_CRITICAL));
    }
  set ("levels.switched=off,levels.switched.below=info");
  mvx_info (below, "below is on");
  set ("");
  for (guint i = 0; i < 2; i++)
    {
      mvx_log_sink_set_enabled (sink, FALSE);
      mvx_critical (context, "off by sink");
      g_assert_false (mvx_log_context_is_enabled (context, MVX_LOG_LEVEL_CRITICAL));
    }
  mvx_log_sink_set_enabled (sink, TRUE);
  mvx_debug (context, "on as it was");
  sinks = mvx_log_context_get_local_sinks (context);
  g_assert_cmpuint (sinks->len, ==, 1);
  events = mvx_log_test_sink_get_events (test);
  g_assert_cmpuint (events->len, ==, 2);
  g_assert_cmpstr (mvx_log_event_get_template (g_ptr_array_index (events, 0)), ==, "below is on");
  g_assert_cmpstr (mvx_log_event_get_template (g_ptr_array_index (events, 1)), ==, "on as it was");
  mvx_log_context_reset_sinks (context, NULL);
  mvx_log_context_reset_level (context, NULL);
  g_assert_true (mvx_log_close_sink ("switched", NULL));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/levels/longest-match", test_longest_match);
  g_test_add_func ("/levels/over-own", test_over_own);
  g_test_add_func ("/levels/makes-nothing", test_makes_nothing);
  g_test_add_func ("/levels/outlives-configurations", test_outlives_configurations);
  g_test_add_func ("/levels/refused", test_refused);
  g_test_add_func ("/levels/opens-sinks", test_opens_sinks);
  g_test_add_func ("/levels/enable-context", test_enable_context);
  g_test_add_func ("/levels/enable-sink", test_enable_sink);
  g_test_add_func ("/levels/policies-in-file", test_policies_in_file);
  g_test_add_func ("/levels/named-in-file", test_named_in_file);
  g_test_add_func ("/levels/environment", test_environment);
  g_test_add_func ("/levels/off", test_off);
  return g_test_run ();
}
