/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sink/descriptor-private.h"

/**
 * MvxLogSinkDescriptor:
 *
 * What a sink is: its type, the resource it writes to and how it is configured. A sink that is configured again under
 * the same name with an equal descriptor is the same sink. Atomically reference counted; immutable once the core has
 * it.
 *
 * Since: 1.0
 */
struct _MvxLogSinkDescriptor
{
  gatomicrefcount ref_count;
  char *plugin; /* NULL until completed */
  char *sink_type;
  GVariant *resource_key;
  GVariant *config_key;
  GVariant *common_key;
  guint64 secrets; /* a keyed hash of them */
};

G_DEFINE_BOXED_TYPE (MvxLogSinkDescriptor,
                     mvx_log_sink_descriptor,
                     mvx_log_sink_descriptor_ref,
                     mvx_log_sink_descriptor_unref)

static GVariant *
mvx_log_sink_descriptor_key (GVariant *key)
{
  GVariant *held = g_variant_ref_sink (key ? key : g_variant_new_tuple (NULL, 0));

  /* Serialised now, so that reading it later on several threads changes nothing in it. */
  g_variant_get_data (held);
  return held;
}

/**
 * mvx_log_sink_descriptor_new:
 * @sink_type: what sort of sink it is, such as `file`
 * @resource_key: (nullable): what it writes to, such as a canonical path; a floating reference is consumed; %NULL if it
 *   writes to nothing that another sink could also write to
 * @config_key: (nullable): how it does so; best `a{sv}` in a fixed order, so that differences can be named; a floating
 *   reference is consumed
 *
 * Makes a descriptor. Keys must not contain secrets: they appear in messages. Thread-safe.
 *
 * Returns: (transfer full): a descriptor
 *
 * Since: 1.0
 */
MvxLogSinkDescriptor *
mvx_log_sink_descriptor_new (const char *sink_type, GVariant *resource_key, GVariant *config_key)
{
  MvxLogSinkDescriptor *descriptor;

  g_return_val_if_fail (sink_type != NULL && *sink_type != '\0', NULL);

  descriptor = g_new0 (MvxLogSinkDescriptor, 1);
  g_atomic_ref_count_init (&descriptor->ref_count);
  descriptor->sink_type = g_strdup (sink_type);
  descriptor->resource_key = mvx_log_sink_descriptor_key (resource_key);
  descriptor->config_key = mvx_log_sink_descriptor_key (config_key);
  descriptor->common_key = mvx_log_sink_descriptor_key (NULL);
  return descriptor;
}

void
mvx_log_sink_descriptor_complete (MvxLogSinkDescriptor *descriptor,
                                  const char *plugin,
                                  GVariant *common_key,
                                  guint64 secrets)
{
  g_free (descriptor->plugin);
  descriptor->plugin = g_strdup (plugin);
  g_variant_unref (descriptor->common_key);
  descriptor->common_key = mvx_log_sink_descriptor_key (common_key);
  descriptor->secrets = secrets;
}

/**
 * mvx_log_sink_descriptor_ref:
 * @descriptor: a descriptor
 *
 * Takes a reference. Thread-safe.
 *
 * Returns: (transfer full): @descriptor
 *
 * Since: 1.0
 */
MvxLogSinkDescriptor *
mvx_log_sink_descriptor_ref (MvxLogSinkDescriptor *descriptor)
{
  g_return_val_if_fail (descriptor != NULL, NULL);

  g_atomic_ref_count_inc (&descriptor->ref_count);
  return descriptor;
}

/**
 * mvx_log_sink_descriptor_unref:
 * @descriptor: (transfer full): a descriptor
 *
 * Drops a reference. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_sink_descriptor_unref (MvxLogSinkDescriptor *descriptor)
{
  g_return_if_fail (descriptor != NULL);

  if (!g_atomic_ref_count_dec (&descriptor->ref_count))
    return;
  g_free (descriptor->plugin);
  g_free (descriptor->sink_type);
  g_variant_unref (descriptor->resource_key);
  g_variant_unref (descriptor->config_key);
  g_variant_unref (descriptor->common_key);
  g_free (descriptor);
}

/**
 * mvx_log_sink_descriptor_get_sink_type:
 * @descriptor: a descriptor
 *
 * What sort of sink it is. Thread-safe.
 *
 * Returns: (transfer none): the type, which lives as long as @descriptor
 *
 * Since: 1.0
 */
