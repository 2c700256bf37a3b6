/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nats-link.h"

#include <errno.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "../common/secret.h"
#include "nats-mailbox.h"
#include "nats-message.h"

/* Of libnats's room for the last error of a connection. */
#define MVX_NATS_MAX_SAID 255

struct _MvxNatsLink
{
  MvxNatsLinkFuncs funcs;
  gpointer data;
  MvxNatsMailbox *mailbox;
  natsConnection *connection; /* NULL: not yet */
  natsSubscription *inbox;
  char *prefix; /* of the subjects of answers */
  MvxLogBuffer scratch;
};

/* What the thread has. */
typedef struct
{
  natsOptions *options;
  gpointer address;
} MvxNatsAttempt;

/* libnats writes it into JSON as it is. */
static gboolean
mvx_nats_link_is_plain (const char *text)
{
  for (; text && *text; text++)
    if (*text == '"' || *text == '\\' || (guchar) *text < ' ')
      return FALSE;
  return TRUE;
}

static natsStatus
mvx_nats_link_set_login (natsOptions *made, const MvxNatsOptions *options, GError **error)
{
  g_autofree char *who = g_strdup_printf ("NATS at '%s'", options->servers);
  char *password = g_strdup (options->password);
  natsStatus status = NATS_OK;

  if (options->password_file && (password = mvx_secret_read (options->password_file, who, error)) == NULL)
    return NATS_ERR;
  if (!mvx_nats_link_is_plain (options->user) || !mvx_nats_link_is_plain (password))
    {
      status = NATS_INVALID_ARG;
      g_set_error (
          error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
          "NATS at '%s', subject '%s': the user or the password has a '\"', a '\\' or a control character, which "
          "libnats cannot send; give another one",
          options->servers, options->subject);
    }
  else if (options->user)
    status = natsOptions_SetUserInfo (made, options->user, password);
  else if (password)
    status = natsOptions_SetToken (made, password);
  mvx_secret_free (password);
  return status;
}

/* libnats reads it when it connects, and says less of one that cannot be read. */
static natsStatus
mvx_nats_link_set_credentials (natsOptions *made, const MvxNatsOptions *options, GError **error)
{
  if (options->credentials == NULL)
    return NATS_OK;
  if (g_access (options->credentials, R_OK) == 0)
    return natsOptions_SetUserCredentialsFromFiles (made, options->credentials, NULL);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
               "NATS at '%s', subject '%s': cannot read credentials-file '%s': %s; give the file that nsc has made for "
               "the user",
               options->servers, options->subject, options->credentials, g_strerror (errno));
  return NATS_ERR;
}

static natsStatus
mvx_nats_link_set_tls (natsOptions *made, const MvxNatsOptions *options)
{
  const char *key = options->private_key ? options->private_key : options->certificate;
  natsStatus status;

  if (!options->tls)
    return NATS_OK;
  status = natsOptions_SetSecure (made, true);
  if (status == NATS_OK && options->ca_file)
    status = natsOptions_LoadCATrustedCertificates (made, options->ca_file);
  if (status == NATS_OK && options->certificate)
    status = natsOptions_LoadCertificatesChain (made, options->certificate, key);
  if (status == NATS_OK && options->server_name)
    status = natsOptions_SetExpectedHostname (made, options->server_name);
  return status;
}

/* A connection that is lost is not mended: what was on its way then is known to be, and offered again. */
static natsStatus
mvx_nats_link_set_flow (natsOptions *made, const MvxNatsOptions *options, const char *name)
{
  const gint64 timeout_ms = MAX (options->timeout_us / 1000, 1);
  natsStatus status = natsOptions_SetServers (made, (const char **) options->urls, (int) g_strv_length (options->urls));

  if (status == NATS_OK)
    status = natsOptions_SetName (made, name);
  if (status == NATS_OK)
    status = natsOptions_SetAllowReconnect (made, false);
  if (status == NATS_OK)
    status = natsOptions_SetTimeout (made, timeout_ms);
  if (status == NATS_OK)
    status = natsOptions_SetWriteDeadline (made, timeout_ms);
  return status;
}

natsOptions *
mvx_nats_link_options (const MvxNatsOptions *options, const char *name, GError **error)
{
  natsOptions *made = NULL;
  natsStatus status = natsOptions_Create (&made);
  g_autoptr (GError) why = NULL;

  if (status == NATS_OK)
    status = mvx_nats_link_set_flow (made, options, name);
  if (status == NATS_OK)
    status = mvx_nats_link_set_login (made, options, &why);
  if (status == NATS_OK)
    status = mvx_nats_link_set_credentials (made, options, &why);
  if (status == NATS_OK)
    status = mvx_nats_link_set_tls (made, options);
  if (status == NATS_OK)
    return made;
  natsOptions_Destroy (made);
  if (why)
    g_propagate_error (error, g_steal_pointer (&why));
  else
    mvx_nats_error_judge (options, status, mvx_nats_error_said (status), error);
  return NULL;
}

/* libnats may be writing its next words of a connection there: whatever they are by now, they have an end. */
static void
mvx_nats_link_post (gpointer address, MvxNatsLetterKind kind, natsStatus status, const char *said)
{
  mvx_nats_mailbox_post (
      address, (MvxNatsLetter){ .kind = kind, .status = status, .text = g_strndup (said, MVX_NATS_MAX_SAID) });
}

