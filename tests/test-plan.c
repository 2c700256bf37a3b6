/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From files to a plan: every way to be wrong (data/bad), and what the right ones mean. */
#include <string.h>

#include <glib/gstdio.h>

#include "config/load-private.h"
#include "config/text-private.h"
#include "context/tree-private.h"
#include "event/payload-private.h"
#include "fake-plugin.h"
#include "plugin/search-private.h"
#include "sink/builtin-private.h"

#define HEAD "[mvxlog]\nversion=1\n"

static MvxLogPlan *
load (const char *data)
{
  g_autoptr (GError) error = NULL;
  MvxLogPlan *plan = mvx_log_plan_load_data (data, -1, "F", NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (plan);
  return plan;
}

static void
assert_bad (const char *data, const char *const *known, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogPlan) plan = mvx_log_plan_load_data (data, -1, "F", known, &error);

  g_assert_null (plan);
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_INVALID);
  g_assert_cmpstr (error->message, ==, expected);
}

/* Messages end up in a file NAME.expected beside NAME.conf, with FILE for the path. MVX_LOG_TEST_WRITE=1 writes them
 * anew, to be read before they are committed. */
static void
test_bad_file (gconstpointer data)
{
  const char *path = data;
  g_autofree char *expected_path = g_strndup (path, strlen (path) - strlen (".conf"));
  g_autofree char *file = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *message = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogPlan) plan = NULL;
  gsize length;

  file = g_strconcat (expected_path, ".expected", NULL);
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  plan = mvx_log_plan_load_data (text, (gssize) length, "FILE", NULL, &error);
  g_assert_null (plan);
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_INVALID);
  message = g_strconcat (error->message, "\n", NULL);
  if (g_getenv ("MVX_LOG_TEST_WRITE"))
    g_assert_true (g_file_set_contents (file, message, -1, NULL));
  g_assert_true (g_file_get_contents (file, &expected, NULL, NULL));
  g_assert_cmpstr (message, ==, expected);
}

static void
add_bad_files (void)
{
  g_autofree char *directory = g_test_build_filename (G_TEST_DIST, "data", "bad", NULL);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = NULL;

      if (!g_str_has_suffix (name, ".conf"))
        continue;
      path = g_strconcat ("/plan/bad/", name, NULL);
      g_test_add_data_func_full (path, g_build_filename (directory, name, NULL), test_bad_file, g_free);
      n++;
    }
  if (dir)
    g_assert_cmpuint (n, >=, 60);
}

