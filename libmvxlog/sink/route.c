/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hands every event to the sink of the first route that fits it. */
#include <string.h>

#include <mvxlog/error.h>

#include "base/glob-private.h"
#include "event/event-private.h"
#include "sink/filter-private.h"
#include "sink/forward-private.h"
#include "sink/options-private.h"
#include "sink/sink-private.h"

/* Either a pattern or a predicate; with neither, everything fits. */
typedef struct
{
  char *sink;
  char *contexts;
  MvxLogFilter filter;
} MvxLogRouteRule;

typedef struct
{
  MvxLogForward forward; /* first: the common hooks take it for the instance; a member for each rule */
  GPtrArray *rules;
} MvxLogRoute;

static const MvxLogOptionSpec mvx_log_route_options[] = {
  { "routes",
    MVX_LOG_OPTION_STRV,
    MVX_LOG_OPTION_REQUIRED | MVX_LOG_OPTION_RELOADABLE | MVX_LOG_OPTION_SINK,
    NULL,
    0,
    0,
    NULL,
    "'SINK: CONDITION', separated by ';', the first that holds decides: a pattern of contexts or a predicate",
    { NULL, NULL } },
  { "default",
    MVX_LOG_OPTION_STRING,
    MVX_LOG_OPTION_RELOADABLE | MVX_LOG_OPTION_SINK,
    NULL,
    0,
    0,
    NULL,
    "Sink of the events that no route fits; without it they are dropped, and counted as rejected",
    { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static void
mvx_log_route_rule_free (gpointer data)
{
  MvxLogRouteRule *rule = data;

  mvx_log_filter_clear (&rule->filter);
  g_free (rule->contexts);
  g_free (rule->sink);
  g_free (rule);
}

/* A predicate never looks like one. */
static gboolean
mvx_log_route_is_pattern (const char *text)
{
  for (; *text; text++)
    if (!g_ascii_isalnum (*text) && strchr ("._-*?[]", *text) == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
mvx_log_route_parse_condition (MvxLogRouteRule *rule, const char *item, const char *condition, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (*condition && mvx_log_route_is_pattern (condition))
    rule->contexts = g_strdup (condition);
  else if (*condition)
    rule->filter.predicate = mvx_log_predicate_new (condition, &local);
  if (rule->contexts || rule->filter.predicate)
    return TRUE;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "Option 'routes': '%s': %s", item,
               local ? local->message : "expected SINK: CONDITION, such as 'errors: level >= error'");
  return FALSE;
}

static MvxLogRouteRule *
mvx_log_route_parse (const char *item, GError **error)
{
  MvxLogRouteRule *rule = g_new0 (MvxLogRouteRule, 1);
  const char *colon = strchr (item, ':');
  g_autofree char *condition = g_strstrip (g_strdup (colon ? colon + 1 : ""));

  rule->sink = mvx_log_options_sink_name (item);
  if (mvx_log_route_parse_condition (rule, item, *rule->sink ? condition : "", error))
    return rule;
  mvx_log_route_rule_free (rule);
  return NULL;
}

/* The default is a last rule without a condition. */
static GPtrArray *
mvx_log_route_read (MvxLogOptions *options, GError **error)
{
  const char *const *items = mvx_log_options_get_strv (options, "routes");
  const char *fallback = mvx_log_options_get_string (options, "default");
  g_autoptr (GPtrArray) rules = g_ptr_array_new_with_free_func (mvx_log_route_rule_free);

  for (; *items; items++)
    {
      MvxLogRouteRule *rule = mvx_log_route_parse (*items, error);

      if (rule == NULL)
        return NULL;
      g_ptr_array_add (rules, rule);
    }
  if (fallback)
    {
      MvxLogRouteRule *rule = g_new0 (MvxLogRouteRule, 1);

      rule->sink = mvx_log_options_sink_name (fallback);
      g_ptr_array_add (rules, rule);
    }
  return g_steal_pointer (&rules);
}

static const char **
mvx_log_route_names (GPtrArray *rules)
{
  const char **names = g_new0 (const char *, rules->len + 1);

  for (guint i = 0; i < rules->len; i++)
    names[i] = ((const MvxLogRouteRule *) g_ptr_array_index (rules, i))->sink;
  return names;
}

static MvxLogSinkDescriptor *
mvx_log_route_build_descriptor (MvxLogOptions *options, GError **error)
{
  static const char *const names[] = { "routes", "default", NULL };
  g_autoptr (GPtrArray) rules = mvx_log_route_read (options, error);

  if (rules == NULL)
    return NULL;
  return mvx_log_sink_descriptor_new ("route", NULL, mvx_log_options_pick (options, names));
}

static gpointer
mvx_log_route_create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  g_autoptr (GPtrArray) rules = mvx_log_route_read (options, error);
  g_autofree const char **names = rules ? mvx_log_route_names (rules) : NULL;
  g_autofree MvxLogRoute *self = g_new0 (MvxLogRoute, 1);

  if (rules == NULL || !mvx_log_forward_init (&self->forward, "route", host, names, error))
    return NULL;
  self->rules = g_steal_pointer (&rules);
  return g_steal_pointer (&self);
}

static void
mvx_log_route_destroy (gpointer instance)
{
  MvxLogRoute *self = instance;

  mvx_log_forward_clear (&self->forward);
  g_ptr_array_unref (self->rules);
  g_free (self);
}

/* @own is made from the event when it is first needed. */
static gboolean
mvx_log_route_fits (const MvxLogRouteRule *rule, const MvxLogEvent *event, MvxLogDraft *own)
{
  if (rule->contexts)
    return mvx_log_glob_match (rule->contexts, mvx_log_event_get_context (event));
  if (rule->filter.predicate == NULL)
    return TRUE;
  if (event->draft == NULL && own->event == NULL)
    mvx_log_draft_init (own, event, -1);
  return mvx_log_filter_matches (&rule->filter, event->draft ? event->draft : own);
}

/* -1: nowhere. */
static gint
mvx_log_route_find (MvxLogRoute *self, const MvxLogEvent *event)
{
  g_auto (MvxLogDraft) own = { 0 };

  for (guint i = 0; i < self->rules->len; i++)
    if (mvx_log_route_fits (g_ptr_array_index (self->rules, i), event, &own))
      return (gint) i;
  return -1;
}

static MvxLogDispatchResult
mvx_log_route_send (MvxLogRoute *self, const MvxLogEvent *event, GError **error)
{
  gint index = mvx_log_route_find (self, event);
  MvxLogSink *member = index < 0 ? NULL : mvx_log_members_use (self->forward.members, (guint) index);
  gboolean taken;

  if (member == NULL)
    {
      g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED,
                           "no route fits it and there is no 'default'; give one, if only a sink of the plugin 'null'");
      return MVX_LOG_DISPATCH_DROP;
    }
  taken = mvx_log_sink_log (member, event, error);
  mvx_log_members_end_use (member);
  return taken ? MVX_LOG_DISPATCH_OK : MVX_LOG_DISPATCH_RETRY;
}

static MvxLogDispatchResult
mvx_log_route_dispatch (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  for (*n_done = 0; *n_done < n_events; (*n_done)++)
    {
      MvxLogDispatchResult result = mvx_log_route_send (instance, events[*n_done], error);

      if (result != MVX_LOG_DISPATCH_OK)
        return result;
    }
  return MVX_LOG_DISPATCH_OK;
}

static gboolean
mvx_log_route_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxLogRoute *self = instance;
  g_autoptr (GPtrArray) rules = mvx_log_route_read (options, error);
  g_autofree const char **names = rules ? mvx_log_route_names (rules) : NULL;

  if (rules == NULL || !mvx_log_members_set (self->forward.members, self->forward.host, names, error))
    return FALSE;
  g_ptr_array_unref (self->rules);
  self->rules = g_steal_pointer (&rules);
  return TRUE;
}

static const MvxLogPlugin mvx_log_route_data = {
  .magic = MVX_LOG_PLUGIN_MAGIC,
  .abi = MVX_LOG_PLUGIN_ABI,
  .struct_size = sizeof (MvxLogPlugin),
  .name = "route",
  .version = MVX_LOG_VERSION_S,
  .summary = "Hands every event to the sink of the first route that fits it",
  .licence = "LGPL-2.1-or-later",
  .options = mvx_log_route_options,
  .destroy = mvx_log_route_destroy,
  .flush = mvx_log_forward_flush,
  .reopen = mvx_log_forward_reopen,
  .reconfigure = mvx_log_route_reconfigure,
};

const MvxLogStaticPlugin mvx_log_route_plugin = {
  &mvx_log_route_data,
  mvx_log_route_build_descriptor,
  mvx_log_route_create,
  mvx_log_route_dispatch,
};
