/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan for people: what it says and where that was written, and how two plans differ. */
#include "config/plan-private.h"
#include "sink/options-private.h"

/* As it would have to be written in a key-file. */
static void
mvx_log_plan_text_append (GString *out, const char *text, gboolean item)
{
  for (const char *p = text; *p; p++)
    switch (*p)
      {
      case '\\':
        g_string_append (out, "\\\\");
        break;
      case '\n':
        g_string_append (out, "\\n");
        break;
      case '\r':
        g_string_append (out, "\\r");
        break;
      case '\t':
        g_string_append (out, "\\t");
        break;
      case ';':
        g_string_append (out, item ? "\\;" : ";");
        break;
      case ' ':
        g_string_append (out, p == text || p[1] == '\0' ? "\\s" : " ");
        break;
      default:
        g_string_append_c (out, *p);
      }
}

static void
mvx_log_plan_text_list (GString *out, const char *const *items)
{
  for (guint i = 0; items && items[i]; i++)
    {
      if (i > 0)
        g_string_append_c (out, ';');
      mvx_log_plan_text_append (out, items[i], TRUE);
    }
}

static gboolean
mvx_log_plan_text_is_secret (const MvxLogPlan *plan, const MvxLogConfigGroup *group, const char *key)
{
  const MvxLogPlanSink *sink = g_str_equal (group->kind, "sink") ? mvx_log_plan_find_sink (plan, group->id) : NULL;
  const MvxLogOptionSpec *spec = sink ? mvx_log_options_find (sink->options, key) : NULL;

  return spec && (spec->flags & MVX_LOG_OPTION_SECRET);
}

static void
mvx_log_plan_text_entry (const MvxLogPlan *plan,
                         const MvxLogConfigGroup *group,
                         const MvxLogConfigEntry *entry,
                         GString *out)
{
  g_string_append_printf (out, "# %s:%u:%u\n%s=", entry->at.file, entry->at.line, entry->at.column, entry->key);
  if (mvx_log_plan_text_is_secret (plan, group, entry->key))
    g_string_append (out, "***");
  else if (entry->form == MVX_LOG_ENTRY_LIST)
    mvx_log_plan_text_list (out, (const char *const *) entry->items);
  else if (entry->form == MVX_LOG_ENTRY_TEXT)
    mvx_log_plan_text_append (out, entry->text, FALSE);
  else
    g_string_append (out, entry->text);
  g_string_append_c (out, '\n');
}

char *
mvx_log_plan_dump (const MvxLogPlan *plan)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < plan->document->groups->len; i++)
    {
      const MvxLogConfigGroup *group = g_ptr_array_index (plan->document->groups, i);

      g_string_append_printf (out, "%s[%s]\n", i > 0 ? "\n" : "", group->name);
      for (guint j = 0; j < group->entries->len; j++)
        mvx_log_plan_text_entry (plan, group, g_ptr_array_index (group->entries, j), out);
    }
  return g_string_free (out, FALSE);
}

static void
mvx_log_plan_text_context (const MvxLogPlanContext *context, GString *out)
{
  if (context->has_level)
    g_string_append_printf (out, "level=%d\n", context->level);
  if (context->sinks)
    mvx_log_plan_text_list (out, (const char *const *) context->sinks);
  g_string_append (out, "\npolicy=");
  mvx_log_plan_text_list (out, (const char *const *) context->policies);
  g_string_append_printf (out, "\nerrors=%d\n", context->error_policy);
  if (context->has_limits)
    g_string_append_printf (out, "limits=%d;%d;%d;%d\n", context->limits.max_string, context->limits.max_items,
                            context->limits.max_depth, context->limits.verbosity);
  mvx_log_plan_text_list (out, (const char *const *) context->processor_names);
}

static void
mvx_log_plan_text_policy (const MvxLogPlan *plan, const MvxLogPlanPolicy *policy, GString *out)
{
  const MvxLogConfigGroup *group = mvx_log_document_find (plan->document, "policy", policy->name);

  g_string_append_printf (out, "type=%d\ndefault=%d\n", policy->type, policy->default_allow);
  /* What is counted: as it was written. */
  for (guint i = 0; policy->type != MVX_LOG_PLAN_PATTERN && i < group->entries->len; i++)
    {
      const MvxLogConfigEntry *entry = g_ptr_array_index (group->entries, i);

      g_string_append_printf (out, "%s=%s\n", entry->key, entry->text ? entry->text : "");
    }
  for (guint i = 0; i < policy->rules->len; i++)
    {
      const MvxLogPlanRule *rule = g_ptr_array_index (policy->rules, i);
      char **const lists[]
          = { rule->events, rule->contexts, rule->names, rule->entity_ids, rule->source_paths, rule->source_functions };

      g_string_append_printf (out, "rule %u=%d", rule->number, rule->allow);
      for (guint j = 0; j < G_N_ELEMENTS (lists); j++)
        {
          g_string_append_c (out, '\n');
          mvx_log_plan_text_list (out, (const char *const *) lists[j]);
        }
    }
}

