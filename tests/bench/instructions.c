/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What instructions.py counts: WHAT N runs one thing N times inside instructions_measured_*(), which callgrind watches.
 * The library is linked statically, so that its private functions have names. */
#include <stdio.h>
#include <stdlib.h>

#include <mvxlog/mvxlog.h>
#include <mvxlog/operation.h>

#include "event/event-private.h"

MVX_LOG_CONTEXT (request, "bench.request")

G_GNUC_NOINLINE void instructions_measured_disabled (guint n);
G_GNUC_NOINLINE void instructions_measured_call (guint n);
G_GNUC_NOINLINE void instructions_measured_render (MvxLogRenderer *renderer, MvxLogEvent *event, guint n);

MVX_LOG_STATIC_PLUGIN_DECLARE (file)

static const char instructions_config[] = "[mvxlog]\nversion=1\n"
                                          "[sink file]\nplugin=file\npath=/dev/null\nformat=json\nlinger=1us\n"
                                          "queue-overflow=block\nblock-timeout=60s\ndrain-timeout=60s\n"
                                          "[sink memory]\nplugin=memory\n"
                                          "[context]\nlevel=info\nsinks=%s\n";

void
instructions_measured_disabled (guint n)
{
  for (guint i = 0; i < n; i++)
    mvx_debug (request, "request {id}", "id", (gint64) i);
}

void
instructions_measured_call (guint n)
{
  for (guint i = 0; i < n; i++)
    mvx_info (request, "request {id} from {client} took {ms} ms", "id", (gint64) i + 100000000, "client",
              "client-0000.eu-west.acme", "ms", (double) (i & 4095) * 0.125);
}

void
instructions_measured_render (MvxLogRenderer *renderer, MvxLogEvent *event, guint n)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  for (guint i = 0; i < n; i++)
    {
      buffer.len = 0;
      mvx_log_renderer_render (renderer, event, &buffer);
    }
  mvx_log_buffer_clear (&buffer);
}