static gpointer
mvx_nats_link_connect (gpointer data)
{
  MvxNatsAttempt *attempt = data;
  natsConnection *connection = NULL;
  const natsStatus status = natsConnection_Connect (&connection, attempt->options);

  if (status == NATS_OK)
    mvx_nats_mailbox_post (attempt->address,
                           (MvxNatsLetter){ .kind = MVX_NATS_LETTER_CONNECTED, .connection = connection });
  else
    mvx_nats_link_post (attempt->address, MVX_NATS_LETTER_FAILED, status, mvx_nats_error_said (status));
  natsOptions_Destroy (attempt->options);
  nats_ReleaseThreadMemory ();
  g_free (attempt);
  return NULL;
}

/* This one and the next two: on threads of libnats. */
static void
mvx_nats_link_on_message (natsConnection *connection, natsSubscription *inbox, natsMsg *message, void *address)
{
  mvx_nats_mailbox_post (address, (MvxNatsLetter){ .kind = MVX_NATS_LETTER_REPLY, .message = message });
}

static void
mvx_nats_link_on_closed (natsConnection *connection, void *address)
{
  const char *said = NULL;
  const natsStatus status = natsConnection_GetLastError (connection, &said);

  mvx_nats_link_post (address, MVX_NATS_LETTER_CLOSED, status, status == NATS_OK ? NULL : said);
}

static void
mvx_nats_link_on_error (natsConnection *connection, natsSubscription *inbox, natsStatus status, void *address)
{
  const char *said = NULL;

  if (status == NATS_NOT_PERMITTED && natsConnection_GetLastError (connection, &said) == status)
    mvx_nats_link_post (address, MVX_NATS_LETTER_REFUSED, status, said);
}

static natsStatus
mvx_nats_link_open_inbox (MvxNatsLink *self)
{
  g_autofree char *subject = NULL;
  natsInbox *inbox = NULL;
  natsStatus status = natsInbox_Create (&inbox);

  if (status != NATS_OK)
    return status;
  self->prefix = g_strconcat (inbox, ".", NULL);
  natsInbox_Destroy (inbox);
  subject = g_strconcat (self->prefix, "*", NULL);
  status = natsConnection_Subscribe (&self->inbox, self->connection, subject, mvx_nats_link_on_message,
                                     mvx_nats_mailbox_get_address (self->mailbox));
  /* The sink bounds what is on its way. */
  return status == NATS_OK ? natsSubscription_SetPendingLimits (self->inbox, -1, -1) : status;
}

static void
mvx_nats_link_on_connected (MvxNatsLink *self, MvxNatsLetter *letter)
{
  natsStatus status;

  self->connection = g_steal_pointer (&letter->connection);
  status = mvx_nats_link_open_inbox (self);
  if (status == NATS_OK)
    self->funcs.opened (self->data);
  else
    self->funcs.ended (status, mvx_nats_error_said (status), self->data);
}

static void
mvx_nats_link_on_letter (MvxNatsLetter *letter, gpointer data)
{
  MvxNatsLink *self = data;
  const char *subject;

  switch (letter->kind)
    {
    case MVX_NATS_LETTER_CONNECTED:
      mvx_nats_link_on_connected (self, letter);
      break;
    case MVX_NATS_LETTER_REPLY:
      subject = natsMsg_GetSubject (letter->message);
      if (g_str_has_prefix (subject, self->prefix))
        self->funcs.replied (subject + strlen (self->prefix), letter->message, self->data);
      break;
    case MVX_NATS_LETTER_CLOSED:
      self->funcs.ended (NATS_CONNECTION_CLOSED, letter->text, self->data);
      break;
    default:
      self->funcs.ended (letter->status, letter->text, self->data);
    }
}

MvxNatsLink *
mvx_nats_link_new (const MvxNatsOptions *options,
                   const char *name,
                   GMainContext *context,
                   const MvxNatsLinkFuncs *funcs,
                   gpointer data,
                   GError **error)
{
  MvxNatsAttempt *attempt;
  MvxNatsLink *self;
  GThread *thread;
  natsOptions *made = mvx_nats_link_options (options, name, error);

  if (made == NULL)
    return NULL;
  self = g_new0 (MvxNatsLink, 1);
  self->funcs = *funcs;
  self->data = data;
  self->mailbox = mvx_nats_mailbox_new (context, mvx_nats_link_on_letter, self);
  attempt = g_new (MvxNatsAttempt, 1);
  *attempt = (MvxNatsAttempt){ made, mvx_nats_mailbox_get_address (self->mailbox) };
  natsOptions_SetClosedCB (made, mvx_nats_link_on_closed, attempt->address);
  natsOptions_SetErrorHandler (made, mvx_nats_link_on_error, attempt->address);
  thread = g_thread_try_new ("mvxlog-nats", mvx_nats_link_connect, attempt, error);
  if (thread)
    {
      g_thread_unref (thread);
      return self;
    }
  natsOptions_Destroy (made);
  g_free (attempt);
  mvx_nats_link_free (self);
  return NULL;
}

/* A thread that still connects finds nobody at the address, and closes what it has. */
void
mvx_nats_link_free (MvxNatsLink *self)
{
  mvx_nats_mailbox_free (self->mailbox);
  natsSubscription_Destroy (self->inbox);
  natsConnection_Destroy (self->connection);
  mvx_log_buffer_clear (&self->scratch);
  g_free (self->prefix);
  g_free (self);
}

gboolean
mvx_nats_link_is_open (const MvxNatsLink *self)
{
  return self->inbox != NULL;
}

natsStatus
mvx_nats_link_send (MvxNatsLink *self, const MvxNatsOptions *options, const MvxLogEvent *event, const char *token)
{
  g_autofree char *reply = g_strconcat (self->prefix, token, NULL);
  natsMsg *message = NULL;
  natsStatus status = mvx_nats_message_make (options, event, reply, &self->scratch, &message);

  if (status == NATS_OK)
    status = natsConnection_PublishMsg (self->connection, message);
  natsMsg_Destroy (message);
  return status;
}
