/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture-sink.h"

static CaptureSink *sink;
static MvxLogContext *context;

static const MvxLogEvent *
event_at (guint i)
{
  g_assert_cmpuint (i, <, sink->events->len);
  return g_ptr_array_index (sink->events, i);
}

/* All fields as text; every integer is one of 64 bits. */
static char *
fields_at (guint i)
{
  g_autoptr (GVariant) fields = mvx_log_event_dup_fields (event_at (i));
  g_autofree char *printed = g_variant_print (fields, FALSE);
  g_auto (GStrv) parts = g_strsplit (printed, "int64 ", -1);

  return g_strjoinv ("", parts);
}

#define assert_outcome(i, outcome, level, fields)                                                                      \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *text_ = fields_at (i);                                                                            \
    g_assert_cmpstr (mvx_log_event_get_outcome (event_at (i)), ==, outcome);                                           \
    g_assert_cmpint (mvx_log_event_get_level (event_at (i)), ==, level);                                               \
    g_assert_cmpstr (text_, ==, fields);                                                                               \
  }                                                                                                                    \
  G_STMT_END

#define assert_failed(i, expected_level, with_error)                                                                   \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_assert_cmpstr (mvx_log_event_get_outcome (event_at (i)), ==, "failed");                                          \
    g_assert_cmpint (mvx_log_event_get_level (event_at (i)), ==, expected_level);                                      \
    g_assert_cmpint (mvx_log_event_get_field (event_at (i), "error", NULL), ==, with_error);                           \
  }                                                                                                                    \
  G_STMT_END

static void
begin_test (void)
{
  g_ptr_array_set_size (sink->events, 0);
  mvx_log_context_reset_event_policy (context, NULL);
  mvx_log_context_reset_error_policy (context, NULL);
  mvx_log_context_set_level (context, MVX_LOG_LEVEL_TRACE, NULL);
}

static void
test_success (void)
{
  begin_test ();
  {
    MVX_LOG_INVOCATION (call, context, "bind", "conn-1");
    mvx_log_invocation_begin (call, "user", "ann", "port", 389);
    mvx_log_invocation_set_field (call, "server", g_variant_new_string ("dc1"));
    mvx_log_invocation_end_ok (call, g_variant_new_int64 (5));
    mvx_log_invocation_end_ok (call, NULL);
    mvx_log_invocation_end_error (call, NULL);
  }
  g_assert_cmpuint (sink->events->len, ==, 2);
  g_assert_cmpstr (mvx_log_event_get_name (event_at (0)), ==, "bind");
  g_assert_cmpstr (mvx_log_event_get_entity_id (event_at (0)), ==, "conn-1");
  g_assert_cmpstr (mvx_log_event_get_entity_id (event_at (1)), ==, "conn-1");
  assert_outcome (0, "invoke", MVX_LOG_LEVEL_DEBUG, "{'kwargs': <{'user': <'ann'>, 'port': <389>}>}");
  assert_outcome (1, "success", MVX_LOG_LEVEL_DEBUG, "{'server': <'dc1'>, 'result': <5>}");
}

static gboolean
inner (GError **error)
{
  MVX_LOG_INVOCATION (call, context, "inner", NULL);
  g_autoptr (GError) own = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "too late");

  mvx_log_invocation_begin_fields (call, NULL, 0);
  mvx_log_invocation_end_error (call, own);
  g_propagate_error (error, g_steal_pointer (&own));
  return FALSE;
}

static gboolean
outer (GError **error)
{
  MVX_LOG_INVOCATION (call, context, "outer", NULL);
  GError *own = NULL;

  mvx_log_invocation_begin_fields (call, NULL, 0);
  inner (&own);
  mvx_log_invocation_end_error (call, own);
  g_propagate_error (error, own);
  return FALSE;
}

