/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/message-private.h"
#include "base/number-private.h"
#include "render/prepared-private.h"
#include "render/textvalue-private.h"

static void
mvx_log_message_append_compiled (const MvxLogEvent *event,
                                 const MvxLogFieldList *fields,
                                 MvxLogEscape escape,
                                 MvxLogBuffer *buffer)
{
  const MvxLogTemplate *message = &mvx_log_prepared_get (event->site)->message;

  for (guint i = 0; i < message->n_pieces; i++)
    {
      const MvxLogTemplatePiece *piece = &message->pieces[i];
      const MvxLogValue *value = NULL;

      if (piece->field >= 0 && event->slots)
        value = &fields->entries[fields->n_inline + (guint) piece->field].value;
      else if (piece->field != MVX_LOG_TEMPLATE_LITERAL)
        value = mvx_log_fieldlist_find (fields, piece->text + 1, piece->len - 2);

      if (value)
        mvx_log_textvalue_append (buffer, escape, value);
      else if (escape == MVX_LOG_ESCAPE_JSON || piece->plain)
        mvx_log_buffer_append (buffer, piece->json, piece->json_len);
      else
        mvx_log_escape_append (buffer, escape, piece->text, piece->len);
    }
}

static void
mvx_log_message_append_template (const char *text,
                                 const MvxLogFieldList *fields,
                                 MvxLogEscape escape,
                                 MvxLogBuffer *buffer)
{
  MvxLogTemplateToken token;

  while (mvx_log_template_next (&text, &token))
    {
      const MvxLogValue *value = NULL;

      if (token.is_key)
        value = mvx_log_fieldlist_find (fields, token.text + 1, token.len - 2);
      if (value)
        mvx_log_textvalue_append (buffer, escape, value);
      else
        mvx_log_escape_append (buffer, escape, token.text, token.len);
    }
}

gboolean
mvx_log_message_exists (const MvxLogEvent *event)
{
  return mvx_log_event_get_template (event) || mvx_log_event_get_verbatim_message (event);
}

gboolean
mvx_log_message_append_fields (const MvxLogEvent *event,
                               const MvxLogFieldList *fields,
                               MvxLogEscape escape,
                               MvxLogBuffer *buffer)
{
  gsize len;
  const char *text = event->meta ? mvx_log_event_meta (event, MVX_LOG_META_MESSAGE, &len) : NULL;

  if (text)
    mvx_log_escape_append (buffer, escape, text, len);
  else if (event->site && event->site->message_template)
    mvx_log_message_append_compiled (event, fields, escape, buffer);
  else
    {
      text = mvx_log_event_get_template (event);
      if (text == NULL)
        return FALSE;
      mvx_log_message_append_template (text, fields, escape, buffer);
    }
  return TRUE;
}

static void
mvx_log_message_append_name (const MvxLogEvent *event, MvxLogEscape escape, MvxLogBuffer *buffer)
{
  const char *parts[]
      = { mvx_log_event_get_context (event), mvx_log_event_get_entity_id (event), mvx_log_event_get_name (event) };
  const char *outcome = mvx_log_event_get_outcome (event);
  gboolean first = TRUE;

  if (parts[2] == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (parts[i] && *parts[i])
      {
        if (!first)
          mvx_log_buffer_append_c (buffer, '.');
        first = FALSE;
        mvx_log_escape_append (buffer, escape, parts[i], strlen (parts[i]));
      }
  if (outcome && *outcome)
    {
      mvx_log_buffer_append_s (buffer, " [");
      mvx_log_escape_append (buffer, escape, outcome, strlen (outcome));
      mvx_log_buffer_append_c (buffer, ']');
    }
}

void
mvx_log_message_append_text (const MvxLogEvent *event,
                             const MvxLogFieldList *fields,
                             MvxLogEscape escape,
                             MvxLogBuffer *buffer)
{
  if (!mvx_log_message_append_fields (event, fields, escape, buffer))
    mvx_log_message_append_name (event, escape, buffer);
}

void
mvx_log_message_append (const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  g_auto (MvxLogFieldList) fields;
  const char *name;

  mvx_log_fieldlist_init (&fields, event);
  if (mvx_log_message_append_fields (event, &fields, MVX_LOG_ESCAPE_NONE, buffer))
    return;
  name = mvx_log_event_get_name (event);
  if (name)
    mvx_log_buffer_append_s (buffer, name);
}

/**
 * mvx_log_event_dup_message:
 * @event: an event
 *
 * Makes the message for people: the finished message that the event was given, else its template with `{key}` replaced
 * by the values of its fields, else the event's name. Nothing is escaped: it is data and may hold newlines or invalid
 * UTF-8. Thread-safe.
 *
 * Returns: (transfer full): the message, empty if there is none
 *
 * Since: 1.0
 */
char *
mvx_log_event_dup_message (const MvxLogEvent *event)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  g_return_val_if_fail (event != NULL, NULL);

  mvx_log_message_append (event, &buffer);
  mvx_log_buffer_append_c (&buffer, '\0');
  return (char *) buffer.data;
}
