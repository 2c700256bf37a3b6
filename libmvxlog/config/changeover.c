/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/level.h>

#include "base/diag-private.h"
#include "config/changeover-private.h"
#include "config/holder-private.h"
#include "context/tree-private.h"
#include "plugin/plugin-private.h"
#include "sink/members-private.h"
#include "sink/options-private.h"
#include "sink/sink-private.h"

#define MVX_LOG_CHANGEOVER_TIMEOUT_US (5 * G_USEC_PER_SEC)

void
mvx_log_changeover_everywhere (MvxLogRegistry *registry, MvxLogSink *old, MvxLogSink *replacement)
{
  g_auto (GStrv) names = mvx_log_registry_get_names (registry);

  mvx_log_tree_replace_sink (old, replacement);
  for (guint i = 0; names[i]; i++)
    {
      g_autoptr (MvxLogSink) sink = mvx_log_registry_get (registry, names[i]);
      MvxLogMembers *members;

      members = sink ? mvx_log_sink_common (sink)->members : NULL;
      if (members)
        mvx_log_members_replace (members, old, replacement);
    }
  /* Whoever still has an event for it, sinks that forward included: a holder must not pass on to a sink that the next
   * change has ended already. */
  mvx_log_sink_wait_unused (old, g_get_monotonic_time () + MVX_LOG_CHANGEOVER_TIMEOUT_US);
}

void
mvx_log_changeover_terminate (const char *name, MvxLogSink *sink, MvxLogOptions *options)
{
  gint64 timeout = MVX_LOG_CHANGEOVER_TIMEOUT_US;
  g_autoptr (GError) error = NULL;

  if (options && mvx_log_options_find (options, "drain-timeout"))
    timeout = mvx_log_options_get_duration (options, "drain-timeout");
  if (!mvx_log_sink_terminate (sink, timeout < 0 ? -1 : g_get_monotonic_time () + timeout, &error))
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "sink '%s' did not stop cleanly when the configuration changed: %s", name,
                  error->message);
}

void
mvx_log_changeover_shape (MvxLogSink *sink, MvxLogSink *old, const MvxLogPlanSink *want)
{
  g_autoptr (MvxLogShape) present = old ? mvx_log_sink_ref_shape (mvx_log_sink_common (old)) : NULL;

  mvx_log_sink_take_shape (sink, mvx_log_shape_renew (present, want->shape));
}

gboolean
mvx_log_changeover_make (MvxLogRegistry *registry, MvxLogStep *step, GError **error)
{
  const MvxLogPlanSink *want = step->want;
  g_autoptr (MvxLogSink) gone = NULL;

  step->made = mvx_log_plugin_create_sink (want->plugin, want->name, want->options, error);
  if (step->made == NULL)
    {
      mvx_log_steps_fail (step, error);
      return FALSE;
    }
  mvx_log_changeover_shape (step->made, step->old, want);
  /* What the program made by itself stays the program's, whatever the file says about it. */
  if (step->old == NULL || mvx_log_steps_is_from_file (step->old))
    mvx_log_steps_mark (step->made);
  gone = mvx_log_registry_exchange (registry, step->name, step->made, want->descriptor);
  return TRUE;
}

void
mvx_log_changeover_take_down (MvxLogRegistry *registry, MvxLogStep *step)
{
  g_autoptr (MvxLogSink) gone = NULL;
  const MvxLogPlanSink *want = step->want ? step->want : step->heir ? step->heir->want : NULL;

  step->holder = mvx_log_holder_new (step->old);
  /* What is held must not be in clear, and goes to who comes next. */
  if (want)
    mvx_log_changeover_shape (step->holder, step->old, want);
  step->taken_down = TRUE;
  /* Registered too: groups that are made meanwhile find it by name. */
  gone = mvx_log_registry_exchange (registry, step->name, step->holder, step->old_descriptor);
  mvx_log_changeover_everywhere (registry, step->old, step->holder);
  mvx_log_changeover_terminate (step->name, step->old, step->old_options);
}