/* In full the first time, then at DEBUG without what it says. */
static void
test_failed_once (void)
{
  begin_test ();
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      outer (&error);
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
      g_assert_cmpstr (error->message, ==, "too late");
      g_assert_cmpuint (sink->events->len, ==, 4 * (i + 1));
      g_assert_cmpstr (mvx_log_event_get_name (event_at (4 * i + 2)), ==, "inner");
      assert_failed (4 * i + 2, MVX_LOG_LEVEL_ERROR, TRUE);
      assert_outcome (4 * i + 3, "failed", MVX_LOG_LEVEL_DEBUG, "{}");
    }
}

/* The next error at the same address is another one. */
static void
test_failed_again (void)
{
  begin_test ();
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;

      inner (&error);
      assert_failed (2 * i + 1, MVX_LOG_LEVEL_ERROR, TRUE);
    }
}

static void
test_cancelled (void)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "stop");

  begin_test ();
  {
    MVX_LOG_INVOCATION (call, context, "a", NULL);
    mvx_log_invocation_begin (call, "k", 1);
    mvx_log_invocation_end_error (call, error);
  }
  {
    /* On its way up. */
    g_autoptr (MvxLogInvocation) call = mvx_log_invocation_new (context, "b", NULL, NULL);
    mvx_log_invocation_end_error (call, error);
  }
  g_assert_cmpuint (sink->events->len, ==, 2);
  g_assert_cmpstr (mvx_log_event_get_outcome (event_at (1)), ==, "cancelled");
  g_assert_cmpint (mvx_log_event_get_level (event_at (1)), ==, MVX_LOG_LEVEL_INFO);
  g_assert_true (mvx_log_event_get_boolean (event_at (1), "cancelled", FALSE));
  g_assert_true (mvx_log_event_get_field (event_at (1), "error", NULL));
}

static void
test_levels (void)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "x");

  begin_test ();
  {
    MVX_LOG_INVOCATION (call, context, "a", NULL);
    mvx_log_invocation_set_level (call, MVX_LOG_OUTCOME_INVOKE, MVX_LOG_LEVEL_INFO);
    mvx_log_invocation_set_level (call, MVX_LOG_OUTCOME_FAILED, MVX_LOG_LEVEL_WARNING);
    mvx_log_invocation_begin_variant (call, NULL);
    mvx_log_invocation_end_error (call, error);
  }
  assert_outcome (0, "invoke", MVX_LOG_LEVEL_INFO, "{}");
  assert_failed (1, MVX_LOG_LEVEL_WARNING, TRUE);
  /* The default levels are below INFO but for the failure. */
  begin_test ();
  mvx_log_context_set_level (context, MVX_LOG_LEVEL_INFO, NULL);
  inner (NULL);
  g_assert_cmpuint (sink->events->len, ==, 1);
  assert_failed (0, MVX_LOG_LEVEL_ERROR, TRUE);
}

typedef struct
{
  GObject parent;
  guint calls;
  gboolean allow;
} CountPolicy;
typedef GObjectClass CountPolicyClass;

static GType count_policy_get_type (void);

static gboolean
count_policy_is_enabled (MvxLogEventPolicy *policy, const MvxLogEventMeta *meta, GError **error)
{
  CountPolicy *self = (CountPolicy *) policy;

  g_assert_cmpstr (meta->name, ==, "count");
  g_assert_cmpstr (meta->entity_id, ==, "e");
  self->calls++;
  return self->allow;
}

static void
count_policy_iface_init (MvxLogEventPolicyInterface *iface)
{
  iface->is_enabled = count_policy_is_enabled;
}

G_DEFINE_TYPE_WITH_CODE (CountPolicy,
                         count_policy,
                         G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_EVENT_POLICY, count_policy_iface_init))

static void
count_policy_class_init (CountPolicyClass *klass)
{
}

static void
count_policy_init (CountPolicy *self)
{
}

static GVariant *
count_fields (const char *outcome, gpointer data)
{
  ++*(guint *) data;
  return NULL;
}

