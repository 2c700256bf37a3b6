/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/atfork-private.h"
#include "context/tree-private.h"
#include "front/process-private.h"
#include "sink/sink-private.h"

static MvxLogRegistry *mvx_log_process_registry; /* atomic */
static gboolean mvx_log_process_begun;
static guint mvx_log_process_generation;
static gpointer mvx_log_process_farewell; /* atomic */

void
mvx_log_process_begin (void)
{
  mvx_log_process_begun = TRUE;
  mvx_log_process_generation = mvx_log_fork_generation;
  g_atomic_pointer_set (&mvx_log_process_registry, mvx_log_registry_new ());
}

/* The parent's may be locked for ever. A child has one when it asks for it, and all names are free there. */
static void
mvx_log_process_fork (MvxLogForkStage stage)
{
  if (stage == MVX_LOG_FORK_CHILD)
    mvx_log_process_registry = NULL;
}

MVX_LOG_FORK_LOCK (PROCESS, NULL, mvx_log_process_fork);

MvxLogRegistry *
mvx_log_process_get_registry (void)
{
  MvxLogRegistry *registry = g_atomic_pointer_get (&mvx_log_process_registry);
  MvxLogRegistry *fresh;

  if (G_LIKELY (registry) || !mvx_log_process_begun)
    return registry;
  fresh = mvx_log_registry_new ();
  if (g_atomic_pointer_compare_and_exchange (&mvx_log_process_registry, NULL, fresh))
    return fresh;
  /* Another thread was first. */
  mvx_log_registry_free (fresh);
  return g_atomic_pointer_get (&mvx_log_process_registry);
}

gboolean
mvx_log_process_is_child (void)
{
  return mvx_log_process_generation != mvx_log_fork_generation;
}

gboolean
mvx_log_process_has_own_sinks (void)
{
  MvxLogRegistry *registry = g_atomic_pointer_get (&mvx_log_process_registry);
  g_auto (GStrv) names = NULL;

  if (!mvx_log_process_is_child ())
    return TRUE;
  names = registry ? mvx_log_registry_get_names (registry) : NULL;
  return names && names[0] != NULL;
}

GPtrArray *
mvx_log_process_list_sinks (void)
{
  MvxLogRegistry *registry = mvx_log_process_get_registry ();
  g_auto (GStrv) names = registry ? mvx_log_registry_get_names (registry) : NULL;
  GPtrArray *sinks = mvx_log_tree_list_sinks ();

  for (guint i = 0; names && names[i]; i++)
    {
      g_autoptr (MvxLogSink) sink = mvx_log_registry_get (registry, names[i]);

      if (sink && !g_ptr_array_find (sinks, sink, NULL))
        g_ptr_array_add (sinks, g_steal_pointer (&sink));
    }
  for (guint i = sinks->len; i-- > 0;)
    if (mvx_log_sink_is_inherited (mvx_log_sink_common (sinks->pdata[i])))
      g_ptr_array_remove_index (sinks, i);
  return sinks;
}

void
mvx_log_process_set_farewell (void (*func) (void))
{
  g_atomic_pointer_set (&mvx_log_process_farewell, (gpointer) func);
}

void
mvx_log_process_say_farewell (void)
{
  void (*func) (void) = (void (*) (void)) g_atomic_pointer_get (&mvx_log_process_farewell);

  if (func)
    func ();
}
