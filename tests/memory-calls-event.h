/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events without macros, what can be made of them, and what is asked about them on their way. */
#pragma once

#include "memory-calls.h"

/* Refused without a word: there was no memory, and that is counted. */
static gboolean
event_is_told (MvxLogSubmitResult result, GError **error)
{
  return result != MVX_LOG_REFUSED || *error == NULL;
}

static gboolean
event_submit (GError **error)
{
  const MvxLogField fields[]
      = { { "a", MVX_LOG_KIND_STRING, -1, { .s = "x" } }, { "b", MVX_LOG_KIND_INT64, 0, { .i = 7 } } };
  const MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .name = "shop.sold", .message_template = "{a} and {b}" };

  return event_is_told (mvx_log_event_submit (world.context, &init, fields, G_N_ELEMENTS (fields), error), error);
}

static gboolean
event_submit_variant (GError **error)
{
  GVariant *fields = g_variant_new_parsed ("{'a': <[<1>, <'x'>]>, 'm': <{'k': <2.5>}>}");
  GVariant *meta = g_variant_new_parsed ("{'template': <'{a} of {m}'>, 'name': <'shop.sold'>}");

  return event_is_told (mvx_log_context_submit_variant (world.context, MVX_LOG_LEVEL_INFO, meta, fields, error), error);
}

static gboolean
event_log_variant (GError **error)
{
  GVariant *fields = g_variant_new_parsed ("{'a': <'x'>}");

  return event_is_told (mvx_log_context_log_variant (world.context, MVX_LOG_LEVEL_INFO, "of {a}", fields, error),
                        error);
}

static gboolean
event_submit_error (GError **error)
{
  return event_is_told (
      mvx_log_context_submit_error (world.context, MVX_LOG_LEVEL_ERROR, NULL, world.failure, NULL, error), error);
}

static gboolean
event_log_event (GError **error)
{
  return event_is_told (mvx_log_context_log_event (world.context, world.event, error), error);
}

static void
event_take_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static gboolean
event_async (GError **error)
{
  const MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message_template = "later" };
  g_autoptr (GAsyncResult) result = NULL;

  mvx_log_event_async (world.context, &init, NULL, 0, NULL, event_take_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return event_is_told (mvx_log_event_finish (result, error), error);
}

static gboolean
event_read (GError **error)
{
  g_autoptr (MvxLogEvent) copy = mvx_log_event_copy (world.event);
  g_autofree char *message = mvx_log_event_dup_message (copy);
  g_autoptr (GVariant) fields = mvx_log_event_dup_fields (copy);
  g_autoptr (GVariant) more = mvx_log_event_dup_variant (copy, "more");

  return message && fields && more;
}

static gboolean
event_travel (GError **error)
{
  g_autoptr (MvxLogEvent) copy = mvx_log_event_copy_for_sending (world.event, 7);
  g_autoptr (GBytes) bytes = mvx_log_event_to_bytes (world.event, 7);
  g_autoptr (MvxLogEvent) arrived = mvx_log_event_new_from_bytes (bytes, error);

  return copy && arrived;
}

static gboolean
event_render (GError **error)
{
  for (const char *const *name = mvx_log_renderer_get_names (); *name; name++)
    {
      g_autoptr (MvxLogRenderer) renderer = mvx_log_renderer_new (*name, NULL, error);
      g_autoptr (GBytes) bytes = NULL;

      if (renderer == NULL)
        return FALSE;
      bytes = mvx_log_renderer_render_bytes (renderer, world.event);
      g_assert_cmpuint (g_bytes_get_size (bytes), >, 0);
    }
  return TRUE;
}

static gboolean
event_options (GError **error)
{
  g_autoptr (MvxLogOptions) options = mvx_log_options_new (mvx_static_plugin_file.plugin->options);
  g_autoptr (MvxLogRenderer) renderer = NULL;
  g_autoptr (GVariant) all = NULL;

  if (!mvx_log_options_set (options, "path", "/tmp/x", error)
      || !mvx_log_options_set_variant (options, "format", g_variant_new_string ("json"), error)
      || !mvx_log_options_check (options, error))
    return FALSE;
  renderer = mvx_log_options_new_renderer (options, error);
  if (renderer == NULL)
    return FALSE;
  all = g_variant_ref_sink (mvx_log_options_to_variant (options));
  return all != NULL;
}

