/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contexts, what they bind, and what is in force for a while: scopes, spans, tasks, invocations. */
#pragma once

#include "memory-calls.h"

MVX_LOG_CONTEXT (memory_handle, "app.handle.deep")

static gboolean
context_find (GError **error)
{
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();
  g_autoptr (MvxLogContext) made = mvx_log_configure_context ("app.new.context", error);
  g_autoptr (MvxLogContext) handle = NULL;
  g_autoptr (MvxLogContext) found = NULL;

  if (made == NULL)
    return FALSE;
  found = mvx_log_get_context ("app.part");
  handle = mvx_log_handle_context (memory_handle);
  return root && found && handle;
}

static gboolean
context_set (GError **error)
{
  MvxLogSink *sinks[] = { world.kept, world.file };
  const MvxLogLimits limits = { 100, 20, 3, MVX_LOG_VERBOSITY_MAXIMUM };
  g_autoptr (MvxLogEventPolicy) policy = mvx_log_rate_limit_policy_new (1000, G_USEC_PER_SEC, error);

  return policy && mvx_log_context_set_level (world.context, MVX_LOG_LEVEL_INFO, error)
         && mvx_log_context_set_sinks (world.context, sinks, 2, error)
         && mvx_log_context_set_limits (world.context, &limits, error)
         && mvx_log_context_set_error_policy (world.context, MVX_LOG_ERROR_POLICY_IGNORE, error)
         && mvx_log_context_set_event_policy (world.context, policy, error);
}

static gboolean
context_reset (GError **error)
{
  return mvx_log_context_reset_sinks (world.context, error) && mvx_log_context_reset_limits (world.context, error)
         && mvx_log_context_reset_level (world.context, error)
         && mvx_log_context_reset_error_policy (world.context, error)
         && mvx_log_context_reset_event_policy (world.context, error)
         && mvx_log_context_reset_processors (world.context, error);
}

static void
context_prepare_reset (void)
{
  g_assert_true (context_set (NULL));
}

static gboolean
context_get (GError **error)
{
  g_autoptr (GPtrArray) sinks = mvx_log_context_get_sinks (world.context);
  g_autoptr (GPtrArray) own G_GNUC_UNUSED = mvx_log_context_get_local_sinks (world.context);
  g_autoptr (GPtrArray) processors G_GNUC_UNUSED = mvx_log_context_get_processors (world.context);
  MvxLogLimits limits;

  mvx_log_context_get_limits (world.context, &limits);
  mvx_log_context_set_enabled (world.context, TRUE);
  return sinks->len > 0;
}

static gboolean
context_bind (GError **error)
{
  const MvxLogField fields[]
      = { { "a", MVX_LOG_KIND_STRING, -1, { .s = "x" } }, { "b", MVX_LOG_KIND_INT64, 0, { .i = 7 } } };
  const char *const keys[] = { "a", NULL };
  g_autoptr (MvxLogContext) one = mvx_log_context_bind_fields (world.context, fields, G_N_ELEMENTS (fields));
  g_autoptr (MvxLogContext) two = mvx_log_context_bind_variant (one, g_variant_new_parsed ("{'c': <[1, 2, 3]>}"));
  g_autoptr (MvxLogContext) three = mvx_log_bind (two, "user", "u", "more", 5);
  g_autoptr (MvxLogContext) four = mvx_log_context_unbind (three, keys, error);
  g_autoptr (MvxLogContext) five = NULL;

  if (four == NULL)
    return FALSE;
  five = mvx_log_context_try_unbind (four, keys);
  mvx_info (five, "with {user} and {c}");
  return TRUE;
}

static gboolean
context_level (GError **error)
{
  g_auto (GStrv) names = NULL;
  gint level;

  if (!mvx_log_level_register ("verbose", 15, "36", "v", error)
      || !mvx_log_level_from_string ("verbose", &level, error))
    return FALSE;
  names = mvx_log_level_list_names ();
  return g_str_equal (mvx_log_level_to_string (15), "verbose");
}