/* Asked once, before the body; failed and cancelled go past it; nobody is asked for fields that are not wanted. */
static void
test_policy_once (void)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "x");
  CountPolicy *policy = g_object_new (count_policy_get_type (), NULL);

  begin_test ();
  mvx_log_context_set_event_policy (context, MVX_LOG_EVENT_POLICY (policy), NULL);
  for (guint allow = 0; allow < 2; allow++)
    for (guint fail = 0; fail < 2; fail++)
      {
        MVX_LOG_INVOCATION (call, context, "count", "e");
        guint asked = 0;

        g_ptr_array_set_size (sink->events, 0);
        policy->calls = 0;
        policy->allow = allow;
        mvx_log_invocation_set_fields_func (call, count_fields, &asked, NULL);
        mvx_log_invocation_begin (call, "k", 1);
        policy->allow = !allow;
        if (fail)
          mvx_log_invocation_end_error (call, error);
        else
          mvx_log_invocation_end_ok (call, NULL);
        g_assert_cmpuint (policy->calls, ==, 1);
        g_assert_cmpuint (sink->events->len, ==, allow ? 2 : fail);
        g_assert_cmpuint (asked, ==, sink->events->len);
        if (fail)
          assert_failed (sink->events->len - 1, MVX_LOG_LEVEL_ERROR, TRUE);
      }
  mvx_log_context_reset_event_policy (context, NULL);
  g_object_unref (policy);
}

static GVariant *
queue_fields (const char *outcome, gpointer data)
{
  GVariant *state = g_variant_new_int32 ((*(gint32 *) data)++);

  return g_variant_new_parsed ("{'queue': <%v>, 'at': <%s>}", state, outcome);
}

/* Read anew for every outcome. */
static void
test_context_fields (void)
{
  gint32 state = 1;

  begin_test ();
  {
    MVX_LOG_INVOCATION (call, context, "a", NULL);
    mvx_log_invocation_set_fields_func (call, queue_fields, &state, NULL);
    mvx_log_invocation_begin (call, "k", 1);
    mvx_log_invocation_end_ok (call, g_variant_new_string ("r"));
  }
  assert_outcome (0, "invoke", MVX_LOG_LEVEL_DEBUG, "{'queue': <1>, 'at': <'invoke'>, 'kwargs': <{'k': <1>}>}");
  assert_outcome (1, "success", MVX_LOG_LEVEL_DEBUG, "{'queue': <2>, 'at': <'success'>, 'result': <'r'>}");
}

static GVariant *
clashing_fields (const char *outcome, gpointer data)
{
  return g_variant_new_parsed ("{'a': <1>, %s: <2>}", (const char *) data);
}

/* With a key of the payload's own among them, all of them move. */
static void
test_system_keys (void)
{
  static const char *const keys[] = { "error", "kwargs", "result", "cancelled", "closures" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *expected = g_strdup_printf ("{'context': <{'a': <1>, '%s': <2>}>, 'result': <'r'>}", keys[i]);

      begin_test ();
      {
        MVX_LOG_INVOCATION (call, context, "a", NULL);
        mvx_log_invocation_begin_fields (call, NULL, 0);
        mvx_log_invocation_set_fields_func (call, clashing_fields, (gpointer) keys[i], NULL);
        mvx_log_invocation_end_ok (call, g_variant_new_string ("r"));
      }
      assert_outcome (1, "success", MVX_LOG_LEVEL_DEBUG, expected);
    }
}

static GVariant *
wrong_fields (const char *outcome, gpointer data)
{
  return g_variant_new_string ("fields");
}

static void
test_wrong_fields (void)
{
  begin_test ();
  {
    MVX_LOG_INVOCATION (call, context, "a", NULL);
    mvx_log_invocation_set_fields_func (call, wrong_fields, NULL, NULL);
    capture_diag_begin ();
    mvx_log_invocation_begin (call, "k", 1);
    capture_assert_diag (0, "The fields of invocation 'a' are of type s, not a{sv}; they are left out");
    capture_diag_end ();
  }
  assert_outcome (0, "invoke", MVX_LOG_LEVEL_DEBUG, "{'kwargs': <{'k': <1>}>}");
}

