/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture-sink.h"
#include "rig-sink.h"

static guint n_evaluated;

static int
evaluated (void)
{
  return (int) ++n_evaluated;
}

/* Through the macros into a sink in the caller's thread. */
static void
test_macros (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("submit.macros", sink);
  const MvxLogEvent *event;
  const guint line = __LINE__ + 2;

  mvx_warning (context, "request {path} took {ms} ms", "path", "/x", "ms", 12);
  event = capture_last (sink);
  g_assert_cmpint (mvx_log_event_get_level (event), ==, MVX_LOG_LEVEL_WARNING);
  g_assert_cmpstr (mvx_log_event_get_context (event), ==, "submit.macros");
  g_assert_cmpstr (mvx_log_event_get_template (event), ==, "request {path} took {ms} ms");
  g_assert_cmpuint (mvx_log_event_get_line (event), ==, line);
  g_assert_cmpstr (mvx_log_event_get_function (event), ==, "test_macros");
  g_assert_true (g_str_has_suffix (mvx_log_event_get_file (event), "test-submit.c"));
  g_assert_null (mvx_log_event_get_name (event));
  capture_assert_fields (sink, "path=/x;ms=12");
  {
    g_autofree char *message = mvx_log_event_dup_message (event);

    g_assert_cmpstr (message, ==, "request /x took 12 ms");
  }
  mvx_event (context, MVX_LOG_LEVEL_INFO, "bind", "named");
  g_assert_cmpstr (mvx_log_event_get_name (capture_last (sink)), ==, "bind");
  mvx_info (context, "null {s}", "s", (const char *) NULL);
  capture_assert_fields (sink, "s=<0>");
}

/* The level gate: nothing is evaluated. */
static void
test_gate (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("submit.gate", sink);

  n_evaluated = 0;
  mvx_log_context_set_level (context, MVX_LOG_LEVEL_WARNING, NULL);
  mvx_info (context, "x", "n", evaluated ());
  g_assert_cmpuint (n_evaluated, ==, 0);
  mvx_warning (context, "x", "n", evaluated ());
  g_assert_cmpuint (n_evaluated, ==, 1);
  mvx_critical ((MvxLogContext *) NULL, "x", "n", evaluated ());
  g_assert_cmpuint (n_evaluated, ==, 1);
  g_assert_cmpuint (sink->events->len, ==, 1);
}

static void
test_submit (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("submit.all", sink);
  MvxLogField fields[]
      = { { "a", MVX_LOG_KIND_INT64, -1, { .i = 1 } }, { "b", MVX_LOG_KIND_STRING, -1, { .s = "c" } } };
  MvxLogEventInit init = {
    .level = MVX_LOG_LEVEL_NOTICE,
    .name = "order.paid",
    .entity_id = "o-1",
    .outcome = "success",
    .message_template = "paid {a}",
    .file = "shop.c",
    .function = "pay",
    .line = 17,
    .timestamp = 123456789,
    .trace_id = "0AF7651916CD43DD8448EB211C80319C",
    .span_id = "b7ad6b7169203331",
  };
  const MvxLogEvent *event;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (mvx_log_event_submit (context, &init, fields, 2, &error), ==, MVX_LOG_ACCEPTED);
  event = capture_last (sink);
  g_assert_cmpstr (mvx_log_event_get_name (event), ==, "order.paid");
  g_assert_cmpstr (mvx_log_event_get_entity_id (event), ==, "o-1");
  g_assert_cmpstr (mvx_log_event_get_outcome (event), ==, "success");
  g_assert_cmpstr (mvx_log_event_get_template (event), ==, "paid {a}");
  g_assert_cmpstr (mvx_log_event_get_file (event), ==, "shop.c");
  g_assert_cmpstr (mvx_log_event_get_function (event), ==, "pay");
  g_assert_cmpuint (mvx_log_event_get_line (event), ==, 17);
  g_assert_cmpint (mvx_log_event_get_timestamp (event), ==, 123456789);
  g_assert_cmpstr (mvx_log_event_get_trace_id (event), ==, "0af7651916cd43dd8448eb211c80319c");
  g_assert_cmpstr (mvx_log_event_get_span_id (event), ==, "b7ad6b7169203331");
  capture_assert_fields (sink, "a=1;b=c");
  init.level = MVX_LOG_LEVEL_NOTSET;
  g_assert_cmpint (mvx_log_event_submit (context, &init, fields, 2, &error), ==, MVX_LOG_FILTERED);
  g_assert_no_error (error);
}

