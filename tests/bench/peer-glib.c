/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GLib's structured logging. default: GLib's own writer, on a file as standard error. json: the writer a program would
 * write for itself, one JSON object a line, buffered. */
#include "harness.h"

#include <fcntl.h>
#include <glib.h>
#include <unistd.h>

static gboolean peer_json;
static int peer_fd = -1;
static GMutex peer_mutex;
static GString *peer_buffer;
static __thread GString *peer_line;

static void
peer_append_string (GString *line, const char *text)
{
  g_string_append_c (line, '"');
  for (; *text; text++)
    {
      if (*text == '"' || *text == '\\')
        g_string_append_c (line, '\\');
      if ((guchar) *text < ' ')
        g_string_append_printf (line, "\\u%04x", (guint) (guchar) *text);
      else
        g_string_append_c (line, *text);
    }
  g_string_append_c (line, '"');
}

static void
peer_append_field (GString *line, const GLogField *field)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  double ms;
  gint64 id;

  g_string_append_printf (line, ",\"%s\":", field->key);
  if (strcmp (field->key, "ID") == 0)
    {
      memcpy (&id, field->value, sizeof id);
      g_string_append_printf (line, "%" G_GINT64_FORMAT, id);
    }
  else if (strcmp (field->key, "MS") == 0)
    {
      memcpy (&ms, field->value, sizeof ms);
      g_string_append (line, g_ascii_formatd (number, sizeof number, "%g", ms));
    }
  else
    peer_append_string (line, field->value);
}

static void
peer_write_out (void)
{
  for (gsize done = 0; done < peer_buffer->len;)
    {
      gssize n = write (peer_fd, peer_buffer->str + done, peer_buffer->len - done);

      if (n < 0)
        g_error ("write: %s", g_strerror (errno));
      done += (gsize) n;
    }
  g_string_truncate (peer_buffer, 0);
}

static GLogWriterOutput
peer_write (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  gint64 now = g_get_real_time ();

  if (peer_line == NULL)
    peer_line = g_string_sized_new (512);
  g_string_printf (peer_line, "{\"time\":%" G_GINT64_FORMAT ".%06d", now / G_USEC_PER_SEC,
                   (int) (now % G_USEC_PER_SEC));
  for (gsize i = 0; i < n_fields; i++)
    peer_append_field (peer_line, &fields[i]);
  g_string_append (peer_line, "}\n");
  g_mutex_lock (&peer_mutex);
  g_string_append_len (peer_buffer, peer_line->str, (gssize) peer_line->len);
  if (peer_buffer->len >= 65536)
    peer_write_out ();
  g_mutex_unlock (&peer_mutex);
  return G_LOG_WRITER_HANDLED;
}

static int
peer_open (const BenchOptions *options)
{
  peer_json = strcmp (options->variant, "json") == 0;
  peer_fd = open (options->out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (peer_fd < 0)
    return 1;
  if (peer_json)
    {
      peer_buffer = g_string_sized_new (70000);
      g_log_set_writer_func (peer_write, NULL, NULL);
      return 0;
    }
  g_setenv ("G_MESSAGES_DEBUG", "all", TRUE);
  g_log_writer_default_set_use_stderr (TRUE);
  return dup2 (peer_fd, STDERR_FILENO) < 0;
}

static void
peer_log_json (gint64 id, const char *client, double ms)
{
  char message[128];
  const GLogField fields[] = {
    { "PRIORITY", "6", -1 },    { "GLIB_DOMAIN", BENCH_LOGGER, -1 },
    { "MESSAGE", message, -1 }, { "ID", &id, sizeof id },
    { "CLIENT", client, -1 },   { "MS", &ms, sizeof ms },
  };

  g_snprintf (message, sizeof message, "request %" G_GINT64_FORMAT " from %s took %g ms", id, client, ms);
  g_log_structured_array (G_LOG_LEVEL_INFO, fields, G_N_ELEMENTS (fields));
}

static inline void
peer_log (int64_t id, const char *client, double ms)
{
  if (peer_json)
    peer_log_json (id, client, ms);
  else
    g_log_structured (BENCH_LOGGER, G_LOG_LEVEL_INFO, "CLIENT", client, "MESSAGE",
                      "request %" G_GINT64_FORMAT " from %s took %g ms", (gint64) id, client, ms);
}

static void
peer_close (void)
{
  if (peer_json)
    peer_write_out ();
}

const BenchPeer bench_peer = { "glib", "json|default", peer_open, NULL, bench_run, peer_close, NULL, NULL, NULL };