/* One level of containers more than elsewhere, and no argument is cut off. */
static void
test_limits (void)
{
  GVariant *arguments
      = g_variant_new_parsed ("{'list': <[1,2,3,4,5,6,7,8,9,10,11,12]>, 'deep': <[[1]]>, 'b': <2>, 'c': <3>, "
                              "'d': <4>, 'e': <5>, 'f': <6>, 'g': <7>, 'h': <8>, 'i': <9>, 'j': <10>}");

  begin_test ();
  {
    MVX_LOG_INVOCATION (call, context, "a", NULL);
    mvx_log_invocation_begin_variant (call, arguments);
  }
  assert_outcome (0, "invoke", MVX_LOG_LEVEL_DEBUG,
                  "{'kwargs': <{'list': <[<1>, <2>, <3>, <4>, <5>, <6>, <7>, <8>, <9>, <10>, <'... (2 more)'>]>, "
                  "'deep': <[<'<list>'>]>, 'b': <2>, 'c': <3>, 'd': <4>, 'e': <5>, 'f': <6>, 'g': <7>, 'h': <8>, "
                  "'i': <9>, 'j': <10>}>}");
}

/* True in full, false suppressed, whatever has been logged; the first match counts. */
static void
test_error_rules (void)
{
  g_autoptr (GError) found = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "x");
  g_autoptr (GError) other = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "x");

  begin_test ();
  for (guint i = 0; i < 2; i++)
    {
      MVX_LOG_INVOCATION (call, context, "a", NULL);
      MVX_LOG_INVOCATION (again, context, "a", NULL);

      mvx_log_invocation_add_error_rule (call, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, FALSE);
      mvx_log_invocation_add_error_rule (call, G_IO_ERROR, MVX_LOG_ANY_CODE, TRUE);
      mvx_log_error_mark_logged (other);
      mvx_log_invocation_end_error (call, i == 0 ? found : other);
      mvx_log_invocation_end_error (again, i == 0 ? found : other);
    }
  g_assert_cmpuint (sink->events->len, ==, 4);
  assert_failed (0, MVX_LOG_LEVEL_DEBUG, FALSE);
  assert_failed (1, MVX_LOG_LEVEL_DEBUG, FALSE); /* suppressed, but marked */
  assert_failed (2, MVX_LOG_LEVEL_ERROR, TRUE);
  assert_failed (3, MVX_LOG_LEVEL_DEBUG, FALSE);
}

/* No context, nothing logged, nothing asked; everything takes NULL. */
static void
test_off (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogInvocation) call = mvx_log_invocation_new (NULL, "a", "e", &error);
  MvxLogContext *none = NULL;
  guint freed = 0;

  begin_test ();
  g_assert_no_error (error);
  g_assert_null (call);
  {
    MVX_LOG_INVOCATION (off, none, "a", NULL);
    g_assert_null (off);
    mvx_log_invocation_set_level (off, MVX_LOG_OUTCOME_INVOKE, 20);
    mvx_log_invocation_set_fields_func (off, count_fields, NULL, NULL);
    mvx_log_invocation_add_error_rule (off, G_IO_ERROR, 1, TRUE);
    mvx_log_invocation_begin (off, "k", 1);
    mvx_log_invocation_set_field (off, "k", g_variant_new_int32 (++freed));
    mvx_log_invocation_end_ok (off, g_variant_new_int32 (1));
    mvx_log_invocation_end_error (off, NULL);
  }
  g_assert_cmpuint (sink->events->len, ==, 0);
}