gboolean
mvx_log_changeover_reconfigure (MvxLogRegistry *registry, MvxLogStep *step, GError **error)
{
  g_autoptr (MvxLogSink) same = NULL;

  if (!mvx_log_plugin_sink_reconfigure (step->old, step->want->options,
                                        g_get_monotonic_time () + MVX_LOG_CHANGEOVER_TIMEOUT_US, error))
    {
      mvx_log_steps_fail (step, error);
      return FALSE;
    }
  step->reconfigured = TRUE;
  same = mvx_log_registry_exchange (registry, step->name, step->old, step->want->descriptor);
  return TRUE;
}

static void
mvx_log_changeover_undo_reconfigure (MvxLogRegistry *registry, MvxLogStep *step)
{
  g_autoptr (MvxLogSink) same = NULL;
  g_autoptr (GError) error = NULL;

  if (!mvx_log_plugin_sink_reconfigure (step->old, step->old_options,
                                        g_get_monotonic_time () + MVX_LOG_CHANGEOVER_TIMEOUT_US, &error))
    {
      mvx_log_diag (MVX_LOG_LEVEL_ERROR, "sink '%s' keeps the options of a configuration that was rolled back: %s",
                    step->name, error->message);
      return;
    }
  same = mvx_log_registry_exchange (registry, step->name, step->old, step->old_descriptor);
}

/* The old object cannot be revived: a new one of the same kind takes its place. */
static void
mvx_log_changeover_restore (MvxLogRegistry *registry, MvxLogStep *step)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) gone = NULL;
  g_autoptr (MvxLogSink) sink = NULL;

  sink = mvx_log_plugin_create_sink (step->old_plugin, step->name, step->old_options, &error);
  if (sink == NULL)
    {
      mvx_log_diag (
          MVX_LOG_LEVEL_CRITICAL,
          "sink '%s' is lost: it was taken down for a configuration that failed, and could not be made again: "
          "%s",
          step->name, error->message);
      sink = g_object_ref (step->old);
    }
  else
    {
      mvx_log_sink_take_shape (sink, mvx_log_sink_ref_shape (mvx_log_sink_common (step->old)));
      if (mvx_log_steps_is_from_file (step->old))
        mvx_log_steps_mark (sink);
    }
  gone = mvx_log_registry_exchange (registry, step->name, sink, step->old_descriptor);
  mvx_log_holder_release (MVX_LOG_HOLDER (step->holder), sink);
  mvx_log_changeover_everywhere (registry, step->holder, sink);
}

void
mvx_log_changeover_roll_back (MvxLogRegistry *registry, GPtrArray *steps)
{
  /* First the names, because groups find their members by them. */
  for (guint i = 0; i < steps->len; i++)
    {
      MvxLogStep *step = g_ptr_array_index (steps, i);
      g_autoptr (MvxLogSink) gone = NULL;

      if (step->made)
        gone = mvx_log_registry_exchange (registry, step->name, step->holder ? step->holder : step->old,
                                          step->old_descriptor);
    }
  for (guint i = steps->len; i-- > 0;)
    {
      MvxLogStep *step = g_ptr_array_index (steps, i);

      if (step->reconfigured)
        mvx_log_changeover_undo_reconfigure (registry, step);
    }
  /* What was made goes before anything is restored: it may have the same resource. */
  for (guint i = steps->len; i-- > 0;)
    {
      MvxLogStep *step = g_ptr_array_index (steps, i);

      if (step->made)
        mvx_log_changeover_terminate (step->name, step->made, step->want->options);
      g_clear_object (&step->made);
    }
  for (guint i = 0; i < steps->len; i++)
    {
      MvxLogStep *step = g_ptr_array_index (steps, i);

      if (step->taken_down)
        mvx_log_changeover_restore (registry, step);
    }
}
