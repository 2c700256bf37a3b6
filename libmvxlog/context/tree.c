/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/atfork-private.h"
#include "context/tree-internal.h"

static GMutex mvx_log_tree_mutex;
MVX_LOG_FORK_LOCK (TREE, &mvx_log_tree_mutex, NULL);
static GHashTable *mvx_log_tree_nodes; /* name to node; nodes are immortal */
static GPtrArray *mvx_log_tree_order;  /* parents before children */

static MvxLogNodeFull *
mvx_log_tree_node (const char *name)
{
  MvxLogNodeFull *node;
  MvxLogNodeFull *parent = NULL;
  const MvxLogSymbol *symbol;

  node = mvx_log_tree_nodes ? g_hash_table_lookup (mvx_log_tree_nodes, name) : NULL;
  if (node)
    return node;
  if (mvx_log_tree_nodes == NULL)
    {
      mvx_log_tree_nodes = g_hash_table_new (g_str_hash, g_str_equal);
      mvx_log_tree_order = g_ptr_array_new ();
    }
  if (*name)
    {
      const char *dot = strrchr (name, '.');
      g_autofree char *above = dot ? g_strndup (name, (gsize) (dot - name)) : g_strdup ("");

      parent = mvx_log_tree_node (above);
    }
  node = g_aligned_alloc0 (1, (sizeof *node + 63) & ~(gsize) 63, 64);
  node->parent = parent;
  if (parent)
    {
      node->next_sibling = parent->first_child;
      parent->first_child = node;
    }
  symbol = mvx_log_symbol_intern (name);
  node->symbol = symbol ? symbol->id : 0;
  node->name = symbol ? symbol->text : g_strdup (name);
  node->registered = parent == NULL;
  node->context = mvx_log_node_view (node, NULL);
  node->settings = mvx_log_settings_build (node);
  mvx_log_settings_publish_words (node->settings, node);
  g_hash_table_insert (mvx_log_tree_nodes, (gpointer) node->name, node);
  g_ptr_array_add (mvx_log_tree_order, node);
  return node;
}

MvxLogNodeFull *
mvx_log_tree_find_node (const char *name)
{
  MvxLogNodeFull *node;

  g_mutex_lock (&mvx_log_tree_mutex);
  node = mvx_log_tree_node (name);
  g_mutex_unlock (&mvx_log_tree_mutex);
  return node;
}

/* The one after @node of those below @top, parents before children. */
static MvxLogNodeFull *
mvx_log_tree_next_below (const MvxLogNodeFull *top, MvxLogNodeFull *node)
{
  if (node->first_child)
    return node->first_child;
  while (node != top && node->next_sibling == NULL)
    node = node->parent;
  return node == top ? NULL : node->next_sibling;
}

/* With the mutex: publishes what holds now for @top and all below it; @old receives what held. */
static void
mvx_log_tree_publish (MvxLogNodeFull *top, GPtrArray *old)
{
  for (MvxLogNodeFull *node = top; node; node = mvx_log_tree_next_below (top, node))
    {
      MvxLogSettings *settings = mvx_log_settings_build (node);

      g_ptr_array_add (old, node->settings);
      __atomic_store_n (&node->settings, settings, __ATOMIC_RELEASE);
      mvx_log_settings_publish_words (settings, node);
    }
}

void
mvx_log_tree_lock (void)
{
  g_mutex_lock (&mvx_log_tree_mutex);
  mvx_log_tree_node ("");
}

void
mvx_log_tree_unlock_unchanged (void)
{
  g_mutex_unlock (&mvx_log_tree_mutex);
}

/* The sinks of the old settings are let go without the lock and after nobody reads them any more. */
void
mvx_log_tree_unlock_changed (MvxLogNodeFull *top)
{
  g_autoptr (GPtrArray) old = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_settings_unref);

  mvx_log_tree_publish (top ? top : mvx_log_tree_node (""), old);
  g_mutex_unlock (&mvx_log_tree_mutex);
  mvx_log_quiesce_barrier (-1);
}

/* A sink's own level has changed, or with NULL that of many: only the thresholds depend on it. */
void
mvx_log_tree_refresh_thresholds (MvxLogSink *sink)
{
  g_mutex_lock (&mvx_log_tree_mutex);
  for (guint i = 0; mvx_log_tree_order && i < mvx_log_tree_order->len; i++)
    {
      MvxLogNodeFull *node = g_ptr_array_index (mvx_log_tree_order, i);

      mvx_log_settings_publish_words (node->settings, node);
    }
  g_mutex_unlock (&mvx_log_tree_mutex);
}

