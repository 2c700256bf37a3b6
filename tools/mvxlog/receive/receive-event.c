/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receive/receive-event.h"

#include <string.h>

/* No configured context has a longer name. */
#define MVX_RECEIVE_MAX_NAME 255
#define MVX_RECEIVE_MAX_SECONDS (G_MAXINT64 / 1000000000 - 1)

MvxReceiveEvent *
mvx_receive_event_new (void)
{
  MvxReceiveEvent *event = g_new0 (MvxReceiveEvent, 1);

  event->fields = g_array_new (FALSE, TRUE, sizeof (MvxLogField));
  event->texts = g_ptr_array_new_with_free_func (g_free);
  event->variants = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  mvx_receive_event_reset (event);
  return event;
}

void
mvx_receive_event_free (MvxReceiveEvent *event)
{
  g_array_unref (event->fields);
  g_ptr_array_unref (event->texts);
  g_ptr_array_unref (event->variants);
  g_free (event);
}

void
mvx_receive_event_reset (MvxReceiveEvent *event)
{
  g_array_set_size (event->fields, 0);
  g_ptr_array_set_size (event->texts, 0);
  g_ptr_array_set_size (event->variants, 0);
  /* How much is kept of a payload has been decided where it was logged. */
  event->init = (MvxLogEventInit){ .level = MVX_LOG_LEVEL_INFO, .flags = MVX_LOG_EVENT_SKIP_LIMITS };
  event->sender = (MvxLogSender){ 0 };
}

const char *
mvx_receive_event_keep (MvxReceiveEvent *event, const char *text, gsize length)
{
  char *copy = g_malloc (length + 1);

  memcpy (copy, text, length);
  copy[length] = '\0';
  g_ptr_array_add (event->texts, copy);
  return copy;
}

void
mvx_receive_event_add_text (MvxReceiveEvent *event, const char *key, const char *text, gsize length)
{
  MvxLogField field = { .kind = MVX_LOG_KIND_STRING, .length = (gint32) MIN (length, G_MAXINT32) };

  field.key = mvx_receive_event_keep (event, key, strlen (key));
  field.value.s = mvx_receive_event_keep (event, text, length);
  g_array_append_val (event->fields, field);
}

void
mvx_receive_event_add_json (MvxReceiveEvent *event, const char *key, const MvxJsonSlice *value)
{
  MvxLogField field = { .kind = MVX_LOG_KIND_VARIANT };
  GVariant *variant;

  if (value->kind == MVX_JSON_STRING)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      mvx_json_unquote (value, text);
      mvx_receive_event_add_text (event, key, text->str, text->len);
      return;
    }
  variant = g_variant_ref_sink (mvx_json_to_variant (value));
  g_ptr_array_add (event->variants, variant);
  field.key = mvx_receive_event_keep (event, key, strlen (key));
  field.value.p = variant;
  g_array_append_val (event->fields, field);
}

gboolean
mvx_receive_event_set_time (MvxReceiveEvent *event, gint64 seconds, gint64 ns)
{
  if (seconds < -MVX_RECEIVE_MAX_SECONDS || seconds > MVX_RECEIVE_MAX_SECONDS)
    return FALSE;
  event->init.timestamp = seconds * 1000000000 + ns;
  return TRUE;
}

MvxLogContext *
mvx_receive_event_context (const char *name)
{
  char nearest[MVX_RECEIVE_MAX_NAME + 1];
  MvxLogContext *context;
  char *dot;

  g_strlcpy (nearest, name ? name : "", sizeof nearest);
  while ((context = mvx_log_get_context (nearest)) == NULL)
    {
      dot = strrchr (nearest, '.');
      *(dot ? dot : nearest) = '\0';
    }
  return context;
}

MvxLogSubmitResult
mvx_receive_event_submit (MvxReceiveEvent *event, GError **error)
{
  g_autoptr (MvxLogContext) context = mvx_receive_event_context (event->init.event_namespace);

  event->init.sender = &event->sender;
  if (event->init.event_namespace == NULL)
    event->init.event_namespace = "";
  return mvx_log_event_submit (context, &event->init, (const MvxLogField *) (gpointer) event->fields->data,
                               event->fields->len, error);
}
