/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages of syslog, RFC 5424 and 3164: a fault that is told, or an event that is taken. */
#include "fuzz-tool.h"

#include "../receive-fixture.h"
#include "receive/receive-hub.h"
#include "receive/receive-rfc.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_memdup2 (data, size);
  MvxReceiveHub hub;

  fuzz_tool_set_up ();
  mvx_receive_hub_init (&hub, size, 0);
  if (mvx_receive_rfc_read (hub.event, text ? text : "", size, G_GINT64_CONSTANT (1795262400000000000)) == NULL)
    {
      g_free (fixture_print (hub.event));
      mvx_receive_hub_take (&hub);
      g_assert_cmpuint (hub.n_received, ==, 1);
    }
  mvx_receive_hub_clear (&hub);
  return 0;
}