/* For one event the namespace may be another one; the policy sees it, too. */
static void
test_namespace (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("submit.namespace", sink);
  g_autoptr (MvxLogEventPolicy) policy = NULL;
  MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message = "x", .event_namespace = "org.example.ldap" };
  const char *const patterns[] = { "org.example.*", NULL };
  MvxLogPatternRule rule = { .allow = FALSE, .contexts = patterns };

  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, NULL), ==, MVX_LOG_ACCEPTED);
  g_assert_cmpstr (mvx_log_event_get_context (capture_last (sink)), ==, "org.example.ldap");
  policy = mvx_log_pattern_policy_new (TRUE, &rule, 1, NULL);
  mvx_log_context_set_event_policy (context, policy, NULL);
  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, NULL), ==, MVX_LOG_FILTERED);
  init.event_namespace = "\033]0;x\a";
  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, NULL), ==, MVX_LOG_ACCEPTED);
  g_assert_cmpstr (mvx_log_event_get_context (capture_last (sink)), ==, "\033]0;x\a");
  init.event_namespace = NULL;
  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, NULL), ==, MVX_LOG_ACCEPTED);
  g_assert_cmpstr (mvx_log_event_get_context (capture_last (sink)), ==, "submit.namespace");
}

static void
test_variant (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("submit.variant", sink);
  GVariant *dict = g_variant_new_parsed ("{'n': <@x 5>, 'who': <'me'>}");

  g_assert_cmpint (mvx_log_context_log_variant (context, MVX_LOG_LEVEL_INFO, "hello {who}", dict, NULL), ==,
                   MVX_LOG_ACCEPTED);
  capture_assert_fields (sink, "n=5;who=me");
  g_assert_cmpint (mvx_log_context_log_variant (context, MVX_LOG_LEVEL_INFO, NULL, NULL, NULL), ==, MVX_LOG_ACCEPTED);
  capture_assert_fields (sink, "");
}

/* Everything that mvx_log_event_submit() takes, for whoever has no struct. */
static void
test_submit_variant (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("submit.variant.all", sink);
  g_autoptr (GError) cause = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "broken");
  GVariant *meta = g_variant_new_parsed (
      "{'name': <'order.paid'>, 'namespace': <'org.example.shop'>, 'entity-id': <'o-1'>, 'outcome': <'success'>, "
      "'template': <'paid {a}'>, 'file': <'shop.py'>, 'function': <'pay'>, 'line': <@u 17>, 'timestamp': <@x "
      "123456789>, "
      "'trace-id': <'0af7651916cd43dd8448eb211c80319c'>, 'span-id': <'b7ad6b7169203331'>, "
      "'event-id': <'6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c1'>, 'flags': <@u 1>}");
  const MvxLogEvent *event;
  MvxLogValue value;

  g_assert_cmpint (mvx_log_context_submit_error (context, MVX_LOG_LEVEL_NOTICE, meta, cause,
                                                 g_variant_new_parsed ("{'a': <@x 1>, 'l': <[[1, 2]]>}"), NULL),
                   ==, MVX_LOG_ACCEPTED);
  event = capture_last (sink);
  g_assert_cmpstr (mvx_log_event_get_name (event), ==, "order.paid");
  g_assert_cmpstr (mvx_log_event_get_context (event), ==, "org.example.shop");
  g_assert_cmpstr (mvx_log_event_get_entity_id (event), ==, "o-1");
  g_assert_cmpstr (mvx_log_event_get_outcome (event), ==, "success");
  g_assert_cmpstr (mvx_log_event_get_template (event), ==, "paid {a}");
  g_assert_cmpstr (mvx_log_event_get_file (event), ==, "shop.py");
  g_assert_cmpstr (mvx_log_event_get_function (event), ==, "pay");
  g_assert_cmpuint (mvx_log_event_get_line (event), ==, 17);
  g_assert_cmpint (mvx_log_event_get_timestamp (event), ==, 123456789);
  g_assert_cmpstr (mvx_log_event_get_trace_id (event), ==, "0af7651916cd43dd8448eb211c80319c");
  g_assert_cmpstr (mvx_log_event_get_span_id (event), ==, "b7ad6b7169203331");
  g_assert_cmpstr (mvx_log_event_get_event_id (event), ==, "6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c1");
  capture_assert_fields (sink, "a=1;l=<9>;error=<8>");
  /* The flag was MVX_LOG_EVENT_SKIP_LIMITS. */
  g_assert_true (mvx_log_event_get_field (event, "l", &value));
  {
    MvxLogValueIter iter;

    mvx_log_value_iter_init (&iter, &value);
    g_assert_true (mvx_log_value_iter_next (&iter, NULL, &value));
    g_assert_cmpint (value.type, ==, MVX_LOG_TYPE_LIST);
  }
  /* None of it is needed. */
  g_assert_cmpint (mvx_log_context_submit_variant (context, MVX_LOG_LEVEL_INFO, NULL, NULL, NULL), ==,
                   MVX_LOG_ACCEPTED);
  capture_assert_fields (sink, "");
}