static void
test_full (void)
{
  g_autoptr (MvxLogPlan) plan
      = load (HEAD "[sink all]\nplugin=group\nsinks=a;b\nlevel=debug\n"
                   "[sink a]\nplugin=fake\npath=/x\nsize=2KiB\nport=80\nratio=0.5\nmode=truncate\n"
                   "timeout=250ms\nflag=on\ntags=x;y\\;z\ntoken=pw\nlevel=warning\nenabled=no\n"
                   "[sink b]\nplugin=null\n"
                   "[context]\nsinks=all\nlevel=info\n"
                   "[context a.b]\nsinks=a;b\npolicy=q\nerror-policy=raise\nmax-string=-1\n"
                   "[policy q]\ndefault=deny\n"
                   "[rule q 10]\naction=allow\ncontexts=a.*;b\n"
                   "[rule q 2]\naction=deny\nevents=x.*\nnames=n\nentity-ids=1\n"
                   "source-paths=*/a.c\nsource-functions=f?\n");
  const MvxLogPlanSink *sink;
  const MvxLogPlanContext *context;
  const MvxLogPlanPolicy *policy;
  const MvxLogPlanRule *rule;

  g_assert_cmpuint (plan->sinks->len, ==, 3);
  sink = g_ptr_array_index (plan->sinks, 0);
  g_assert_cmpstr (sink->name, ==, "a");
  g_assert_cmpuint (sink->at.line, ==, 7);
  g_assert_cmpuint (mvx_log_options_get_size (sink->options, "size"), ==, 2048);
  g_assert_cmpint (mvx_log_options_get_int64 (sink->options, "port"), ==, 80);
  g_assert_cmpfloat (mvx_log_options_get_double (sink->options, "ratio"), ==, 0.5);
  g_assert_cmpuint (mvx_log_options_get_enum (sink->options, "mode"), ==, 1);
  g_assert_cmpint (mvx_log_options_get_duration (sink->options, "timeout"), ==, 250000);
  g_assert_true (mvx_log_options_get_boolean (sink->options, "flag"));
  g_assert_cmpstr (mvx_log_options_get_strv (sink->options, "tags")[1], ==, "y;z");
  g_assert_cmpstr (mvx_log_options_get_string (sink->options, "level"), ==, "warning");
  g_assert_false (mvx_log_options_get_boolean (sink->options, "enabled"));
  g_assert_nonnull (sink->descriptor);
  g_assert_null (sink->members);
  sink = g_ptr_array_index (plan->sinks, 1);
  g_assert_cmpstr (sink->name, ==, "b");
  sink = g_ptr_array_index (plan->sinks, 2);
  g_assert_cmpstr (sink->name, ==, "all");
  g_assert_true (sink->plugin == &mvx_log_group_plugin);
  g_assert_cmpstr (sink->members[0], ==, "a");
  g_assert_cmpstr (sink->members[1], ==, "b");

  context = g_ptr_array_index (plan->contexts, 0);
  g_assert_cmpstr (context->name, ==, "");
  g_assert_true (context->has_level);
  g_assert_cmpint (context->level, ==, 20);
  g_assert_cmpstr (context->sinks[0], ==, "all");
  g_assert_null (context->policies);
  g_assert_cmpint (context->error_policy, ==, MVX_LOG_ERROR_POLICY_INHERIT);
  g_assert_false (context->has_limits);
  context = g_ptr_array_index (plan->contexts, 1);
  g_assert_cmpstr (context->name, ==, "a.b");
  g_assert_false (context->has_level);
  g_assert_cmpstr (context->policies[0], ==, "q");
  g_assert_cmpint (context->error_policy, ==, MVX_LOG_ERROR_POLICY_RAISE);
  g_assert_true (context->has_limits);
  g_assert_cmpint (context->limits.max_string, ==, -1);
  g_assert_cmpint (context->limits.max_items, ==, MVX_LOG_DEFAULT_MAX_ITEMS);

  policy = mvx_log_plan_find_policy (plan, "q");
  g_assert_false (policy->default_allow);
  g_assert_nonnull (policy->policy);
  rule = g_ptr_array_index (policy->rules, 0);
  g_assert_cmpuint (rule->number, ==, 2);
  g_assert_false (rule->allow);
  g_assert_cmpstr (rule->events[0], ==, "x.*");
  g_assert_cmpstr (rule->names[0], ==, "n");
  g_assert_cmpstr (rule->entity_ids[0], ==, "1");
  g_assert_cmpstr (rule->source_paths[0], ==, "*/a.c");
  g_assert_cmpstr (rule->source_functions[0], ==, "f?");
  g_assert_null (rule->contexts);
  rule = g_ptr_array_index (policy->rules, 1);
  g_assert_cmpuint (rule->number, ==, 10);
  g_assert_true (rule->allow);
  g_assert_cmpstr (rule->contexts[1], ==, "b");
}

static void
test_policy (void)
{
  g_autoptr (MvxLogPlan) plan = load (HEAD "[policy q]\n[rule q 2]\naction=deny\nevents=a.*\n"
                                           "[rule q 1]\naction=allow\nevents=a.b.*\n");
  MvxLogEventPolicy *policy = mvx_log_plan_find_policy (plan, "q")->policy;
  MvxLogEventMeta meta = { .context = "a.b", .name = "x" };

  g_assert_true (mvx_log_event_policy_is_enabled (policy, &meta, NULL));
  meta.context = "a";
  g_assert_false (mvx_log_event_policy_is_enabled (policy, &meta, NULL));
  meta.context = "c";
  g_assert_true (mvx_log_event_policy_is_enabled (policy, &meta, NULL));
}

