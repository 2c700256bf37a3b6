/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sink/descriptor-private.h"

/* Floating, as a plugin makes them: g_variant_parse() gives a full reference. */
static GVariant *
parse (const char *text)
{
  return text ? g_variant_new_parsed (text) : NULL;
}

static MvxLogSinkDescriptor *
make (const char *plugin, const char *type, const char *resource, const char *config, const char *common)
{
  MvxLogSinkDescriptor *descriptor = mvx_log_sink_descriptor_new (type, parse (resource), parse (config));

  if (plugin)
    mvx_log_sink_descriptor_complete (descriptor, plugin, parse (common), 0);
  return descriptor;
}

static void
test_new (void)
{
  g_autoptr (MvxLogSinkDescriptor) descriptor = make (NULL, "file", "'/var/log/x'", NULL, NULL);
  g_autoptr (GVariant) held = g_variant_ref_sink (g_variant_new_string ("held"));
  g_autoptr (MvxLogSinkDescriptor) other = mvx_log_sink_descriptor_new ("file", held, held);
  g_autoptr (MvxLogSinkDescriptor) boxed = g_boxed_copy (MVX_LOG_TYPE_SINK_DESCRIPTOR, other);

  g_assert_cmpstr (mvx_log_sink_descriptor_get_sink_type (descriptor), ==, "file");
  g_assert_cmpstr (g_variant_get_string (mvx_log_sink_descriptor_get_resource_key (descriptor), NULL), ==,
                   "/var/log/x");
  g_assert_cmpstr (g_variant_get_type_string (mvx_log_sink_descriptor_get_config_key (descriptor)), ==, "()");
  g_assert_null (mvx_log_sink_descriptor_get_plugin (descriptor));
  mvx_log_sink_descriptor_complete (descriptor, "rotating", NULL, 0);
  g_assert_cmpstr (mvx_log_sink_descriptor_get_plugin (descriptor), ==, "rotating");
  g_assert_true (mvx_log_sink_descriptor_get_config_key (other) == held);
  g_assert_true (boxed == other);
}

static void
test_equal (void)
{
  static const char *const different[][5] = {
    { "other", "t", "'r'", "{'a': <1>}", "{'level': <'info'>}" },
    { "p", "other", "'r'", "{'a': <1>}", "{'level': <'info'>}" },
    { "p", "t", "'other'", "{'a': <1>}", "{'level': <'info'>}" },
    { "p", "t", NULL, "{'a': <1>}", "{'level': <'info'>}" },
    { "p", "t", "'r'", "{'a': <2>}", "{'level': <'info'>}" },
    { "p", "t", "'r'", "{'a': <uint32 1>}", "{'level': <'info'>}" },
    { "p", "t", "'r'", NULL, "{'level': <'info'>}" },
    { "p", "t", "'r'", "{'a': <1>}", "{'level': <'debug'>}" },
    { "p", "t", "'r'", "{'a': <1>}", NULL },
    { NULL, "t", "'r'", "{'a': <1>}", NULL },
  };
  g_autoptr (MvxLogSinkDescriptor) a = make ("p", "t", "'r'", "{'a': <1>}", "{'level': <'info'>}");
  g_autoptr (MvxLogSinkDescriptor) b = make ("p", "t", "'r'", "{'a': <1>}", "{'level': <'info'>}");

  g_assert_true (mvx_log_sink_descriptor_equal (a, a));
  g_assert_true (mvx_log_sink_descriptor_equal (a, b));
  for (guint i = 0; i < G_N_ELEMENTS (different); i++)
    {
      const char *const *d = different[i];
      g_autoptr (MvxLogSinkDescriptor) c = make (d[0], d[1], d[2], d[3], d[4]);

      g_assert_false (mvx_log_sink_descriptor_equal (a, c));
      g_assert_false (mvx_log_sink_descriptor_equal (c, a));
    }
}

static void
test_same_resource (void)
{
  g_autoptr (MvxLogSinkDescriptor) a = make ("p", "file", "'/x'", NULL, NULL);
  g_autoptr (MvxLogSinkDescriptor) b = make ("q", "file", "'/x'", "{'a': <1>}", NULL);
  g_autoptr (MvxLogSinkDescriptor) c = make ("p", "file", "'/y'", NULL, NULL);
  g_autoptr (MvxLogSinkDescriptor) d = make ("p", "pipe", "'/x'", NULL, NULL);
  g_autoptr (MvxLogSinkDescriptor) none = make ("p", "null", NULL, NULL, NULL);

  g_assert_true (mvx_log_sink_descriptor_same_resource (a, b));
  g_assert_false (mvx_log_sink_descriptor_same_resource (a, c));
  g_assert_false (mvx_log_sink_descriptor_same_resource (a, d));
  g_assert_false (mvx_log_sink_descriptor_same_resource (none, none));
}

