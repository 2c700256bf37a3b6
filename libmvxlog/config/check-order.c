/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>

#include "config/check-private.h"
#include "config/exclusive-private.h"
#include "sink/options-private.h"

/* More is a mistake, and the stack is finite. */
#define MVX_LOG_CHECK_ORDER_DEPTH 32

typedef struct
{
  MvxLogCheck *check;
  GPtrArray *ordered;
  GHashTable *done;
  GPtrArray *path; /* names of the sinks whose members are being walked */
} MvxLogCheckOrder;

/* Where @sink names @member. */
static void
mvx_log_check_order_fault (MvxLogCheckOrder *order, const MvxLogPlanSink *sink, const char *member, const char *reason)
{
  const MvxLogConfigGroup *group = mvx_log_document_find (order->check->document, "sink", sink->name);
  const char *key = mvx_log_options_find_sink (sink->options, member);
  MvxLogConfigEntry *entry = key ? mvx_log_config_group_find (group, key) : NULL;

  if (entry)
    mvx_log_check_value (order->check, group, entry, reason);
  else
    mvx_log_problems_add (order->check->problems, &sink->at, group->name, key, "%s", reason);
}

static void
mvx_log_check_order_cycle (MvxLogCheckOrder *order, const MvxLogPlanSink *sink, const char *member)
{
  g_autoptr (GString) reason = g_string_new (NULL);
  guint from = 0;

  g_string_printf (reason, "sink '%s' would contain itself: ", member);
  while (!g_str_equal (g_ptr_array_index (order->path, from), member))
    from++;
  for (guint i = from; i < order->path->len; i++)
    g_string_append_printf (reason, "%s -> ", (const char *) g_ptr_array_index (order->path, i));
  g_string_append (reason, member);
  mvx_log_check_order_fault (order, sink, member, reason->str);
}

static void
mvx_log_check_order_unknown (MvxLogCheckOrder *order, const MvxLogPlanSink *sink, const char *member)
{
  g_autofree const char **ids = mvx_log_document_ids (order->check->document, "sink");
  g_autofree char *hint = mvx_log_problems_hint (order->check->problems, member, ids);
  g_autofree char *reason = g_strdup_printf ("there is no '[sink %s]'%s", member, hint);

  mvx_log_check_order_fault (order, sink, member, reason);
}

static void
mvx_log_check_order_visit (MvxLogCheckOrder *order, MvxLogPlanSink *sink)
{
  if (!g_hash_table_add (order->done, sink->name))
    return;
  if (order->path->len >= MVX_LOG_CHECK_ORDER_DEPTH)
    {
      mvx_log_check_order_fault (order, sink, sink->members ? sink->members[0] : sink->name,
                                 "sinks contain each other more than 32 levels deep");
      return;
    }
  g_ptr_array_add (order->path, sink->name);
  for (guint i = 0; sink->members && sink->members[i]; i++)
    {
      const char *name = sink->members[i];
      MvxLogPlanSink *member = mvx_log_plan_find_sink (order->check->plan, name);

      if (g_ptr_array_find_with_equal_func (order->path, name, g_str_equal, NULL))
        mvx_log_check_order_cycle (order, sink, name);
      else if (member)
        mvx_log_check_order_visit (order, member);
      else if (mvx_log_document_find (order->check->document, "sink", name) == NULL
               && (order->check->known_sinks == NULL || !g_strv_contains (order->check->known_sinks, name)))
        mvx_log_check_order_unknown (order, sink, name);
    }
  g_ptr_array_remove_index (order->path, order->path->len - 1);
  g_ptr_array_add (order->ordered, sink);
}

/* Two sinks of one file that cannot be together. */
static void
mvx_log_check_order_exclusive (MvxLogCheck *check)
{
  for (guint i = 0; i < check->plan->sinks->len; i++)
    for (guint j = 0; j < i; j++)
      {
        const MvxLogPlanSink *sink = g_ptr_array_index (check->plan->sinks, i);
        const MvxLogPlanSink *other = g_ptr_array_index (check->plan->sinks, j);
        const MvxLogConfigGroup *group = mvx_log_document_find (check->document, "sink", sink->name);
        g_autoptr (GError) error = NULL;

        if (!mvx_log_exclusive_compare (sink->name, sink->plugin, sink->descriptor, other->name, other->plugin,
                                        other->descriptor, &error))
          mvx_log_problems_add (check->problems, &sink->at, group->name, NULL, "%s", error->message);
      }
}

void
mvx_log_check_order (MvxLogCheck *check)
{
  g_autoptr (GPtrArray) ordered = g_ptr_array_new ();
  g_autoptr (GHashTable) done = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) path = g_ptr_array_new ();
  MvxLogCheckOrder order = { check, ordered, done, path };

  mvx_log_check_order_exclusive (check);
  for (guint i = 0; i < check->plan->sinks->len; i++)
    mvx_log_check_order_visit (&order, g_ptr_array_index (check->plan->sinks, i));
  for (guint i = 0; i < ordered->len && ordered->len == check->plan->sinks->len; i++)
    check->plan->sinks->pdata[i] = ordered->pdata[i];
}
