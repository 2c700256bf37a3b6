/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "zmq-zap.h"

#include <string.h>

#include <gio/gio.h>
#include <zmq.h>

#define MVX_ZMQ_ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define MVX_ZMQ_ZAP_TEXT 40
#define MVX_ZMQ_ZAP_BYTES 32
/* Before an address of IPv4 on a socket of IPv6. */
#define MVX_ZMQ_ZAP_IPV4 "::ffff:"

/* Parts of a request. */
enum
{
  MVX_ZMQ_ZAP_VERSION,
  MVX_ZMQ_ZAP_ID,
  MVX_ZMQ_ZAP_DOMAIN,
  MVX_ZMQ_ZAP_ADDRESS,
  MVX_ZMQ_ZAP_ROUTING,
  MVX_ZMQ_ZAP_MECHANISM,
  MVX_ZMQ_ZAP_KEY,
  MVX_ZMQ_ZAP_N_PARTS
};

struct _MvxZmqZap
{
  gpointer handle; /* of the thread, once that runs */
  GThread *thread;
  char **keys;
  MvxZmqZapRefused refused;
  gpointer data;
};

gboolean
mvx_zmq_zap_is_key (const char *text)
{
  guint8 binary[MVX_ZMQ_ZAP_BYTES];

  return strlen (text) == MVX_ZMQ_ZAP_TEXT && zmq_z85_decode (binary, text) != NULL;
}

static void
mvx_zmq_zap_close_parts (zmq_msg_t *parts, guint n)
{
  for (guint i = 0; i < n; i++)
    zmq_msg_close (&parts[i]);
}

/* FALSE: the context is going. What is too much is read and forgotten; what is missing is empty. */
static gboolean
mvx_zmq_zap_take (MvxZmqZap *self, zmq_msg_t *parts)
{
  int more = 1;

  for (guint i = 0; i < MVX_ZMQ_ZAP_N_PARTS; i++)
    zmq_msg_init (&parts[i]);
  for (guint i = 0; more; i++)
    {
      zmq_msg_t *part = &parts[MIN (i, MVX_ZMQ_ZAP_N_PARTS - 1)];

      while (zmq_msg_recv (part, self->handle, 0) < 0)
        if (zmq_errno () != EINTR)
          return FALSE;
      more = zmq_msg_more (part);
    }
  return TRUE;
}

static gboolean
mvx_zmq_zap_is_text (zmq_msg_t *part, const char *text)
{
  return zmq_msg_size (part) == strlen (text) && memcmp (zmq_msg_data (part), text, strlen (text)) == 0;
}

/* What may not come in is told to who wants to know. */
static gboolean
mvx_zmq_zap_judge (MvxZmqZap *self, zmq_msg_t *parts)
{
  g_autofree char *address = NULL;
  char key[MVX_ZMQ_ZAP_TEXT + 1] = "";

  if (mvx_zmq_zap_is_text (&parts[MVX_ZMQ_ZAP_MECHANISM], "CURVE")
      && zmq_msg_size (&parts[MVX_ZMQ_ZAP_KEY]) == MVX_ZMQ_ZAP_BYTES)
    zmq_z85_encode (key, zmq_msg_data (&parts[MVX_ZMQ_ZAP_KEY]), MVX_ZMQ_ZAP_BYTES);
  if (*key && g_strv_contains ((const char *const *) self->keys, key))
    return TRUE;
  address = g_strndup (zmq_msg_data (&parts[MVX_ZMQ_ZAP_ADDRESS]), zmq_msg_size (&parts[MVX_ZMQ_ZAP_ADDRESS]));
  self->refused (self->data, address + (g_str_has_prefix (address, MVX_ZMQ_ZAP_IPV4) ? strlen (MVX_ZMQ_ZAP_IPV4) : 0),
                 key);
  return FALSE;
}

static void
mvx_zmq_zap_answer (MvxZmqZap *self, zmq_msg_t *id, gboolean accepted)
{
  const char *const rest[] = { accepted ? "200" : "400", accepted ? "OK" : "Not known", "", "" };

  zmq_send (self->handle, "1.0", 3, ZMQ_SNDMORE);
  zmq_msg_send (id, self->handle, ZMQ_SNDMORE);
  for (guint i = 0; i < G_N_ELEMENTS (rest); i++)
    zmq_send (self->handle, rest[i], strlen (rest[i]), i + 1 < G_N_ELEMENTS (rest) ? ZMQ_SNDMORE : 0);
}

static gpointer
mvx_zmq_zap_run (gpointer data)
{
  MvxZmqZap *self = data;
  zmq_msg_t parts[MVX_ZMQ_ZAP_N_PARTS];
  gboolean goes_on;

  do
    {
      goes_on = mvx_zmq_zap_take (self, parts);
      if (goes_on)
        mvx_zmq_zap_answer (self, &parts[MVX_ZMQ_ZAP_ID], mvx_zmq_zap_judge (self, parts));
      mvx_zmq_zap_close_parts (parts, MVX_ZMQ_ZAP_N_PARTS);
    }
  while (goes_on);
  zmq_close (self->handle);
  return NULL;
}

static gboolean
mvx_zmq_zap_start (MvxZmqZap *self, GError **error)
{
  g_autoptr (GError) why = NULL;
  const int linger = 0;

  if (self->handle && zmq_setsockopt (self->handle, ZMQ_LINGER, &linger, sizeof linger) == 0
      && zmq_bind (self->handle, MVX_ZMQ_ZAP_ENDPOINT) == 0)
    self->thread = g_thread_try_new ("mvx:zap", mvx_zmq_zap_run, self, &why);
  else
    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (zmq_errno ()), zmq_strerror (zmq_errno ()));
  if (why)
    g_set_error (error, why->domain, why->code, "%s; raise the limit of threads", why->message);
  return self->thread != NULL;
}

MvxZmqZap *
mvx_zmq_zap_new (gpointer context, const char *const *keys, MvxZmqZapRefused refused, gpointer data, GError **error)
{
  MvxZmqZap *self = g_new0 (MvxZmqZap, 1);

  self->handle = zmq_socket (context, ZMQ_REP);
  self->keys = g_strdupv ((char **) keys);
  self->refused = refused;
  self->data = data;
  if (mvx_zmq_zap_start (self, error))
    return self;
  if (self->handle)
    zmq_close (self->handle);
  mvx_zmq_zap_free (self);
  return NULL;
}

void
mvx_zmq_zap_free (MvxZmqZap *self)
{
  if (self->thread)
    g_thread_join (self->thread);
  g_strfreev (self->keys);
  g_free (self);
}