/* A chain of errors that are no GError looks as if they were. */
static void
test_submit_causes (void)
{
  static const struct
  {
    const char *causes;
    const char *message;
  } refused[] = {
    { "[@a{sv} {'domain': <'KeyError'>, 'message': <'x'>}]",
      "Cause 0 of an event has no 'code' where type 'i' is needed" },
    { "[@a{sv} {'domain': <'E'>, 'code': <0>, 'message': <'x'>}, {'domain': <'E'>, 'code': <0>, 'message': <1>}]",
      "Cause 1 of an event has another 'message' where type 's' is needed" },
  };
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("submit.causes", sink);
  g_autoptr (GVariant) fields = NULL;
  g_autoptr (GVariant) wanted = NULL;
  MvxLogValue value;

  g_assert_cmpint (mvx_log_context_submit_causes (
                       context, MVX_LOG_LEVEL_ERROR, g_variant_new_parsed ("{'message': <'failed'>}"),
                       g_variant_new_parsed (
                           "[@a{sv} {'domain': <'KeyError'>, 'code': <0>, 'message': <'x'>, 'details': <{'n': <7>}>}, "
                           "{'domain': <'OSError'>, 'code': <2>, 'message': <'No such file'>, 'reason': <'ENOENT'>}]"),
                       g_variant_new_parsed ("{'a': <1>}"), NULL),
                   ==, MVX_LOG_ACCEPTED);
  capture_assert_fields (sink, "a=1;error=<8>");
  g_assert_true (mvx_log_event_get_field (capture_last (sink), "error", &value));
  g_assert_cmpint (value.type, ==, MVX_LOG_TYPE_ERROR);
  fields = mvx_log_event_dup_variant (capture_last (sink), "error");
  wanted = g_variant_ref_sink (g_variant_new_parsed (
      "[<@a{sv} {'domain': <'KeyError'>, 'code': <@x 0>, 'message': <'x'>, 'details': <@a{sv} {'n': <@x 7>}>}>, "
      "<@a{sv} {'domain': <'OSError'>, 'code': <@x 2>, 'message': <'No such file'>, 'reason': <'ENOENT'>}>]"));
  g_assert_cmpvariant (fields, wanted);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (mvx_log_context_submit_causes (context, MVX_LOG_LEVEL_ERROR, NULL,
                                                      g_variant_new_parsed (refused[i].causes), NULL, &error),
                       ==, MVX_LOG_REFUSED);
      g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT);
      g_assert_cmpstr (error->message, ==, refused[i].message);
    }
}

static void
assert_meta_refused (MvxLogContext *context, const char *meta, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (
      mvx_log_context_submit_variant (context, MVX_LOG_LEVEL_INFO, g_variant_new_parsed (meta), NULL, &error), ==,
      MVX_LOG_REFUSED);
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_submit_variant_refused (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("submit.variant.refused", sink);

  assert_meta_refused (context, "{'entity-di': <'o-1'>}",
                       "An event has no metadata 'entity-di'; did you mean 'entity-id'?");
  assert_meta_refused (
      context, "{'colour': <'red'>}",
      "An event has no metadata 'colour'; it has name, namespace, entity-id, outcome, template, "
      "message, file, function, line, timestamp, trace-id, span-id, event-id, flags, host, pid, thread, stream, seq");
  assert_meta_refused (context, "{'line': <'17'>}", "Metadata 'line' of an event has type 's' where 'u' is needed");
  assert_meta_refused (context, "{'name': <@ms nothing>}",
                       "Metadata 'name' of an event has type 'ms' where 's' is needed");
  g_assert_cmpuint (sink->events->len, ==, 0);
}

/* Policies see the metadata. They come before any payload work, and logging inside them goes to the diagnostics. */
typedef struct
{
  GObject parent;
  MvxLogContext *context;
  MvxLogEventMeta meta;
  guint n;
  const char *failure;
  const char *late_failure;
} AskPolicy;

typedef GObjectClass AskPolicyClass;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AskPolicy, g_object_unref)

