/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processors that come with the library. */
#include <string.h>

#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "base/glob-private.h"
#include "sink/markup-private.h"
#include "sink/option-parse-private.h"
#include "sink/processor-error-private.h"
#include "sink/processor-type-private.h"

/* callsite: keeps the parts of the place that are named. */

static const MvxLogOptionSpec mvx_log_processor_callsite_options[] = {
  { "keep",
    MVX_LOG_OPTION_STRV,
    MVX_LOG_OPTION_REQUIRED,
    NULL,
    0,
    0,
    NULL,
    "What stays of the place of an event: file, line, func",
    { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static gpointer
mvx_log_processor_callsite_configure (MvxLogOptions *options, GError **error)
{
  static const char *const names[] = { "file", "line", "func" };
  const char *const *keep = mvx_log_options_get_strv (options, "keep");
  guint *parts = g_new0 (guint, 1);

  for (; *keep; keep++)
    {
      guint i = 0;

      while (i < G_N_ELEMENTS (names) && strcmp (names[i], *keep) != 0)
        i++;
      if (i == G_N_ELEMENTS (names))
        {
          g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                       "Option 'keep': there is no part '%s' of a place; use file, line and func", *keep);
          g_free (parts);
          return NULL;
        }
      *parts |= 1u << i;
    }
  return parts;
}

static gboolean
mvx_log_processor_callsite (MvxLogDraft *draft, gpointer data, GError **error)
{
  mvx_log_draft_keep_source (draft, (MvxLogSourceFlags) * (const guint *) data);
  return TRUE;
}

/* defaults and rename: pairs. */

typedef struct
{
  char *key;
  char *value;
} MvxLogProcessorPair;

static void
mvx_log_processor_pair_clear (gpointer data)
{
  MvxLogProcessorPair *pair = data;

  g_free (pair->key);
  g_free (pair->value);
}

static GArray *
mvx_log_processor_read_pairs (MvxLogOptions *options, const char *name, const char *form, GError **error)
{
  const char *const *texts = mvx_log_options_get_strv (options, name);
  GArray *pairs = g_array_new (FALSE, FALSE, sizeof (MvxLogProcessorPair));

  g_array_set_clear_func (pairs, mvx_log_processor_pair_clear);
  for (; *texts; texts++)
    {
      const char *sign = strchr (*texts, '=');
      MvxLogProcessorPair pair;

      if (sign == NULL || sign == *texts || (sign[1] == '\0' && strcmp (form, "OLD=NEW") == 0))
        {
          g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                       "Option '%s': '%s' is no pair; write %s", name, *texts, form);
          g_array_unref (pairs);
          return NULL;
        }
      pair.key = g_strndup (*texts, (gsize) (sign - *texts));
      pair.value = g_strdup (sign + 1);
      g_array_append_val (pairs, pair);
    }
  return pairs;
}

static const MvxLogOptionSpec mvx_log_processor_defaults_options[] = {
  { "fields",
    MVX_LOG_OPTION_STRV,
    MVX_LOG_OPTION_REQUIRED,
    NULL,
    0,
    0,
    NULL,
    "Fields that an event gets if it does not have them, as KEY=VALUE",
    { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static gpointer
mvx_log_processor_defaults_configure (MvxLogOptions *options, GError **error)
{
  return mvx_log_processor_read_pairs (options, "fields", "KEY=VALUE", error);
}

static gboolean
mvx_log_processor_defaults (MvxLogDraft *draft, gpointer data, GError **error)
{
  GArray *pairs = data;

  for (guint i = 0; i < pairs->len; i++)
    {
      const MvxLogProcessorPair *pair = &g_array_index (pairs, MvxLogProcessorPair, i);

      if (!mvx_log_draft_get_field (draft, pair->key, NULL))
        mvx_log_draft_set_string (draft, pair->key, pair->value);
    }
  return TRUE;
}

static const MvxLogOptionSpec mvx_log_processor_rename_options[] = {
  { "keys",
    MVX_LOG_OPTION_STRV,
    MVX_LOG_OPTION_REQUIRED,
    NULL,
    0,
    0,
    NULL,
    "Fields that get another key, as OLD=NEW",
    { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static gpointer
mvx_log_processor_rename_configure (MvxLogOptions *options, GError **error)
{
  return mvx_log_processor_read_pairs (options, "keys", "OLD=NEW", error);
}

static gboolean
mvx_log_processor_rename (MvxLogDraft *draft, gpointer data, GError **error)
{
  GArray *pairs = data;

  for (guint i = 0; i < pairs->len; i++)
    {
      const MvxLogProcessorPair *pair = &g_array_index (pairs, MvxLogProcessorPair, i);

      mvx_log_draft_rename (draft, pair->key, pair->value);
    }
  return TRUE;
}

/* keys: removes fields. */

static const MvxLogOptionSpec mvx_log_processor_keys_options[] = {
  { "remove", MVX_LOG_OPTION_STRV, 0, NULL, 0, 0, NULL, "Patterns of keys whose fields are removed", { NULL, NULL } },
  { "keep",
    MVX_LOG_OPTION_STRV,
    0,
    NULL,
    0,
    0,
    NULL,
    "Patterns of keys whose fields stay; all others are removed",
    { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

typedef struct
{
  char **patterns;
  gboolean keep;
} MvxLogProcessorKeys;

static void
mvx_log_processor_keys_free (gpointer data)
{
  MvxLogProcessorKeys *keys = data;

  g_strfreev (keys->patterns);
  g_free (keys);
}

static gpointer
mvx_log_processor_keys_configure (MvxLogOptions *options, GError **error)
{
  gboolean keep = mvx_log_options_is_set (options, "keep");
  MvxLogProcessorKeys *keys;

  if (keep == mvx_log_options_is_set (options, "remove"))
    {
      g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                           "One of the options 'remove' and 'keep' is needed, and not both");
      return NULL;
    }
  keys = g_new (MvxLogProcessorKeys, 1);
  keys->keep = keep;
  keys->patterns = g_strdupv ((char **) mvx_log_options_get_strv (options, keep ? "keep" : "remove"));
  return keys;
}

static gboolean
mvx_log_processor_keys_match (const MvxLogProcessorKeys *keys, const char *key)
{
  for (guint i = 0; keys->patterns[i]; i++)
    if (mvx_log_glob_match (keys->patterns[i], key))
      return TRUE;
  return FALSE;
}

static gboolean
mvx_log_processor_keys (MvxLogDraft *draft, gpointer data, GError **error)
{
  const MvxLogProcessorKeys *keys = data;

  for (guint i = mvx_log_draft_get_n_fields (draft); i-- > 0;)
    {
      const char *key = mvx_log_draft_get_nth (draft, i, NULL);

      if (mvx_log_processor_keys_match (keys, key) != keys->keep)
        mvx_log_draft_remove (draft, key);
    }
  return TRUE;
}

/* level: drops what is below. */

static const MvxLogOptionSpec mvx_log_processor_level_options[] = {
  { "level",
    MVX_LOG_OPTION_STRING,
    MVX_LOG_OPTION_REQUIRED,
    NULL,
    0,
    0,
    NULL,
    "Events below this level are dropped",
    { mvx_log_option_is_level, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static gpointer
mvx_log_processor_level_configure (MvxLogOptions *options, GError **error)
{
  gint *level = g_new0 (gint, 1);

  if (mvx_log_level_from_string (mvx_log_options_get_string (options, "level"), level, error))
    return level;
  g_free (level);
  return NULL;
}

static gboolean
mvx_log_processor_level (MvxLogDraft *draft, gpointer data, GError **error)
{
  return mvx_log_event_get_level (mvx_log_draft_get_event (draft)) >= *(const gint *) data;
}

/* markup: removes style tags from texts. */

static const MvxLogOptionSpec mvx_log_processor_markup_options[] = {
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static gpointer
mvx_log_processor_markup_configure (MvxLogOptions *options, GError **error)
{
  return g_new0 (char, 1);
}

static gboolean
mvx_log_processor_markup (MvxLogDraft *draft, gpointer data, GError **error)
{
  const char *template = mvx_log_draft_get_template (draft);
  const char *message = mvx_log_draft_get_message (draft);
  g_autofree char *new_template = template ? mvx_log_markup_strip (template) : NULL;
  g_autofree char *new_message = message ? mvx_log_markup_strip (message) : NULL;

  if (new_template)
    mvx_log_draft_set_template (draft, new_template);
  if (new_message)
    mvx_log_draft_set_message (draft, new_message);
  for (guint i = 0; i < mvx_log_draft_get_n_fields (draft); i++)
    {
      MvxLogValue value;
      const char *key = mvx_log_draft_get_nth (draft, i, &value);
      /* A text with NULs in it is none that anybody styles. */
      g_autofree char *text = value.type == MVX_LOG_TYPE_STRING && strlen (value.u.string) == value.size
                                  ? mvx_log_markup_strip (value.u.string)
                                  : NULL;

      if (text)
        mvx_log_draft_set_string (draft, key, text);
    }
  return TRUE;
}

static void
mvx_log_processor_free_pairs (gpointer pairs)
{
  g_array_unref (pairs);
}

const MvxLogProcessorType mvx_log_processor_types[] = {
  { "callsite", "Keeps only what is named of file, line and function", mvx_log_processor_callsite_options,
    mvx_log_processor_callsite, mvx_log_processor_callsite_configure, g_free },
  { "defaults", "Sets fields that are absent", mvx_log_processor_defaults_options, mvx_log_processor_defaults,
    mvx_log_processor_defaults_configure, mvx_log_processor_free_pairs },
  { "error", "Makes a structure of an error and its causes, with a backtrace if wanted",
    mvx_log_processor_error_options, mvx_log_processor_error, mvx_log_processor_error_configure, g_free },
  { "keys", "Removes fields by their keys", mvx_log_processor_keys_options, mvx_log_processor_keys,
    mvx_log_processor_keys_configure, mvx_log_processor_keys_free },
  { "level", "Drops events below a level", mvx_log_processor_level_options, mvx_log_processor_level,
    mvx_log_processor_level_configure, g_free },
  { "markup", "Removes style tags such as [bold] and [/] from texts", mvx_log_processor_markup_options,
    mvx_log_processor_markup, mvx_log_processor_markup_configure, g_free },
  { "rename", "Gives fields other keys", mvx_log_processor_rename_options, mvx_log_processor_rename,
    mvx_log_processor_rename_configure, mvx_log_processor_free_pairs },
  { NULL, NULL, NULL, NULL, NULL, NULL },
};