static void
test_names (void)
{
  static const char *const refused[] = { "", " ", "a b", "1a", "-a", "a\n", "\xff", "\xc3\xa9", "{a}", "%s", "a/b" };
  static const char *const taken[] = { "a", "A.b_c-1", "_", ".", "ldap.bind2" };
  g_autofree char *message = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *expected
          = g_strdup_printf ("'%s' is not the name of an event; use letters, digits, '_', '-' and '.', and neither a "
                             "digit nor '-' first",
                             refused[i]);

      g_assert_null (mvx_log_invocation_new (context, refused[i], NULL, &error));
      g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME);
      g_assert_cmpstr (error->message, ==, expected);
    }
  for (guint i = 0; i < G_N_ELEMENTS (taken); i++)
    {
      g_autoptr (MvxLogInvocation) call = mvx_log_invocation_new (context, taken[i], "\033[31m{x}\n", NULL);

      g_assert_nonnull (call);
    }
  capture_diag_begin ();
  {
    MVX_LOG_INVOCATION (call, context, "a b", NULL);
    g_assert_null (call);
  }
  message
      = g_strdup ("'a b' is not the name of an event; use letters, digits, '_', '-' and '.', and neither a digit nor "
                  "'-' first; nothing of it is logged");
  capture_assert_diag (0, message);
  capture_diag_end ();
}

/* A sink that fails takes neither the place of the error nor of the result. */
static void
test_sink_fails (void)
{
  g_autoptr (GError) error = NULL;

  begin_test ();
  mvx_log_context_set_error_policy (context, MVX_LOG_ERROR_POLICY_RAISE, NULL);
  capture_diag_begin ();
  sink->log_error = "disk full";
  outer (&error);
  sink->log_error = NULL;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==, "too late");
  capture_assert_diag (0, "Context 'invocation' could not hand over an event: disk full");
  capture_diag_end ();
}

static gpointer
end_elsewhere (gpointer data)
{
  mvx_log_invocation_end_ok (data, NULL);
  return NULL;
}

/* Ended on another thread, with the fields and the trace of where it was made. */
static void
test_elsewhere (void)
{
  g_autoptr (MvxLogInvocation) call = NULL;

  begin_test ();
  {
    MVX_LOG_IN_TRACE (NULL);
    MVX_LOG_SCOPED ("request", 7);
    call = mvx_log_invocation_new (context, "a", NULL, NULL);
    mvx_log_invocation_begin_fields (call, NULL, 0);
  }
  g_thread_join (g_thread_new ("elsewhere", end_elsewhere, call));
  g_assert_cmpuint (sink->events->len, ==, 2);
  g_assert_nonnull (mvx_log_event_get_trace_id (event_at (0)));
  g_assert_cmpstr (mvx_log_event_get_trace_id (event_at (1)), ==, mvx_log_event_get_trace_id (event_at (0)));
  assert_outcome (1, "success", MVX_LOG_LEVEL_DEBUG, "{'request': <7>}");
}

static gpointer
is_logged (gpointer error)
{
  return GINT_TO_POINTER (mvx_log_error_is_logged (error));
}

/* The mark is for one error, on one thread, until an invocation begins. */
static void
test_mark (void)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "x");
  g_autoptr (GError) copy = g_error_copy (error);

  g_assert_false (mvx_log_error_is_logged (error));
  mvx_log_error_mark_logged (error);
  mvx_log_error_mark_logged (error);
  g_assert_true (mvx_log_error_is_logged (error));
  g_assert_false (mvx_log_error_is_logged (copy));
  g_assert_null (g_thread_join (g_thread_new ("other", is_logged, error)));
  g_prefix_error (&error, "more: ");
  g_assert_false (mvx_log_error_is_logged (error));
  mvx_log_error_mark_logged (error);
  mvx_log_invocation_begin_fields (NULL, NULL, 0);
  g_assert_false (mvx_log_error_is_logged (error));
}

