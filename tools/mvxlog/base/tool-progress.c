/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tool-progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MVX_TOOL_PROGRESS_AFTER_US (G_USEC_PER_SEC / 2)
#define MVX_TOOL_PROGRESS_EVERY_US (G_USEC_PER_SEC / 10)
#define MVX_TOOL_PROGRESS_WIDTH 30

void
mvx_tool_progress_begin (MvxToolProgress *self, const char *what, guint64 total)
{
  *self = (MvxToolProgress){ .what = what,
                             .total = total,
                             .since_us = g_get_monotonic_time (),
                             .is_terminal = isatty (STDERR_FILENO) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0 };
}

char *
mvx_tool_progress_line (const MvxToolProgress *self)
{
  const guint64 done = MIN (self->done, self->total);
  const double part = self->total > 0 ? (double) done / (double) self->total : 1.0;
  char bar[MVX_TOOL_PROGRESS_WIDTH + 1];
  const guint n = (guint) (part * MVX_TOOL_PROGRESS_WIDTH);

  memset (bar, '#', n);
  memset (bar + n, '.', MVX_TOOL_PROGRESS_WIDTH - n);
  bar[MVX_TOOL_PROGRESS_WIDTH] = '\0';
  return g_strdup_printf ("%s [%s] %3u %%", self->what, bar, (guint) (part * 100));
}

void
mvx_tool_progress_add (MvxToolProgress *self, guint64 n)
{
  g_autofree char *line = NULL;
  gint64 now;

  self->done += n;
  if (!self->is_terminal)
    return;
  now = g_get_monotonic_time ();
  if (now - self->since_us < MVX_TOOL_PROGRESS_AFTER_US || now - self->drawn_us < MVX_TOOL_PROGRESS_EVERY_US)
    return;
  self->drawn_us = now;
  line = mvx_tool_progress_line (self);
  fprintf (stderr, "\r%s", line);
  fflush (stderr);
}

void
mvx_tool_progress_end (MvxToolProgress *self)
{
  if (self->drawn_us > 0)
    fputs ("\r\033[K", stderr);
  self->drawn_us = 0;
}
