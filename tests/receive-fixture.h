/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a receiver has read, as one text. */
#pragma once

#include "receive/receive-event.h"

static inline void
fixture_print_text (GString    *out,
                    const char *key,
                    const char *text)
{
  if (text)
    g_string_append_printf (out, " %s=%s", key, text);
}

static inline void
fixture_print_number (GString    *out,
                      const char *key,
                      guint64     number)
{
  if (number != 0)
    g_string_append_printf (out, " %s=%" G_GUINT64_FORMAT, key, number);
}

static inline void
fixture_print_fields (GString               *out,
                      const MvxReceiveEvent *event)
{
  for (guint i = 0; i < event->fields->len; i++)
    {
      const MvxLogField *field = &g_array_index (event->fields, MvxLogField, i);
      g_autofree char *value = field->kind == MVX_LOG_KIND_STRING ? g_strndup (field->value.s, (gsize) field->length)
                                                                  : g_variant_print ((GVariant *) field->value.p, TRUE);

      g_string_append_printf (out, " [%s=%s]", field->key, value);
    }
}

static inline char *
fixture_print (const MvxReceiveEvent *event)
{
  const MvxLogEventInit *init = &event->init;
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "%d", init->level);
  fixture_print_number (out, "ns", (guint64) init->timestamp);
  fixture_print_text (out, "context", init->event_namespace);
  fixture_print_text (out, "event", init->name);
  fixture_print_text (out, "id", init->event_id);
  fixture_print_text (out, "entity", init->entity_id);
  fixture_print_text (out, "outcome", init->outcome);
  fixture_print_text (out, "template", init->message_template);
  fixture_print_text (out, "trace", init->trace_id);
  fixture_print_text (out, "span", init->span_id);
  fixture_print_text (out, "file", init->file);
  fixture_print_number (out, "line", init->line);
  fixture_print_text (out, "func", init->function);
  fixture_print_text (out, "host", event->sender.host);
  fixture_print_number (out, "pid", event->sender.pid);
  fixture_print_number (out, "thread", event->sender.thread);
  fixture_print_number (out, "stream", event->sender.stream);
  fixture_print_number (out, "seq", event->sender.seq);
  fixture_print_fields (out, event);
  fixture_print_text (out, "message", init->message);
  return g_string_free (out, FALSE);
}

#define fixture_assert(event, expected)                                                                                \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *fixture_text_ = fixture_print (event);                                                            \
    g_assert_cmpstr (fixture_text_, ==, expected);                                                                     \
  }                                                                                                                    \
  G_STMT_END
