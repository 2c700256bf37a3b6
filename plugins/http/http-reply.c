/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-reply.h"

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>
#include <string.h>

#include "http-items.h"

/* As much of an answer is shown, in bytes. */
#define MVX_HTTP_REPLY_SHOWN 200
#define MVX_HTTP_REPLY_LEAST (64 * 1024)
#define MVX_HTTP_REPLY_PER_EVENT 2048
#define MVX_HTTP_REPLY_LONGEST_WAIT 3600

typedef struct
{
  guint first;
  guint last;
  MvxLogDispatchResult result;
  gint code; /* of GIOErrorEnum */
  const char *remedy;
} MvxHttpReplyCase;

/* Trouble with the way to the server keeps the events, trouble with what they hold does not. */
static const MvxHttpReplyCase mvx_http_reply_cases[] = {
  { 300, 399, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NOT_FOUND, "it is not followed; set url to where it leads" },
  { 400, 400, MVX_LOG_DISPATCH_DROP, G_IO_ERROR_INVALID_DATA, "it does not take the event" },
  { 401, 401, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_PERMISSION_DENIED, "check token, user and password" },
  { 403, 403, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_PERMISSION_DENIED, "check what token, user or certificate may do" },
  { 404, 405, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NOT_FOUND, "check the path of url, and profile" },
  { 407, 407, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_PERMISSION_DENIED, "check proxy" },
  { 413, 413, MVX_LOG_DISPATCH_DROP, G_IO_ERROR_MESSAGE_TOO_LARGE, "the event is too large for it" },
  { 415, 415, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NOT_SUPPORTED, "check profile and compress" },
  { 422, 422, MVX_LOG_DISPATCH_DROP, G_IO_ERROR_INVALID_DATA, "it does not take the event" },
  { 429, 429, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_BUSY, "it has too much to do" },
  { 400, 499, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_FAILED, "check url and profile" },
  { 502, 504, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_BUSY, "it is asked again later" },
  { 500, 599, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_FAILED, "it is asked again later; look at its log" },
  { 0, G_MAXUINT, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_INVALID_DATA, "is it the right server? Check url" },
};

gsize
mvx_http_reply_limit (guint n_events)
{
  return MVX_HTTP_REPLY_LEAST + (gsize) n_events * MVX_HTTP_REPLY_PER_EVENT;
}

static char *
mvx_http_reply_mask_one (char *text, const char *secret)
{
  g_auto (GStrv) parts = NULL;

  if (secret == NULL || *secret == '\0' || strstr (text, secret) == NULL)
    return text;
  parts = g_strsplit (text, secret, -1);
  g_free (text);
  return g_strjoinv ("***", parts);
}

/* What a server says may hold what it was told. */
static char *
mvx_http_reply_mask (const MvxHttpOptions *options, char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (options->sent); i++)
    text = mvx_http_reply_mask_one (text, options->sent[i]);
  for (guint i = 0; i < G_N_ELEMENTS (options->proxy_sent); i++)
    text = mvx_http_reply_mask_one (text, options->proxy_sent[i]);
  for (guint i = 0; options->headers[i]; i++)
    {
      const char *value = strchr (options->headers[i], ':') + 1;

      text = mvx_http_reply_mask_one (text, value + strspn (value, " "));
    }
  return text;
}

/* Masked before it is cut, so that no part of a secret is left. */
char *
mvx_http_reply_quote (const MvxHttpOptions *options, const char *text, gsize size)
{
  char *said
      = mvx_http_reply_mask (options, g_utf8_make_valid (text ? text : "", (gssize) MIN (size, MVX_HTTP_REPLY_LEAST)));
  char *end = said + MIN (strlen (said), MVX_HTTP_REPLY_SHOWN);

  while (end > said && (*end & 0xc0) == 0x80)
    end--;
  *end = '\0';
  for (char *p = said; *p; p++)
    if ((guchar) *p < ' ' || *p == 0x7f)
      *p = ' ';
  return g_strstrip (said);
}

gint64
mvx_http_reply_retry_after (const char *text, gint64 now)
{
  g_autoptr (GDateTime) date = NULL;
  guint64 seconds;

  if (text == NULL)
    return -1;
  if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &seconds, NULL))
    return (gint64) MIN (seconds, MVX_HTTP_REPLY_LONGEST_WAIT);
  date = soup_date_time_new_from_http_string (text);
  return date ? CLAMP (g_date_time_to_unix (date) - now, 0, MVX_HTTP_REPLY_LONGEST_WAIT) : -1;
}

/* OTLP retries no other server error. */
static MvxLogDispatchResult
mvx_http_reply_refine (const MvxHttpOptions *options, const MvxHttpAnswer *answer, MvxLogDispatchResult result)
{
  gboolean broken = answer->status == 500 || answer->status == 501 || (answer->status > 504 && answer->status <= 599);

  return options->profile == MVX_HTTP_OTLP && broken ? MVX_LOG_DISPATCH_DROP : result;
}

static MvxLogDispatchResult
mvx_http_reply_judge_status (const MvxHttpOptions *options, const MvxHttpAnswer *answer, GError **error)
{
  g_autofree char *said = mvx_http_reply_quote (options, answer->body, answer->size);
  g_autofree char *phrase
      = mvx_http_reply_quote (options, answer->phrase, answer->phrase ? strlen (answer->phrase) : 0);
  g_autofree char *location = NULL;
  const MvxHttpReplyCase *found = mvx_http_reply_cases;

  while (answer->status < found->first || answer->status > found->last)
    found++;
  if (answer->location && answer->status < 400)
    location = mvx_http_reply_quote (options, answer->location, strlen (answer->location));
  g_set_error (error, G_IO_ERROR, found->code, "HTTP server at '%s' answers %u %s%s%s%s%s%s%s; %s", options->url,
               answer->status, phrase, *said ? ": \"" : "", said, *said ? "\"" : "", location ? ", to '" : "",
               location ? location : "", location ? "'" : "", found->remedy);
  return mvx_http_reply_refine (options, answer, found->result);
}

MvxLogDispatchResult
mvx_http_reply_judge (const MvxHttpOptions *options,
                      const MvxHttpAnswer *answer,
                      MvxHttpFate *fates,
                      guint n_events,
                      guint64 *n_lost,
                      GError **error)
{
  *n_lost = 0;
  if (answer->status < 200 || answer->status > 299)
    return mvx_http_reply_judge_status (options, answer, error);
  for (guint i = 0; i < n_events; i++)
    fates[i] = (MvxHttpFate){ MVX_LOG_DISPATCH_OK, NULL };
  if (options->framing == MVX_HTTP_BULK && options->profile < MVX_HTTP_OTLP)
    return mvx_http_items_read_bulk (options, answer, fates, n_events, error);
  if (options->profile == MVX_HTTP_OTLP)
    return mvx_http_items_read_partial (options, answer, fates, n_events, n_lost, error);
  return MVX_LOG_DISPATCH_OK;
}
