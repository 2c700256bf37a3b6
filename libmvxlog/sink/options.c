/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "base/diag-private.h"
#include "base/hash-private.h"
#include "base/suggest-private.h"
#include "sink/options-private.h"

/**
 * MvxLogOptions:
 *
 * Checked values of a plugin's options. The option table of the plugin says which there are, of which types and with
 * which defaults. Atomically reference counted; values are set on one thread, after that any thread may read.
 *
 * Since: 1.0
 */

G_DEFINE_BOXED_TYPE (MvxLogOptions, mvx_log_options, mvx_log_options_ref, mvx_log_options_unref)

/* The bytes of a secret must not stay behind in freed memory. They are ours alone: never handed out in a GVariant. */
static void
mvx_log_options_wipe (GVariant *value)
{
  g_autofree const char **items = NULL;
  gsize n = 0;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      const char *text = g_variant_get_string (value, &n);

      explicit_bzero ((char *) text, n);
      return;
    }
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    return;
  items = g_variant_get_strv (value, &n);
  for (gsize i = 0; i < n; i++)
    explicit_bzero ((char *) items[i], strlen (items[i]));
}

static void
mvx_log_options_slot_take (MvxLogOptionSlot *slot, GVariant *value)
{
  g_clear_pointer (&slot->list, g_free);
  if (slot->value && (slot->spec->flags & MVX_LOG_OPTION_SECRET))
    mvx_log_options_wipe (slot->value);
  g_clear_pointer (&slot->value, g_variant_unref);
  slot->value = value;
  if (value && slot->spec->type == MVX_LOG_OPTION_STRV)
    slot->list = g_variant_get_strv (value, NULL);
}

MvxLogOptionSlot *
mvx_log_options_find_slot (MvxLogOptions *options, const char *name)
{
  for (guint i = 0; i < options->n_slots; i++)
    if (strcmp (options->slots[i].spec->name, name) == 0)
      return &options->slots[i];
  return NULL;
}

const MvxLogOptionSpec *
mvx_log_options_find (MvxLogOptions *options, const char *name)
{
  const MvxLogOptionSlot *slot = mvx_log_options_find_slot (options, name);

  return slot ? slot->spec : NULL;
}

const char **
mvx_log_options_names (MvxLogOptions *options)
{
  const char **names = g_new0 (const char *, options->n_slots + 1);

  for (guint i = 0; i < options->n_slots; i++)
    names[i] = options->slots[i].spec->name;
  return names;
}

static void
mvx_log_options_add (MvxLogOptions *options, const MvxLogOptionSpec *spec)
{
  MvxLogOptionSlot *slot;
  GVariant *value = NULL;

  if (mvx_log_options_find_slot (options, spec->name))
    return;
  slot = &options->slots[options->n_slots++];
  slot->spec = spec;
  /* A default that does not parse was refused when the plugin was loaded. */
  if (spec->default_text && mvx_log_option_parse (spec, spec->default_text, &value, NULL))
    mvx_log_options_slot_take (slot, value);
}

MvxLogOptions *
mvx_log_options_new_tables (const MvxLogOptionSpec *const *tables, guint n_tables)
{
  MvxLogOptions *options = g_new0 (MvxLogOptions, 1);
  guint n_rows = 0;

  for (guint i = 0; i < n_tables; i++)
    for (const MvxLogOptionSpec *spec = tables[i]; spec && spec->name; spec++)
      n_rows++;
  g_atomic_ref_count_init (&options->ref_count);
  options->slots = g_new0 (MvxLogOptionSlot, n_rows);
  for (guint i = 0; i < n_tables; i++)
    for (const MvxLogOptionSpec *spec = tables[i]; spec && spec->name; spec++)
      mvx_log_options_add (options, spec);
  return options;
}

char *
mvx_log_options_sink_name (const char *item)
{
  return g_strstrip (g_strndup (item, strcspn (item, ":")));
}

/* Adds the names of one option to @names, which owns them. */
static void
mvx_log_options_add_sinks (const MvxLogOptionSlot *slot, GPtrArray *names)
{
  const char *one[] = { NULL, NULL };
  const char *const *items = one;

  if (!(slot->spec->flags & MVX_LOG_OPTION_SINK) || slot->value == NULL)
    return;
  if (slot->spec->type == MVX_LOG_OPTION_STRV)
    items = slot->list;
  else
    one[0] = g_variant_get_string (slot->value, NULL);
  for (; *items; items++)
    {
      g_autofree char *name = mvx_log_options_sink_name (*items);

      if (*name && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
        g_ptr_array_add (names, g_steal_pointer (&name));
    }
}

char **
mvx_log_options_get_sinks (MvxLogOptions *options)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < options->n_slots; i++)
    mvx_log_options_add_sinks (&options->slots[i], names);
  if (names->len == 0)
    return NULL;
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_steal (names, NULL);
}

