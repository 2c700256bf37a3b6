/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words that say which fields of an object or a value are logged. */
#include <gio/gio.h>

#include "base/error-private.h"
#include "event/fieldspec-private.h"
#include "record-maker.h"

static void
assert_spec (const char *text, guint verbosities, const char *key, const char *path, gboolean length, guint flags)
{
  const char *const texts[] = { text, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) specs = mvx_log_field_specs_new (texts, &error);
  const MvxLogFieldSpec *spec;
  g_autofree char *joined = NULL;

  g_assert_no_error (error);
  spec = g_ptr_array_index (specs, 0);
  joined = g_strjoinv ("/", spec->path);
  g_assert_cmpuint (spec->verbosities, ==, verbosities);
  g_assert_cmpstr (spec->key, ==, key);
  g_assert_cmpstr (joined, ==, path);
  g_assert_cmpint (spec->length, ==, length);
  g_assert_cmpuint (spec->flags, ==, flags);
}

static void
test_parse (void)
{
  assert_spec ("port", 0, "port", "port", FALSE, 0);
  assert_spec (" a.b-c ", 0, "b-c", "a/b-c", FALSE, 0);
  assert_spec ("who = user.name", 0, "who", "user/name", FALSE, 0);
  assert_spec ("names.len()", 0, "names", "names", TRUE, 0);
  assert_spec ("n=names.len()", 0, "n", "names", TRUE, 0);
  assert_spec ("names!", 0, "names", "names", FALSE, MVX_LOG_FIELD_UNBOUNDED);
  assert_spec ("MAXIMUM:size", 4, "size", "size", FALSE, 0);
  assert_spec ("minimal, Normal:n=a.len()!", 3, "n", "a", TRUE, MVX_LOG_FIELD_UNBOUNDED);
  assert_spec (":size", 0, "size", "size", FALSE, 0);
  assert_spec ("0", 0, "item0", "0", FALSE, 0);
  assert_spec ("ttl=2.ttl_ms", 0, "ttl", "2/ttl_ms", FALSE, 0);
}