static gboolean
event_descriptor (GError **error)
{
  g_autoptr (MvxLogSinkDescriptor) one
      = mvx_log_sink_descriptor_new ("file", g_variant_new_string ("a"), g_variant_new_parsed ("{'x': <1>}"));
  g_autofree char *text = mvx_log_sink_descriptor_to_string (one);

  return text && mvx_log_sink_descriptor_equal (one, one);
}

static gboolean
event_policies (GError **error)
{
  const char *const events[] = { "app.*", "shop.*", NULL };
  const MvxLogPatternRule rule = { .allow = FALSE, .events = events };
  g_autoptr (MvxLogEventPolicy) pattern = mvx_log_pattern_policy_new (TRUE, &rule, 1, error);
  g_autoptr (MvxLogEventPolicy) limit
      = pattern ? mvx_log_field_limit_policy_new ("user", 5, G_USEC_PER_SEC, error) : NULL;
  g_autoptr (MvxLogEventPolicy) sample = limit ? mvx_log_sampling_policy_new (5, 2, 0, error) : NULL;
  g_autoptr (MvxLogEventPolicy) repeat = sample ? mvx_log_repeat_policy_new (G_USEC_PER_SEC, error) : NULL;
  g_autoptr (MvxLogEventPolicy) chain = NULL;

  if (repeat == NULL)
    return FALSE;
  chain = mvx_log_policy_chain_new ((MvxLogEventPolicy *[]){ pattern, limit, sample, repeat }, 4);
  return mvx_log_event_policy_accepts (chain, world.event, error);
}

/* The whole of what a draft can. */
static gboolean
event_change (MvxLogDraft *draft, gpointer data, GError **error)
{
  g_autoptr (MvxLogDraft) copy = NULL;

  mvx_log_draft_set_string (draft, "s", "text");
  mvx_log_draft_set_variant (draft, "v", g_variant_new_parsed ("[1, 2]"));
  mvx_log_draft_set_template (draft, "changed {n}");
  mvx_log_draft_rename (draft, "s", "t");
  copy = mvx_log_draft_copy (draft);
  mvx_log_draft_remove (copy, "v");
  mvx_log_draft_set_message (copy, "finished");
  return mvx_log_draft_get_message (draft) != NULL;
}

static gboolean
event_processors (GError **error)
{
  GVariant *options = g_variant_new_parsed ("{'keys': <['n=number']>}");
  g_autoptr (MvxLogProcessor) function = mvx_log_processor_new_function (event_change, NULL, NULL);
  g_autoptr (MvxLogProcessor) rename = mvx_log_processor_new ("rename", options, error);
  g_autoptr (MvxLogProcessor) found = NULL;
  MvxLogProcessor *both[] = { function, rename };

  if (rename == NULL)
    return FALSE;
  found = mvx_log_get_processor ("memory-rename");
  if (found == NULL && !mvx_log_register_processor ("memory-rename", rename, error))
    return FALSE;
  if (!mvx_log_context_set_processors (world.context, both, 2, error))
    return FALSE;
  mvx_info (world.context, "event {n}", "n", 3);
  return TRUE;
}

static GVariant *
event_adapt (GObject *object, MvxLogVerbosity verbosity, gpointer data)
{
  return g_variant_new_parsed ("{'is': <'an object'>}");
}

static gboolean
event_payload (GError **error)
{
  g_autoptr (GObject) object = NULL;

  mvx_log_unregister_payload_adapter (G_TYPE_CANCELLABLE);
  if (!mvx_log_register_payload_adapter (G_TYPE_CANCELLABLE, event_adapt, NULL, NULL, error))
    return FALSE;
  object = G_OBJECT (g_cancellable_new ());
  mvx_info (world.context, "with {o}", "o", MVX_LOG_OBJECT (object));
  return TRUE;
}

static gboolean
event_error (GError **error)
{
  g_autoptr (GVariant) payload = g_variant_ref_sink (mvx_log_error_to_payload (world.failure));
  g_autofree char *code = mvx_log_error_dup_code (world.failure);

  return payload && code;
}

static const MemoryCall event_calls[] = {
  { "submit", event_submit },
  { "submit-variant", event_submit_variant },
  { "log-variant", event_log_variant },
  { "submit-error", event_submit_error },
  { "log-event", event_log_event },
  { "async", event_async },
  { "read", event_read },
  { "travel", event_travel },
  { "render", event_render },
  { "options", event_options },
  { "descriptor", event_descriptor },
  { "policies", event_policies },
  { "processors", event_processors },
  { "payload", event_payload },
  { "error", event_error },
};