/* Properties are read anew for every outcome; what is not there, or not for this verbosity, is left out. */
static void
test_object (void)
{
  static const char *const specs[] = { "name", "on=enabled", "maximum:size=name.len()", "no-such.thing", NULL };
  static const char *const wrong[] = { "name", "a b", NULL };
  g_autoptr (GSimpleAction) action = g_simple_action_new ("quit", NULL);
  g_autoptr (GError) error = NULL;
  MvxLogLimits limits;

  begin_test ();
  {
    MVX_LOG_INVOCATION (call, context, "act", NULL);
    g_assert_true (mvx_log_invocation_set_object (call, G_OBJECT (action), specs, &error));
    mvx_log_invocation_begin_fields (call, NULL, 0);
    g_simple_action_set_enabled (action, FALSE);
    mvx_log_context_get_limits (context, &limits);
    limits.verbosity = MVX_LOG_VERBOSITY_MAXIMUM;
    g_assert_true (mvx_log_context_set_limits (context, &limits, NULL));
    mvx_log_invocation_end_ok (call, NULL);
    g_assert_true (mvx_log_context_reset_limits (context, NULL));
  }
  assert_outcome (0, "invoke", MVX_LOG_LEVEL_DEBUG, "{'name': <'quit'>, 'on': <true>}");
  assert_outcome (1, "success", MVX_LOG_LEVEL_DEBUG, "{'name': <'quit'>, 'on': <false>, 'size': <4>}");
  {
    MVX_LOG_INVOCATION (call, context, "act", NULL);
    g_assert_false (mvx_log_invocation_set_object (call, G_OBJECT (action), wrong, &error));
    g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT);
    mvx_log_invocation_begin_fields (call, NULL, 0);
  }
  assert_outcome (2, "invoke", MVX_LOG_LEVEL_DEBUG, "{}");
}

/* Only what is chosen; what is marked as secret stays that. */
static void
test_choose_arguments (void)
{
  static const char *const specs[]
      = { "user", "what=action.name", "pin=password", "n=password.len()", "first=list.0", "port.x", "absent", NULL };
  static const char *const none[] = { "absent", NULL };
  g_autoptr (GSimpleAction) action = g_simple_action_new ("quit", NULL);
  g_autoptr (GVariant) list = g_variant_ref_sink (g_variant_new_parsed ("['a', 'b']"));

  begin_test ();
  {
    MVX_LOG_INVOCATION (call, context, "login", NULL);
    g_assert_true (mvx_log_invocation_choose_arguments (call, specs, NULL));
    mvx_log_invocation_begin (call, "user", "ann", "port", 389, "action", MVX_LOG_OBJECT (action),
                              MVX_LOG_SECRET ("password"), "12345", "list", list);
  }
  assert_outcome (0, "invoke", MVX_LOG_LEVEL_DEBUG,
                  "{'kwargs': <{'user': <'ann'>, 'what': <'quit'>, 'pin': <'***'>, 'n': <'***'>, 'first': <'a'>}>}");
  {
    MVX_LOG_INVOCATION (call, context, "login", NULL);
    g_assert_true (mvx_log_invocation_choose_arguments (call, none, NULL));
    mvx_log_invocation_begin (call, "user", "ann");
  }
  assert_outcome (1, "invoke", MVX_LOG_LEVEL_DEBUG, "{}");
}

/* Also where nothing is chosen, and in what is logged beside the arguments. */
static void
test_secret_arguments (void)
{
  begin_test ();
  {
    MVX_LOG_INVOCATION (call, context, "login", NULL);
    mvx_log_invocation_begin (call, "user", "ann", MVX_LOG_SECRET ("password"), "12345");
  }
  assert_outcome (0, "invoke", MVX_LOG_LEVEL_DEBUG, "{'kwargs': <{'user': <'ann'>, 'password': <'***'>}>}");
}

static void
assert_result (const char *result, const char *expected)
{
  static const char *const specs[] = { "0", "op=1", "ttl=2.ttl_ms", NULL };

  g_ptr_array_set_size (sink->events, 0);
  {
    MVX_LOG_INVOCATION (call, context, "ask", NULL);
    g_assert_true (mvx_log_invocation_choose_result (call, specs, NULL));
    mvx_log_invocation_begin_fields (call, NULL, 0);
    mvx_log_invocation_end_ok (call, g_variant_new_parsed (result));
  }
  assert_outcome (1, "success", MVX_LOG_LEVEL_DEBUG, expected);
}

static void
test_choose_result (void)
{
  begin_test ();
  assert_result ("('yes', 'add', {'ttl_ms': <@x 20>})", "{'result': <{'item0': <'yes'>, 'op': <'add'>, 'ttl': <20>}>}");
  assert_result ("['yes']", "{'result': <{'item0': <'yes'>}>}");
  /* Nothing of it is there, or it has no items: the whole. */
  assert_result ("@as []", "{'result': <@av []>}");
  assert_result ("@x 5", "{'result': <5>}");
  assert_result ("{'0': <'zero'>}", "{'result': <{'0': <'zero'>}>}");
}