/* Each type makes a policy of its own; a context may ask several, in JSON one without a list, too. */
static void
test_throttles (void)
{
  g_autoptr (MvxLogPlan) plan = load (HEAD "[policy r]\ntype=rate-limit\nburst=2\ninterval=1s\n"
                                           "[policy f]\ntype=rate-limit\nburst=2\ninterval=250ms\nfield=user\n"
                                           "[policy s]\ntype=sample\nfirst=2\nevery=0\n"
                                           "[policy t]\ntype=repeat\ninterval=30s\n"
                                           "[policy p]\ntype=pattern\n[context]\npolicy=p;r;f;s;t\n");
  g_autoptr (MvxLogPlan) other = load (HEAD "[policy r]\ntype=rate-limit\nburst=3\ninterval=1s\n[policy t]\n");
  g_autoptr (MvxLogPlan) json
      = load ("{\"mvxlog\": {\"version\": 1}, \"policy\": {\"r\": {\"type\": \"rate-limit\", \"burst\": 2, "
              "\"interval\": \"1s\"}}, \"context\": {\"\": {\"policy\": \"r\"}, \"a\": {\"policy\": [\"r\"]}}}");
  g_auto (GStrv) diff = mvx_log_plan_diff (plan, other);
  g_autofree char *text = g_strjoinv ("|", diff);
  const MvxLogPlanContext *context = g_ptr_array_index (plan->contexts, 0);

  g_assert_cmpuint (plan->policies->len, ==, 5);
  for (guint i = 0; i < 5; i++)
    g_assert_true (MVX_LOG_IS_EVENT_POLICY (((MvxLogPlanPolicy *) g_ptr_array_index (plan->policies, i))->policy));
  g_assert_cmpuint (g_strv_length (context->policies), ==, 5);
  g_assert_cmpstr (text, ==, "- context|- policy f|- policy p|~ policy r|- policy s|~ policy t");
  for (guint i = 0; i < 2; i++)
    g_assert_cmpstr (((MvxLogPlanContext *) g_ptr_array_index (json->contexts, i))->policies[0], ==, "r");
}