void
mvx_log_tree_sink_changed (MvxLogSink *sink, gboolean shape)
{
  if (!shape)
    {
      mvx_log_tree_refresh_thresholds (sink);
      return;
    }
  mvx_log_tree_lock ();
  mvx_log_tree_unlock_changed (NULL);
}

MvxLogContext *
mvx_log_tree_get (const char *name)
{
  MvxLogContext *context = NULL;
  MvxLogNodeFull *node;

  mvx_log_tree_lock ();
  node = g_hash_table_lookup (mvx_log_tree_nodes, name);
  if (node && node->registered)
    context = mvx_log_node_ref_context (node);
  mvx_log_tree_unlock_unchanged ();
  return context;
}

MvxLogContext *
mvx_log_tree_configure (const char *name, GError **error)
{
  MvxLogNodeFull *node;

  if (!mvx_log_context_check_name (name, error))
    return NULL;
  mvx_log_tree_lock ();
  node = mvx_log_tree_node (name);
  for (MvxLogNodeFull *n = node; n; n = n->parent)
    n->registered = TRUE;
  mvx_log_tree_unlock_unchanged ();
  return mvx_log_node_ref_context (node);
}

char **
mvx_log_tree_get_names (void)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  mvx_log_tree_lock ();
  for (guint i = 0; i < mvx_log_tree_order->len; i++)
    {
      MvxLogNodeFull *node = g_ptr_array_index (mvx_log_tree_order, i);

      if (node->registered)
        g_ptr_array_add (names, g_strdup (node->name));
    }
  mvx_log_tree_unlock_unchanged ();
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

static gint mvx_log_tree_rules_least = MVX_LOG_LEVEL_INFO;                                      /* atomic */
static gint mvx_log_tree_wanted[MVX_LOG_N_ASKERS] = { MVX_LOG_LEVEL_INFO, MVX_LOG_LEVEL_INFO }; /* atomic */

static gint
mvx_log_tree_least_wanted (void)
{
  gint least = MIN (g_atomic_int_get (&mvx_log_tree_rules_least), MVX_LOG_LEVEL_INFO);

  for (guint i = 0; i < MVX_LOG_N_ASKERS; i++)
    least = MIN (least, g_atomic_int_get (&mvx_log_tree_wanted[i]));
  return least;
}

/* Whoever comes last looks last: another thread may have asked for less between look and setting. */
static void
mvx_log_tree_open_sinks (void)
{
  gint least;

  do
    {
      least = mvx_log_tree_least_wanted ();
      mvx_log_sink_set_default_level (least);
    }
  while (mvx_log_tree_least_wanted () != least);
}

void
mvx_log_tree_want_level (MvxLogAsker who, gint level)
{
  g_atomic_int_set (&mvx_log_tree_wanted[who], level);
  mvx_log_tree_open_sinks ();
}

/* Whoever asks for a level wants to see it: sinks that nobody has given a level are not to hide it again. What else
 * they get now is held back by the contexts. */
void
mvx_log_tree_set_rules (const MvxLogLevelRules *rules)
{
  g_atomic_int_set (&mvx_log_tree_rules_least, mvx_log_level_rules_least (rules));
  mvx_log_tree_open_sinks ();
  mvx_log_tree_lock ();
  for (guint i = 0; i < mvx_log_tree_order->len; i++)
    ((MvxLogNodeFull *) g_ptr_array_index (mvx_log_tree_order, i))->has_rule = FALSE;
  for (guint i = 0; i < rules->len; i++)
    {
      const MvxLogLevelRule *rule = mvx_log_level_rules_get (rules, i);
      MvxLogNodeFull *node = mvx_log_tree_node (rule->context);

      node->has_rule = TRUE;
      node->rule = rule->level;
    }
  mvx_log_tree_unlock_changed (NULL);
}

MvxLogLevelRules *
mvx_log_tree_get_rules (void)
{
  MvxLogLevelRules *rules = mvx_log_level_rules_new ();

  mvx_log_tree_lock ();
  for (guint i = 0; i < mvx_log_tree_order->len; i++)
    {
      const MvxLogNodeFull *node = g_ptr_array_index (mvx_log_tree_order, i);

      if (node->has_rule)
        mvx_log_level_rules_take (rules, g_strdup (node->name), node->rule);
    }
  mvx_log_tree_unlock_unchanged ();
  return rules;
}

/* Locals that were cleared are let go without the lock: the last reference to a policy or sink may be among them. */
static void
mvx_log_tree_take_local (MvxLogNodeFull *node, GArray *gone)
{
  g_array_append_val (gone, node->local);
  node->local = (MvxLogLocal){ 0 };
}

static GArray *
mvx_log_tree_gone_new (void)
{
  GArray *gone = g_array_new (FALSE, FALSE, sizeof (MvxLogLocal));

  g_array_set_clear_func (gone, (GDestroyNotify) mvx_log_local_clear);
  return gone;
}

