/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nats-message.h"

#include <string.h>

#include "../common/marks.h"

static void
mvx_nats_message_append_word (GString *subject, const char *word, gsize n)
{
  if (n == 0 || (n == 1 && (*word == '*' || *word == '>')))
    g_string_append_c (subject, '_');
  else
    for (gsize i = 0; i < n; i++)
      g_string_append_c (subject, (guchar) word[i] <= ' ' || word[i] == 127 ? '_' : word[i]);
}

/* Words of a subject are not empty, and none of them is a wildcard. */
static void
mvx_nats_message_append_words (GString *subject, const char *text)
{
  gsize n = strcspn (text, ".");

  mvx_nats_message_append_word (subject, text, n);
  for (; text[n]; text += n + 1, n = strcspn (text, "."))
    {
      const char *next = text + n + 1;

      g_string_append_c (subject, '.');
      mvx_nats_message_append_word (subject, next, strcspn (next, "."));
    }
}

char *
mvx_nats_message_subject (const MvxNatsOptions *options, const MvxLogEvent *event)
{
  GString *subject = g_string_new (options->subject);

  if (event && options->suffix == MVX_NATS_SUFFIX_CONTEXT)
    {
      g_string_append_c (subject, '.');
      mvx_nats_message_append_words (subject, mvx_log_event_get_context (event));
    }
  else if (event && options->suffix == MVX_NATS_SUFFIX_LEVEL)
    {
      g_string_append_c (subject, '.');
      g_string_append (subject, mvx_log_level_to_string (mvx_log_event_get_level (event)));
    }
  return g_string_free (subject, FALSE);
}

static natsStatus
mvx_nats_message_add_header (natsMsg *message, const char *name, const char *value)
{
  return value ? natsMsgHeader_Set (message, name, value) : NATS_OK;
}

static natsStatus
mvx_nats_message_add_headers (natsMsg *message, const MvxNatsOptions *options, const MvxLogEvent *event)
{
  char text[MVX_MARK_SIZE];
  natsStatus status = mvx_nats_message_add_header (message, "Content-Type", mvx_mark_content_type (options->renderer));

  if (status == NATS_OK)
    status = mvx_nats_message_add_header (message, "traceparent", mvx_mark_traceparent (event, text));
  if (status == NATS_OK)
    status = mvx_nats_message_add_header (message, "Nats-Msg-Id", mvx_mark_id (event, text));
  if (status == NATS_OK)
    status = mvx_nats_message_add_header (message, "Nats-Expected-Stream", options->stream);
  return status;
}

natsStatus
mvx_nats_message_make (const MvxNatsOptions *options,
                       const MvxLogEvent *event,
                       const char *reply,
                       MvxLogBuffer *scratch,
                       natsMsg **message)
{
  g_autoptr (MvxLogEvent) sent = mvx_log_event_copy_for_sending (event, 0);
  g_autofree char *subject = mvx_nats_message_subject (options, event);
  natsStatus status;

  scratch->len = 0;
  mvx_log_renderer_render (options->renderer, sent, scratch);
  status = natsMsg_Create (message, subject, reply, (const char *) scratch->data,
                           (int) scratch->len - 1); /* without the newline */
  return status == NATS_OK ? mvx_nats_message_add_headers (*message, options, event) : status;
}