/* Limits are inherited one by one. */
static void
test_limits (void)
{
  g_autoptr (MvxLogPlan) plan
      = load (HEAD "[context a.b.c]\nmax-depth=3\n[context a]\nmax-string=7\nmax-items=-1\n"
                   "[context a.b]\nlevel=info\n[context a-b]\nmax-items=2\n[context]\nmax-depth=9\n");
  static const struct
  {
    const char *name;
    gboolean has;
    MvxLogLimits limits;
  } expected[] = {
    { "", TRUE, { 200, 10, 9 } },   { "a", TRUE, { 7, -1, 9 } },     { "a-b", TRUE, { 200, 2, 9 } },
    { "a.b", FALSE, { 7, -1, 9 } }, { "a.b.c", TRUE, { 7, -1, 3 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      const MvxLogPlanContext *context = g_ptr_array_index (plan->contexts, i);

      g_assert_cmpstr (context->name, ==, expected[i].name);
      g_assert_cmpint (context->has_limits, ==, expected[i].has);
      g_assert_cmpint (context->limits.max_string, ==, expected[i].limits.max_string);
      g_assert_cmpint (context->limits.max_items, ==, expected[i].limits.max_items);
      g_assert_cmpint (context->limits.max_depth, ==, expected[i].limits.max_depth);
    }
}

/* Names of the file's own levels count everywhere in it, in front of them too, and nowhere else. */
static void
test_level_groups (void)
{
  g_autoptr (MvxLogPlan) plan
      = load (HEAD "[context]\nlevel=AUDIT\n[sink a]\nplugin=null\nlevel=audit\n"
                   "[level Audit]\nnumber=35\ncolour=35;1\nicon=§\n[level info]\ncolour=1;34\n");
  const MvxLogPlanLevel *level = g_ptr_array_index (plan->levels, 0);
  const MvxLogPlanContext *context = g_ptr_array_index (plan->contexts, 0);

  g_assert_cmpuint (plan->levels->len, ==, 2);
  g_assert_cmpstr (level->spec.name, ==, "audit");
  g_assert_cmpint (level->spec.level, ==, 35);
  g_assert_cmpstr (level->spec.colour, ==, "35;1");
  g_assert_cmpstr (level->spec.icon, ==, "§");
  level = g_ptr_array_index (plan->levels, 1);
  g_assert_cmpint (level->spec.level, ==, MVX_LOG_LEVEL_INFO);
  g_assert_cmpint (context->level, ==, 35);
  /* As a number: the same name may stand for another one the next time. */
  g_assert_cmpstr (mvx_log_options_get_string (mvx_log_plan_find_sink (plan, "a")->options, "level"), ==, "35");
  g_assert_false (mvx_log_level_from_string ("audit", NULL, NULL));
}

/* A rule is the level of a context. */
static void
test_level_rules (void)
{
  g_autoptr (MvxLogPlan) plan = load ("[mvxlog]\nversion=1\nlevels=warning; org.a.net = debug ;org.a=33\n"
                                      "[context org.a]\nmax-items=3\n[context org.b]\nlevel=error\n");
  static const struct
  {
    const char *name;
    gint level;
  } expected[] = { { "", 30 }, { "org.a", 33 }, { "org.a.net", 10 }, { "org.b", 40 } };

  g_assert_cmpuint (plan->contexts->len, ==, 4);
  for (guint i = 0; i < 4; i++)
    {
      const MvxLogPlanContext *context = g_ptr_array_index (plan->contexts, i);

      g_assert_cmpstr (context->name, ==, expected[i].name);
      g_assert_true (context->has_level);
      g_assert_cmpint (context->level, ==, expected[i].level);
      g_assert_cmpint (context->limits.max_items, ==, g_str_has_prefix (context->name, "org.a") ? 3 : 10);
    }
}

static void
test_environment (void)
{
  g_autoptr (MvxLogPlan) plan = NULL;
  const MvxLogPlanSink *sink;

  g_setenv ("MVX_TEST_DIR", "/var/${HOME};x", TRUE);
  plan = load (HEAD "[sink a]\nplugin=fake\npath=${MVX_TEST_DIR}/$${LOG}\ntags=${MVX_TEST_DIR};b\n");
  sink = mvx_log_plan_find_sink (plan, "a");
  g_assert_cmpstr (mvx_log_options_get_string (sink->options, "path"), ==, "/var/${HOME};x/${LOG}");
  g_assert_cmpstr (mvx_log_options_get_strv (sink->options, "tags")[0], ==, "/var/${HOME};x");
  g_assert_cmpstr (mvx_log_options_get_strv (sink->options, "tags")[1], ==, "b");
  mvx_log_search_set_secure (TRUE);
  assert_bad (HEAD "[sink a]\nplugin=fake\npath=${MVX_TEST_DIR}\n", NULL,
              "F:5:6: error: [sink a] path: '${MVX_TEST_DIR}' is not expanded in a program that runs with raised "
              "privileges; write the value itself");
  mvx_log_search_set_secure (-1);
}

static void
test_known_sinks (void)
{
  static const char *const known[] = { "mine", NULL };
  static const char data[] = HEAD "[context]\nsinks=mine\n[sink g]\nplugin=group\nsinks=mine\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogPlan) plan = mvx_log_plan_load_data (data, -1, "F", known, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (((MvxLogPlanContext *) g_ptr_array_index (plan->contexts, 0))->sinks[0], ==, "mine");
  assert_bad (data, NULL,
              "F:4:7: error: [context] sinks: there is no '[sink mine]'\n"
              "F:7:7: error: [sink g] sinks: there is no '[sink mine]'");
}

static void
test_deep_groups (void)
{
  g_autoptr (GString) data = g_string_new (HEAD);
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogPlan) plan = NULL;

  for (guint i = 0; i < 40; i++)
    g_string_append_printf (data, "[sink s%u]\nplugin=group\nsinks=s%u\n", i, i + 1);
  g_string_append (data, "[sink s40]\nplugin=null\n");
  plan = mvx_log_plan_load_data (data->str, -1, "F", NULL, &error);
  g_assert_null (plan);
  g_assert_cmpstr (error->message, ==,
                   "F:101:7: error: [sink s32] sinks: sinks contain each other more than 32 levels deep");
}

static void
test_long_name (void)
{
  g_autofree char *dots = g_strnfill (300, 'a');
  g_autofree char *data = NULL;

  for (guint i = 1; i < 299; i += 2)
    dots[i] = '.';
  data = g_strdup_printf (HEAD "[context %s]\n", dots);
  assert_bad (data, NULL, "F:3:1: error: [context]: the name is longer than 255 characters; shorten it");
}

static void
test_bytes (void)
{
  g_autoptr (MvxLogPlan) mark = load ("\xef\xbb\xbf" HEAD);
  g_autoptr (MvxLogPlan) crlf = load ("[mvxlog]\r\nversion=1\r\n[context]\r\nlevel=debug\r\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogPlan) plan = NULL;
  g_autofree char *big = g_strnfill (1024 * 1024 + 1, '\n');

  g_assert_cmpuint (mark->document->groups->len, ==, 1);
  g_assert_cmpint (((MvxLogPlanContext *) g_ptr_array_index (crlf->contexts, 0))->level, ==, 10);
  assert_bad ("\xff\xfe[\0", NULL, "F:1:1: error: the file is UTF-16; save it as UTF-8");
  plan = mvx_log_plan_load_data (big, -1, "F", NULL, &error);
  g_assert_null (plan);
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_UNREADABLE);
  g_assert_cmpstr (error->message, ==, "Cannot read configuration 'F': it is larger than 1 MiB");
}

static void
write_file (const char *directory, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
remove_tree (const char *directory)
{
  GDir *dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        remove_tree (path);
      else
        g_unlink (path);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_rmdir (directory);
}

static void
test_dropins (void)
{
  g_autofree char *directory = g_dir_make_tmp ("mvxlog-plan-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "app.conf", NULL);
  g_autofree char *dropins = g_build_filename (directory, "app.conf.d", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogPlan) plan = NULL;
  g_autofree char *dump = NULL;
  g_autofree char *expected = NULL;

  write_file (directory, "app.conf", HEAD "[sink a]\nplugin=fake\npath=/x\ntoken=pw\n[context]\nlevel=info\n");
  g_assert_cmpint (g_mkdir (dropins, 0755), ==, 0);
  write_file (dropins, "20.conf", "[context]\nlevel=error\n");
  write_file (dropins, "10.conf", "[context]\nlevel=debug\nsinks=a;b\n");
  write_file (dropins, "30.conf",
              "{ \"sink\": { \"b\": { \"plugin\": \"fake\", \"path\": \" /\\ty;\", \"tags\": [\"a;b\", \"c\"] } } }");
  write_file (dropins, "README", "not read");
  plan = mvx_log_plan_load_file (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (((MvxLogPlanContext *) g_ptr_array_index (plan->contexts, 0))->level, ==, 40);
  dump = mvx_log_plan_dump (plan);
  expected = g_strdup_printf ("[mvxlog]\n# %s:2:1\nversion=1\n\n[sink a]\n# %s:4:1\nplugin=fake\n# %s:5:1\npath=/x\n"
                              "# %s:6:1\ntoken=***\n\n[context]\n# %s/10.conf:3:1\nsinks=a;b\n# %s/20.conf:2:1\n"
                              "level=error\n\n[sink b]\n# %s/30.conf:1:20\nplugin=fake\n# %s/30.conf:1:38\n"
                              "path=\\s/\\ty;\n# %s/30.conf:1:56\ntags=a\\;b;c\n",
                              path, path, path, path, dropins, dropins, dropins, dropins, dropins);
  g_assert_cmpstr (dump, ==, expected);
  remove_tree (directory);
}

static void
test_dropin_errors (void)
{
  g_autofree char *directory = g_dir_make_tmp ("mvxlog-plan-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "app.conf", NULL);
  g_autofree char *dropins = g_build_filename (directory, "app.conf.d", NULL);
  g_autofree char *dropin = g_build_filename (dropins, "1.conf", NULL);
  g_autofree char *expected = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_plan_load_file (path, NULL, &error));
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_NOT_FOUND);
  g_clear_error (&error);
  write_file (directory, "app.conf", HEAD "[context]\nlevel=loud\n[rule q 1]\naction=deny\n");
  g_assert_cmpint (g_mkdir (dropins, 0755), ==, 0);
  write_file (dropins, "1.conf", "[policy q]\n[rule q 01]\naction=allow\n[contxt]\n");
  g_assert_null (mvx_log_plan_load_file (path, NULL, &error));
  expected = g_strdup_printf ("%s:4:7: error: [context] level: Unknown level 'loud'; use trace, debug, info, notice, "
                              "warning, error, critical, off or a number\n"
                              "%s:2:1: error: [rule q 01]: policy 'q' already has a rule 1, at %s:5; give each its own "
                              "number\n"
                              "%s:4:1: error: [contxt]: unknown group; did you mean 'context'?",
                              path, dropin, path, dropin);
  g_assert_cmpstr (error->message, ==, expected);
  g_clear_error (&error);
  g_chmod (dropin, 0666);
  g_assert_null (mvx_log_plan_load_file (path, NULL, &error));
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_UNTRUSTED);
  g_chmod (dropin, 0644);
  g_chmod (dropins, 0777);
  g_clear_error (&error);
  g_assert_null (mvx_log_plan_load_file (path, NULL, &error));
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_UNTRUSTED);
  remove_tree (directory);
}

static void
test_twins (void)
{
  g_autoptr (MvxLogPlan) keyfile = load (HEAD "strict=no\n[sink all]\nplugin=group\nsinks=a;b\n"
                                              "[sink a]\nplugin=fake\npath=/x\\ty\nport=80\nratio=0.5\nflag=true\n"
                                              "tags=p;q\\;r\ntimeout=2s\n[sink b]\nplugin=null\nlevel=debug\n"
                                              "[context]\nsinks=all\nlevel=10\n[context org.x]\npolicy=q\nmax-items=5\n"
                                              "[policy q]\ndefault=deny\n[rule q 1]\naction=allow\nevents=a.*;b\n");
  g_autoptr (MvxLogPlan) json
      = load ("  { \"mvxlog\": { \"version\": 1, \"strict\": false },\n"
              "\"sink\": { \"all\": { \"plugin\": \"group\", \"sinks\": [\"a\", \"b\"] },\n"
              "  \"a\": { \"plugin\": \"fake\", \"path\": \"/x\\ty\", \"port\": 80, \"ratio\": 0.5, \"flag\": true,\n"
              "         \"tags\": [\"p\", \"q;r\"], \"timeout\": \"2s\" },\n"
              "  \"b\": { \"plugin\": \"null\", \"level\": \"debug\" } },\n"
              "\"context\": { \"\": { \"sinks\": [\"all\"], \"level\": 10 }, \"org.x\": { \"policy\": \"q\", "
              "\"max-items\": 5 } },\n"
              "\"policy\": { \"q\": { \"default\": \"deny\" } },\n"
              "\"rule\": { \"q 1\": { \"action\": \"allow\", \"events\": [\"a.*\", \"b\"] } } }\n");
  g_auto (GStrv) diff = mvx_log_plan_diff (keyfile, json);

  g_assert_cmpuint (g_strv_length (diff), ==, 0);
  g_assert_false (keyfile->strict);
  g_assert_false (json->strict);
}

/* The example that a package installs. */
static void
test_example (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "data", "example.conf", NULL);
  g_autofree char *text = NULL;
  g_autoptr (MvxLogPlan) plan = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    {
      g_test_skip ("data/example.conf is not there");
      return;
    }
  plan = load (text);
  g_assert_cmpuint (plan->sinks->len, ==, 3);
  g_assert_cmpuint (plan->contexts->len, ==, 2);
  g_assert_cmpuint (plan->policies->len, ==, 1);
}