static GType ask_policy_get_type (void);

static gboolean
ask_policy_is_enabled (MvxLogEventPolicy *policy, const MvxLogEventMeta *meta, GError **error)
{
  AskPolicy *self = (AskPolicy *) policy;

  self->meta = *meta;
  self->n++;
  mvx_info (self->context, "asked {n}", "n", 3);
  if (self->failure)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, self->failure);
  return g_strcmp0 (meta->name, "no") != 0;
}

static gboolean
ask_policy_accepts (MvxLogEventPolicy *policy, const MvxLogEvent *event, GError **error)
{
  AskPolicy *self = (AskPolicy *) policy;

  if (self->late_failure)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, self->late_failure);
  return mvx_log_event_get_int64 (event, "n", 0) != 13;
}

static void
ask_policy_iface_init (MvxLogEventPolicyInterface *iface)
{
  iface->is_enabled = ask_policy_is_enabled;
  iface->accepts = ask_policy_accepts;
}

G_DEFINE_TYPE_WITH_CODE (AskPolicy,
                         ask_policy,
                         G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_EVENT_POLICY, ask_policy_iface_init))

static void
ask_policy_class_init (AskPolicyClass *klass)
{
}

static void
ask_policy_init (AskPolicy *self)
{
}

/* A limit on something else does not cut what stands in the source. */
static void
test_macro_pairs (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("submit.pairs", sink);
  MvxLogLimits limits;

  mvx_log_context_get_limits (context, &limits);
  limits.max_depth = 2;
  g_assert_true (mvx_log_context_set_limits (context, &limits, NULL));
  mvx_info (context, "x", "a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", 6, "g", 7, "h", 8, "i", 9, "j", 10, "k", 11);
  g_assert_cmpuint (mvx_log_event_get_n_fields (capture_last (sink)), ==, 11);
  limits.max_items = 9;
  g_assert_true (mvx_log_context_set_limits (context, &limits, NULL));
  mvx_info (context, "x", "a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", 6, "g", 7, "h", 8, "i", 9, "j", 10, "k", 11);
  g_assert_cmpstr (mvx_log_event_get_string (capture_last (sink), "__more__"), ==, "2 more keys");
}

static void
test_policy (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("submit.policy", sink);
  g_autoptr (GObject) object = g_object_new (ask_policy_get_type (), NULL);
  AskPolicy *policy = (AskPolicy *) object;

  capture_diag_begin ();
  policy->context = context;
  mvx_log_context_set_event_policy (context, MVX_LOG_EVENT_POLICY (object), NULL);
  mvx_event (context, MVX_LOG_LEVEL_INFO, "yes", "x");
  mvx_event (context, MVX_LOG_LEVEL_INFO, "no", "x");
  g_assert_cmpuint (policy->n, ==, 2);
  g_assert_cmpuint (sink->events->len, ==, 1);
  g_assert_cmpstr (policy->meta.context, ==, "submit.policy");
  g_assert_cmpstr (policy->meta.source_function, ==, "test_policy");
  g_assert_cmpint (policy->meta.level, ==, MVX_LOG_LEVEL_INFO);
  g_assert_cmpuint (policy->meta.callsite, !=, 0);
  g_assert_cmpuint (capture_diag->len, ==, 2);
  capture_assert_diag (0, "logged inside a sink, context 'submit.policy': asked 3");
  capture_diag_end ();
}

/* A policy may wait for the payload. */
static void
test_policy_accepts (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("submit.accepts", sink);
  g_autoptr (AskPolicy) policy = (AskPolicy *) g_object_new (ask_policy_get_type (), NULL);

  capture_diag_begin ();
  policy->context = context;
  mvx_log_context_set_event_policy (context, MVX_LOG_EVENT_POLICY (policy), NULL);
  mvx_info (context, "x", "n", 12);
  mvx_info (context, "x", "n", 13);
  mvx_info (context, "x", "n", 14);
  g_assert_cmpuint (sink->events->len, ==, 2);
  capture_assert_fields (sink, "n=14");
  capture_diag_end ();
}

