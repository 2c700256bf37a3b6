/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "verify/verify-given.h"

GVariant *
mvx_verify_given_with (GVariant *options, const char *name, const char *text)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, options);
  g_variant_dict_remove (&dict, name);
  if (text)
    g_variant_dict_insert (&dict, name, "s", text);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

GVariant *
mvx_verify_given_required (const MvxLogStaticPlugin *api, GVariant *options)
{
  GVariant *required = g_variant_ref (options);

  for (const MvxLogOptionSpec *spec = api->plugin->options; spec && spec->name; spec++)
    if (!(spec->flags & MVX_LOG_OPTION_REQUIRED))
      {
        GVariant *less = mvx_verify_given_with (required, spec->name, NULL);

        g_variant_unref (required);
        required = less;
      }
  return required;
}

/* All tables in one: the plugin's and those of every sink. It has to outlive the options. */
static const MvxLogOptionSpec *
mvx_verify_given_table (const MvxLogStaticPlugin *api)
{
  static GArray *table;
  const MvxLogOptionSpec *parts[]
      = { api->plugin->options, mvx_log_get_common_options (FALSE),
          (api->plugin->flags & MVX_LOG_PLUGIN_ASYNC) ? mvx_log_get_common_options (TRUE) : NULL };

  if (table)
    return (const MvxLogOptionSpec *) (gpointer) table->data;
  table = g_array_new (TRUE, TRUE, sizeof (MvxLogOptionSpec));
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    for (const MvxLogOptionSpec *spec = parts[i]; spec && spec->name; spec++)
      g_array_append_vals (table, spec, 1);
  return (const MvxLogOptionSpec *) (gpointer) table->data;
}

MvxLogOptions *
mvx_verify_given_parse (const MvxLogStaticPlugin *api, GVariant *options, GError **error)
{
  g_autoptr (MvxLogOptions) parsed = mvx_log_options_new (mvx_verify_given_table (api));
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      g_autoptr (GVariant) owned G_GNUC_UNUSED = value;

      if (!mvx_log_options_set (parsed, name, g_variant_get_string (value, NULL), error))
        return NULL;
    }
  return mvx_log_options_check (parsed, error) ? g_steal_pointer (&parsed) : NULL;
}

static MvxLogSinkDescriptor *
mvx_verify_given_call (const MvxLogStaticPlugin *api, MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxLogSinkDescriptor) descriptor = NULL;
  g_autoptr (GError) reason = NULL;

  descriptor = api->build_descriptor (options, &reason);
  if (descriptor && reason == NULL)
    return g_steal_pointer (&descriptor);
  if (descriptor)
    g_set_error (error, MVX_LOG_TEST_ERROR, MVX_LOG_TEST_ERROR_CONTRACT,
                 "build_descriptor gave a descriptor and set an error: %s", reason->message);
  else if (reason)
    g_propagate_error (error, g_steal_pointer (&reason));
  else
    g_set_error_literal (error, MVX_LOG_TEST_ERROR, MVX_LOG_TEST_ERROR_CONTRACT,
                         "build_descriptor failed and gave no reason");
  return NULL;
}

MvxLogSinkDescriptor *
mvx_verify_given_describe (const MvxLogStaticPlugin *api, GVariant *options, GError **error)
{
  g_autoptr (MvxLogOptions) parsed = mvx_verify_given_parse (api, options, error);

  return parsed ? mvx_verify_given_call (api, parsed, error) : NULL;
}

/* Values that an option might take; which of them it does take, the table and the plugin say. */
static char **
mvx_verify_given_candidates (const MvxLogOptionSpec *spec, GVariant *options)
{
  static const char *const texts[]
      = { "x", "/x", "utc", "local", "json", "logfmt", "nested", "ecs", "on", "relative", "always", "daily", "1" };
  static const char *const durations[] = { "1ms", "250ms", "1s", "2s", "1min", "10min", "1h", "2h", "7d" };
  static const char *const sizes[] = { "1", "4KiB", "64KiB", "1MiB", "2MiB", "64MiB", "1GiB" };
  static const char *const flags[] = { "true", "false" };
  const char *const *list = texts;
  gsize n = G_N_ELEMENTS (texts);
  const char *given = NULL;
  GPtrArray *found = g_ptr_array_new ();

  g_variant_lookup (options, spec->name, "&s", &given);
  given = given ? given : spec->default_text;
  if (spec->type == MVX_LOG_OPTION_STRING && given)
    g_ptr_array_add (found, g_strconcat (given, "x", NULL));
  if (spec->type == MVX_LOG_OPTION_BOOLEAN)
    list = flags, n = G_N_ELEMENTS (flags);
  else if (spec->type == MVX_LOG_OPTION_ENUM)
    list = spec->choices, n = spec->choices ? g_strv_length ((char **) spec->choices) : 0;
  else if (spec->type == MVX_LOG_OPTION_DURATION)
    list = durations, n = G_N_ELEMENTS (durations);
  else if (spec->type == MVX_LOG_OPTION_SIZE)
    list = sizes, n = G_N_ELEMENTS (sizes);
  else if (spec->type == MVX_LOG_OPTION_INT64 || spec->type == MVX_LOG_OPTION_DOUBLE)
    for (gint64 i = 0; i < 4; i++)
      g_ptr_array_add (found, g_strdup_printf ("%" G_GINT64_FORMAT, spec->min + i));
  for (gsize i = 0; i < n; i++)
    g_ptr_array_add (found, g_strdup (list[i]));
  g_ptr_array_add (found, NULL);
  return (char **) g_ptr_array_free (found, FALSE);
}

static gboolean
mvx_verify_given_differs (MvxLogOptions *a, MvxLogOptions *b, const char *name)
{
  g_autoptr (GVariant) all_a = mvx_log_options_to_variant (a);
  g_autoptr (GVariant) all_b = mvx_log_options_to_variant (b);
  g_autoptr (GVariant) value_a = g_variant_lookup_value (all_a, name, NULL);
  g_autoptr (GVariant) value_b = g_variant_lookup_value (all_b, name, NULL);

  return value_a == NULL || value_b == NULL ? value_a != value_b : !g_variant_equal (value_a, value_b);
}

gboolean
mvx_verify_given_vary (const MvxLogStaticPlugin *api,
                       GVariant *options,
                       const MvxLogOptionSpec *spec,
                       MvxVerifyGivenFunc func,
                       gpointer data,
                       guint *n_tried)
{
  g_autoptr (MvxLogOptions) before = mvx_verify_given_parse (api, options, NULL);
  g_auto (GStrv) candidates = mvx_verify_given_candidates (spec, options);
  gboolean found = FALSE;

  for (guint i = 0; candidates[i] && before && !found; i++)
    {
      g_autoptr (GVariant) other = mvx_verify_given_with (options, spec->name, candidates[i]);
      g_autoptr (MvxLogOptions) after = mvx_verify_given_parse (api, other, NULL);
      g_autoptr (MvxLogSinkDescriptor) descriptor = NULL;

      if (after == NULL || !mvx_verify_given_differs (before, after, spec->name))
        continue;
      mvx_verify_doing ("build_descriptor with %s=%s", spec->name, candidates[i]);
      descriptor = mvx_verify_given_call (api, after, NULL);
      if (descriptor == NULL)
        continue;
      *n_tried += 1;
      found = func (spec, other, descriptor, data);
    }
  return found;
}