const char *
mvx_log_options_find_sink (MvxLogOptions *options, const char *sink)
{
  for (guint i = 0; i < options->n_slots; i++)
    {
      g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

      mvx_log_options_add_sinks (&options->slots[i], names);
      if (g_ptr_array_find_with_equal_func (names, sink, g_str_equal, NULL))
        return options->slots[i].spec->name;
    }
  return NULL;
}

/**
 * mvx_log_options_new:
 * @table: (nullable): an option table that lives for ever; its last row has no name
 *
 * Makes options that have their defaults.
 *
 * Returns: (transfer full): new options
 *
 * Since: 1.0
 */
MvxLogOptions *
mvx_log_options_new (const MvxLogOptionSpec *table)
{
  return mvx_log_options_new_tables (&table, 1);
}

/**
 * mvx_log_options_ref:
 * @options: options
 *
 * Takes a reference. Thread-safe.
 *
 * Returns: (transfer full): @options
 *
 * Since: 1.0
 */
MvxLogOptions *
mvx_log_options_ref (MvxLogOptions *options)
{
  g_return_val_if_fail (options != NULL, NULL);

  g_atomic_ref_count_inc (&options->ref_count);
  return options;
}

/**
 * mvx_log_options_unref:
 * @options: (transfer full): options
 *
 * Drops a reference; with the last one the values are freed, and secrets overwritten before. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_options_unref (MvxLogOptions *options)
{
  g_return_if_fail (options != NULL);

  if (!g_atomic_ref_count_dec (&options->ref_count))
    return;
  for (guint i = 0; i < options->n_slots; i++)
    mvx_log_options_slot_take (&options->slots[i], NULL);
  g_free (options->slots);
  g_free (options);
}

static MvxLogOptionSlot *
mvx_log_options_need_slot (MvxLogOptions *options, const char *name, GError **error)
{
  MvxLogOptionSlot *slot = mvx_log_options_find_slot (options, name);
  g_autofree const char **names = NULL;
  g_autofree char *list = NULL;
  const char *suggestion;

  if (slot)
    return slot;
  names = mvx_log_options_names (options);
  suggestion = mvx_log_suggest (name, names);
  if (suggestion)
    {
      g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                   "Unknown option '%s'; did you mean '%s'?", name, suggestion);
      return NULL;
    }
  list = g_strjoinv (", ", (char **) names);
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "Unknown option '%s'; known options: %s",
               name, *list ? list : "none");
  return NULL;
}

static gboolean
mvx_log_options_store (MvxLogOptionSlot *slot, GVariant *value, GError **error)
{
  if (value == NULL)
    {
      g_prefix_error (error, "Option '%s': ", slot->spec->name);
      return FALSE;
    }
  if (slot->spec->flags & MVX_LOG_OPTION_DEPRECATED)
    mvx_log_diag (MVX_LOG_LEVEL_WARNING, "option '%s' is deprecated: %s", slot->spec->name, slot->spec->summary);
  mvx_log_options_slot_take (slot, value);
  slot->is_set = TRUE;
  return TRUE;
}

/**
 * mvx_log_options_set:
 * @options: options that no other thread reads yet
 * @name: name of an option
 * @text: its value as it stands in a key-file
 * @error: return location for an error
 *
 * Sets an option from text, strictly: anything but exactly a value of the option's type and range is an error, and the
 * option keeps its value. The message never contains the value of a secret.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_SINK_ERROR_INVALID_OPTION
 *
 * Since: 1.0
 */
