/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nats-probe.h"

#include <json-glib/json-glib.h>

#include "nats-error.h"
#include "nats-link.h"
#include "nats-message.h"

/* The names of the streams that take a subject. A context or a level in it may be any: then its wildcard is asked for.
 */
static char *
mvx_nats_probe_question (const MvxNatsOptions *options)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *subject = mvx_nats_message_subject (options, NULL);
  g_autofree char *any = g_strconcat (subject, ".>", NULL);
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "subject");
  json_builder_add_string_value (builder, options->suffix == MVX_NATS_SUFFIX_NONE ? subject : any);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

static JsonObject *
mvx_nats_probe_parse (JsonParser *parser, natsMsg *reply)
{
  JsonNode *root = NULL;

  if (json_parser_load_from_data (parser, natsMsg_GetData (reply), natsMsg_GetDataLength (reply), NULL))
    root = json_parser_get_root (parser);
  return root && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
}

/* Of the answer, "streams" is an array, or null if it is empty. */
static gboolean
mvx_nats_probe_judge_streams (const MvxNatsOptions *options, JsonNode *streams, GError **error)
{
  JsonArray *names = JSON_NODE_HOLDS_ARRAY (streams) ? json_node_get_array (streams) : NULL;
  const guint n = names ? json_array_get_length (names) : 0;
  g_autofree char *said = NULL;

  if (n == 0)
    {
      mvx_nats_error_judge (options, NATS_NO_RESPONDERS, "no stream takes it", error);
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    if (options->stream == NULL || g_strcmp0 (json_array_get_string_element (names, i), options->stream) == 0)
      return TRUE;
  said = g_strdup_printf ("stream '%s' does not take it", options->stream);
  mvx_nats_error_judge (options, MVX_NATS_JS_OTHER_STREAM, said, error);
  return FALSE;
}

static gboolean
mvx_nats_probe_judge (const MvxNatsOptions *options, natsMsg *reply, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_auto (MvxNatsAnswer) answer = { 0, NULL, FALSE };
  JsonObject *object;

  object = mvx_nats_probe_parse (parser, reply);
  if (object && json_object_has_member (object, "streams"))
    return mvx_nats_probe_judge_streams (options, json_object_get_member (object, "streams"), error);
  mvx_nats_answer_read (&answer, reply);
  mvx_nats_error_judge (options, answer.code, answer.said, error);
  return FALSE;
}

static gboolean
mvx_nats_probe_ask (const MvxNatsOptions *options, natsConnection *connection, gint64 until_us, GError **error)
{
  g_autofree char *question = mvx_nats_probe_question (options);
  const gint64 left_ms = MAX ((until_us - g_get_monotonic_time ()) / 1000, 1);
  natsMsg *reply = NULL;
  natsStatus status = natsConnection_RequestString (&reply, connection, "$JS.API.STREAM.NAMES", question, left_ms);
  gboolean good = FALSE;

  if (status == NATS_OK)
    good = mvx_nats_probe_judge (options, reply, error);
  else if (status == NATS_NO_RESPONDERS)
    mvx_nats_error_judge (options, MVX_NATS_JS_NOT_ENABLED, "JetStream is not there", error);
  else
    mvx_nats_error_judge (options, status, mvx_nats_error_said (status), error);
  natsMsg_Destroy (reply);
  return good;
}

gboolean
mvx_nats_probe (const MvxNatsOptions *options, gint64 timeout_us, GError **error)
{
  const gint64 until_us = g_get_monotonic_time () + timeout_us;
  natsOptions *made = mvx_nats_link_options (options, "mvxlog-probe", error);
  natsConnection *connection = NULL;
  natsStatus status;
  gboolean good = FALSE;

  if (made == NULL)
    return FALSE;
  natsOptions_SetTimeout (made, MAX (timeout_us / 1000, 1));
  status = natsConnection_Connect (&connection, made);
  if (status == NATS_OK)
    good = mvx_nats_probe_ask (options, connection, until_us, error);
  else
    mvx_nats_error_judge (options, status, mvx_nats_error_said (status), error);
  natsConnection_Destroy (connection);
  natsOptions_Destroy (made);
  return good;
}
