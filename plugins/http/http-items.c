/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-items.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* The parser calls itself for each level. */
#define MVX_HTTP_ITEMS_DEPTH 32

/* One object that does not nest too deeply, as far as brackets go. The parser takes comments and single quotes, too, in
 * which brackets would not be seen here, and several values, of which it loses the memory. */
static gboolean
mvx_http_items_is_object (const char *text, gsize size)
{
  static const char outside[] = " \t\r\n{}[]:,\"+-." G_CSET_DIGITS G_CSET_a_2_z G_CSET_A_2_Z;
  gboolean inside = FALSE;
  gboolean begun = FALSE;
  guint depth = 0;

  for (gsize i = 0; i < size; i++)
    {
      const char c = text[i];

      if (inside && c == '\\')
        i++;
      if (inside)
        {
          inside = c != '"';
          continue;
        }
      if (c == '\0' || strchr (outside, c) == NULL)
        return FALSE;
      if (depth == 0 && g_ascii_isspace (c))
        continue;
      if (depth == 0 && (begun || c != '{'))
        return FALSE;
      begun = TRUE;
      inside = c == '"';
      if (c == '[' || c == '{')
        depth++;
      else if (c == ']' || c == '}')
        depth--;
      if (depth > MVX_HTTP_ITEMS_DEPTH)
        return FALSE;
    }
  return begun && depth == 0 && !inside;
}

/* NULL: it is no JSON object. */
static JsonObject *
mvx_http_items_parse (const MvxHttpAnswer *answer, JsonParser *parser)
{
  JsonNode *root;

  /* The parser complains to the program's log about bytes that are no text. */
  if (answer->size == 0 || !g_utf8_validate (answer->body, (gssize) answer->size, NULL)
      || !mvx_http_items_is_object (answer->body, answer->size)
      || !json_parser_load_from_data (parser, answer->body, (gssize) answer->size, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  return root && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
}

static JsonObject *
mvx_http_items_get_object (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static const char *
mvx_http_items_get_text (JsonObject *object, const char *name)
{
  JsonNode *node = object ? json_object_get_member (object, name) : NULL;

  return node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

/* 64-bit numbers are strings in the JSON of protocol buffers, and may be numbers. -1: neither. */
static gint64
mvx_http_items_get_number (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  const char *text = mvx_http_items_get_text (object, name);
  guint64 number;

  if (text)
    return g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &number, NULL) ? (gint64) number : -1;
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
    return -1;
  return MAX (json_node_get_int (node), -1);
}

static MvxLogDispatchResult
mvx_http_items_fail (const MvxHttpOptions *options, const MvxHttpAnswer *answer, const char *what, GError **error)
{
  g_autofree char *said = mvx_http_reply_quote (options, answer->body, answer->size);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               "HTTP server at '%s' answers %u, but %s: \"%s\"; is it the right server? Check url and profile",
               options->url, answer->status, what, said);
  return MVX_LOG_DISPATCH_RETRY;
}

static char *
mvx_http_items_explain (const MvxHttpOptions *options, JsonObject *item, gint64 status)
{
  JsonObject *error = mvx_http_items_get_object (item, "error");
  const char *type = mvx_http_items_get_text (error, "type");
  const char *reason = mvx_http_items_get_text (error, "reason");
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT "%s%s%s%s", status, type ? " " : "", type ? type : "",
                                           reason ? ": " : "", reason ? reason : "");

  return mvx_http_reply_quote (options, text, strlen (text));
}

/* An item is an object with the name of the action, here always "create". FALSE: it is not. */
static gboolean
mvx_http_items_read_item (const MvxHttpOptions *options, JsonNode *node, MvxHttpFate *fate)
{
  JsonObject *item
      = JSON_NODE_HOLDS_OBJECT (node) ? mvx_http_items_get_object (json_node_get_object (node), "create") : NULL;
  gint64 status = item ? mvx_http_items_get_number (item, "status") : -1;

  if (status < 200 || status > 599)
    return FALSE;
  /* 409: an event with this id is there already, and that is this one. */
  if (status <= 299 || status == 409)
    fate->result = MVX_LOG_DISPATCH_OK;
  else if (status == 429 || status >= 500)
    fate->result = MVX_LOG_DISPATCH_RETRY;
  else
    fate->result = MVX_LOG_DISPATCH_DROP;
  if (fate->result != MVX_LOG_DISPATCH_OK)
    fate->reason = mvx_http_items_explain (options, item, status);
  return TRUE;
}

MvxLogDispatchResult
mvx_http_items_read_bulk (const MvxHttpOptions *options,
                          const MvxHttpAnswer *answer,
                          MvxHttpFate *fates,
                          guint n_events,
                          GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *root = mvx_http_items_parse (answer, parser);
  JsonNode *node = root ? json_object_get_member (root, "items") : NULL;
  JsonArray *items = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint i;

  if (items == NULL)
    return mvx_http_items_fail (options, answer, "not as _bulk does", error);
  if (json_array_get_length (items) != n_events)
    return mvx_http_items_fail (options, answer, "not for each event", error);
  for (i = 0; i < n_events; i++)
    if (!mvx_http_items_read_item (options, json_array_get_element (items, i), &fates[i]))
      break;
  if (i == n_events)
    return MVX_LOG_DISPATCH_OK;
  for (guint k = 0; k < i; k++)
    g_clear_pointer (&fates[k].reason, g_free);
  return mvx_http_items_fail (options, answer, "not as _bulk does", error);
}

MvxLogDispatchResult
mvx_http_items_read_partial (const MvxHttpOptions *options,
                             const MvxHttpAnswer *answer,
                             MvxHttpFate *fates,
                             guint n_events,
                             guint64 *n_lost,
                             GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *root = mvx_http_items_parse (answer, parser);
  JsonObject *partial = root ? mvx_http_items_get_object (root, "partialSuccess") : NULL;
  g_autofree char *said = NULL;
  const char *message;
  gint64 n;

  /* Some answer with nothing at all. */
  if (root == NULL && answer->size > 0)
    return mvx_http_items_fail (options, answer, "not as OTLP does", error);
  n = partial ? mvx_http_items_get_number (partial, "rejectedLogRecords") : 0;
  if (n <= 0)
    return MVX_LOG_DISPATCH_OK;
  message = mvx_http_items_get_text (partial, "errorMessage");
  said = mvx_http_reply_quote (options, message ? message : "", message ? strlen (message) : 0);
  *n_lost = MIN ((guint64) n, n_events);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               "HTTP server at '%s' refuses %" G_GUINT64_FORMAT " of %u events: \"%s\"", options->url, *n_lost,
               n_events, said);
  for (guint i = 0; i < n_events && *n_lost == n_events; i++)
    fates[i] = (MvxHttpFate){ MVX_LOG_DISPATCH_DROP, g_strdup ((*error)->message) };
  return MVX_LOG_DISPATCH_OK;
}
