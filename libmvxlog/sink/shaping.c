/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/shaping.h>

#include "sink/options-private.h"
#include "sink/shape-private.h"
#include "sink/sink-private.h"

/**
 * mvx_log_sink_set_shaping:
 * @sink: a sink
 * @options: `redact`, `redact-action`, `secret-action`, `personal-action`, `hash-key`, `hash-key-file`, `contexts`,
 *   `match`, `filter` and `processors` as a dictionary `a{sv}`; what is not given has its default; consumed if floating
 * @error: return location for an error
 *
 * Says what a running sink is to see of events: which ones, what of them is redacted, what happens to them on the way.
 * The same options can be given when a sink is configured. `processors`, if given, replaces those of the sink.
 * Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_SINK_ERROR_INVALID_OPTION; then nothing
 *   has changed
 *
 * Since: 1.0
 */
gboolean
mvx_log_sink_set_shaping (MvxLogSink *sink, GVariant *options, GError **error)
{
  g_autoptr (MvxLogOptions) checked = NULL;
  g_autoptr (MvxLogShape) old = NULL;
  g_autoptr (MvxLogShape) shape = NULL;
  g_autoptr (GPtrArray) processors = NULL;
  g_autoptr (GVariant) owned = NULL;
  g_autoptr (GError) local = NULL;

  g_return_val_if_fail (MVX_LOG_IS_SINK (sink), FALSE);
  g_return_val_if_fail (options != NULL && g_variant_is_of_type (options, G_VARIANT_TYPE_VARDICT), FALSE);

  owned = g_variant_ref_sink (options);
  checked = mvx_log_options_new (mvx_log_shape_options);
  old = mvx_log_sink_ref_shape (mvx_log_sink_common (sink));
  if (mvx_log_options_set_all (checked, owned, &local)
      && (processors = mvx_log_shape_find_processors (checked, &local)) != NULL)
    shape = mvx_log_shape_with_options (old, checked, &local);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (mvx_log_options_is_set (checked, "processors"))
    {
      MvxLogShape *next = mvx_log_shape_with_processors (shape, processors);

      g_clear_pointer (&shape, mvx_log_shape_unref);
      shape = next;
    }
  mvx_log_sink_take_shape (sink, g_steal_pointer (&shape));
  return TRUE;
}

/**
 * mvx_log_sink_set_processors:
 * @sink: a sink
 * @processors: (array length=n_processors) (nullable): processors
 * @n_processors: how many
 *
 * Replaces the processors that events pass on their way to the sink; all of them run, in order, behind those of the
 * context. They see what redaction leaves, and what they make is redacted, too. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_sink_set_processors (MvxLogSink *sink, MvxLogProcessor *const *processors, guint n_processors)
{
  g_autoptr (GPtrArray) array = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (MvxLogShape) old = NULL;

  g_return_if_fail (MVX_LOG_IS_SINK (sink));
  g_return_if_fail (processors != NULL || n_processors == 0);

  for (guint i = 0; i < n_processors; i++)
    g_ptr_array_add (array, g_object_ref (processors[i]));
  old = mvx_log_sink_ref_shape (mvx_log_sink_common (sink));
  mvx_log_sink_take_shape (sink, mvx_log_shape_with_processors (old, array));
}

/**
 * mvx_log_sink_get_processors:
 * @sink: a sink
 *
 * Thread-safe.
 *
 * Returns: (transfer container) (element-type MvxLogProcessor): the processors of the sink
 *
 * Since: 1.0
 */
GPtrArray *
mvx_log_sink_get_processors (MvxLogSink *sink)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (MvxLogShape) shape = NULL;
  GPtrArray *processors;

  g_return_val_if_fail (MVX_LOG_IS_SINK (sink), copy);

  shape = mvx_log_sink_ref_shape (mvx_log_sink_common (sink));
  processors = mvx_log_shape_get_processors (shape);
  for (guint i = 0; processors && i < processors->len; i++)
    g_ptr_array_add (copy, g_object_ref (processors->pdata[i]));
  return copy;
}

/**
 * mvx_log_sink_set_filter_func:
 * @sink: a sink
 * @func: (nullable) (scope notified) (closure data) (destroy destroy): says which events the sink gets; %NULL for none
 * @data: passed to @func
 * @destroy: (nullable): frees @data when the function is replaced and no call uses it any more
 *
 * Sets a filter in addition to those of the sink's options. It sees the event before redaction. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_sink_set_filter_func (MvxLogSink *sink, MvxLogFilterFunc func, gpointer data, GDestroyNotify destroy)
{
  g_autoptr (MvxLogShape) old = NULL;

  g_return_if_fail (MVX_LOG_IS_SINK (sink));

  old = mvx_log_sink_ref_shape (mvx_log_sink_common (sink));
  mvx_log_sink_take_shape (sink, mvx_log_shape_with_func (old, func, data, destroy));
}
