/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "base/diag-private.h"
#include "base/error-private.h"
#include "base/quiesce-private.h"
#include "sink/options-private.h"
#include "sink/processor-private.h"
#include "sink/shape-private.h"

/* What options say. */
typedef struct
{
  MvxLogRedactor redactor;
  MvxLogFilter filter;
} MvxLogShapeRules;

/* What a program says. */
typedef struct
{
  MvxLogFilterFunc func;
  gpointer data;
  GDestroyNotify destroy;
} MvxLogShapeFunc;

struct _MvxLogShape
{
  gatomicrefcount ref_count;
  MvxLogShapeRules *rules; /* NULL: the default */
  MvxLogShapeFunc *func;   /* nullable */
  GPtrArray *processors;   /* nullable */
};

/* In the order of MvxLogRedactAction. */
static const char *const mvx_log_shape_actions[] = { "keep", "hash", "mask", "drop", NULL };

/* clang-format off */
const MvxLogOptionSpec mvx_log_shape_options[] = {
  { "redact", MVX_LOG_OPTION_STRV, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,
    "Patterns of keys whose values the sink must not see, also inside lists and maps; small and capital letters are the "
    "same", { NULL, NULL } },
  { "redact-text", MVX_LOG_OPTION_STRV, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,
    "Regular expressions of what the sink must not see inside finished messages and texts; with a group in it only what "
    "the first one matches", { NULL, NULL } },
  { "redact-action", MVX_LOG_OPTION_ENUM, MVX_LOG_OPTION_RELOADABLE, "mask", 0, 0, mvx_log_shape_actions,
    "What becomes of what 'redact' and 'redact-text' match", { NULL, NULL } },
  { "secret-action", MVX_LOG_OPTION_ENUM, MVX_LOG_OPTION_RELOADABLE, "mask", 0, 0, mvx_log_shape_actions,
    "What becomes of values that the program marks as secret", { NULL, NULL } },
  { "personal-action", MVX_LOG_OPTION_ENUM, MVX_LOG_OPTION_RELOADABLE, "keep", 0, 0, mvx_log_shape_actions,
    "What becomes of values that the program marks as personal", { NULL, NULL } },
  { "hash-key", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE | MVX_LOG_OPTION_SECRET, NULL, 0, 0, NULL,
    "Key of the hashes (HMAC-SHA256) that stand for hashed values", { NULL, NULL } },
  { "hash-key-file", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,
    "File that holds the key in place of 'hash-key'; a newline at its end does not count", { NULL, NULL } },
  { "contexts", MVX_LOG_OPTION_STRV, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,
    "The sink takes only events of these contexts and of those below them", { NULL, NULL } },
  { "match", MVX_LOG_OPTION_STRV, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,
    "The sink takes only events that have all these fields, as KEY=VALUE", { NULL, NULL } },
  { "filter", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,
    "The sink takes only events for which this predicate holds, such as status >= 500", { NULL, NULL } },
  { "processors", MVX_LOG_OPTION_STRV, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,
    "Names of processors that events pass on their way to the sink, in order", { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};
/* clang-format on */

gboolean
mvx_log_shape_has_option (const MvxLogOptionSpec *spec)
{
  return spec >= mvx_log_shape_options && spec < mvx_log_shape_options + G_N_ELEMENTS (mvx_log_shape_options);
}

static void
mvx_log_shape_rules_clear (gpointer data)
{
  MvxLogShapeRules *rules = data;

  mvx_log_redactor_clear (&rules->redactor);
  mvx_log_filter_clear (&rules->filter);
}

static void
mvx_log_shape_rules_unref (MvxLogShapeRules *rules)
{
  g_atomic_rc_box_release_full (rules, mvx_log_shape_rules_clear);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogShapeRules, mvx_log_shape_rules_unref)

static void
mvx_log_shape_func_clear (gpointer data)
{
  MvxLogShapeFunc *func = data;

  if (func->destroy)
    func->destroy (func->data);
}

static void
mvx_log_shape_func_unref (MvxLogShapeFunc *func)
{
  g_atomic_rc_box_release_full (func, mvx_log_shape_func_clear);
}

MvxLogShape *
mvx_log_shape_ref (MvxLogShape *shape)
{
  g_atomic_ref_count_inc (&shape->ref_count);
  return shape;
}

void
mvx_log_shape_unref (MvxLogShape *shape)
{
  if (!g_atomic_ref_count_dec (&shape->ref_count))
    return;
  g_clear_pointer (&shape->rules, mvx_log_shape_rules_unref);
  g_clear_pointer (&shape->func, mvx_log_shape_func_unref);
  g_clear_pointer (&shape->processors, g_ptr_array_unref);
  g_free (shape);
}

static MvxLogShape *
mvx_log_shape_copy (const MvxLogShape *shape)
{
  MvxLogShape *copy = g_new0 (MvxLogShape, 1);

  g_atomic_ref_count_init (&copy->ref_count);
  if (shape && shape->rules)
    copy->rules = g_atomic_rc_box_acquire (shape->rules);
  if (shape && shape->func)
    copy->func = g_atomic_rc_box_acquire (shape->func);
  if (shape && shape->processors)
    copy->processors = g_ptr_array_ref (shape->processors);
  return copy;
}

/* NULL if there is nothing in it. */
static MvxLogShape *
mvx_log_shape_settle (MvxLogShape *shape)
{
  if (shape->rules || shape->func || shape->processors)
    return shape;
  mvx_log_shape_unref (shape);
  return NULL;
}

MvxLogShape *
mvx_log_shape_with_processors (MvxLogShape *shape, GPtrArray *processors)
{
  MvxLogShape *copy = mvx_log_shape_copy (shape);

  g_clear_pointer (&copy->processors, g_ptr_array_unref);
  copy->processors = processors && processors->len > 0 ? g_ptr_array_ref (processors) : NULL;
  return mvx_log_shape_settle (copy);
}

MvxLogShape *
mvx_log_shape_with_func (MvxLogShape *shape, MvxLogFilterFunc func, gpointer data, GDestroyNotify destroy)
{
  MvxLogShape *copy = mvx_log_shape_copy (shape);

  g_clear_pointer (&copy->func, mvx_log_shape_func_unref);
  if (func)
    {
      copy->func = g_atomic_rc_box_new (MvxLogShapeFunc);
      *copy->func = (MvxLogShapeFunc){ func, data, destroy };
    }
  return mvx_log_shape_settle (copy);
}

MvxLogShape *
mvx_log_shape_renew (MvxLogShape *old, MvxLogShape *next)
{
  MvxLogShape *copy;

  if (old == NULL || old->func == NULL || (next && next->func == old->func))
    return next ? mvx_log_shape_ref (next) : NULL;
  copy = mvx_log_shape_copy (next);
  g_clear_pointer (&copy->func, mvx_log_shape_func_unref);
  copy->func = g_atomic_rc_box_acquire (old->func);
  return copy;
}

GPtrArray *
mvx_log_shape_get_processors (MvxLogShape *shape)
{
  return shape ? shape->processors : NULL;
}

/* The value of an option of ours that is set, not of a plugin's of the same name. */
static const char *const *
mvx_log_shape_get_strv (MvxLogOptions *options, const char *name)
{
  const char *const *items = NULL;

  if (mvx_log_shape_has_option (mvx_log_options_find (options, name)))
    items = mvx_log_options_get_strv (options, name);
  return items && items[0] ? items : NULL;
}

static const char *
mvx_log_shape_get_string (MvxLogOptions *options, const char *name)
{
  return mvx_log_shape_has_option (mvx_log_options_find (options, name)) ? mvx_log_options_get_string (options, name)
                                                                         : NULL;
}

static MvxLogRedactAction
mvx_log_shape_get_action (MvxLogOptions *options, const char *name, MvxLogRedactAction fallback)
{
  return mvx_log_shape_has_option (mvx_log_options_find (options, name))
             ? (MvxLogRedactAction) mvx_log_options_get_enum (options, name)
             : fallback;
}

static gboolean
mvx_log_shape_read_key_file (MvxLogRedactor *redactor, const char *path, GError **error)
{
  g_autoptr (GError) local = NULL;
  char *text = NULL;
  gsize len = 0;

  if (!g_file_get_contents (path, &text, &len, &local))
    {
      g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "Option 'hash-key-file': %s",
                   local->message);
      return FALSE;
    }
  while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
    len--;
  redactor->hash_key = g_bytes_new_take (text, len);
  if (len > 0)
    return TRUE;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
               "Option 'hash-key-file': '%s' is empty; write a random key into it", path);
  return FALSE;
}