const char *
mvx_log_sink_descriptor_get_sink_type (const MvxLogSinkDescriptor *descriptor)
{
  g_return_val_if_fail (descriptor != NULL, NULL);

  return descriptor->sink_type;
}

/**
 * mvx_log_sink_descriptor_get_resource_key:
 * @descriptor: a descriptor
 *
 * What the sink writes to. Thread-safe.
 *
 * Returns: (transfer none): the key, the empty tuple if there is none
 *
 * Since: 1.0
 */
GVariant *
mvx_log_sink_descriptor_get_resource_key (const MvxLogSinkDescriptor *descriptor)
{
  g_return_val_if_fail (descriptor != NULL, NULL);

  return descriptor->resource_key;
}

/**
 * mvx_log_sink_descriptor_get_config_key:
 * @descriptor: a descriptor
 *
 * How the sink is configured. Thread-safe.
 *
 * Returns: (transfer none): the key, the empty tuple if there is none
 *
 * Since: 1.0
 */
GVariant *
mvx_log_sink_descriptor_get_config_key (const MvxLogSinkDescriptor *descriptor)
{
  g_return_val_if_fail (descriptor != NULL, NULL);

  return descriptor->config_key;
}

const char *
mvx_log_sink_descriptor_get_plugin (const MvxLogSinkDescriptor *descriptor)
{
  return descriptor->plugin;
}

/**
 * mvx_log_sink_descriptor_equal:
 * @a: a descriptor
 * @b: another one
 *
 * Compares by value: plugin, type, resource, configuration, common options and secrets. Thread-safe.
 *
 * Returns: %TRUE if they describe the same sink
 *
 * Since: 1.0
 */
gboolean
mvx_log_sink_descriptor_equal (const MvxLogSinkDescriptor *a, const MvxLogSinkDescriptor *b)
{
  g_return_val_if_fail (a != NULL && b != NULL, FALSE);

  return g_strcmp0 (a->plugin, b->plugin) == 0 && g_strcmp0 (a->sink_type, b->sink_type) == 0
         && g_variant_equal (a->resource_key, b->resource_key) && g_variant_equal (a->config_key, b->config_key)
         && g_variant_equal (a->common_key, b->common_key) && a->secrets == b->secrets;
}

gboolean
mvx_log_sink_descriptor_same_resource (const MvxLogSinkDescriptor *a, const MvxLogSinkDescriptor *b)
{
  /* Two sinks without a resource share nothing. */
  return g_strcmp0 (a->sink_type, b->sink_type) == 0 && !g_variant_is_of_type (a->resource_key, G_VARIANT_TYPE_UNIT)
         && g_variant_equal (a->resource_key, b->resource_key);
}

/* A dictionary as {name=value, ...}, without the type names that GVariant's own text needs. */
static char *
mvx_log_sink_descriptor_print (GVariant *key)
{
  GString *text;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  if (!g_variant_is_of_type (key, G_VARIANT_TYPE_VARDICT))
    return g_variant_print (key, FALSE);
  text = g_string_new ("{");
  g_variant_iter_init (&iter, key);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      g_string_append_printf (text, "%s%s=", text->len > 1 ? ", " : "", name);
      g_variant_print_string (value, text, FALSE);
    }
  g_string_append_c (text, '}');
  return g_string_free (text, FALSE);
}

static void
mvx_log_sink_descriptor_append_key (GString *text, const char *what, GVariant *key)
{
  g_autofree char *printed = NULL;

  if (g_variant_is_of_type (key, G_VARIANT_TYPE_UNIT))
    return;
  printed = mvx_log_sink_descriptor_print (key);
  g_string_append_printf (text, ", %s %s", what, printed);
}

/**
 * mvx_log_sink_descriptor_to_string:
 * @descriptor: a descriptor
 *
 * Writes the descriptor for people, on one line. Thread-safe.
 *
 * Returns: (transfer full): text such as `file (plugin 'file', resource '/var/log/x', config {format='json'})`
 *
 * Since: 1.0
 */