static gboolean
context_event_id (GError **error)
{
  static const char id[] = "0123456789abcdef0123456789abcdef";
  g_auto (GStrv) ids = NULL;
  const char *name;
  const char *text;

  if (!mvx_log_event_id_register (id, "memory.short", "Memory is short", error))
    return FALSE;
  ids = mvx_log_event_id_list ();
  return mvx_log_event_id_lookup (id, &name, &text);
}

static gboolean
context_scope (GError **error)
{
  const MvxLogField field = { "a", MVX_LOG_KIND_STRING, -1, { .s = "x" } };
  MvxLogScope *one = mvx_log_scope_push_fields (&field, 1);
  MvxLogScope *two = mvx_log_scope_push_variant (g_variant_new_parsed ("{'c': <'d'>}"));
  MvxLogScope *three = mvx_log_scope_push_trace ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  g_autoptr (MvxLogScopeCapture) capture = mvx_log_scope_capture ();
  g_autofree char *trace = mvx_log_scope_dup_traceparent ();
  MvxLogScope *four = mvx_log_scope_enter (capture);

  mvx_info (world.context, "within {a} and {c}");
  mvx_log_scope_pop (four);
  mvx_log_scope_pop (three);
  mvx_log_scope_pop (two);
  mvx_log_scope_pop (one);
  return trace != NULL;
}

static gboolean
context_span (GError **error)
{
  g_autoptr (MvxLogSpan) outer
      = mvx_log_span_begin_detached (world.context, MVX_LOG_SPAN_LIFE, MVX_LOG_LEVEL_INFO, "outer");
  g_autoptr (MvxLogScopeCapture) scope G_GNUC_UNUSED = mvx_log_span_dup_scope (outer);

  {
    MVX_LOG_SCOPE (world.context, "inner");
    mvx_info (world.context, "in it");
  }
  mvx_log_span_error (outer, world.failure);
  mvx_log_span_end (outer);
  return TRUE;
}

static gboolean
context_task (GError **error)
{
  g_autofree char *path = NULL;
  g_autoptr (MvxLogTask) imported = NULL;
  MVX_LOG_TASK (job, world.context, "cook", "dish", "soup", "salt", 2);

  mvx_log_task_bind_variant (job, g_variant_new_parsed ("{'c': <'d'>}"));
  path = mvx_log_task_export (job);
  imported = mvx_log_task_import (world.context, 0, path, "serve", NULL, 0, error);
  if (imported == NULL)
    return FALSE;
  mvx_log_task_fail (imported, world.failure);
  mvx_log_task_end (imported);
  mvx_log_task_set_success (job, "cooked");
  return TRUE;
}

static gboolean
context_invocation (GError **error)
{
  g_autoptr (GObject) object = G_OBJECT (g_simple_action_new ("run", NULL));
  const char *const specs[] = { "name", "enabled", NULL };
  const char *const arguments[] = { "user", NULL };
  g_autoptr (MvxLogInvocation) self = mvx_log_invocation_new (world.context, "shop.buy", "order-1", error);

  if (self == NULL)
    return FALSE;
  mvx_log_invocation_set_field (self, "k", g_variant_new_string ("v"));
  if (!mvx_log_invocation_set_object (self, object, specs, error)
      || !mvx_log_invocation_choose_arguments (self, arguments, error))
    return FALSE;
  mvx_log_invocation_add_error_rule (self, G_IO_ERROR, MVX_LOG_ANY_CODE, TRUE);
  mvx_log_invocation_begin (self, "user", "u", "password", "p");
  mvx_log_invocation_end_error (self, world.failure);
  return TRUE;
}

static gboolean
context_catch (GError **error)
{
  GError *local = g_error_copy (world.failure);

  mvx_log_catch (world.context, MVX_LOG_LEVEL_ERROR, &local);
  mvx_log_error_mark_logged (world.failure);
  return local == NULL && mvx_log_error_is_logged (world.failure);
}

static const MemoryCall context_calls[] = {
  { "find", context_find },
  { "set", context_set },
  { "reset", context_reset, context_prepare_reset },
  { "get", context_get },
  { "bind", context_bind },
  { "level", context_level },
  { "event-id", context_event_id },
  { "scope", context_scope },
  { "span", context_span },
  { "task", context_task },
  { "invocation", context_invocation },
  { "catch", context_catch },
};
