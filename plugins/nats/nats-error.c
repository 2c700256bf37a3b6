/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nats-error.h"

#include <json-glib/json-glib.h>
#include <string.h>

typedef struct
{
  int code;
  MvxLogDispatchResult result;
  gint io_error; /* of GIOErrorEnum */
  const char *remedy;
} MvxNatsErrorCase;

#define MVX_NATS_JS_NO_RESOURCES 10023
#define MVX_NATS_JS_NOT_FOR_ACCOUNT 10039
#define MVX_NATS_JS_NO_STORAGE 10047
#define MVX_NATS_JS_TOO_LARGE 10054
#define MVX_NATS_JS_STREAM_NOT_FOUND 10059
#define MVX_NATS_JS_STORE_FAILED 10077

/* Of an answer, which has some hundred bytes. */
#define MVX_NATS_MAX_ANSWER 4096

#define MVX_NATS_ENABLE "start the server with -js, and allow JetStream for the account"

static const MvxNatsErrorCase mvx_nats_error_cases[] = {
  { NATS_MAX_PAYLOAD, MVX_LOG_DISPATCH_DROP, G_IO_ERROR_MESSAGE_TOO_LARGE, "raise max_payload of the server" },
  { MVX_NATS_JS_TOO_LARGE, MVX_LOG_DISPATCH_DROP, G_IO_ERROR_MESSAGE_TOO_LARGE, "raise max_msg_size of the stream" },
  { NATS_NO_RESPONDERS, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NOT_FOUND,
    "make a stream that does, or see whether JetStream is on" },
  { MVX_NATS_JS_STREAM_NOT_FOUND, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NOT_FOUND, "make the stream, or correct stream" },
  { MVX_NATS_JS_OTHER_STREAM, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NOT_FOUND,
    "another stream takes the subject; correct stream or subject" },
  { MVX_NATS_JS_NOT_ENABLED, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NOT_SUPPORTED, MVX_NATS_ENABLE },
  { MVX_NATS_JS_NOT_FOR_ACCOUNT, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NOT_SUPPORTED, MVX_NATS_ENABLE },
  { MVX_NATS_JS_STORE_FAILED, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NO_SPACE,
    "raise the limits of the stream, or see why nobody consumes it" },
  { MVX_NATS_JS_NO_RESOURCES, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NO_SPACE, "raise the limits of JetStream" },
  { MVX_NATS_JS_NO_STORAGE, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_NO_SPACE, "raise the limits of JetStream" },
  { NATS_NO_SERVER, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_HOST_UNREACHABLE,
    "see whether they run there, and check servers and tls" },
  { NATS_CONNECTION_AUTH_FAILED, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_PERMISSION_DENIED,
    "check user and password, or credentials-file" },
  { NATS_NOT_PERMITTED, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_PERMISSION_DENIED,
    "allow the user to publish to the subject and to subscribe to _INBOX.>" },
  { NATS_SSL_ERROR, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_FAILED,
    "check ca-file, client-certificate, and whether servers has the names of the certificates" },
  { NATS_SECURE_CONNECTION_WANTED, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_FAILED, "turn it on there, or set tls=false" },
  { NATS_SECURE_CONNECTION_REQUIRED, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_FAILED, "set tls=true" },
  { NATS_TIMEOUT, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_TIMED_OUT, "see whether the server is well, or raise timeout" },
  { NATS_ERR, MVX_LOG_DISPATCH_RETRY, G_IO_ERROR_FAILED, "it is offered again later" },
};

static const MvxNatsErrorCase *
mvx_nats_error_find (int code)
{
  const MvxNatsErrorCase *found = mvx_nats_error_cases;

  while (found->code != code && found->code != NATS_ERR)
    found++;
  return found;
}

MvxLogDispatchResult
mvx_nats_error_judge (const MvxNatsOptions *options, int code, const char *said, GError **error)
{
  const MvxNatsErrorCase *found = mvx_nats_error_find (code);

  g_set_error (error, G_IO_ERROR, found->io_error, "NATS at '%s', subject '%s': %s; %s", options->servers,
               options->subject, said ? said : natsStatus_GetText ((natsStatus) code), found->remedy);
  return found->result;
}

/* Where in libnats it came up, "(pub.c:130): ", is nobody's help. */
const char *
mvx_nats_error_said (natsStatus status)
{
  natsStatus last;
  const char *said = nats_GetLastError (&last);
  const char *place = said && *said == '(' ? strstr (said, "): ") : NULL;

  if (said == NULL || *said == '\0' || last != status)
    return natsStatus_GetText (status);
  return place ? place + strlen ("): ") : said;
}

void
mvx_nats_answer_clear (MvxNatsAnswer *self)
{
  g_free (self->said);
}

static void
mvx_nats_answer_read_error (MvxNatsAnswer *self, JsonObject *error)
{
  self->code = (int) json_object_get_int_member_with_default (error, "err_code", NATS_ERR);
  self->said = g_strdup (json_object_get_string_member_with_default (error, "description", "an error without a word"));
  if (self->code <= 0)
    self->code = NATS_ERR;
}

static gboolean
mvx_nats_answer_parse (MvxNatsAnswer *self, natsMsg *reply)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  JsonNode *root = NULL;
  JsonObject *object;
  JsonNode *error;

  if (natsMsg_GetDataLength (reply) <= MVX_NATS_MAX_ANSWER
      && json_parser_load_from_data (parser, natsMsg_GetData (reply), natsMsg_GetDataLength (reply), NULL))
    root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return FALSE;
  object = json_node_get_object (root);
  error = json_object_get_member (object, "error");
  if (error && JSON_NODE_HOLDS_OBJECT (error))
    mvx_nats_answer_read_error (self, json_node_get_object (error));
  else if (json_object_get_int_member_with_default (object, "seq", 0) > 0)
    self->duplicate = json_object_get_boolean_member_with_default (object, "duplicate", FALSE);
  else
    return FALSE;
  return TRUE;
}

void
mvx_nats_answer_read (MvxNatsAnswer *self, natsMsg *reply)
{
  *self = (MvxNatsAnswer){ 0, NULL, FALSE };
  if (natsMsg_IsNoResponders (reply))
    {
      self->code = NATS_NO_RESPONDERS;
      self->said = g_strdup ("no stream takes it");
    }
  else if (!mvx_nats_answer_parse (self, reply))
    {
      self->code = NATS_ERR;
      self->said = g_strdup ("the answer is none of JetStream's");
    }
}
