/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/tool-i18n.h"
#include "base/tool-text.h"
#include "tool.h"

#define MVX_TOOL_OUT_SIZE (64 * 1024)

static GString *mvx_tool_out_buffer;
static gboolean mvx_tool_out_broken; /* nobody reads */
static int mvx_tool_out_errno;

void
mvx_tool_error (const char *format, ...)
{
  g_autoptr (GString) line = g_string_new ("mvxlog: ");
  g_autofree char *text = NULL;
  va_list args;
  gsize done = 0;

  va_start (args, format);
  text = g_strdup_vprintf (_ (format), args);
  va_end (args);
  mvx_tool_text_escape (line, text, -1, MVX_TOOL_TEXT_LINES | MVX_TOOL_TEXT_TABS);
  g_string_append_c (line, '\n');
  mvx_tool_flush ();
  while (done < line->len)
    {
      gssize n = write (STDERR_FILENO, line->str + done, line->len - done);

      if (n < 0 && errno != EINTR)
        return;
      done += n > 0 ? (gsize) n : 0;
    }
}

static void
mvx_tool_out_write (const char *data, gsize length)
{
  while (length > 0 && !mvx_tool_out_closed ())
    {
      struct pollfd wait = { STDOUT_FILENO, POLLOUT, 0 };
      gssize n = write (STDOUT_FILENO, data, length);

      if (n >= 0)
        {
          data += n;
          length -= (gsize) n;
        }
      else if (errno == EAGAIN)
        poll (&wait, 1, -1);
      else if (errno == EPIPE)
        mvx_tool_out_broken = TRUE;
      else if (errno != EINTR)
        mvx_tool_out_errno = errno;
    }
}

void
mvx_tool_flush (void)
{
  if (mvx_tool_out_buffer == NULL)
    return;
  mvx_tool_out_write (mvx_tool_out_buffer->str, mvx_tool_out_buffer->len);
  g_string_truncate (mvx_tool_out_buffer, 0);
}

void
mvx_tool_out (const char *data, gssize length)
{
  if (mvx_tool_out_buffer == NULL)
    mvx_tool_out_buffer = g_string_sized_new (MVX_TOOL_OUT_SIZE);
  g_string_append_len (mvx_tool_out_buffer, data, length < 0 ? (gssize) strlen (data) : length);
  if (mvx_tool_out_buffer->len >= MVX_TOOL_OUT_SIZE)
    mvx_tool_flush ();
}

void
mvx_tool_outf (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  mvx_tool_out (text, -1);
}

gboolean
mvx_tool_out_closed (void)
{
  return mvx_tool_out_broken || mvx_tool_out_errno != 0;
}

int
mvx_tool_finish (int status)
{
  int number;

  mvx_tool_flush ();
  number = mvx_tool_out_errno;
  if (number == 0)
    return status;
  mvx_tool_error ("cannot write to standard output: %s", g_strerror (number));
  return status == MVX_TOOL_OK ? MVX_TOOL_PROBLEM : status;
}
