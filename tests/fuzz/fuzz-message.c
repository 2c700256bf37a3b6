/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages of ZeroMQ, of any number of parts: an event, or counted as none. */
#include "fuzz-tool.h"

#include "receive/receive-message.h"

#define MOST_PARTS 4

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  FuzzInput input = { (const char *) data, (const char *) data + size };
  GBytes *parts[MOST_PARTS];
  MvxReceiveHub hub;
  guint n = 0;

  while (input.p < input.end && n < MOST_PARTS)
    {
      FuzzPart part = fuzz_take (&input);

      /* The body may hold everything. */
      if (n == 1 && input.p < input.end && input.p[0] != FUZZ_SEPARATOR)
        {
          g_free (part.text);
          part.len = (gsize) (input.end - (input.p - part.len - 1));
          part.text = g_memdup2 (input.end - part.len, part.len);
          input.p = input.end;
        }
      parts[n++] = g_bytes_new_take (part.text, part.len);
    }
  fuzz_tool_set_up ();
  mvx_receive_hub_init (&hub, 4096, 0);
  mvx_receive_message (&hub, "fuzz", parts, n);
  g_assert_cmpuint (hub.n_received + hub.n_malformed, ==, 1);
  mvx_receive_hub_clear (&hub);
  for (guint i = 0; i < n; i++)
    g_bytes_unref (parts[i]);
  return 0;
}
