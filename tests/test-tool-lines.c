/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib-unix.h>

#include "base/tool-lines.h"
#include "base/tool-zstd.h"

/* Lines as "text;" and cut ones as "text!". */
static void
test_tool_lines_take (const char *line, gsize length, gboolean cut, gpointer data)
{
  g_string_append_len (data, line, (gssize) length);
  g_string_append_c (data, cut ? '!' : ';');
}

static void
test_tool_lines_split (void)
{
  const char text[] = "one\n\ntwo\r\nthree";

  /* Wherever the pieces end, the lines are the same. */
  for (gsize piece = 1; piece <= sizeof text - 1; piece++)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      MvxToolLines lines;

      mvx_tool_lines_init (&lines, G_MAXSIZE, test_tool_lines_take, out);
      for (gsize at = 0; at < sizeof text - 1; at += piece)
        mvx_tool_lines_feed (&lines, text + at, MIN (piece, sizeof text - 1 - at));
      g_assert_cmpstr (out->str, ==, "one;;two\r;");
      mvx_tool_lines_finish (&lines);
      g_assert_cmpstr (out->str, ==, "one;;two\r;three;");
      mvx_tool_lines_finish (&lines);
      g_assert_cmpstr (out->str, ==, "one;;two\r;three;");
      mvx_tool_lines_clear (&lines);
    }
}

static void
test_tool_lines_limit (void)
{
  const char text[] = "1234\n12345\n1234567890\n12\n123456";

  for (gsize piece = 1; piece <= sizeof text - 1; piece++)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      MvxToolLines lines;

      mvx_tool_lines_init (&lines, 5, test_tool_lines_take, out);
      for (gsize at = 0; at < sizeof text - 1; at += piece)
        mvx_tool_lines_feed (&lines, text + at, MIN (piece, sizeof text - 1 - at));
      mvx_tool_lines_finish (&lines);
      g_assert_cmpstr (out->str, ==, "1234;12345;12345!12;12345!");
      mvx_tool_lines_clear (&lines);
    }
}

static void
test_tool_lines_nul (void)
{
  g_autoptr (GString) out = g_string_new (NULL);
  MvxToolLines lines;

  mvx_tool_lines_init (&lines, G_MAXSIZE, test_tool_lines_take, out);
  mvx_tool_lines_feed (&lines, "a\0b\nc\0", 6);
  mvx_tool_lines_finish (&lines);
  g_assert_cmpmem (out->str, out->len, "a\0b;c\0;", 7);
  mvx_tool_lines_clear (&lines);
}

/* A file that is gone by its name already. */
static int
test_tool_lines_file (const char *bytes, gsize n)
{
  g_autofree char *name = NULL;
  int fd = g_file_open_tmp ("lines-XXXXXX", &name, NULL);

  g_assert_cmpint (fd, >=, 0);
  unlink (name);
  g_assert_cmpint (write (fd, bytes, n), ==, (gssize) n);
  g_assert_cmpint (lseek (fd, 0, SEEK_SET), ==, 0);
  return fd;
}