gboolean
mvx_log_options_set (MvxLogOptions *options, const char *name, const char *text, GError **error)
{
  MvxLogOptionSlot *slot;
  GVariant *value = NULL;

  g_return_val_if_fail (options != NULL, FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (text != NULL, FALSE);

  slot = mvx_log_options_need_slot (options, name, error);
  if (slot == NULL)
    return FALSE;
  if (!mvx_log_option_parse (slot->spec, text, &value, error))
    value = NULL;
  return mvx_log_options_store (slot, value, error);
}

/**
 * mvx_log_options_set_variant:
 * @options: options that no other thread reads yet
 * @name: name of an option
 * @value: its value: a string is parsed as [method@MvxLog.Options.set] does, other types must fit the option's type;
 *   durations are whole microseconds, sizes bytes; a floating reference is consumed
 * @error: return location for an error
 *
 * Sets an option from a GVariant.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_SINK_ERROR_INVALID_OPTION
 *
 * Since: 1.0
 */
gboolean
mvx_log_options_set_variant (MvxLogOptions *options, const char *name, GVariant *value, GError **error)
{
  g_autoptr (GVariant) owned = NULL;
  MvxLogOptionSlot *slot;
  GVariant *normal = NULL;

  g_return_val_if_fail (options != NULL, FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  owned = g_variant_ref_sink (value);
  slot = mvx_log_options_need_slot (options, name, error);
  if (slot == NULL)
    return FALSE;
  if (!mvx_log_option_parse_variant (slot->spec, owned, &normal, error))
    normal = NULL;
  return mvx_log_options_store (slot, normal, error);
}

gboolean
mvx_log_options_set_all (MvxLogOptions *options, GVariant *dict, GError **error)
{
  GVariantIter iter;
  GVariant *value;
  const char *key;
  gboolean fine = TRUE;

  g_variant_iter_init (&iter, dict);
  while (fine && g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      fine = mvx_log_options_set_variant (options, key, value, error);
      g_variant_unref (value);
    }
  return fine;
}

/**
 * mvx_log_options_check:
 * @options: options
 * @error: return location for an error
 *
 * Checks that every required option is set.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_SINK_ERROR_INVALID_OPTION that names all that are missing
 *
 * Since: 1.0
 */
gboolean
mvx_log_options_check (MvxLogOptions *options, GError **error)
{
  g_autoptr (GString) missing = g_string_new (NULL);
  guint n = 0;

  g_return_val_if_fail (options != NULL, FALSE);

  for (guint i = 0; i < options->n_slots; i++)
    if ((options->slots[i].spec->flags & MVX_LOG_OPTION_REQUIRED) && !options->slots[i].is_set)
      g_string_append_printf (missing, "%s'%s'", n++ ? ", " : "", options->slots[i].spec->name);
  if (n == 0)
    return TRUE;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "Required %s not set: %s",
               n == 1 ? "option" : "options", missing->str);
  return FALSE;
}

char **
mvx_log_options_diff (MvxLogOptions *a, MvxLogOptions *b)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < a->n_slots; i++)
    {
      const MvxLogOptionSlot *mine = &a->slots[i];
      const MvxLogOptionSlot *other = mvx_log_options_find_slot (b, mine->spec->name);
      GVariant *value = other ? other->value : NULL;

      if (mine->value != value && (mine->value == NULL || value == NULL || !g_variant_equal (mine->value, value)))
        g_ptr_array_add (names, g_strdup (mine->spec->name));
    }
  for (guint i = 0; i < b->n_slots; i++)
    if (b->slots[i].value && mvx_log_options_find_slot (a, b->slots[i].spec->name) == NULL)
      g_ptr_array_add (names, g_strdup (b->slots[i].spec->name));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_steal (names, NULL);
}

static void
mvx_log_options_collect (const MvxLogOptionSlot *slot, GVariantBuilder *builder)
{
  if (slot->value == NULL)
    return;
  if (slot->spec->flags & MVX_LOG_OPTION_SECRET)
    g_variant_builder_add (builder, "{sv}", slot->spec->name, g_variant_new_string ("***"));
  else
    g_variant_builder_add (builder, "{sv}", slot->spec->name, slot->value);
}

GVariant *
mvx_log_options_pick (MvxLogOptions *options, const char *const *names)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (; *names; names++)
    {
      const MvxLogOptionSlot *slot = mvx_log_options_find_slot (options, *names);

      if (slot)
        mvx_log_options_collect (slot, &builder);
    }
  return g_variant_builder_end (&builder);
}

guint64
mvx_log_options_hash_secrets (MvxLogOptions *options)
{
  guint64 hash = 0;

  for (guint i = 0; i < options->n_slots; i++)
    {
      const MvxLogOptionSlot *slot = &options->slots[i];

      if (slot->value == NULL || !(slot->spec->flags & MVX_LOG_OPTION_SECRET))
        continue;
      hash = mvx_log_hash (hash, slot->spec->name, strlen (slot->spec->name));
      hash = mvx_log_hash (hash, g_variant_get_data (slot->value), g_variant_get_size (slot->value));
    }
  return hash;
}

/**
 * mvx_log_options_to_variant:
 * @options: options
 *
 * All values in table order, defaults included; options without a value are left out. Secrets are `***`, so that the
 * result can be printed. Thread-safe.
 *
 * Returns: (transfer full): a dictionary `a{sv}`, not floating
 *
 * Since: 1.0
 */
GVariant *
mvx_log_options_to_variant (MvxLogOptions *options)
{
  GVariantBuilder builder;

  g_return_val_if_fail (options != NULL, NULL);

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < options->n_slots; i++)
    mvx_log_options_collect (&options->slots[i], &builder);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