/* The failure of a policy is one of logging: refused, and told as the context's error policy says. */
static void
test_policy_fails (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) quiet = mvx_log_tree_configure ("submit.fails.quiet", NULL);
  g_autoptr (MvxLogContext) context = capture_context ("submit.fails", sink);
  g_autoptr (AskPolicy) policy = (AskPolicy *) g_object_new (ask_policy_get_type (), NULL);
  MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message = "x" };
  g_autoptr (GError) error = NULL;

  capture_diag_begin ();
  policy->context = quiet;
  mvx_log_context_set_level (quiet, MVX_LOG_LEVEL_OFF, NULL);
  mvx_log_context_set_event_policy (context, MVX_LOG_EVENT_POLICY (policy), NULL);
  policy->failure = "rules are gone";
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, NULL), ==, MVX_LOG_REFUSED);
  g_assert_cmpuint (capture_diag->len, ==, 1);
  capture_assert_diag (0, "Context 'submit.fails' could not hand over an event: rules are gone");
  policy->failure = NULL;
  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, NULL), ==, MVX_LOG_ACCEPTED);
  mvx_log_context_set_error_policy (context, MVX_LOG_ERROR_POLICY_RAISE, NULL);
  policy->late_failure = "rules are late";
  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, &error), ==, MVX_LOG_REFUSED);
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_UNABLE_TO_LOG);
  g_assert_cmpstr (error->message, ==, "Context 'submit.fails' could not hand over an event: rules are late");
  g_clear_error (&error);
  mvx_log_context_set_error_policy (context, MVX_LOG_ERROR_POLICY_IGNORE, NULL);
  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, &error), ==, MVX_LOG_REFUSED);
  g_assert_no_error (error);
  g_assert_cmpuint (capture_diag->len, ==, 1);
  g_assert_cmpuint (sink->events->len, ==, 1);
  capture_diag_end ();
}

static void
log_again (gpointer context)
{
  mvx_warning ((MvxLogContext *) context, "again {what}", "what", "and again");
}

static void
test_inside_a_sink (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("submit.inside", sink);

  capture_diag_begin ();
  sink->on_log = log_again;
  sink->on_log_data = context;
  mvx_info (context, "outer");
  g_assert_cmpuint (sink->events->len, ==, 1);
  g_assert_cmpstr (mvx_log_event_get_template (capture_last (sink)), ==, "outer");
  g_assert_cmpuint (capture_diag->len, ==, 1);
  capture_assert_diag (0, "logged inside a sink, context 'submit.inside': again and again");
  capture_diag_end ();
}

/* The fast path: one asynchronous sink. */
static void
log_inside_dispatch (gpointer data)
{
  RigSink *sink = data;
  g_autoptr (MvxLogContext) context = mvx_log_tree_get ("submit.async");

  /* Only once: the diagnostics let few pass in a second. */
  if (sink->n_entered == 0)
    mvx_warning (context, "from dispatch");
}

static void
test_async (void)
{
  MvxLogAsyncConfig config = { .name = "async", .queue_max_size = 10000 };
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (MvxLogContext) context = capture_context ("submit.async", sink);
  g_autoptr (MvxLogContext) view = mvx_log_bind (context, "id", 1);
  MvxLogCounters c;

  capture_diag_begin ();
  mvx_log_sink_set_level (MVX_LOG_SINK (sink), MVX_LOG_LEVEL_NOTSET);
  mvx_log_tree_refresh_thresholds (MVX_LOG_SINK (sink));
  sink->in_dispatch = log_inside_dispatch;
  for (guint i = 0; i < 1000; i++)
    {
      mvx_info (context, "x {i} {s}", "i", i, "s", "text");
      mvx_debug (view, "y");
      mvx_debug (view, "same key", "id", 2);
    }
  g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, NULL));
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.accepted, ==, 3000);
  g_assert_cmpuint (c.delivered, ==, 3000);
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 3000);
  for (guint i = 1; i < 3000; i++)
    g_assert_cmpuint (g_array_index (sink->numbers, guint64, i), ==, g_array_index (sink->numbers, guint64, i - 1) + 1);
  capture_assert_diag (0, "logged inside a sink, context 'submit.async': from dispatch");
  g_assert_true (mvx_log_sink_terminate (MVX_LOG_SINK (sink), -1, NULL));
  /* A stopped sink refuses; the context says so once. */
  capture_diag_begin ();
  mvx_info (context, "late");
  mvx_info (context, "late");
  g_assert_cmpuint (capture_diag->len, ==, 1);
  capture_assert_diag (0,
                       "Context 'submit.async' could not hand over an event: Sink 'async' is STOPPED and cannot take "
                       "events; that needs VIRGIN, STARTING or RUNNING");
  capture_diag_end ();
  mvx_log_context_reset_sinks (context, NULL);
}