static void
assert_refused (const char *text, const char *why)
{
  const char *const texts[] = { "good", text, NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *message
      = g_strdup_printf ("'%s' does not name a field: %s; use [VERBOSITY:][ALIAS=]NAME[.NAME][.len()][!]", text, why);

  g_assert_null (mvx_log_field_specs_new (texts, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_refused (void)
{
  assert_refused ("", "there is no name in ''");
  assert_refused ("!", "there is no name in ''");
  assert_refused (".len()", "there is no name in ''");
  assert_refused ("a..b", "there is no name in 'a..b'");
  assert_refused ("a b", "there is no name in 'a b'");
  assert_refused ("a[0]", "there is no name in 'a[0]'");
  assert_refused ("=a", "there is no alias before '='");
  assert_refused ("loud:a", "there is no verbosity 'loud'");
  assert_refused ("minimal,:a", "there is no verbosity ''");
  assert_refused ("\033[31m", "there is no name in '\033[31m'");
}

static void
test_verbosity (void)
{
  const char *const texts[] = { "a", "minimal,maximum:b", NULL };
  g_autoptr (GPtrArray) specs = mvx_log_field_specs_new (texts, NULL);

  g_assert_true (mvx_log_field_spec_is_wanted (g_ptr_array_index (specs, 0), MVX_LOG_VERBOSITY_NORMAL));
  g_assert_true (mvx_log_field_spec_is_wanted (g_ptr_array_index (specs, 1), MVX_LOG_VERBOSITY_MINIMAL));
  g_assert_false (mvx_log_field_spec_is_wanted (g_ptr_array_index (specs, 1), MVX_LOG_VERBOSITY_NORMAL));
  g_assert_true (mvx_log_field_spec_is_wanted (g_ptr_array_index (specs, 1), MVX_LOG_VERBOSITY_MAXIMUM));
}

/* "key=value" of what @text leads to from @root, or NULL. */
static char *
follow (const GValue *root, const char *text)
{
  const char *const texts[] = { text, NULL };
  g_autoptr (GPtrArray) specs = mvx_log_field_specs_new (texts, NULL);
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (MvxLogEvent) event = NULL;
  MvxLogField field;

  g_value_init (&value, G_VALUE_TYPE (root));
  g_value_copy (root, &value);
  if (!mvx_log_field_spec_walk (g_ptr_array_index (specs, 0), 0, &value)
      || !mvx_log_field_from_gvalue (&field, g_ptr_array_index (specs, 0), &value))
    return NULL;
  event = mvx_log_event_new ("context", 20, 0, NULL, &field, 1);
  return record_fields_to_string (event);
}

static void
assert_follow (const GValue *root, const char *text, const char *expected)
{
  g_autofree char *found = follow (root, text);

  g_assert_cmpstr (found, ==, expected);
}

static void
object_init (GValue *value, gpointer object)
{
  g_value_init (value, G_OBJECT_TYPE (object));
  g_value_take_object (value, object);
}

static void
test_properties (void)
{
  g_auto (GValue) socket = G_VALUE_INIT;
  g_auto (GValue) icon = G_VALUE_INIT;
  g_auto (GValue) bytes = G_VALUE_INIT;
  g_auto (GValue) action = G_VALUE_INIT;
  g_auto (GValue) client = G_VALUE_INIT;
  const char *names[] = { "a", "b", "c" };
  g_autoptr (GBytes) data = g_bytes_new_static ("12345", 5);

  object_init (&socket, g_inet_socket_address_new_from_string ("127.0.0.1", 389));
  assert_follow (&socket, "port", "port=389u");
  assert_follow (&socket, "address.family", "family='ipv4'");
  assert_follow (&socket, "local=address.is-loopback", "local=true");
  assert_follow (&socket, "address", "address='<GInetAddress>'");
  assert_follow (&socket, "address.bytes", NULL); /* a pointer */
  assert_follow (&socket, "no-such", NULL);
  assert_follow (&socket, "port.more", NULL);
  assert_follow (&socket, "port.len()", NULL);
  object_init (&icon, g_themed_icon_new_from_names ((char **) names, 3));
  assert_follow (&icon, "names", "names=['a','b','c']");
  assert_follow (&icon, "n=names.len()", "n=3");
  assert_follow (&icon, "name", NULL); /* for writing only */
  object_init (&bytes, g_bytes_icon_new (data));
  assert_follow (&bytes, "bytes.len()", "bytes=5");
  object_init (&action, g_simple_action_new_stateful ("quit", NULL, g_variant_new_parsed ("(7, {'k': <'v'>})")));
  assert_follow (&action, "name", "name='quit'");
  assert_follow (&action, "name.len()", "name=4");
  assert_follow (&action, "state.0", "item0=7");
  assert_follow (&action, "state.1.k", "k='v'");
  object_init (&client, g_socket_client_new ());
  assert_follow (&client, "local-address", "local-address=null");
  assert_follow (&client, "local-address.port", NULL);
}

static void
test_lists (void)
{
  g_auto (GValue) store = G_VALUE_INIT;
  g_auto (GValue) variant = G_VALUE_INIT;
  GListStore *list = g_list_store_new (G_TYPE_OBJECT);
  g_autoptr (GObject) item = g_object_new (G_TYPE_OBJECT, NULL);

  g_list_store_append (list, item);
  g_list_store_append (list, item);
  object_init (&store, list);
  assert_follow (&store, "x.len()", NULL);
  g_value_init (&variant, G_TYPE_VARIANT);
  g_value_take_variant (&variant, g_variant_ref_sink (g_variant_new_parsed ("[<'one'>, <('two', 'gr\303\274n')>]")));
  assert_follow (&variant, "0", "item0='one'");
  assert_follow (&variant, "1.1", "item1='gr\303\274n'");
  assert_follow (&variant, "n=1.1.len()", "n=4");
  assert_follow (&variant, "n=1.len()", "n=2");
  assert_follow (&variant, "2", NULL);
  assert_follow (&variant, "00000000000000000000", "item00000000000000000000='one'");
  assert_follow (&variant, "99999999999999999999", NULL);
  assert_follow (&variant, "0.0", NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fieldspec/parse", test_parse);
  g_test_add_func ("/fieldspec/refused", test_refused);
  g_test_add_func ("/fieldspec/verbosity", test_verbosity);
  g_test_add_func ("/fieldspec/properties", test_properties);
  g_test_add_func ("/fieldspec/lists", test_lists);
  return g_test_run ();
}