static GVariant *
format_context (const char *outcome, const char *name, GVariant *fields, gpointer data)
{
  g_autofree char *printed = g_variant_print (fields, FALSE);

  ++*(guint *) data;
  g_assert_cmpstr (name, ==, "bind");
  if (g_str_equal (outcome, "success"))
    return NULL; /* as it is */
  return g_variant_new_parsed ("{'all': <%s>}", printed);
}

static GVariant *
format_wrong (const char *outcome, const char *name, GVariant *fields, gpointer data)
{
  return g_variant_new_string (outcome);
}

static void
test_format (void)
{
  guint n = 0;

  begin_test ();
  capture_diag_begin ();
  {
    MVX_LOG_INVOCATION (call, context, "bind", NULL);
    mvx_log_invocation_set_format_func (call, format_context, &n, NULL);
    mvx_log_invocation_begin_fields (call, NULL, 0);
    mvx_log_invocation_set_field (call, "server", g_variant_new_string ("dc1"));
    mvx_log_invocation_end_ok (call, NULL);
  }
  {
    MVX_LOG_INVOCATION (call, context, "bind", NULL);
    mvx_log_invocation_set_field (call, "server", g_variant_new_string ("dc1"));
    mvx_log_invocation_set_format_func (call, format_context, &n, NULL);
    mvx_log_invocation_set_format_func (call, format_wrong, NULL, NULL);
    mvx_log_invocation_begin_fields (call, NULL, 0);
  }
  g_assert_cmpuint (n, ==, 2);
  assert_outcome (0, "invoke", MVX_LOG_LEVEL_DEBUG, "{'all': <'{}'>}");
  assert_outcome (1, "success", MVX_LOG_LEVEL_DEBUG, "{'server': <'dc1'>}");
  assert_outcome (2, "invoke", MVX_LOG_LEVEL_DEBUG, "{'server': <'dc1'>}");
  capture_assert_diag (0, "The fields of invocation 'bind' are of type s, not a{sv}; they are left out");
  capture_diag_end ();
}

int
main (int argc, char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  sink = capture_sink_new ();
  context = capture_context ("invocation", sink);
  g_test_add_func ("/invocation/success", test_success);
  g_test_add_func ("/invocation/failed-once", test_failed_once);
  g_test_add_func ("/invocation/failed-again", test_failed_again);
  g_test_add_func ("/invocation/cancelled", test_cancelled);
  g_test_add_func ("/invocation/levels", test_levels);
  g_test_add_func ("/invocation/policy-once", test_policy_once);
  g_test_add_func ("/invocation/context-fields", test_context_fields);
  g_test_add_func ("/invocation/system-keys", test_system_keys);
  g_test_add_func ("/invocation/wrong-fields", test_wrong_fields);
  g_test_add_func ("/invocation/limits", test_limits);
  g_test_add_func ("/invocation/error-rules", test_error_rules);
  g_test_add_func ("/invocation/off", test_off);
  g_test_add_func ("/invocation/object", test_object);
  g_test_add_func ("/invocation/choose-arguments", test_choose_arguments);
  g_test_add_func ("/invocation/secret-arguments", test_secret_arguments);
  g_test_add_func ("/invocation/choose-result", test_choose_result);
  g_test_add_func ("/invocation/format", test_format);
  g_test_add_func ("/invocation/names", test_names);
  g_test_add_func ("/invocation/sink-fails", test_sink_fails);
  g_test_add_func ("/invocation/elsewhere", test_elsewhere);
  g_test_add_func ("/invocation/mark", test_mark);
  result = g_test_run ();
  mvx_log_context_set_sinks (context, NULL, 0, NULL);
  g_object_unref (sink);
  mvx_log_context_unref (context);
  return result;
}