static void
test_diff (void)
{
  g_autoptr (MvxLogPlan) before
      = load (HEAD "clock=coarse\nfork=reinit\n[sink a]\nplugin=fake\npath=/x\ntoken=1\n[sink b]\nplugin=null\n"
                   "[sink c]\nplugin=fake\npath=/y\n[context]\nlevel=info\n[policy p]\n");
  g_autoptr (MvxLogPlan) after = load (HEAD "[sink a]\nplugin=fake\npath=/x\ntoken=2\n[sink c]\nplugin=fake\npath=/y\n"
                                            "[context]\nlevel=debug\n[context a]\nlevel=info\n[policy p]\n[rule p 1]\n"
                                            "action=deny\n[level x]\nnumber=3\n");
  g_auto (GStrv) diff = mvx_log_plan_diff (before, after);
  g_autofree char *text = g_strjoinv ("|", diff);
  g_auto (GStrv) none = mvx_log_plan_diff (after, after);

  g_assert_cmpstr (text, ==, "~ clock|~ context|+ context a|~ fork|+ level x|~ policy p|~ sink a|- sink b");
  g_assert_null (none[0]);
}

/* strict=no makes unknown keys and groups warnings, and nothing else. */
static void
test_lenient (void)
{
  static const char data[] = "[mvxlog]\nversion=1\nstrict=no\nfoo=1\n[sinks a]\nx=1\n[sink b]\nplugin=null\nbar=2\n";
  g_autoptr (MvxLogPlan) plan = load (data);

  g_assert_nonnull (mvx_log_plan_find_sink (plan, "b"));
  g_assert_nonnull (((MvxLogPlanSink *) mvx_log_plan_find_sink (plan, "b"))->descriptor);
  assert_bad ("[mvxlog]\nversion=1\nstrict=no\nfoo=1\n[context]\nlevel=loud\n", NULL,
              "F:6:7: error: [context] level: Unknown level 'loud'; use trace, debug, info, notice, warning, error, "
              "critical, off or a number");
}