static void
assert_string (MvxLogSinkDescriptor *descriptor, const char *expected)
{
  g_autofree char *text = mvx_log_sink_descriptor_to_string (descriptor);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_to_string (void)
{
  g_autoptr (MvxLogSinkDescriptor) bare = make (NULL, "null", NULL, NULL, NULL);
  g_autoptr (MvxLogSinkDescriptor) full
      = make ("file", "file", "'/x'", "{'format': <'json'>, 'size': <int64 5>}", "{'level': <'info'>}");
  g_autoptr (MvxLogSinkDescriptor) list = make ("group", "group", "['a', 'b']", NULL, "@a{sv} {}");

  assert_string (bare, "null");
  assert_string (full, "file (plugin 'file', resource '/x', config {format='json', size=5}, common {level='info'})");
  assert_string (list, "group (plugin 'group', resource ['a', 'b'], common {})");
}

static void
assert_difference (MvxLogSinkDescriptor *existing, MvxLogSinkDescriptor *requested, const char *expected)
{
  g_autofree char *text = mvx_log_sink_descriptor_describe_difference (existing, requested);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_difference (void)
{
  g_autoptr (MvxLogSinkDescriptor) a
      = make ("file", "file", "'/x'", "{'format': <'json'>, 'size': <5>, 'old': <true>}", "{'level': <'info'>}");
  g_autoptr (MvxLogSinkDescriptor) b
      = make ("file", "file", "'/x'", "{'format': <'logfmt'>, 'size': <5>, 'new': <7>}", "{'level': <'debug'>}");
  g_autoptr (MvxLogSinkDescriptor) c = make ("zip", "zip", "'/y'", "'x'", "{'level': <'info'>}");
  g_autoptr (MvxLogSinkDescriptor) bare = make (NULL, "zip", "'/y'", "'x'", NULL);
  g_autoptr (MvxLogSinkDescriptor) one = make ("p", "t", NULL, "{'a': <1>, 'b': <2>}", NULL);
  g_autoptr (MvxLogSinkDescriptor) two = make ("p", "t", NULL, "{'b': <2>, 'a': <1>}", NULL);
  g_autoptr (MvxLogSinkDescriptor) secret = make ("p", "t", NULL, NULL, NULL);
  g_autoptr (MvxLogSinkDescriptor) other = make ("p", "t", NULL, NULL, NULL);

  mvx_log_sink_descriptor_complete (secret, "p", NULL, 1);
  mvx_log_sink_descriptor_complete (other, "p", NULL, 2);
  g_assert_false (mvx_log_sink_descriptor_equal (secret, other));

  assert_difference (a, a, "");
  assert_difference (a, b,
                     "config_key: 'format' is 'json' in the existing sink, 'logfmt' in the request; "
                     "config_key: 'old' is true in the existing sink, not set in the request; "
                     "config_key: 'new' is not set in the existing sink, 7 in the request; "
                     "common_key: 'level' is 'info' in the existing sink, 'debug' in the request");
  assert_difference (a, c,
                     "plugin is file in the existing sink, zip in the request; "
                     "sink_type is file in the existing sink, zip in the request; "
                     "resource_key is '/x' in the existing sink, '/y' in the request; "
                     "config_key is {format='json', size=5, old=true} in the existing sink, 'x' in the request");
  assert_difference (bare, c,
                     "plugin is not set in the existing sink, zip in the request; "
                     "common_key is () in the existing sink, {level='info'} in the request");
  assert_difference (secret, other, "a secret is another one in the request");
  assert_difference (one, two, "config_key is {a=1, b=2} in the existing sink, {b=2, a=1} in the request");
}

static gpointer
use (gpointer data)
{
  for (guint i = 0; i < 10000; i++)
    {
      g_autoptr (MvxLogSinkDescriptor) descriptor = mvx_log_sink_descriptor_ref (data);

      g_assert_true (mvx_log_sink_descriptor_equal (descriptor, data));
    }
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (MvxLogSinkDescriptor) descriptor = make ("p", "t", "'r'", "{'a': <1>}", NULL);
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("user", use, descriptor);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/descriptor/new", test_new);
  g_test_add_func ("/descriptor/equal", test_equal);
  g_test_add_func ("/descriptor/same-resource", test_same_resource);
  g_test_add_func ("/descriptor/to-string", test_to_string);
  g_test_add_func ("/descriptor/difference", test_difference);
  g_test_add_func ("/descriptor/threads", test_threads);
  return g_test_run ();
}
