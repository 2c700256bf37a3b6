/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <gio/gio.h>

#include "base/tool-lines.h"
#include "base/tool-zstd.h"

#define MVX_TOOL_LINES_CHUNK (64 * 1024)

void
mvx_tool_lines_init (MvxToolLines *lines, gsize limit, MvxToolLineFunc func, gpointer data)
{
  lines->func = func;
  lines->data = data;
  lines->limit = limit;
  lines->pending = g_string_new (NULL);
  lines->skipping = FALSE;
}

void
mvx_tool_lines_clear (MvxToolLines *lines)
{
  if (lines->pending)
    g_string_free (lines->pending, TRUE);
  lines->pending = NULL;
}

/* The beginning of a line that is not complete. */
static void
mvx_tool_lines_keep (MvxToolLines *lines, const char *bytes, gsize n)
{
  gsize room = lines->limit - lines->pending->len;

  if (lines->skipping)
    return;
  g_string_append_len (lines->pending, bytes, (gssize) MIN (n, room));
  if (n <= room)
    return;
  lines->func (lines->pending->str, lines->pending->len, TRUE, lines->data);
  /* Gives the memory back, too. */
  g_string_free (lines->pending, TRUE);
  lines->pending = g_string_new (NULL);
  lines->skipping = TRUE;
}

/* The end of a line. */
static void
mvx_tool_lines_end (MvxToolLines *lines, const char *bytes, gsize n)
{
  if (!lines->skipping && lines->pending->len == 0 && n <= lines->limit)
    {
      lines->func (bytes, n, FALSE, lines->data);
      return;
    }
  mvx_tool_lines_keep (lines, bytes, n);
  if (!lines->skipping)
    lines->func (lines->pending->str, lines->pending->len, FALSE, lines->data);
  lines->skipping = FALSE;
  g_string_truncate (lines->pending, 0);
}

void
mvx_tool_lines_feed (MvxToolLines *lines, const char *bytes, gsize n)
{
  while (n > 0)
    {
      const char *newline = memchr (bytes, '\n', n);
      gsize length = newline ? (gsize) (newline - bytes) : n;

      if (newline == NULL)
        {
          mvx_tool_lines_keep (lines, bytes, n);
          return;
        }
      mvx_tool_lines_end (lines, bytes, length);
      bytes += length + 1;
      n -= length + 1;
    }
}

void
mvx_tool_lines_finish (MvxToolLines *lines)
{
  if (!lines->skipping && lines->pending->len > 0)
    lines->func (lines->pending->str, lines->pending->len, FALSE, lines->data);
  lines->skipping = FALSE;
  g_string_truncate (lines->pending, 0);
}

static gssize
mvx_tool_lines_read_some (int fd, char *buffer, gsize size, GError **error)
{
  gssize n;

  do
    n = read (fd, buffer, size);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    g_set_error_literal (error, G_IO_ERROR, (gint) g_io_error_from_errno (errno), g_strerror (errno));
  return n;
}

/* Feeds @n compressed bytes; a file may consist of several compressed ones. */
static void
mvx_tool_lines_inflate (MvxToolLines *lines,
                        GConverter *unpack,
                        const char *bytes,
                        gsize n,
                        gboolean *inside,
                        GError **error)
{
  g_autofree char *text = g_malloc (MVX_TOOL_LINES_CHUNK);
  gboolean full = FALSE;

  /* A full piece of output means that more may be waiting, even if all input has been taken. */
  while (n > 0 || full)
    {
      g_autoptr (GError) local = NULL;
      GConverterResult result;
      gsize n_read = 0;
      gsize n_written = 0;

      result = g_converter_convert (unpack, bytes, n, text, MVX_TOOL_LINES_CHUNK, 0, &n_read, &n_written, &local);
      if (result == G_CONVERTER_ERROR)
        {
          if (!g_error_matches (local, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
            g_propagate_error (error, g_steal_pointer (&local));
          return;
        }
      *inside = TRUE;
      mvx_tool_lines_feed (lines, text, n_written);
      bytes += n_read;
      n -= n_read;
      full = n_written == MVX_TOOL_LINES_CHUNK && result != G_CONVERTER_FINISHED;
      if (result == G_CONVERTER_FINISHED)
        {
          *inside = FALSE;
          g_converter_reset (unpack);
        }
      else if (n_read == 0 && n_written == 0)
        break;
    }
}

/* By its first bytes. NULL without an error: it is not compressed. */
static GConverter *
mvx_tool_lines_new_converter (const char *bytes, gsize n, GError **error)
{
  if (n >= 2 && memcmp (bytes, "\037\213", 2) == 0)
    return G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  return n >= 4 && memcmp (bytes, "\050\265\057\375", 4) == 0 ? mvx_tool_zstd_new (error) : NULL;
}

gboolean
mvx_tool_lines_read (MvxToolLines *lines, int fd, gboolean inflate, gboolean (*pause) (gpointer data), GError **error)
{
  g_autofree char *buffer = g_malloc (MVX_TOOL_LINES_CHUNK);
  g_autoptr (GConverter) unpack = NULL;
  g_autoptr (GError) local = NULL;
  gboolean first = TRUE;
  gboolean inside = FALSE;
  gssize n;

  while ((n = mvx_tool_lines_read_some (fd, buffer, MVX_TOOL_LINES_CHUNK, &local)) > 0)
    {
      if (first && inflate)
        unpack = mvx_tool_lines_new_converter (buffer, (gsize) n, &local);
      first = FALSE;
      if (unpack)
        mvx_tool_lines_inflate (lines, unpack, buffer, (gsize) n, &inside, &local);
      else if (local == NULL)
        mvx_tool_lines_feed (lines, buffer, (gsize) n);
      if (local)
        break;
      if (pause && !pause (lines->data))
        return TRUE;
    }
  mvx_tool_lines_finish (lines); /* also what there is before an error */
  if (inside && local == NULL)
    g_set_error (&local, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "the compressed data ends too early");
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