/* Found before anything is made; the words are those of the renderers. */
static void
test_format (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogPlan) plan = NULL;

  plan = mvx_log_plan_load_data (HEAD "[sink a]\nplugin=stream\nlevel=info\nformat=jsom\n", -1, "F", NULL, &error);
  g_assert_null (plan);
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_INVALID);
  g_assert_true (g_str_has_prefix (error->message, "F:6:8: error: [sink a] format: "));
  g_assert_nonnull (strstr (error->message, "'jsom'"));
}

static void
test_plugin_path (void)
{
  g_autoptr (MvxLogPlan) plan
      = load (HEAD "plugin-path=/nonexistent/plugins\nallow-plugins=fake\n[sink a]\nplugin=fake\n"
                   "path=/x\n[sink b]\nplugin=stream\n");
  g_auto (GStrv) path = mvx_log_search_get_path ();

  g_assert_cmpstr (plan->plugin_path[0], ==, "/nonexistent/plugins");
  g_assert_cmpstr (plan->allow_plugins[0], ==, "fake");
  g_assert_true (g_strv_contains ((const char *const *) path, "/nonexistent/plugins"));
  mvx_log_search_reset ();
}

/* Bytes from anywhere: never a crash, and an error has a message with a place. */
static void
test_fuzz (void)
{
  static const char seed[] = HEAD "[sink all]\nplugin=group\nsinks=a;b\n[sink a]\nplugin=fake\npath=/x\nport=80\n"
                                  "[sink b]\nplugin=null\n[context a]\nsinks=all\nlevel=info\npolicy=q\nmax-items=3\n"
                                  "[policy q]\n[rule q 1]\naction=deny\nevents=x;y\n";
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint i = 0; i < 3000; i++)
    {
      g_autofree char *data = g_strdup (seed);
      g_autoptr (GError) error = NULL;
      g_autoptr (MvxLogPlan) plan = NULL;

      for (gint n = g_rand_int_range (rand, 1, 4); n > 0; n--)
        {
          gint32 at = g_rand_int_range (rand, 0, sizeof seed - 1);

          data[at] = data[g_rand_boolean (rand) ? g_rand_int_range (rand, 0, sizeof seed - 1) : at];
          if (g_rand_int_range (rand, 0, 4) == 0)
            data[at] = (char) g_rand_int_range (rand, 0, 256);
        }
      plan = mvx_log_plan_load_data (data, sizeof seed - 1, "F", NULL, &error);
      g_assert_true ((plan == NULL) == (error != NULL));
      if (error)
        g_assert_true (g_str_has_prefix (error->message, "F:") && g_utf8_validate (error->message, -1, NULL));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("MVX_TEST_UNSET");
  /* Messages name the search path; this is the same everywhere. */
  g_unsetenv ("MVXLOG_PLUGIN_PATH");
  g_setenv ("MVXLOG_PLUGIN_SYSTEM_PATH", "/nonexistent", TRUE);
  fake_register ();
  add_bad_files ();
  g_test_add_func ("/plan/full", test_full);
  g_test_add_func ("/plan/policy", test_policy);
  g_test_add_func ("/plan/limits", test_limits);
  g_test_add_func ("/plan/throttles", test_throttles);
  g_test_add_func ("/plan/level-groups", test_level_groups);
  g_test_add_func ("/plan/level-rules", test_level_rules);
  g_test_add_func ("/plan/environment", test_environment);
  g_test_add_func ("/plan/known-sinks", test_known_sinks);
  g_test_add_func ("/plan/deep-groups", test_deep_groups);
  g_test_add_func ("/plan/long-name", test_long_name);
  g_test_add_func ("/plan/bytes", test_bytes);
  g_test_add_func ("/plan/dropins", test_dropins);
  g_test_add_func ("/plan/dropin-errors", test_dropin_errors);
  g_test_add_func ("/plan/twins", test_twins);
  g_test_add_func ("/plan/example", test_example);
  g_test_add_func ("/plan/diff", test_diff);
  g_test_add_func ("/plan/lenient", test_lenient);
  g_test_add_func ("/plan/format", test_format);
  g_test_add_func ("/plan/plugin-path", test_plugin_path);
  g_test_add_func ("/plan/fuzz", test_fuzz);
  return g_test_run ();
}