/* Hashes without a key could be looked up in a table of what is likely. */
static gboolean
mvx_log_shape_read_key (MvxLogRedactor *redactor, MvxLogOptions *options, GError **error)
{
  const char *key = mvx_log_shape_get_string (options, "hash-key");
  const char *file = mvx_log_shape_get_string (options, "hash-key-file");
  const char *option = redactor->by_key == MVX_LOG_REDACT_HASH     ? "redact-action"
                       : redactor->secret == MVX_LOG_REDACT_HASH   ? "secret-action"
                       : redactor->personal == MVX_LOG_REDACT_HASH ? "personal-action"
                                                                   : NULL;

  if (key && file)
    {
      g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                           "Options 'hash-key' and 'hash-key-file' are both given; remove one of them");
      return FALSE;
    }
  if (file)
    return mvx_log_shape_read_key_file (redactor, file, error);
  if (key && *key)
    redactor->hash_key = g_bytes_new (key, strlen (key));
  if (option == NULL || redactor->hash_key)
    return TRUE;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
               "Option '%s': 'hash' needs a key; give 'hash-key-file' or 'hash-key'", option);
  return FALSE;
}

static gboolean
mvx_log_shape_read_texts (MvxLogRedactor *redactor, MvxLogOptions *options, GError **error)
{
  const char *const *expressions = mvx_log_shape_get_strv (options, "redact-text");
  g_autoptr (GError) local = NULL;

  if (expressions && g_strv_contains (expressions, ""))
    {
      g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                           "Option 'redact-text': the list has an empty expression; remove it");
      return FALSE;
    }
  if (expressions)
    redactor->texts = mvx_log_text_patterns_new (expressions, &local);
  if (local == NULL)
    return TRUE;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "Option 'redact-text': %s",
               local->message);
  return FALSE;
}

