/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fields of an event as variants, for language bindings and for whoever does not want to walk them. */
#include "event/event-private.h"

/* A variant holds valid UTF-8 without NULs only. */
static GVariant *
mvx_log_event_variant_string (const char *text, gsize len)
{
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) len);

  return g_variant_new_string (valid);
}

static GVariant *
mvx_log_event_variant_items (const MvxLogValue *value)
{
  gboolean map = value->type == MVX_LOG_TYPE_MAP;
  GVariantBuilder builder;
  MvxLogValueIter iter;
  MvxLogValue item;
  const char *key;

  g_variant_builder_init (&builder, map ? G_VARIANT_TYPE_VARDICT : G_VARIANT_TYPE ("av"));
  mvx_log_value_iter_init (&iter, value);
  while (mvx_log_value_iter_next (&iter, &key, &item))
    if (map)
      g_variant_builder_add (&builder, "{@sv}", mvx_log_event_variant_string (key, strlen (key)),
                             mvx_log_value_to_variant (&item));
    else
      g_variant_builder_add (&builder, "v", mvx_log_value_to_variant (&item));
  return g_variant_builder_end (&builder);
}

GVariant *
mvx_log_value_to_variant (const MvxLogValue *value)
{
  switch (value->type)
    {
    case MVX_LOG_TYPE_BOOL:
      return g_variant_new_boolean (value->u.boolean);
    case MVX_LOG_TYPE_INT64:
    case MVX_LOG_TYPE_TIME:
      return g_variant_new_int64 (value->u.int64);
    case MVX_LOG_TYPE_UINT64:
      return g_variant_new_uint64 (value->u.uint64);
    case MVX_LOG_TYPE_DOUBLE:
      return g_variant_new_double (value->u.dbl);
    case MVX_LOG_TYPE_STRING:
      return mvx_log_event_variant_string (value->u.string, value->size);
    case MVX_LOG_TYPE_BYTES:
      return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, value->u.bytes, value->size, 1);
    case MVX_LOG_TYPE_ERROR:
    case MVX_LOG_TYPE_LIST:
    case MVX_LOG_TYPE_MAP:
      return mvx_log_event_variant_items (value);
    case MVX_LOG_TYPE_NULL:
    default:
      return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);
    }
}

/**
 * mvx_log_event_dup_variant:
 * @event: an event
 * @key: a key
 *
 * Gives a field as a variant: `b`, `x` (integers, and times as nanoseconds since 1970), `t`, `d`, `s` (invalid UTF-8
 * replaced), `ay`, `av`, `a{sv}`, for an error `av` of `a{sv}`, for null a maybe with nothing in it. Thread-safe.
 *
 * Returns: (nullable) (transfer full): the value, or %NULL if there is no such field
 *
 * Since: 1.0
 */
GVariant *
mvx_log_event_dup_variant (const MvxLogEvent *event, const char *key)
{
  MvxLogValue value;

  g_return_val_if_fail (event != NULL, NULL);
  g_return_val_if_fail (key != NULL, NULL);

  return mvx_log_event_get_field (event, key, &value) ? g_variant_ref_sink (mvx_log_value_to_variant (&value)) : NULL;
}

/**
 * mvx_log_event_dup_fields:
 * @event: an event
 *
 * Gives all fields as a dictionary `a{sv}`, in their order, with values as [method@MvxLog.Event.dup_variant] makes
 * them. Thread-safe.
 *
 * Returns: (transfer full): the fields
 *
 * Since: 1.0
 */
GVariant *
mvx_log_event_dup_fields (const MvxLogEvent *event)
{
  GVariantBuilder builder;
  MvxLogFieldIter iter;
  MvxLogValue value;
  const char *key;

  g_return_val_if_fail (event != NULL, NULL);

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  mvx_log_field_iter_init (&iter, event);
  while (mvx_log_field_iter_next (&iter, &key, &value))
    g_variant_builder_add (&builder, "{@sv}", mvx_log_event_variant_string (key, strlen (key)),
                           mvx_log_value_to_variant (&value));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
