/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as language bindings give them: metadata and fields in dictionaries. */
#include <stddef.h>

#include <mvxlog/context.h>

#include "base/error-private.h"
#include "base/shortage-private.h"
#include "base/suggest-private.h"
#include "context/fieldset-private.h"

#define MVX_LOG_SUBMIT_ROOM (64 * 1024)

/* What a dictionary fills. */
typedef struct
{
  MvxLogEventInit init;
  MvxLogSender sender; /* init points to it if any of it is given */
} MvxLogSubmitMeta;

static const struct
{
  const char *key;
  const char *type;
  gsize offset; /* in MvxLogSubmitMeta, a const char *, guint, guint64 or gint64 */
} mvx_log_submit_meta[] = {
  { "name", "s", offsetof (MvxLogSubmitMeta, init.name) },
  { "namespace", "s", offsetof (MvxLogSubmitMeta, init.event_namespace) },
  { "entity-id", "s", offsetof (MvxLogSubmitMeta, init.entity_id) },
  { "outcome", "s", offsetof (MvxLogSubmitMeta, init.outcome) },
  { "template", "s", offsetof (MvxLogSubmitMeta, init.message_template) },
  { "message", "s", offsetof (MvxLogSubmitMeta, init.message) },
  { "file", "s", offsetof (MvxLogSubmitMeta, init.file) },
  { "function", "s", offsetof (MvxLogSubmitMeta, init.function) },
  { "line", "u", offsetof (MvxLogSubmitMeta, init.line) },
  { "timestamp", "x", offsetof (MvxLogSubmitMeta, init.timestamp) },
  { "trace-id", "s", offsetof (MvxLogSubmitMeta, init.trace_id) },
  { "span-id", "s", offsetof (MvxLogSubmitMeta, init.span_id) },
  { "event-id", "s", offsetof (MvxLogSubmitMeta, init.event_id) },
  { "flags", "u", offsetof (MvxLogSubmitMeta, init.flags) },
  { "host", "s", offsetof (MvxLogSubmitMeta, sender.host) },
  { "pid", "u", offsetof (MvxLogSubmitMeta, sender.pid) },
  { "thread", "u", offsetof (MvxLogSubmitMeta, sender.thread) },
  { "stream", "t", offsetof (MvxLogSubmitMeta, sender.stream) },
  { "seq", "t", offsetof (MvxLogSubmitMeta, sender.seq) },
};

static void
mvx_log_submit_refuse_key (const char *key, GError **error)
{
  const char *keys[G_N_ELEMENTS (mvx_log_submit_meta) + 1] = { NULL };
  const char *meant;
  g_autofree char *all = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (mvx_log_submit_meta); i++)
    keys[i] = mvx_log_submit_meta[i].key;
  meant = mvx_log_suggest (key, keys);
  all = g_strjoinv (", ", (char **) keys);
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT, "An event has no metadata '%s'%s%s%s", key,
               meant ? "; did you mean '" : "; it has ", meant ? meant : all, meant ? "'?" : "");
}

/* What is set points into @value. */
static gboolean
mvx_log_submit_set_meta (MvxLogSubmitMeta *about, const char *key, GVariant *value, GError **error)
{
  guint i = 0;
  gpointer member;

  while (i < G_N_ELEMENTS (mvx_log_submit_meta) && strcmp (mvx_log_submit_meta[i].key, key) != 0)
    i++;
  if (i == G_N_ELEMENTS (mvx_log_submit_meta))
    {
      mvx_log_submit_refuse_key (key, error);
      return FALSE;
    }
  if (!g_variant_is_of_type (value, (const GVariantType *) mvx_log_submit_meta[i].type))
    {
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
                   "Metadata '%s' of an event has type '%s' where '%s' is needed", key,
                   g_variant_get_type_string (value), mvx_log_submit_meta[i].type);
      return FALSE;
    }
  member = (guint8 *) about + mvx_log_submit_meta[i].offset;
  if (mvx_log_submit_meta[i].offset >= offsetof (MvxLogSubmitMeta, sender))
    about->init.sender = &about->sender;
  if (*mvx_log_submit_meta[i].type == 's')
    *(const char **) member = g_variant_get_string (value, NULL);
  else if (*mvx_log_submit_meta[i].type == 'u')
    *(guint *) member = g_variant_get_uint32 (value);
  else if (*mvx_log_submit_meta[i].type == 't')
    *(guint64 *) member = g_variant_get_uint64 (value);
  else
    *(gint64 *) member = g_variant_get_int64 (value);
  return TRUE;
}

static gboolean
mvx_log_submit_read_meta (MvxLogSubmitMeta *about, GVariant *meta, GError **error)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;
  gboolean ok = TRUE;

  if (meta == NULL)
    return TRUE;
  g_variant_iter_init (&iter, meta);
  while (ok && g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      ok = mvx_log_submit_set_meta (about, key, value, error);
      g_variant_unref (value);
    }
  return ok;
}

