/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "receive/receive-hub.h"

#include "tool.h"

/* So many complaints in so long. */
#define MVX_RECEIVE_COMPLAINTS 5
#define MVX_RECEIVE_WINDOW_US (10 * G_USEC_PER_SEC)

void
mvx_receive_hub_init (MvxReceiveHub *hub, gsize max_size, guint64 stop_after)
{
  *hub = (MvxReceiveHub){ .max_size = max_size, .stop_after = stop_after };
  hub->streams = mvx_receive_streams_new ();
  hub->event = mvx_receive_event_new ();
}

void
mvx_receive_hub_clear (MvxReceiveHub *hub)
{
  g_clear_pointer (&hub->streams, mvx_receive_streams_free);
  g_clear_pointer (&hub->event, mvx_receive_event_free);
}

gboolean
mvx_receive_hub_is_done (const MvxReceiveHub *hub)
{
  return hub->stop_after > 0 && hub->n_received >= hub->stop_after;
}

static void
mvx_receive_hub_count (MvxReceiveHub *hub, const MvxLogSender *sender, MvxLogSubmitResult result)
{
  hub->n_received++;
  hub->n_filtered += result == MVX_LOG_FILTERED;
  hub->n_refused += result == MVX_LOG_REFUSED;
  mvx_receive_streams_note (hub->streams, sender->stream, sender->seq);
  if (mvx_receive_hub_is_done (hub) && hub->on_done)
    hub->on_done (hub->data);
}

void
mvx_receive_hub_take (MvxReceiveHub *hub)
{
  MvxLogSubmitResult result = mvx_receive_event_submit (hub->event, NULL);

  mvx_receive_hub_count (hub, &hub->event->sender, result);
}

void
mvx_receive_hub_take_event (MvxReceiveHub *hub, const MvxLogEvent *event)
{
  g_autoptr (MvxLogContext) context = mvx_receive_event_context (mvx_log_event_get_context (event));
  MvxLogSender sender;

  mvx_log_event_get_sender (event, &sender);
  mvx_receive_hub_count (hub, &sender, mvx_log_context_log_event (context, event, NULL));
}

static void
mvx_receive_hub_say_rest (MvxReceiveComplaints *complaints, const char *what)
{
  if (complaints->n_silent > 0)
    {
      g_autofree char *more = g_strdup_printf ("%" G_GUINT64_FORMAT, complaints->n_silent);

      mvx_tool_error ("%s more %s", more, what);
    }
  complaints->n_silent = 0;
}

/* @what became of those that nothing is said about. */
static gboolean
mvx_receive_hub_may_complain (MvxReceiveComplaints *complaints, const char *what)
{
  gint64 now = g_get_monotonic_time ();

  if (complaints->window_us == 0 || now - complaints->window_us > MVX_RECEIVE_WINDOW_US)
    {
      mvx_receive_hub_say_rest (complaints, what);
      complaints->window_us = now;
      complaints->n = 0;
    }
  if (complaints->n++ < MVX_RECEIVE_COMPLAINTS)
    return TRUE;
  complaints->n_silent++;
  return FALSE;
}

static const char mvx_receive_hub_not_taken[] = "messages were not taken";
static const char mvx_receive_hub_not_let_in[] = "attempts to connect were refused";

void
mvx_receive_hub_catch_up (MvxReceiveHub *hub)
{
  mvx_receive_hub_say_rest (&hub->malformed, mvx_receive_hub_not_taken);
  mvx_receive_hub_say_rest (&hub->refused, mvx_receive_hub_not_let_in);
}

void
mvx_receive_hub_malformed (MvxReceiveHub *hub, const char *from, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  hub->n_malformed++;
  if (!mvx_receive_hub_may_complain (&hub->malformed, mvx_receive_hub_not_taken))
    return;
  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  mvx_tool_error ("a message from %s was not taken: %s", from, reason);
}

void
mvx_receive_hub_refused (MvxReceiveHub *hub, const char *who)
{
  if (mvx_receive_hub_may_complain (&hub->refused, mvx_receive_hub_not_let_in))
    mvx_tool_error ("%s", who);
}
