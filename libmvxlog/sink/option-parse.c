/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/error.h>

#include "base/suggest-private.h"
#include "event/level-private.h"
#include "sink/option-parse-private.h"
#include "sink/quantity-private.h"

#define MVX_LOG_OPTION_SHOWN_CHARS 60

char mvx_log_option_is_level[1];

/* A value as it may stand in a message: short, on one line, valid, and nothing of a secret. */
static char *
mvx_log_option_show (const MvxLogOptionSpec *spec, const char *text)
{
  g_autofree char *valid = NULL;
  GString *shown;
  guint n = 0;

  if (spec->flags & MVX_LOG_OPTION_SECRET)
    return NULL;
  valid = g_utf8_make_valid (text, -1);
  shown = g_string_new (NULL);
  for (const char *p = valid; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (n++ == MVX_LOG_OPTION_SHOWN_CHARS)
        {
          g_string_append (shown, "...");
          break;
        }
      g_string_append_unichar (shown, g_unichar_isprint (c) ? c : '?');
    }
  return g_string_free (shown, FALSE);
}

static GVariant *
mvx_log_option_expected (const MvxLogOptionSpec *spec, const char *text, const char *remark, GError **error)
{
  g_autofree char *shown = mvx_log_option_show (spec, text);

  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "expected %s%s%s%s%s",
               mvx_log_option_type_describe (spec->type), shown ? ", got '" : "", shown ? shown : "", shown ? "'" : "",
               remark);
  return NULL;
}

/* @least and @most are texts, NULL where there is no limit. */
static GVariant *
mvx_log_option_out_of_range (const MvxLogOptionSpec *spec,
                             const char *text,
                             const char *least,
                             const char *most,
                             GError **error)
{
  g_autofree char *shown = mvx_log_option_show (spec, text);
  const char *subject = shown ? shown : "the value";

  if (least && most)
    g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "%s is out of range %s..%s", subject,
                 least, most);
  else if (least)
    g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "%s is too small; at least %s", subject,
                 least);
  else
    g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "%s is too large", subject);
  return NULL;
}

static gboolean
mvx_log_option_is_limited (const MvxLogOptionSpec *spec)
{
  return spec->min != 0 || spec->max != 0;
}

static GVariant *
mvx_log_option_parse_string (const MvxLogOptionSpec *spec, const char *text, GError **error)
{
  g_autoptr (GError) cause = NULL;
  const char *name;
  gint level;

  if (!g_utf8_validate (text, -1, NULL))
    return mvx_log_option_expected (spec, text, ", which is not valid UTF-8", error);
  if (spec->reserved[0] != (gpointer) mvx_log_option_is_level)
    return g_variant_new_string (text);
  if (!mvx_log_level_from_string (text, &level, &cause))
    {
      g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, cause->message);
      return NULL;
    }
  /* The number that a custom name stands for may be another one the next time. */
  name = mvx_log_level_is_builtin (level) ? mvx_log_level_to_string (level) : NULL;
  return name ? g_variant_new_string (name) : g_variant_new_printf ("%d", level);
}

static GVariant *
mvx_log_option_parse_boolean (const MvxLogOptionSpec *spec, const char *text, GError **error)
{
  static const char *const words[] = { "true", "false", "yes", "no", "on", "off" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (text, words[i]) == 0)
      return g_variant_new_boolean (i % 2 == 0);
  return mvx_log_option_expected (spec, text, "", error);
}

static GVariant *
mvx_log_option_parse_int64 (const MvxLogOptionSpec *spec, const char *text, GError **error)
{
  gint64 value = 0;
  gint64 min = mvx_log_option_is_limited (spec) ? spec->min : G_MININT64;
  gint64 max = mvx_log_option_is_limited (spec) ? spec->max : G_MAXINT64;
  MvxLogQuantityStatus status = mvx_log_quantity_parse_int64 (text, &value);

  if (status == MVX_LOG_QUANTITY_MALFORMED)
    return mvx_log_option_expected (spec, text, "", error);
  if (status == MVX_LOG_QUANTITY_OVERFLOW || value < min || value > max)
    {
      g_autofree char *least = g_strdup_printf ("%" G_GINT64_FORMAT, min);
      g_autofree char *most = g_strdup_printf ("%" G_GINT64_FORMAT, max);

      return mvx_log_option_out_of_range (spec, text, least, most, error);
    }
  return g_variant_new_int64 (value);
}