/* To take dictionaries apart needs memory of GLib. */
static gboolean
mvx_log_submit_is_short (void)
{
  return mvx_log_is_short_of (MVX_LOG_SUBMIT_ROOM);
}

/* One of them as a whole, for want of memory: there is none for the event either, which is counted where that is found
 * out. */
static MvxLogSubmitResult
mvx_log_submit_whole (MvxLogContext *context, gint level, const MvxLogField *cause, GVariant *dict, GError **error)
{
  const MvxLogEventInit init = { .level = level };
  const MvxLogField fields = { "fields", MVX_LOG_KIND_VARIANT, -1, { .p = dict }, 0 };

  return mvx_log_event_submit (context, &init, cause ? cause : &fields, 1, error);
}

/* With @cause, if there is one, as one more field. */
static MvxLogSubmitResult
mvx_log_submit_dict (MvxLogContext *context,
                     const MvxLogEventInit *init,
                     const MvxLogField *cause,
                     GVariant *fields,
                     GError **error)
{
  guint n;
  MvxLogField *array = mvx_log_fields_from_variant (fields, &n);
  MvxLogSubmitResult result;

  if (cause)
    {
      array = g_renew (MvxLogField, array, n + 1);
      array[n] = *cause;
    }
  result = mvx_log_event_submit (context, init, array, n + (cause ? 1 : 0), error);
  mvx_log_fields_free_variants (array, n);
  return result;
}

/**
 * mvx_log_context_log_variant:
 * @context: a context
 * @level: severity
 * @message_template: (nullable): template with `{key}` for fields
 * @fields: (nullable): fields as a dictionary `a{sv}`; consumed if floating
 * @error: return location for an error, set only under %MVX_LOG_ERROR_POLICY_RAISE
 *
 * Logs an event, for language bindings. Thread-safe.
 *
 * Returns: whether it was accepted, filtered or refused
 *
 * Since: 1.0
 */
MvxLogSubmitResult
mvx_log_context_log_variant (MvxLogContext *context,
                             gint level,
                             const char *message_template,
                             GVariant *fields,
                             GError **error)
{
  g_autoptr (GVariant) dict = NULL;
  MvxLogEventInit init = { .level = level, .message_template = message_template };

  g_return_val_if_fail (context != NULL, MVX_LOG_REFUSED);
  g_return_val_if_fail (fields == NULL || g_variant_is_of_type (fields, G_VARIANT_TYPE_VARDICT), MVX_LOG_REFUSED);

  dict = fields ? g_variant_ref_sink (fields) : NULL;
  if (dict && mvx_log_submit_is_short ())
    return mvx_log_submit_whole (context, level, NULL, dict, error);
  return mvx_log_submit_dict (context, &init, NULL, dict, error);
}

static MvxLogSubmitResult
mvx_log_submit_dicts (MvxLogContext *context,
                      gint level,
                      GVariant *meta,
                      const MvxLogField *cause,
                      GVariant *fields,
                      GError **error)
{
  g_autoptr (GVariant) dict = NULL;
  g_autoptr (GVariant) about = NULL;
  MvxLogSubmitMeta all = { .init.level = level };

  g_return_val_if_fail (context != NULL, MVX_LOG_REFUSED);
  g_return_val_if_fail (meta == NULL || g_variant_is_of_type (meta, G_VARIANT_TYPE_VARDICT), MVX_LOG_REFUSED);
  g_return_val_if_fail (fields == NULL || g_variant_is_of_type (fields, G_VARIANT_TYPE_VARDICT), MVX_LOG_REFUSED);

  about = meta ? g_variant_ref_sink (meta) : NULL;
  dict = fields ? g_variant_ref_sink (fields) : NULL;
  if ((dict || about || cause) && mvx_log_submit_is_short ())
    return mvx_log_submit_whole (context, level, cause, dict ? dict : about, error);
  if (!mvx_log_submit_read_meta (&all, about, error))
    return MVX_LOG_REFUSED;
  return mvx_log_submit_dict (context, &all.init, cause, dict, error);
}

/**
 * mvx_log_context_submit_variant:
 * @context: a context
 * @level: severity
 * @meta: (nullable): metadata as a dictionary `a{sv}`; consumed if floating
 * @fields: (nullable): fields as a dictionary `a{sv}`; consumed if floating
 * @error: return location for an error
 *
 * [func@MvxLog.Event.submit] for language bindings. Metadata are, of type `s`, `name`, `namespace`, `entity-id`,
 * `outcome`, `template`, `message`, `file`, `function`, `trace-id`, `span-id` and `event-id`; of type `u`, `line` and
 * `flags`; of type `x`, `timestamp`, in nanoseconds since 1970-01-01 UTC. See [struct@MvxLog.EventInit] for what they
 * mean. Of an event that came from elsewhere `host` (`s`), `pid`, `thread` (`u`), `stream` and `seq` (`t`) are its
 * [struct@MvxLog.Sender]. Thread-safe.
 *
 * Returns: whether it was accepted, filtered or refused; refused with %MVX_LOG_ERROR_INVALID_ARGUMENT if @meta has an
 *   unknown key or a wrong type, else with an error only under %MVX_LOG_ERROR_POLICY_RAISE
 *
 * Since: 1.0
 */
