/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>

#include "base/atfork-private.h"
#include "sink/processor-private.h"

/**
 * MvxLogProcessor:
 *
 * A step that events pass on their way to a context's sinks or to one sink: it changes or drops them. Steps run in
 * order, all of them, on a draft of the sink's own, so that no sink sees what is done for another.
 *
 * Since: 1.0
 */

G_DEFINE_INTERFACE (MvxLogProcessor, mvx_log_processor, G_TYPE_OBJECT)

static GMutex mvx_log_processor_mutex;
MVX_LOG_FORK_LOCK (PROCESSOR, &mvx_log_processor_mutex, NULL);
static GHashTable *mvx_log_processor_by_name;

static void
mvx_log_processor_default_init (MvxLogProcessorInterface *iface)
{
}

/**
 * mvx_log_processor_process:
 * @processor: a processor
 * @draft: what becomes of an event
 * @error: return location for an error
 *
 * Lets a processor do its work. Thread-safe for different drafts.
 *
 * Returns: %TRUE if the event goes on; %FALSE if it is dropped, with @error set if the processor failed
 *
 * Since: 1.0
 */
gboolean
mvx_log_processor_process (MvxLogProcessor *processor, MvxLogDraft *draft, GError **error)
{
  MvxLogProcessorInterface *iface;

  g_return_val_if_fail (MVX_LOG_IS_PROCESSOR (processor), TRUE);
  g_return_val_if_fail (draft != NULL, TRUE);

  iface = MVX_LOG_PROCESSOR_GET_IFACE (processor);
  return iface->process == NULL || iface->process (processor, draft, error);
}

gboolean
mvx_log_processors_run (GPtrArray *processors, MvxLogDraft *draft, GError **error)
{
  for (guint i = 0; processors && i < processors->len; i++)
    if (!mvx_log_processor_process (g_ptr_array_index (processors, i), draft, error))
      return FALSE;
  return TRUE;
}

#define MVX_LOG_TYPE_FUNCTION_PROCESSOR (mvx_log_function_processor_get_type ())

G_DECLARE_FINAL_TYPE (MvxLogFunctionProcessor, mvx_log_function_processor, MVX_LOG, FUNCTION_PROCESSOR, GObject)

struct _MvxLogFunctionProcessor
{
  GObject parent_instance;
  MvxLogProcessorFunc func;
  gpointer data;
  GDestroyNotify destroy;
};

static void mvx_log_function_processor_iface_init (MvxLogProcessorInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MvxLogFunctionProcessor,
                               mvx_log_function_processor,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_PROCESSOR, mvx_log_function_processor_iface_init))

static gboolean
mvx_log_function_processor_process (MvxLogProcessor *processor, MvxLogDraft *draft, GError **error)
{
  MvxLogFunctionProcessor *self = MVX_LOG_FUNCTION_PROCESSOR (processor);

  return self->func (draft, self->data, error);
}

static void
mvx_log_function_processor_iface_init (MvxLogProcessorInterface *iface)
{
  iface->process = mvx_log_function_processor_process;
}

static void
mvx_log_function_processor_finalize (GObject *object)
{
  MvxLogFunctionProcessor *self = MVX_LOG_FUNCTION_PROCESSOR (object);

  if (self->destroy)
    self->destroy (self->data);
  G_OBJECT_CLASS (mvx_log_function_processor_parent_class)->finalize (object);
}

static void
mvx_log_function_processor_class_init (MvxLogFunctionProcessorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mvx_log_function_processor_finalize;
}

static void
mvx_log_function_processor_init (MvxLogFunctionProcessor *self)
{
}

/**
 * mvx_log_processor_new_function:
 * @func: (scope notified) (closure data) (destroy destroy): what it does
 * @data: passed to @func
 * @destroy: (nullable): frees @data with the processor
 *
 * Makes a processor out of a function. Thread-safe.
 *
 * Returns: (transfer full): the processor
 *
 * Since: 1.0
 */
MvxLogProcessor *
mvx_log_processor_new_function (MvxLogProcessorFunc func, gpointer data, GDestroyNotify destroy)
{
  MvxLogFunctionProcessor *self;

  g_return_val_if_fail (func != NULL, NULL);

  self = g_object_new (MVX_LOG_TYPE_FUNCTION_PROCESSOR, NULL);
  self->func = func;
  self->data = data;
  self->destroy = destroy;
  return MVX_LOG_PROCESSOR (self);
}

static gboolean
mvx_log_processor_is_name (const char *name)
{
  if (!g_ascii_isalpha (*name))
    return FALSE;
  for (; *name; name++)
    if (!g_ascii_isalnum (*name) && *name != '_' && *name != '-')
      return FALSE;
  return TRUE;
}

/**
 * mvx_log_register_processor:
 * @name: a name: letters, digits, `-` and `_`, first a letter
 * @processor: (nullable): a processor of the program's own, or %NULL to forget the name
 * @error: return location for an error
 *
 * Gives a processor a name, so that configuration files can use it in `processors=`. One that a file defines under the
 * same name wins there. What is configured already keeps what it has. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_INVALID_NAME
 *
 * Since: 1.0
 */
gboolean
mvx_log_register_processor (const char *name, MvxLogProcessor *processor, GError **error)
{
  gpointer old_name = NULL;
  gpointer old = NULL;

  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (processor == NULL || MVX_LOG_IS_PROCESSOR (processor), FALSE);

  if (!mvx_log_processor_is_name (name))
    {
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME,
                   "'%s' is not a processor's name; use letters, digits, '-' and '_', first a letter", name);
      return FALSE;
    }
  g_mutex_lock (&mvx_log_processor_mutex);
  if (mvx_log_processor_by_name == NULL)
    mvx_log_processor_by_name = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_steal_extended (mvx_log_processor_by_name, name, &old_name, &old);
  if (processor)
    g_hash_table_insert (mvx_log_processor_by_name, g_strdup (name), g_object_ref (processor));
  g_mutex_unlock (&mvx_log_processor_mutex);
  g_free (old_name);
  g_clear_object (&old);
  return TRUE;
}

/**
 * mvx_log_get_processor:
 * @name: a name
 *
 * Looks up a processor that the program has registered. Thread-safe.
 *
 * Returns: (nullable) (transfer full): the processor, or %NULL
 *
 * Since: 1.0
 */
MvxLogProcessor *
mvx_log_get_processor (const char *name)
{
  MvxLogProcessor *processor = NULL;

  g_return_val_if_fail (name != NULL, NULL);

  g_mutex_lock (&mvx_log_processor_mutex);
  if (mvx_log_processor_by_name)
    processor = g_hash_table_lookup (mvx_log_processor_by_name, name);
  if (processor)
    g_object_ref (processor);
  g_mutex_unlock (&mvx_log_processor_mutex);
  return processor;
}