static GVariant *
mvx_log_option_parse_double (const MvxLogOptionSpec *spec, const char *text, GError **error)
{
  double value = 0;
  MvxLogQuantityStatus status = mvx_log_quantity_parse_double (text, &value);

  if (status == MVX_LOG_QUANTITY_MALFORMED)
    return mvx_log_option_expected (spec, text, "", error);
  if (mvx_log_option_is_limited (spec)
      && (status == MVX_LOG_QUANTITY_OVERFLOW || value < (double) spec->min || value > (double) spec->max))
    {
      g_autofree char *least = g_strdup_printf ("%" G_GINT64_FORMAT, spec->min);
      g_autofree char *most = g_strdup_printf ("%" G_GINT64_FORMAT, spec->max);

      return mvx_log_option_out_of_range (spec, text, least, most, error);
    }
  if (status == MVX_LOG_QUANTITY_OVERFLOW)
    return mvx_log_option_out_of_range (spec, text, NULL, NULL, error);
  return g_variant_new_double (value);
}

static GVariant *
mvx_log_option_parse_enum (const MvxLogOptionSpec *spec, const char *text, GError **error)
{
  static const char *const none[] = { NULL };
  const char *const *choices = spec->choices ? spec->choices : none;
  g_autofree char *shown = NULL;
  g_autofree char *allowed = NULL;
  const char *suggestion;

  if (g_strv_contains (choices, text))
    return g_variant_new_string (text);
  shown = mvx_log_option_show (spec, text);
  allowed = g_strjoinv (", ", (char **) choices);
  suggestion = shown ? mvx_log_suggest (text, choices) : NULL;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "unknown value%s%s%s;%s%s%s allowed: %s",
               shown ? " '" : "", shown ? shown : "", shown ? "'" : "", suggestion ? " did you mean '" : "",
               suggestion ? suggestion : "", suggestion ? "'?" : "", allowed);
  return NULL;
}

static GVariant *
mvx_log_option_bad_quantity (const MvxLogOptionSpec *spec,
                             const char *text,
                             MvxLogQuantityStatus status,
                             const char *units,
                             GError **error)
{
  g_autofree char *remark = NULL;

  if (status == MVX_LOG_QUANTITY_NO_UNIT)
    remark = g_strdup_printf ("%s a unit; use %s", (spec->flags & MVX_LOG_OPTION_SECRET) ? " with" : " without", units);
  else if (status == MVX_LOG_QUANTITY_UNKNOWN_UNIT)
    remark = g_strdup_printf ("; the unit must be %s", units);
  return mvx_log_option_expected (spec, text, remark ? remark : "", error);
}

static GVariant *
mvx_log_option_parse_duration (const MvxLogOptionSpec *spec, const char *text, GError **error)
{
  gint64 value = 0;
  gint64 min = mvx_log_option_is_limited (spec) ? spec->min : 0;
  gint64 max = mvx_log_option_is_limited (spec) ? spec->max : G_MAXINT64;
  MvxLogQuantityStatus status = mvx_log_quantity_parse_duration (text, &value);

  if (status != MVX_LOG_QUANTITY_OK && status != MVX_LOG_QUANTITY_OVERFLOW)
    return mvx_log_option_bad_quantity (spec, text, status, "us, ms, s, min, h or d", error);
  if (status == MVX_LOG_QUANTITY_OVERFLOW || value < min || value > max)
    {
      g_autofree char *least = mvx_log_quantity_format_duration (min);
      g_autofree char *most = mvx_log_quantity_format_duration (max);

      if (max < G_MAXINT64)
        return mvx_log_option_out_of_range (spec, text, least, most, error);
      return mvx_log_option_out_of_range (spec, text, status == MVX_LOG_QUANTITY_OK ? least : NULL, NULL, error);
    }
  return g_variant_new_int64 (value);
}

static GVariant *
mvx_log_option_parse_size (const MvxLogOptionSpec *spec, const char *text, GError **error)
{
  guint64 value = 0;
  guint64 min = mvx_log_option_is_limited (spec) ? (guint64) MAX (spec->min, 0) : 0;
  guint64 max = mvx_log_option_is_limited (spec) ? (guint64) MAX (spec->max, 0) : G_MAXUINT64;
  MvxLogQuantityStatus status = mvx_log_quantity_parse_size (text, &value);

  if (status != MVX_LOG_QUANTITY_OK && status != MVX_LOG_QUANTITY_OVERFLOW)
    return mvx_log_option_bad_quantity (spec, text, status, "B, kB, KiB, MB, MiB, GB, GiB, TB or TiB", error);
  if (status == MVX_LOG_QUANTITY_OVERFLOW || value < min || value > max)
    {
      g_autofree char *least = mvx_log_quantity_format_size (min);
      g_autofree char *most = mvx_log_quantity_format_size (max);

      if (max < G_MAXINT64)
        return mvx_log_option_out_of_range (spec, text, least, most, error);
      return mvx_log_option_out_of_range (spec, text, status == MVX_LOG_QUANTITY_OK ? least : NULL, NULL, error);
    }
  return g_variant_new_uint64 (value);
}