MvxLogSubmitResult
mvx_log_context_submit_variant (MvxLogContext *context, gint level, GVariant *meta, GVariant *fields, GError **error)
{
  return mvx_log_submit_dicts (context, level, meta, NULL, fields, error);
}

/**
 * mvx_log_context_submit_error:
 * @context: a context
 * @level: severity
 * @meta: (nullable): metadata as a dictionary `a{sv}`; consumed if floating
 * @cause: an error, which becomes the field `error`
 * @fields: (nullable): fields as a dictionary `a{sv}`; consumed if floating
 * @error: return location for an error
 *
 * [method@MvxLog.Context.submit_variant] for an event that tells of an error: no dictionary can hold one. Thread-safe.
 *
 * Returns: as [method@MvxLog.Context.submit_variant]
 *
 * Since: 1.0
 */
MvxLogSubmitResult
mvx_log_context_submit_error (MvxLogContext *context,
                              gint level,
                              GVariant *meta,
                              const GError *cause,
                              GVariant *fields,
                              GError **error)
{
  MvxLogField field = { "error", MVX_LOG_KIND_ERROR, -1, { .p = cause }, 0 };

  g_return_val_if_fail (cause != NULL, MVX_LOG_REFUSED);

  return mvx_log_submit_dicts (context, level, meta, &field, fields, error);
}

/* Each tells at least where it comes from and what has happened, as an error does. */
static gboolean
mvx_log_submit_check_causes (GVariant *causes, GError **error)
{
  static const struct
  {
    const char *key;
    const char *type;
    gboolean required;
  } parts[] = {
    { "domain", "s", TRUE },  { "code", "i", TRUE },         { "message", "s", TRUE },
    { "reason", "s", FALSE }, { "details", "a{sv}", FALSE },
  };

  for (gsize i = 0; i < g_variant_n_children (causes); i++)
    {
      g_autoptr (GVariant) cause = g_variant_get_child_value (causes, i);

      for (guint j = 0; j < G_N_ELEMENTS (parts); j++)
        {
          g_autoptr (GVariant) part = g_variant_lookup_value (cause, parts[j].key, NULL);

          if (part ? g_variant_is_of_type (part, (const GVariantType *) parts[j].type) : !parts[j].required)
            continue;
          g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
                       "Cause %" G_GSIZE_FORMAT " of an event has %s '%s' where type '%s' is needed", i,
                       part ? "another" : "no", parts[j].key, parts[j].type);
          return FALSE;
        }
    }
  return TRUE;
}

/**
 * mvx_log_context_submit_causes:
 * @context: a context
 * @level: severity
 * @meta: (nullable): metadata as a dictionary `a{sv}`; consumed if floating
 * @causes: what has gone wrong, outermost first, as `aa{sv}` with the keys `domain` (`s`), `code` (`i`), `message`
 * (`s`) and, if there are any, `reason` (`s`) and `details` (`a{sv}`); consumed if floating
 * @fields: (nullable): fields as a dictionary `a{sv}`; consumed if floating
 * @error: return location for an error
 *
 * [method@MvxLog.Context.submit_error] for languages whose errors are no #GError: the field `error` is the same as if
 * they were. Thread-safe.
 *
 * Returns: as [method@MvxLog.Context.submit_variant]; refused with %MVX_LOG_ERROR_INVALID_ARGUMENT, too, if a cause
 * lacks something
 *
 * Since: 1.0
 */
MvxLogSubmitResult
mvx_log_context_submit_causes (MvxLogContext *context,
                               gint level,
                               GVariant *meta,
                               GVariant *causes,
                               GVariant *fields,
                               GError **error)
{
  g_autoptr (GVariant) chain = NULL;
  g_autoptr (GVariant) about = NULL;
  g_autoptr (GVariant) dict = NULL;
  MvxLogField field = { "error", MVX_LOG_KIND_CAUSES, -1, { 0 }, 0 };

  g_return_val_if_fail (causes != NULL, MVX_LOG_REFUSED);
  g_return_val_if_fail (g_variant_is_of_type (causes, G_VARIANT_TYPE ("aa{sv}")), MVX_LOG_REFUSED);

  chain = g_variant_ref_sink (causes);
  about = meta ? g_variant_ref_sink (meta) : NULL;
  dict = fields ? g_variant_ref_sink (fields) : NULL;
  field.value.p = chain;
  if (!mvx_log_submit_is_short () && !mvx_log_submit_check_causes (chain, error))
    return MVX_LOG_REFUSED;
  return mvx_log_submit_dicts (context, level, about, &field, dict, error);
}
