/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages out of a stream, RFC 6587, and lines out of files: the same however the stream is cut into pieces, and none
 * is longer than it may be. */
#include "fuzz.h"

#include "receive/receive-frame.h"
#include "base/tool-lines.h"

#define LIMIT 24

static void
on_frame (const char *text, gsize length, const char *fault, gpointer data)
{
  g_assert_cmpuint (length, <=, LIMIT);
  /* How much of a bad one is there to be shown depends on what has come. */
  if (fault == NULL)
    g_string_append_len (data, text, (gssize) length);
  g_string_append_printf (data, "|%s|", fault ? fault : "");
}

static void
on_line (const char *line, gsize length, gboolean cut, gpointer data)
{
  g_assert_cmpuint (length, <=, LIMIT);
  g_assert_null (memchr (line, '\n', length));
  g_string_append_len (data, line, (gssize) length);
  g_string_append (data, cut ? "|cut|" : "||");
}

static char *
frames (const guint8 *data, gsize size, gsize step)
{
  GString *out = g_string_new (NULL);
  MvxReceiveFrames self;
  gboolean fine = TRUE;

  mvx_receive_frames_init (&self, LIMIT, on_frame, out);
  for (gsize i = 0; i < size && fine; i += step)
    fine = mvx_receive_frames_feed (&self, (const char *) data + i, MIN (step, size - i));
  if (fine)
    mvx_receive_frames_finish (&self);
  mvx_receive_frames_clear (&self);
  return g_string_free (out, FALSE);
}

static char *
lines (const guint8 *data, gsize size, gsize step)
{
  GString *out = g_string_new (NULL);
  MvxToolLines self;

  mvx_tool_lines_init (&self, LIMIT, on_line, out);
  for (gsize i = 0; i < size; i += step)
    mvx_tool_lines_feed (&self, (const char *) data + i, MIN (step, size - i));
  mvx_tool_lines_finish (&self);
  mvx_tool_lines_clear (&self);
  return g_string_free (out, FALSE);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *frames_at_once = frames (data, size, size + 1);
  g_autofree char *lines_at_once = lines (data, size, size + 1);

  for (gsize step = 1; step <= 7; step += 3)
    {
      g_autofree char *frames_in_pieces = frames (data, size, step);
      g_autofree char *lines_in_pieces = lines (data, size, step);

      g_assert_cmpstr (frames_in_pieces, ==, frames_at_once);
      g_assert_cmpstr (lines_in_pieces, ==, lines_at_once);
    }
  return 0;
}