/* The end of the item that starts at @p: an unescaped ';' or the NUL. */
static const char *
mvx_log_option_item_end (const char *p)
{
  while (*p && *p != ';')
    p += p[0] == '\\' && p[1] == ';' ? 2 : 1;
  return p;
}

static char *
mvx_log_option_item (const char *start, const char *end)
{
  GString *item = g_string_new (NULL);

  for (const char *p = start; p < end; p++)
    {
      if (p[0] == '\\' && p + 1 < end && p[1] == ';')
        p++;
      g_string_append_c (item, *p);
    }
  return g_strstrip (g_string_free (item, FALSE));
}

static GVariant *
mvx_log_option_parse_strv (const MvxLogOptionSpec *spec, const char *text, GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
  const char *p = text;

  if (!g_utf8_validate (text, -1, NULL))
    return mvx_log_option_expected (spec, text, ", which is not valid UTF-8", error);
  while (*p)
    {
      const char *end = mvx_log_option_item_end (p);
      char *item = mvx_log_option_item (p, end);

      g_ptr_array_add (items, item);
      if (*item == '\0')
        {
          g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "item %u of the list is empty",
                       items->len);
          return NULL;
        }
      p = *end ? end + 1 : end;
    }
  return g_variant_new_strv ((const char *const *) items->pdata, items->len);
}

gboolean
mvx_log_option_parse (const MvxLogOptionSpec *spec, const char *text, GVariant **normal, GError **error)
{
  static GVariant *(*const parsers[]) (const MvxLogOptionSpec *spec, const char *text, GError **error) = {
    [MVX_LOG_OPTION_STRING] = mvx_log_option_parse_string, [MVX_LOG_OPTION_BOOLEAN] = mvx_log_option_parse_boolean,
    [MVX_LOG_OPTION_INT64] = mvx_log_option_parse_int64,   [MVX_LOG_OPTION_DOUBLE] = mvx_log_option_parse_double,
    [MVX_LOG_OPTION_ENUM] = mvx_log_option_parse_enum,     [MVX_LOG_OPTION_DURATION] = mvx_log_option_parse_duration,
    [MVX_LOG_OPTION_SIZE] = mvx_log_option_parse_size,     [MVX_LOG_OPTION_STRV] = mvx_log_option_parse_strv,
  };
  g_autofree char *stripped = NULL;
  GVariant *value;

  g_return_val_if_fail (spec->type >= MVX_LOG_OPTION_STRING && spec->type <= MVX_LOG_OPTION_STRV, FALSE);

  /* Blanks around are invisible in a key-file; only in plain text they may be meant. */
  if (spec->type != MVX_LOG_OPTION_STRING || spec->reserved[0] == (gpointer) mvx_log_option_is_level)
    text = stripped = g_strstrip (g_strdup (text));
  value = parsers[spec->type](spec, text, error);
  if (value == NULL)
    return FALSE;
  g_variant_ref_sink (value);
  if (normal)
    *normal = value;
  else
    g_variant_unref (value);
  return TRUE;
}

const char *
mvx_log_option_type_describe (MvxLogOptionType type)
{
  switch (type)
    {
    case MVX_LOG_OPTION_STRING:
      return "text";
    case MVX_LOG_OPTION_BOOLEAN:
      return "true, false, yes, no, on or off";
    case MVX_LOG_OPTION_INT64:
      return "a whole number";
    case MVX_LOG_OPTION_DOUBLE:
      return "a number";
    case MVX_LOG_OPTION_ENUM:
      return "one of the choices";
    case MVX_LOG_OPTION_DURATION:
      return "a duration such as 250ms, 5s or 1h";
    case MVX_LOG_OPTION_SIZE:
      return "a size such as 4096, 64KiB or 10MB";
    case MVX_LOG_OPTION_STRV:
      return "a list separated by ';'";
    default:
      return "a value of an unknown type";
    }
}