/* A small limit of items holds on the fast path, too. */

static void
test_async_limits (void)
{
  MvxLogAsyncConfig config = { .name = "async", .overflow = MVX_LOG_OVERFLOW_DROP_NEWEST, .queue_max_size = 1 };
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (MvxLogContext) context = capture_context ("submit.limits", sink);
  MvxLogLimits limits = { 200, 2, 1 };
  MvxLogNodeFull *node = mvx_log_node_full (&context->head);

  g_assert_cmpuint (node->settings->n_fast, ==, 1);
  mvx_log_context_set_limits (context, &limits, NULL);
  g_assert_cmpuint (node->settings->n_fast, ==, 0);
  limits.max_items = -1;
  mvx_log_context_set_limits (context, &limits, NULL);
  g_assert_cmpuint (node->settings->n_fast, ==, 1);
  mvx_log_context_reset_sinks (context, NULL);
}

/* What overflows is silent or not as the sink's policy says, and counted. */
static void
test_async_overflow (void)
{
  MvxLogAsyncConfig config = { .name = "small", .overflow = MVX_LOG_OVERFLOW_DROP_NEWEST, .queue_max_size = 1 };
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (MvxLogContext) context = capture_context ("submit.overflow", sink);
  MvxLogEventInit init = { .level = MVX_LOG_LEVEL_ERROR, .message_template = "x" };
  g_autoptr (GError) error = NULL;
  MvxLogCounters c;

  capture_diag_begin ();
  rig_sink_gate (sink, TRUE);
  mvx_error (context, "first");
  rig_sink_wait_entered (sink, 1);
  g_assert_cmpint (mvx_log_event_submit (context, &init, NULL, 0, &error), ==, MVX_LOG_REFUSED);
  g_assert_no_error (error);
  mvx_error (context, "third");
  g_assert_cmpuint (capture_diag->len, ==, 0);
  rig_sink_gate (sink, FALSE);
  g_assert_true (mvx_log_sink_terminate (MVX_LOG_SINK (sink), -1, NULL));
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.refused[MVX_LOG_REASON_QUEUE_FULL], ==, 2);
  g_assert_cmpuint (c.delivered, ==, 2); /* with the sink's own summary of the loss */
  g_assert_cmpuint (sink->told_lost, ==, 2);
  capture_diag_end ();
  mvx_log_context_reset_sinks (context, NULL);
}

/* Long texts, many threads, all of it end to end. */
static gpointer
crowd_thread (gpointer context)
{
  for (guint i = 0; i < 2000; i++)
    mvx_info ((MvxLogContext *) context, "x {i} {text}", "i", i, "text", i % 2 ? "short" : "somewhat longer than that");
  return NULL;
}

static void
test_async_crowd (void)
{
  MvxLogAsyncConfig config = { .name = "crowd", .queue_max_size = 100000 };
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (MvxLogContext) context = capture_context ("submit.crowd", sink);
  GThread *threads[8];

  for (guint i = 0; i < 8; i++)
    threads[i] = g_thread_new ("crowd", crowd_thread, context);
  for (guint i = 0; i < 8; i++)
    g_thread_join (threads[i]);
  g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, NULL));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 16000);
  rig_sink_check_ledger (sink);
  mvx_log_context_reset_sinks (context, NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/submit/macros", test_macros);
  g_test_add_func ("/submit/gate", test_gate);
  g_test_add_func ("/submit/submit", test_submit);
  g_test_add_func ("/submit/namespace", test_namespace);
  g_test_add_func ("/submit/variant", test_variant);
  g_test_add_func ("/submit/variant/all", test_submit_variant);
  g_test_add_func ("/submit/causes", test_submit_causes);
  g_test_add_func ("/submit/variant/refused", test_submit_variant_refused);
  g_test_add_func ("/submit/macro-pairs", test_macro_pairs);
  g_test_add_func ("/submit/policy", test_policy);
  g_test_add_func ("/submit/policy/accepts", test_policy_accepts);
  g_test_add_func ("/submit/policy/fails", test_policy_fails);
  g_test_add_func ("/submit/inside-a-sink", test_inside_a_sink);
  g_test_add_func ("/submit/async", test_async);
  g_test_add_func ("/submit/async-limits", test_async_limits);
  g_test_add_func ("/submit/async-overflow", test_async_overflow);
  g_test_add_func ("/submit/async-crowd", test_async_crowd);
  return g_test_run ();
}