static gboolean
mvx_log_shape_read_redactor (MvxLogRedactor *redactor, MvxLogOptions *options, GError **error)
{
  redactor->patterns = g_strdupv ((char **) mvx_log_shape_get_strv (options, "redact"));
  for (guint i = 0; redactor->patterns && redactor->patterns[i]; i++)
    {
      char *lower = g_ascii_strdown (redactor->patterns[i], -1);

      g_free (redactor->patterns[i]);
      redactor->patterns[i] = lower;
      if (*lower)
        continue;
      g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                           "Option 'redact': the list has an empty pattern; remove it");
      return FALSE;
    }
  if (!mvx_log_shape_read_texts (redactor, options, error))
    return FALSE;
  redactor->by_key = mvx_log_shape_get_action (options, "redact-action", MVX_LOG_REDACT_MASK);
  redactor->secret = mvx_log_shape_get_action (options, "secret-action", MVX_LOG_REDACT_MASK);
  redactor->personal = mvx_log_shape_get_action (options, "personal-action", MVX_LOG_REDACT_KEEP);
  return mvx_log_shape_read_key (redactor, options, error);
}

/* Elsewhere patterns are taken; here one would match nothing. */
static gboolean
mvx_log_shape_check_contexts (char *const *contexts, GError **error)
{
  for (guint i = 0; contexts && contexts[i]; i++)
    if (strpbrk (contexts[i], "*?[") != NULL)
      {
        g_set_error (
            error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
            "Option 'contexts': '%s' is a pattern, not the name of a context; those below one are taken without "
            "it",
            contexts[i]);
        return FALSE;
      }
  return TRUE;
}

static gboolean
mvx_log_shape_read_filter (MvxLogFilter *filter, MvxLogOptions *options, GError **error)
{
  const char *predicate = mvx_log_shape_get_string (options, "filter");
  g_autoptr (GError) local = NULL;

  filter->contexts = g_strdupv ((char **) mvx_log_shape_get_strv (options, "contexts"));
  if (!mvx_log_shape_check_contexts (filter->contexts, error))
    return FALSE;
  if (!mvx_log_filter_set_pairs (filter, mvx_log_shape_get_strv (options, "match"), &local))
    {
      g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "Option 'match': %s", local->message);
      return FALSE;
    }
  filter->predicate = predicate ? mvx_log_predicate_new (predicate, &local) : NULL;
  if (local == NULL)
    return TRUE;
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "Option 'filter': %s", local->message);
  return FALSE;
}

static gboolean
mvx_log_shape_rules_are_default (const MvxLogShapeRules *rules)
{
  return rules->redactor.patterns == NULL && rules->redactor.texts == NULL
         && rules->redactor.secret == mvx_log_redactor_default.secret
         && rules->redactor.personal == mvx_log_redactor_default.personal && mvx_log_filter_is_empty (&rules->filter);
}

