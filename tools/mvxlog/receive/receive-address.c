/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receive/receive-address.h"

#include <string.h>

static const struct
{
  const char *prefix;
  MvxReceiveKind kind;
} mvx_receive_schemes[] = {
  { "tcp://", MVX_RECEIVE_PULL },
  { "ipc://", MVX_RECEIVE_PULL },
  { "pull+tcp://", MVX_RECEIVE_PULL },
  { "pull+ipc://", MVX_RECEIVE_PULL },
  { "sub+tcp://", MVX_RECEIVE_SUB },
  { "sub+ipc://", MVX_RECEIVE_SUB },
  { "syslog+tcp://", MVX_RECEIVE_SYSLOG_TCP },
  { "syslog+udp://", MVX_RECEIVE_SYSLOG_UDP },
};

static gboolean
mvx_receive_address_split (MvxReceiveAddress *address, const char *text, const char *rest, GError **error)
{
  const char *colon = strrchr (rest, ':');
  gsize length = colon ? (gsize) (colon - rest) : 0;
  guint64 port;

  if (length == 0 || strchr (rest, '/') || !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &port, NULL))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "'%s': behind the scheme there must be HOST:PORT, with a port from 1 to 65535", text);
      return FALSE;
    }
  if (*rest == '[' && rest[length - 1] == ']')
    address->host = g_strndup (rest + 1, length - 2);
  else
    address->host = g_strndup (rest, length);
  address->port = (guint16) port;
  return TRUE;
}

gboolean
mvx_receive_address_parse (MvxReceiveAddress *address, const char *text, GError **error)
{
  *address = (MvxReceiveAddress){ 0 };
  for (guint i = 0; i < G_N_ELEMENTS (mvx_receive_schemes); i++)
    {
      const char *prefix = mvx_receive_schemes[i].prefix;
      const char *plus = strchr (prefix, '+');

      if (!g_str_has_prefix (text, prefix))
        continue;
      address->kind = mvx_receive_schemes[i].kind;
      address->endpoint = text + (plus ? plus + 1 - prefix : 0);
      if (strstr (prefix, "ipc://") == NULL)
        return mvx_receive_address_split (address, text, text + strlen (prefix), error);
      if (text[strlen (prefix)] == '/')
        return TRUE;
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "'%s': behind the scheme there must be a /PATH",
                   text);
      return FALSE;
    }
  g_set_error (
      error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
      "'%s': unknown scheme; there are tcp://, ipc://, sub+tcp://, sub+ipc://, syslog+tcp:// and syslog+udp://", text);
  return FALSE;
}

void
mvx_receive_address_clear (MvxReceiveAddress *address)
{
  g_clear_pointer (&address->host, g_free);
}