static char *
mvx_log_plan_text_processor (const MvxLogPlanProcessor *processor)
{
  g_autoptr (GVariant) options = mvx_log_options_to_variant (processor->options);
  g_autofree char *text = g_variant_print (options, TRUE);

  return g_strconcat (processor->type->name, " ", text, NULL);
}

static gboolean
mvx_log_plan_text_same_sink (const MvxLogPlanSink *a, const MvxLogPlanSink *b)
{
  g_auto (GStrv) names = mvx_log_options_diff (a->options, b->options);

  return a->plugin == b->plugin && names[0] == NULL;
}

/* "kind name" -> its text; a sink's is NULL, it is compared by its options, secrets included. */
static GHashTable *
mvx_log_plan_text_table (const MvxLogPlan *plan)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  g_hash_table_insert (table, g_strdup ("clock"), g_strdup_printf ("%d", plan->clock));
  g_hash_table_insert (table, g_strdup ("fork"), g_strdup_printf ("%d", plan->fork_policy));
  g_hash_table_insert (table, g_strdup ("status"), g_strdup_printf ("%d", plan->status));
  for (guint i = 0; i < plan->levels->len; i++)
    {
      const MvxLogLevelSpec *spec = &((const MvxLogPlanLevel *) g_ptr_array_index (plan->levels, i))->spec;

      g_hash_table_insert (table, g_strconcat ("level ", spec->name, NULL),
                           g_strdup_printf ("number=%d\ncolour=%s\nicon=%s\n", spec->level,
                                            spec->colour ? spec->colour : "", spec->icon ? spec->icon : ""));
    }
  for (guint i = 0; i < plan->sinks->len; i++)
    g_hash_table_insert (
        table, g_strconcat ("sink ", ((const MvxLogPlanSink *) g_ptr_array_index (plan->sinks, i))->name, NULL), NULL);
  for (guint i = 0; i < plan->contexts->len; i++)
    {
      const MvxLogPlanContext *context = g_ptr_array_index (plan->contexts, i);
      GString *text = g_string_new (NULL);

      mvx_log_plan_text_context (context, text);
      g_hash_table_insert (table, g_strconcat ("context", *context->name ? " " : "", context->name, NULL),
                           g_string_free (text, FALSE));
    }
  for (guint i = 0; i < plan->processors->len; i++)
    {
      const MvxLogPlanProcessor *processor = g_ptr_array_index (plan->processors, i);

      g_hash_table_insert (table, g_strconcat ("processor ", processor->name, NULL),
                           mvx_log_plan_text_processor (processor));
    }
  for (guint i = 0; i < plan->policies->len; i++)
    {
      const MvxLogPlanPolicy *policy = g_ptr_array_index (plan->policies, i);
      GString *text = g_string_new (NULL);

      mvx_log_plan_text_policy (plan, policy, text);
      g_hash_table_insert (table, g_strconcat ("policy ", policy->name, NULL), g_string_free (text, FALSE));
    }
  return table;
}

static gboolean
mvx_log_plan_text_is_same (const MvxLogPlan *before,
                           const MvxLogPlan *after,
                           const char *name,
                           const char *text,
                           const char *other)
{
  if (!g_str_has_prefix (name, "sink "))
    return g_str_equal (text, other);
  return mvx_log_plan_text_same_sink (mvx_log_plan_find_sink (before, name + 5),
                                      mvx_log_plan_find_sink (after, name + 5));
}

static gint
mvx_log_plan_text_compare (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a + 2, *(const char *const *) b + 2);
}

char **
mvx_log_plan_diff (const MvxLogPlan *before, const MvxLogPlan *after)
{
  g_autoptr (GHashTable) old = mvx_log_plan_text_table (before);
  g_autoptr (GHashTable) new = mvx_log_plan_text_table (after);
  GPtrArray *lines = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name, text, other;

  g_hash_table_iter_init (&iter, old);
  while (g_hash_table_iter_next (&iter, &name, &text))
    if (!g_hash_table_lookup_extended (new, name, NULL, &other))
      g_ptr_array_add (lines, g_strconcat ("- ", name, NULL));
    else if (!mvx_log_plan_text_is_same (before, after, name, text, other))
      g_ptr_array_add (lines, g_strconcat ("~ ", name, NULL));
  g_hash_table_iter_init (&iter, new);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (!g_hash_table_contains (old, name))
      g_ptr_array_add (lines, g_strconcat ("+ ", name, NULL));
  g_ptr_array_sort (lines, mvx_log_plan_text_compare);
  g_ptr_array_add (lines, NULL);
  return (char **) g_ptr_array_free (lines, FALSE);
}