char *
mvx_log_sink_descriptor_to_string (const MvxLogSinkDescriptor *descriptor)
{
  g_autoptr (GString) parts = g_string_new (NULL);

  g_return_val_if_fail (descriptor != NULL, NULL);

  if (descriptor->plugin)
    g_string_append_printf (parts, ", plugin '%s'", descriptor->plugin);
  mvx_log_sink_descriptor_append_key (parts, "resource", descriptor->resource_key);
  mvx_log_sink_descriptor_append_key (parts, "config", descriptor->config_key);
  mvx_log_sink_descriptor_append_key (parts, "common", descriptor->common_key);
  if (parts->len == 0)
    return g_strdup (descriptor->sink_type);
  return g_strdup_printf ("%s (%s)", descriptor->sink_type, parts->str + 2);
}

static void
mvx_log_sink_descriptor_note (GString *text, const char *what, const char *existing, const char *requested)
{
  g_string_append_printf (text, "%s%s is %s in the existing sink, %s in the request", text->len ? "; " : "", what,
                          existing ? existing : "not set", requested ? requested : "not set");
}

/* Notes each key of @mine whose value differs in @other, or that @other lacks. */
static void
mvx_log_sink_descriptor_compare_entries (GString *text,
                                         const char *which,
                                         GVariant *mine,
                                         GVariant *other,
                                         gboolean only_missing)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, mine);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      g_autoptr (GVariant) counterpart = g_variant_lookup_value (other, name, NULL);
      g_autofree char *what = g_strdup_printf ("%s: '%s'", which, name);
      g_autofree char *mine_text = g_variant_print (value, FALSE);
      g_autofree char *other_text = counterpart ? g_variant_print (counterpart, FALSE) : NULL;

      if (only_missing && counterpart == NULL)
        mvx_log_sink_descriptor_note (text, what, NULL, mine_text);
      else if (!only_missing && (counterpart == NULL || !g_variant_equal (value, counterpart)))
        mvx_log_sink_descriptor_note (text, what, mine_text, other_text);
    }
}

static void
mvx_log_sink_descriptor_compare (GString *text, const char *which, GVariant *existing, GVariant *requested)
{
  g_autofree char *existing_text = NULL;
  g_autofree char *requested_text = NULL;
  gsize before = text->len;

  if (g_variant_equal (existing, requested))
    return;
  if (g_variant_is_of_type (existing, G_VARIANT_TYPE_VARDICT)
      && g_variant_is_of_type (requested, G_VARIANT_TYPE_VARDICT))
    {
      mvx_log_sink_descriptor_compare_entries (text, which, existing, requested, FALSE);
      mvx_log_sink_descriptor_compare_entries (text, which, requested, existing, TRUE);
    }
  /* Neither dictionaries nor the order of their entries explains it: show them whole. */
  if (text->len == before)
    {
      existing_text = mvx_log_sink_descriptor_print (existing);
      requested_text = mvx_log_sink_descriptor_print (requested);
      mvx_log_sink_descriptor_note (text, which, existing_text, requested_text);
    }
}

char *
mvx_log_sink_descriptor_describe_difference (const MvxLogSinkDescriptor *existing,
                                             const MvxLogSinkDescriptor *requested)
{
  GString *text = g_string_new (NULL);

  if (g_strcmp0 (existing->plugin, requested->plugin) != 0)
    mvx_log_sink_descriptor_note (text, "plugin", existing->plugin, requested->plugin);
  if (g_strcmp0 (existing->sink_type, requested->sink_type) != 0)
    mvx_log_sink_descriptor_note (text, "sink_type", existing->sink_type, requested->sink_type);
  mvx_log_sink_descriptor_compare (text, "resource_key", existing->resource_key, requested->resource_key);
  mvx_log_sink_descriptor_compare (text, "config_key", existing->config_key, requested->config_key);
  mvx_log_sink_descriptor_compare (text, "common_key", existing->common_key, requested->common_key);
  if (existing->secrets != requested->secrets)
    g_string_append_printf (text, "%sa secret is another one in the request", text->len ? "; " : "");
  return g_string_free (text, FALSE);
}
