/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "context/override-private.h"
#include "context/tree-internal.h"

static GList *mvx_log_overrides; /* tree mutex; the last to begin comes first */

static gboolean
mvx_log_override_concerns (const MvxLogOverride *override, const MvxLogNodeFull *node)
{
  while (node && node != override->node)
    node = node->parent;
  return node != NULL;
}

const MvxLogOverride *
mvx_log_override_find (const MvxLogNodeFull *node)
{
  for (const GList *l = mvx_log_overrides; l; l = l->next)
    if (mvx_log_override_concerns (l->data, node))
      return l->data;
  return NULL;
}

MvxLogOverride *
mvx_log_override_begin (const char *name, MvxLogSink *sink, gint level)
{
  MvxLogOverride *override = g_new0 (MvxLogOverride, 1);

  override->node = mvx_log_tree_find_node (name);
  override->sinks = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (override->sinks, g_object_ref (sink));
  override->level = level;
  mvx_log_tree_lock ();
  mvx_log_overrides = g_list_prepend (mvx_log_overrides, override);
  mvx_log_tree_unlock_changed (override->node);
  return override;
}

void
mvx_log_override_end (MvxLogOverride *override)
{
  mvx_log_tree_lock ();
  mvx_log_overrides = g_list_remove (mvx_log_overrides, override);
  mvx_log_tree_unlock_changed (override->node);
  mvx_log_sink_wait_unused (g_ptr_array_index (override->sinks, 0), -1);
  g_ptr_array_unref (override->sinks);
  g_free (override);
}
