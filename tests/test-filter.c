/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which events a sink wants. */
#include <mvxlog/level.h>

#include "base/diag-private.h"
#include "shape-fixture.h"

static MvxLogEvent *
event_new (const char *context, gint level)
{
  g_autoptr (GVariant) map = g_variant_ref_sink (g_variant_new_parsed ("{'id': <7>, 'peer': <{'host': <'h1'>}>}"));
  g_autoptr (GVariant) list = g_variant_ref_sink (g_variant_new_parsed ("[1, 2]"));
  MvxLogField fields[] = {
    FIELD_INT ("status", 503),
    FIELD_UINT ("big", G_MAXUINT64),
    FIELD_DOUBLE ("ms", 12.5),
    FIELD_STRING ("user", "alice"),
    FIELD_BOOL ("ok", TRUE),
    { .key = "nothing" },
    FIELD_STRING ("level", "own"),
    FIELD_POINTER ("req", VARIANT, map),
    FIELD_TIME ("at", 0),
    FIELD_STRING ("two words", "x"),
    FIELD_POINTER ("list", VARIANT, list),
  };

  return mvx_log_event_new (context, level, 0, "{user} got {status}", fields, G_N_ELEMENTS (fields));
}

static void
assert_wants (const char *option, const char *value, const MvxLogEvent *event, gboolean expected)
{
  g_autofree char *options = g_strdup_printf ("{'%s': <%s>}", option, value);
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogShape) shape = shape_new (options, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (shape);
  text = shape_event (shape, event);
  if ((g_strcmp0 (text, "dropped") != 0) != expected)
    g_error ("%s gives %s", options, text);
}

/* A name is a prefix by whole words. */
static void
test_contexts (void)
{
  g_autoptr (MvxLogEvent) net = event_new ("org.example.net", 20);
  g_autoptr (MvxLogEvent) network = event_new ("org.example.network", 20);
  g_autoptr (MvxLogEvent) below = event_new ("org.example.net.http", 20);

  assert_wants ("contexts", "['org.example.net']", net, TRUE);
  assert_wants ("contexts", "['org.example.net']", below, TRUE);
  assert_wants ("contexts", "['org.example.net']", network, FALSE);
  assert_wants ("contexts", "['com', 'org']", network, TRUE);
  assert_wants ("contexts", "['org.example.net.http']", net, FALSE);
}

static void
test_match (void)
{
  g_autoptr (MvxLogEvent) event = event_new ("c", 20);

  assert_wants ("match", "['user=alice']", event, TRUE);
  assert_wants ("match", "['user=alice', 'status=503', 'ok=true']", event, TRUE);
  assert_wants ("match", "['user=alice', 'status=500']", event, FALSE);
  assert_wants ("match", "['user=Alice']", event, FALSE);
  assert_wants ("match", "['absent=']", event, FALSE);
  assert_wants ("match", "['two words=x']", event, TRUE);
  assert_wants ("match", "['req.id=7']", event, TRUE);
  assert_wants ("match", "['user=a\"\\\\b']", event, FALSE);
}

static void
test_predicate (void)
{
  static const struct
  {
    const char *text;
    gboolean wanted;
  } rows[] = {
    { "status >= 500", TRUE },
    { "status < 500", FALSE },
    { "big > 9223372036854775807", TRUE },
    { "ms == 12.5 and ok == true", TRUE },
    { "nothing == null", TRUE },
    { "user =~ \"^al\"", TRUE },
    { "req.id == 7", TRUE },
    { "req.peer.host == h1", TRUE },
    { "req.peer.port == 1", FALSE },
    { "has(list)", TRUE },
    { "has(absent)", FALSE },
    { "not has(absent)", TRUE },
    { "at =~ \"^1970-01-01\"", TRUE },
    /* of the event */
    { "level >= warning", TRUE },
    { "level == error", TRUE },
    { "level > critical", FALSE },
    { "field_level == own", TRUE },
    { "context == a.b", TRUE },
    { "message =~ \"alice got 503\"", TRUE },
    { "template =~ \"got\"", TRUE },
    { "has(event) or has(entity) or has(outcome) or has(file) or has(line) or has(func)", FALSE },
    { "has(trace_id) or has(span_id) or has(thread)", FALSE },
  };
  g_autoptr (MvxLogEvent) event = event_new ("a.b", MVX_LOG_LEVEL_ERROR);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *quoted = g_strdup_printf ("'%s'", rows[i].text);

      assert_wants ("filter", quoted, event, rows[i].wanted);
    }
}

static void
test_refused (void)
{
  assert_shape_refused ("{'filter': <'status >'>}",
                        "Option 'filter': column 9: expected a value (text, a number, true, false or null), found the "
                        "end");
  assert_shape_refused ("{'match': <['user']>}", "Option 'match': 'user' is no pair of key and value; write KEY=VALUE");
  assert_shape_refused ("{'match': <['=x']>}", "Option 'match': '=x' is no pair of key and value; write KEY=VALUE");
}

static gboolean
wants_alice (const MvxLogDraft *draft, gpointer data, GError **error)
{
  MvxLogValue value;

  (*(guint *) data)++;
  if (mvx_log_draft_get_field (draft, "user", &value))
    return strcmp (value.u.string, "alice") == 0;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no user");
  return TRUE;
}

static guint n_diag;

static void
on_diag (gint level, const char *message, gpointer data)
{
  g_assert_cmpstr (message, ==, "the filter of a sink failed, the event is rejected: no user");
  n_diag++;
}

/* Who cannot decide does not want it. */
static void
test_function (void)
{
  guint n_calls = 0;
  g_autoptr (MvxLogShape) shape = mvx_log_shape_with_func (NULL, wants_alice, &n_calls, NULL);
  g_autoptr (MvxLogEvent) alice = event_new ("c", 20);
  g_autoptr (MvxLogEvent) nobody = mvx_log_event_new ("c", 20, 0, NULL, NULL, 0);
  g_autofree char *first = shape_event (shape, alice);
  g_autofree char *second = NULL;

  g_assert_true (g_str_has_prefix (first, "alice got 503|"));
  mvx_log_diag_set_func (on_diag, NULL, NULL);
  second = shape_event (shape, nobody);
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_assert_cmpstr (second, ==, "dropped");
  g_assert_cmpuint (n_calls, ==, 2);
  g_assert_cmpuint (n_diag, ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/filter/contexts", test_contexts);
  g_test_add_func ("/filter/match", test_match);
  g_test_add_func ("/filter/predicate", test_predicate);
  g_test_add_func ("/filter/refused", test_refused);
  g_test_add_func ("/filter/function", test_function);
  return g_test_run ();
}
