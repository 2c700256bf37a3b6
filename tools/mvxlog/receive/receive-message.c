/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receive/receive-message.h"

#include <string.h>

#include "receive/receive-json.h"
#include "base/tool-text.h"

static void
mvx_receive_message_read_json (MvxReceiveHub *hub, const char *from, GBytes *body)
{
  gsize size;
  const char *text = g_bytes_get_data (body, &size);
  const char *fault = mvx_receive_json_read (hub->event, text ? text : "", size);

  if (fault)
    mvx_receive_hub_malformed (hub, from, "%s", fault);
  else
    mvx_receive_hub_take (hub);
}

static void
mvx_receive_message_read_binary (MvxReceiveHub *hub, const char *from, GBytes *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogEvent) event = mvx_log_event_new_from_bytes (body, &error);

  if (event)
    mvx_receive_hub_take_event (hub, event);
  else
    mvx_receive_hub_malformed (hub, from, "%s", error->message);
}

static gboolean
mvx_receive_message_is_topic (const char *topic, gsize size)
{
  return size == 3 && strchr ("TSP", topic[0]) && strchr ("LP", topic[1]) && topic[0] && topic[1];
}

void
mvx_receive_message (MvxReceiveHub *hub, const char *from, GBytes *const *parts, guint n_parts)
{
  g_autoptr (GString) shown = g_string_new (NULL);
  gsize size = 0;
  const char *topic = n_parts > 0 ? g_bytes_get_data (parts[0], &size) : NULL;

  if (n_parts != 2)
    mvx_receive_hub_malformed (hub, from, "it has %u parts instead of a topic and a body", n_parts);
  else if (g_bytes_get_size (parts[1]) > hub->max_size)
    mvx_receive_hub_malformed (hub, from, "it is longer than --max-size");
  else if (!mvx_receive_message_is_topic (topic, size))
    {
      mvx_tool_text_escape (shown, topic ? topic : "", (gssize) MIN (size, 20), MVX_TOOL_TEXT_QUOTE);
      mvx_receive_hub_malformed (
          hub, from, "its topic '%s' is not three letters: T, S or P, then L or P, then the encoding", shown->str);
    }
  else if (topic[2] == 'J')
    mvx_receive_message_read_json (hub, from, parts[1]);
  else if (topic[2] == 'B')
    mvx_receive_message_read_binary (hub, from, parts[1]);
  else if (topic[2] == 'P')
    mvx_receive_hub_malformed (hub, from, "it is pickled, and would run its sender's code; send JSON");
  else
    {
      mvx_tool_text_escape (shown, topic + 2, 1, MVX_TOOL_TEXT_QUOTE);
      mvx_receive_hub_malformed (hub, from, "its encoding '%s' is unknown; there are J and B", shown->str);
    }
}