void
mvx_log_tree_reset (void)
{
  g_autoptr (GArray) gone = mvx_log_tree_gone_new ();

  mvx_log_tree_lock ();
  for (guint i = 1; i < mvx_log_tree_order->len; i++)
    {
      MvxLogNodeFull *node = g_ptr_array_index (mvx_log_tree_order, i);

      node->registered = FALSE;
      node->disabled = FALSE;
      mvx_log_tree_take_local (node, gone);
    }
  mvx_log_tree_unlock_changed (NULL);
}

static void
mvx_log_tree_apply_one (const MvxLogContextSettings *settings)
{
  MvxLogNodeFull *node = mvx_log_tree_node (settings->name);

  for (MvxLogNodeFull *n = node; n; n = n->parent)
    n->registered = TRUE;
  node->local.has_level = settings->has_level;
  node->local.level = settings->level;
  node->local.error_policy = settings->error_policy;
  node->local.has_limits = settings->has_limits;
  node->local.limits = settings->limits;
  node->local.policy = settings->policy ? g_object_ref (settings->policy) : NULL;
  node->local.processors = settings->processors ? g_ptr_array_ref (settings->processors) : NULL;
  if (settings->has_sinks)
    {
      g_clear_pointer (&node->local.sinks, g_ptr_array_unref);
      node->local.sinks = g_ptr_array_new_with_free_func (g_object_unref);
      for (guint i = 0; i < settings->n_sinks; i++)
        g_ptr_array_add (node->local.sinks, g_object_ref (settings->sinks[i]));
    }
}

void
mvx_log_tree_apply (const MvxLogContextSettings *settings, guint n_settings)
{
  g_autoptr (GArray) gone = mvx_log_tree_gone_new ();
  MvxLogNodeFull *root;
  GPtrArray *root_sinks;

  mvx_log_tree_lock ();
  root = mvx_log_tree_node ("");
  root_sinks = root->local.sinks ? g_ptr_array_ref (root->local.sinks) : NULL;
  for (guint i = 0; i < mvx_log_tree_order->len; i++)
    mvx_log_tree_take_local (g_ptr_array_index (mvx_log_tree_order, i), gone);
  root->local.sinks = root_sinks;
  for (guint i = 0; i < n_settings; i++)
    mvx_log_tree_apply_one (&settings[i]);
  mvx_log_tree_unlock_changed (NULL);
}

void
mvx_log_tree_replace_sink (MvxLogSink *old, MvxLogSink *replacement)
{
  g_autoptr (GPtrArray) gone = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);

  mvx_log_tree_lock ();
  for (guint i = 0; i < mvx_log_tree_order->len; i++)
    {
      MvxLogNodeFull *node = g_ptr_array_index (mvx_log_tree_order, i);
      GPtrArray *sinks;

      if (node->local.sinks == NULL || !g_ptr_array_find (node->local.sinks, old, NULL))
        continue;
      sinks = g_ptr_array_new_with_free_func (g_object_unref);
      for (guint j = 0; j < node->local.sinks->len; j++)
        {
          MvxLogSink *sink = g_ptr_array_index (node->local.sinks, j);

          g_ptr_array_add (sinks, g_object_ref (sink == old ? replacement : sink));
        }
      g_ptr_array_add (gone, node->local.sinks);
      node->local.sinks = sinks;
    }
  mvx_log_tree_unlock_changed (NULL);
}

GPtrArray *
mvx_log_tree_list_sinks (void)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (g_object_unref);

  mvx_log_tree_lock ();
  for (guint i = 0; i < mvx_log_tree_order->len; i++)
    {
      const MvxLogNodeFull *node = g_ptr_array_index (mvx_log_tree_order, i);

      for (guint j = 0; node->local.sinks && j < node->local.sinks->len; j++)
        if (!g_ptr_array_find (all, node->local.sinks->pdata[j], NULL))
          g_ptr_array_add (all, g_object_ref (node->local.sinks->pdata[j]));
    }
  mvx_log_tree_unlock_unchanged ();
  return all;
}

char **
mvx_log_tree_get_users (MvxLogSink *sink, gpointer unused)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  mvx_log_tree_lock ();
  for (guint i = 0; i < mvx_log_tree_order->len; i++)
    {
      MvxLogNodeFull *node = g_ptr_array_index (mvx_log_tree_order, i);

      if (node->registered && node->local.sinks && g_ptr_array_find (node->local.sinks, sink, NULL))
        g_ptr_array_add (names, g_strdup (*node->name ? node->name : "<root>"));
    }
  mvx_log_tree_unlock_unchanged ();
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}
