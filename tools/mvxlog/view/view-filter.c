/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include <mvxlog/mvxlog.h>

#include "view/view-filter.h"

struct _MvxViewFilter
{
  gboolean has_level;
  gint level;
  char *context;
  char *trace;
  MvxLogPredicate *where;
  GRegex *grep;
  gint64 since_us; /* G_MININT64 for none */
  gint64 until_us; /* G_MAXINT64 for none */
};

void
mvx_view_filter_free (MvxViewFilter *filter)
{
  g_clear_pointer (&filter->where, mvx_log_predicate_free);
  g_clear_pointer (&filter->grep, g_regex_unref);
  g_free (filter->context);
  g_free (filter->trace);
  g_free (filter);
}

/* "10m", "90s", "2h", "3d": microseconds, or -1. */
static gint64
mvx_view_filter_span (const char *text)
{
  static const struct
  {
    const char *unit;
    gint64 us;
  } units[] = {
    { "ms", 1000 },
    { "s", G_USEC_PER_SEC },
    { "m", 60 * G_USEC_PER_SEC },
    { "min", 60 * G_USEC_PER_SEC },
    { "h", G_GINT64_CONSTANT (3600000000) },
    { "d", G_GINT64_CONSTANT (86400000000) },
    { "w", G_GINT64_CONSTANT (604800000000) },
  };
  guint64 n;
  char *end;

  if (!g_ascii_isdigit (*text))
    return -1;
  n = g_ascii_strtoull (text, &end, 10);
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (strcmp (end, units[i].unit) == 0 && n < (guint64) (G_MAXINT64 / units[i].us))
      return (gint64) n * units[i].us;
  return -1;
}

/* A date alone is its midnight; without an offset it is local time. */
static GDateTime *
mvx_view_filter_date (const char *text)
{
  g_autoptr (GTimeZone) local = g_time_zone_new_local ();
  g_autofree char *full = NULL;

  if (strlen (text) == 10)
    full = g_strconcat (text, "T00:00:00", NULL);
  else if (strlen (text) == 16)
    full = g_strconcat (text, ":00", NULL);
  else
    full = g_strdup (text);
  if (strlen (full) > 10 && full[10] == ' ')
    full[10] = 'T';
  return g_date_time_new_from_iso8601 (full, local);
}

static gboolean
mvx_view_filter_time (const char *option, const char *text, gint64 now_us, gint64 *time_us, GError **error)
{
  g_autoptr (GDateTime) when = NULL;
  gint64 span;

  if (text == NULL)
    return TRUE;
  span = mvx_view_filter_span (text);
  if (span >= 0)
    {
      *time_us = now_us - span;
      return TRUE;
    }
  when = mvx_view_filter_date (text);
  if (when)
    {
      *time_us = g_date_time_to_unix (when) * G_USEC_PER_SEC + g_date_time_get_microsecond (when);
      return TRUE;
    }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "%s: '%s' is not a time; use one such as 2026-05-31T06:40:00Z or 2026-05-31, or how long ago: 90s, 10m, "
               "2h, 3d",
               option, text);
  return FALSE;
}

static gboolean
mvx_view_filter_set_level (MvxViewFilter *filter, const char *text, GError **error)
{
  g_autofree char *name = NULL;

  if (text == NULL)
    return TRUE;
  /* "warning+" is what other viewers call it. */
  name = g_strndup (text, strlen (text) - (g_str_has_suffix (text, "+") ? 1 : 0));
  filter->has_level = mvx_view_level_parse (name, &filter->level);
  if (filter->has_level)
    return TRUE;
  mvx_log_level_from_string (name, &filter->level, error);
  g_prefix_error (error, "--level: ");
  return FALSE;
}

static gboolean
mvx_view_filter_set_regex (MvxViewFilter *filter, const char *pattern, GError **error)
{
  if (pattern == NULL)
    return TRUE;
  if (!g_utf8_validate (pattern, -1, NULL))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--grep: the regular expression is not valid UTF-8");
      return FALSE;
    }
  filter->grep = g_regex_new (pattern, G_REGEX_OPTIMIZE, 0, error);
  if (filter->grep)
    return TRUE;
  g_prefix_error (error, "--grep: ");
  return FALSE;
}

MvxViewFilter *
mvx_view_filter_new (const MvxViewFilterOptions *options, gint64 now_us, GError **error)
{
  g_autoptr (MvxViewFilter) filter = g_new0 (MvxViewFilter, 1);

  filter->since_us = G_MININT64;
  filter->until_us = G_MAXINT64;
  filter->context = g_strdup (options->context);
  filter->trace = g_strdup (options->trace);
  if (!mvx_view_filter_set_level (filter, options->level, error)
      || !mvx_view_filter_time ("--since", options->since, now_us, &filter->since_us, error)
      || !mvx_view_filter_time ("--until", options->until, now_us, &filter->until_us, error)
      || !mvx_view_filter_set_regex (filter, options->grep, error))
    return NULL;
  if (options->where)
    {
      filter->where = mvx_log_predicate_new (options->where, error);
      if (filter->where == NULL)
        {
          g_prefix_error (error, "--where: ");
          return NULL;
        }
    }
  return g_steal_pointer (&filter);
}

void
mvx_view_filter_get_terms (const MvxViewFilter *filter, MvxViewFilterTerms *terms)
{
  *terms = (MvxViewFilterTerms){ filter->has_level, filter->level,    filter->context, filter->trace,
                                 filter->where,     filter->since_us, filter->until_us };
}

static gboolean
mvx_view_filter_greps (MvxViewFilter *filter, const char *text, gsize length)
{
  g_autofree char *valid = NULL;

  if (filter->grep == NULL)
    return TRUE;
  valid = g_utf8_make_valid (text, (gssize) length);
  return g_regex_match (filter->grep, valid, 0, NULL);
}

gboolean
mvx_view_filter_matches (MvxViewFilter *filter, MvxViewEvent *event)
{
  const MvxViewField *context = mvx_view_event_get (event, MVX_VIEW_CONTEXT);
  const MvxViewField *trace = mvx_view_event_get (event, MVX_VIEW_TRACE);

  if (filter->has_level && (!event->has_level || event->level < filter->level))
    return FALSE;
  /* The root context has the empty name, which the renderer leaves out. */
  if (filter->context && fnmatch (filter->context, context ? context->text : "", 0) != 0)
    return FALSE;
  if (filter->trace && (trace == NULL || g_ascii_strcasecmp (trace->text, filter->trace) != 0))
    return FALSE;
  if (filter->since_us != G_MININT64 && (!event->has_time || event->time_us < filter->since_us))
    return FALSE;
  if (filter->until_us != G_MAXINT64 && (!event->has_time || event->time_us > filter->until_us))
    return FALSE;
  if (filter->where && !mvx_log_predicate_matches (filter->where, &mvx_view_event_funcs, event))
    return FALSE;
  return mvx_view_filter_greps (filter, event->line, event->line_length);
}

gboolean
mvx_view_filter_matches_line (MvxViewFilter *filter, const char *line, gsize length)
{
  if (filter->has_level || filter->context || filter->trace || filter->where || filter->since_us != G_MININT64
      || filter->until_us != G_MAXINT64)
    return FALSE;
  return mvx_view_filter_greps (filter, line, length);
}
