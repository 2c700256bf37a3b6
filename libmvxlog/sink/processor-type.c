/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/error.h>

#include "base/suggest-private.h"
#include "sink/options-private.h"
#include "sink/processor-type-private.h"

const MvxLogProcessorType *
mvx_log_processor_type_find (const char *name)
{
  for (guint i = 0; mvx_log_processor_types[i].name; i++)
    if (strcmp (mvx_log_processor_types[i].name, name) == 0)
      return &mvx_log_processor_types[i];
  return NULL;
}

const char **
mvx_log_processor_type_names (void)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; mvx_log_processor_types[i].name; i++)
    g_ptr_array_add (names, (gpointer) mvx_log_processor_types[i].name);
  g_ptr_array_add (names, NULL);
  return (const char **) g_ptr_array_free (names, FALSE);
}

MvxLogProcessor *
mvx_log_processor_type_make (const MvxLogProcessorType *type, MvxLogOptions *options, GError **error)
{
  gpointer data;

  if (!mvx_log_options_check (options, error))
    return NULL;
  data = type->configure (options, error);
  return data ? mvx_log_processor_new_function (type->process, data, type->destroy) : NULL;
}

/* For the message: what may have been meant, else what there is. (transfer full) */
static char *
mvx_log_processor_type_hint (const char *name)
{
  g_autofree const char **names = mvx_log_processor_type_names ();
  const char *best = mvx_log_suggest (name, names);
  g_autofree char *list = g_strjoinv (", ", (char **) names);

  return best ? g_strdup_printf ("did you mean '%s'?", best) : g_strdup_printf ("there are: %s", list);
}

/**
 * mvx_log_processor_new:
 * @type: `callsite`, `defaults`, `error`, `keys`, `level`, `markup` or `rename`
 * @options: (nullable): its options as a dictionary `a{sv}`, typed or as they stand in a key-file; consumed if floating
 * @error: return location for an error
 *
 * Makes one of the processors that the library has; `docs/SHAPING.md` tells what they do. Thread-safe.
 *
 * Returns: (transfer full): the processor, or %NULL with %MVX_LOG_ERROR_UNKNOWN_NAME if there is no such type, or
 *   %MVX_LOG_SINK_ERROR_INVALID_OPTION
 *
 * Since: 1.0
 */
MvxLogProcessor *
mvx_log_processor_new (const char *type, GVariant *options, GError **error)
{
  g_autoptr (GVariant) owned = options ? g_variant_ref_sink (options) : NULL;
  g_autoptr (MvxLogOptions) checked = NULL;
  const MvxLogProcessorType *found;

  g_return_val_if_fail (type != NULL, NULL);
  g_return_val_if_fail (options == NULL || g_variant_is_of_type (options, G_VARIANT_TYPE_VARDICT), NULL);

  found = mvx_log_processor_type_find (type);
  if (found == NULL)
    {
      g_autofree char *hint = mvx_log_processor_type_hint (type);

      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_UNKNOWN_NAME, "There is no processor of type '%s'; %s", type,
                   hint);
      return NULL;
    }
  checked = mvx_log_options_new (found->options);
  if (owned && !mvx_log_options_set_all (checked, owned, error))
    return NULL;
  return mvx_log_processor_type_make (found, checked, error);
}