static GBytes *
test_tool_lines_gzip (const char *text, gsize n)
{
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GConverter) gzip = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1));
  g_autoptr (GOutputStream) stream = g_converter_output_stream_new (memory, gzip);

  g_assert_true (g_output_stream_write_all (stream, text, n, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (stream, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

static gboolean
test_tool_lines_read_bytes (const char *bytes, gsize n, gboolean inflate, GString *out, GError **error)
{
  MvxToolLines lines;
  int fd = test_tool_lines_file (bytes, n);
  gboolean fine;

  mvx_tool_lines_init (&lines, G_MAXSIZE, test_tool_lines_take, out);
  fine = mvx_tool_lines_read (&lines, fd, inflate, NULL, error);
  mvx_tool_lines_clear (&lines);
  close (fd);
  return fine;
}

static void
test_tool_lines_read_plain (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_true (test_tool_lines_read_bytes ("a\nb", 3, TRUE, out, NULL));
  g_assert_cmpstr (out->str, ==, "a;b;");
  g_string_truncate (out, 0);
  g_assert_true (test_tool_lines_read_bytes ("", 0, TRUE, out, NULL));
  g_assert_cmpstr (out->str, ==, "");
}

static void
test_tool_lines_read_gzip (void)
{
  g_autoptr (GBytes) one = test_tool_lines_gzip ("a\nb", 3);
  g_autoptr (GBytes) two = test_tool_lines_gzip ("c\n", 2);
  g_autoptr (GByteArray) both = g_byte_array_new ();
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_byte_array_append (both, g_bytes_get_data (one, NULL), (guint) g_bytes_get_size (one));
  g_byte_array_append (both, g_bytes_get_data (two, NULL), (guint) g_bytes_get_size (two));
  g_assert_true (test_tool_lines_read_bytes ((char *) both->data, both->len, TRUE, out, NULL));
  g_assert_cmpstr (out->str, ==, "a;bc;");
  g_string_truncate (out, 0);
  g_assert_false (test_tool_lines_read_bytes ((char *) both->data, both->len - 12, TRUE, out, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT);
  g_assert_cmpstr (error->message, ==, "the compressed data ends too early");
}

/* printf 'a\nb\n' | zstd, with a checksum. */
static const char test_tool_lines_zstd[] = "\050\265\057\375\004\130\041\000\000\141\012\142\012\045\120\263\043";

/* Several of them, cut in each place, and with a byte that is wrong. */
static void
test_tool_lines_read_zstd (void)
{
  const gsize n = sizeof test_tool_lines_zstd - 1;
  g_autoptr (GByteArray) both = g_byte_array_new ();
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) none = NULL;
  g_autoptr (GConverter) converter = mvx_tool_zstd_new (&none);

  if (converter == NULL)
    {
      g_test_skip (none->message);
      return;
    }
  for (guint i = 0; i < 2; i++)
    g_byte_array_append (both, (const guint8 *) test_tool_lines_zstd, (guint) n);
  g_assert_true (test_tool_lines_read_bytes ((char *) both->data, both->len, TRUE, out, NULL));
  g_assert_cmpstr (out->str, ==, "a;b;a;b;");
  for (gsize cut = n + 1; cut < 2 * n; cut++)
    {
      g_autoptr (GError) error = NULL;

      g_string_truncate (out, 0);
      g_assert_false (test_tool_lines_read_bytes ((char *) both->data, cut, TRUE, out, &error));
      g_assert_cmpstr (error->message, ==, "the compressed data ends too early");
      g_assert_true (g_str_has_prefix (out->str, "a;b;"));
    }
  both->data[n - 1] ^= 1;
  g_string_truncate (out, 0);
  g_clear_error (&none);
  g_assert_false (test_tool_lines_read_bytes ((char *) both->data, both->len, TRUE, out, &none));
  g_assert_cmpstr (none->message, ==, "zstd: Restored data doesn't match checksum");
}

/* More output than fits into one piece, of input that has been taken already. */
static void
test_tool_lines_read_bomb (void)
{
  g_autofree char *text = g_strnfill (3 * 1024 * 1024, 'x');
  g_autoptr (GBytes) gzip = test_tool_lines_gzip (text, 3 * 1024 * 1024);
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_true (test_tool_lines_read_bytes (g_bytes_get_data (gzip, NULL), g_bytes_get_size (gzip), TRUE, out, NULL));
  g_assert_cmpuint (out->len, ==, 3 * 1024 * 1024 + 1);
}

static gboolean
test_tool_lines_stop (gpointer data)
{
  return FALSE;
}

static void
test_tool_lines_pause (void)
{
  g_autofree char *text = g_strnfill (1024 * 1024, '\n');
  g_autoptr (GString) out = g_string_new (NULL);
  int fd = test_tool_lines_file (text, 1024 * 1024);
  MvxToolLines lines;

  mvx_tool_lines_init (&lines, G_MAXSIZE, test_tool_lines_take, out);
  g_assert_true (mvx_tool_lines_read (&lines, fd, TRUE, test_tool_lines_stop, NULL));
  g_assert_cmpuint (out->len, >, 0);
  g_assert_cmpuint (out->len, <, 1024 * 1024);
  mvx_tool_lines_clear (&lines);
  close (fd);
}

static void
test_tool_lines_failure (void)
{
  g_autoptr (GError) error = NULL;
  MvxToolLines lines;

  mvx_tool_lines_init (&lines, G_MAXSIZE, test_tool_lines_take, NULL);
  g_assert_false (mvx_tool_lines_read (&lines, -1, TRUE, NULL, &error));
  g_assert_cmpstr (error->message, ==, "Bad file descriptor");
  mvx_tool_lines_clear (&lines);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tool-lines/split", test_tool_lines_split);
  g_test_add_func ("/tool-lines/limit", test_tool_lines_limit);
  g_test_add_func ("/tool-lines/nul", test_tool_lines_nul);
  g_test_add_func ("/tool-lines/read/plain", test_tool_lines_read_plain);
  g_test_add_func ("/tool-lines/read/gzip", test_tool_lines_read_gzip);
  g_test_add_func ("/tool-lines/read/zstd", test_tool_lines_read_zstd);
  g_test_add_func ("/tool-lines/read/bomb", test_tool_lines_read_bomb);
  g_test_add_func ("/tool-lines/read/pause", test_tool_lines_pause);
  g_test_add_func ("/tool-lines/read/failure", test_tool_lines_failure);
  return g_test_run ();
}