MvxLogShape *
mvx_log_shape_with_options (MvxLogShape *shape, MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxLogShapeRules) rules = g_atomic_rc_box_new0 (MvxLogShapeRules);
  MvxLogShape *copy;

  if (!mvx_log_shape_read_redactor (&rules->redactor, options, error)
      || !mvx_log_shape_read_filter (&rules->filter, options, error))
    return NULL;
  copy = mvx_log_shape_copy (shape);
  g_clear_pointer (&copy->rules, mvx_log_shape_rules_unref);
  if (!mvx_log_shape_rules_are_default (rules))
    copy->rules = g_steal_pointer (&rules);
  return mvx_log_shape_settle (copy);
}

MvxLogShape *
mvx_log_shape_new (MvxLogOptions *options, GPtrArray *processors, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (MvxLogShape) rules = mvx_log_shape_with_options (NULL, options, &local);

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  return mvx_log_shape_with_processors (rules, processors);
}

GPtrArray *
mvx_log_shape_find_processors (MvxLogOptions *options, GError **error)
{
  const char *const *names = mvx_log_shape_get_strv (options, "processors");
  g_autoptr (GPtrArray) processors = g_ptr_array_new_with_free_func (g_object_unref);

  for (; names && *names; names++)
    {
      MvxLogProcessor *processor = mvx_log_get_processor (*names);

      if (processor == NULL)
        {
          g_set_error (
              error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
              "Option 'processors': no processor is registered as '%s'; call mvx_log_register_processor() first",
              *names);
          return NULL;
        }
      g_ptr_array_add (processors, processor);
    }
  return g_steal_pointer (&processors);
}

/* Who cannot decide does not want it. */
static gboolean
mvx_log_shape_asks (const MvxLogShapeFunc *func, const MvxLogDraft *draft)
{
  g_autoptr (GError) error = NULL;
  gboolean wanted = func->func (draft, func->data, &error);

  if (error)
    mvx_log_diag (MVX_LOG_LEVEL_WARNING, "the filter of a sink failed, the event is rejected: %s", error->message);
  return wanted && error == NULL;
}

static gboolean
mvx_log_shape_wants (const MvxLogShape *shape, const MvxLogDraft *draft)
{
  return (shape->rules == NULL || mvx_log_filter_matches (&shape->rules->filter, draft))
         && (shape->func == NULL || mvx_log_shape_asks (shape->func, draft));
}

void
mvx_log_shape_redact (const MvxLogShape *shape, MvxLogDraft *draft)
{
  mvx_log_redactor_apply (shape && shape->rules ? &shape->rules->redactor : &mvx_log_redactor_default, draft);
}

char *
mvx_log_shape_redact_message (const MvxLogShape *shape, char *message)
{
  GString *text
      = shape && shape->rules ? mvx_log_redactor_in_text (&shape->rules->redactor, message, strlen (message)) : NULL;

  if (text == NULL)
    return message;
  g_free (message);
  return g_string_free (text, FALSE);
}

static MvxLogShapeResult
mvx_log_shape_process (const MvxLogShape *shape, MvxLogDraft *draft, GError **error)
{
  GError *cause = NULL;

  if (shape->processors == NULL)
    return MVX_LOG_SHAPE_DONE;
  if (mvx_log_processors_run (shape->processors, draft, &cause))
    {
      g_clear_error (&cause);
      /* What they have set or renamed must not escape. */
      mvx_log_shape_redact (shape, draft);
      return MVX_LOG_SHAPE_DONE;
    }
  if (cause == NULL)
    return MVX_LOG_SHAPE_DROPPED;
  mvx_log_error_wrap (&cause, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNEXPECTED, "A processor of the sink failed");
  g_propagate_error (error, cause);
  return MVX_LOG_SHAPE_FAILED;
}

MvxLogShapeResult
mvx_log_shape_apply (const MvxLogShape *shape,
                     const MvxLogDraft *base,
                     MvxLogBuffer *buffer,
                     const MvxLogRecord **record,
                     GError **error)
{
  MvxLogThread *thread = mvx_log_thread_get ();
  MvxLogShapeResult result = MVX_LOG_SHAPE_DONE;
  g_auto (MvxLogDraft) draft = { 0 };
  int before = mvx_log_thread_enter_foreign (thread); /* filters and processors */

  if (shape && !mvx_log_shape_wants (shape, base))
    result = MVX_LOG_SHAPE_DROPPED;
  if (result == MVX_LOG_SHAPE_DONE)
    {
      mvx_log_draft_init_copy (&draft, base);
      mvx_log_shape_redact (shape, &draft);
      if (shape)
        result = mvx_log_shape_process (shape, &draft, error);
    }
  mvx_log_thread_leave_foreign (thread, before);
  if (result == MVX_LOG_SHAPE_DONE)
    *record = mvx_log_draft_encode (&draft, buffer);
  return result;
}
