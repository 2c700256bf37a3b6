/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/buffer.h>

static void
test_grow (void)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  guint8 *first;

  g_assert_nonnull (mvx_log_buffer_reserve (&buffer, 0));
  mvx_log_buffer_clear (&buffer);
  g_assert_nonnull (mvx_log_buffer_grow (&buffer, 0));
  g_assert_cmpuint (buffer.len, ==, 0);
  first = mvx_log_buffer_reserve (&buffer, 100);
  g_assert_true (first == buffer.data);
  g_assert_true (mvx_log_buffer_reserve (&buffer, 200) == first);

  for (guint i = 0; i < 1000; i++)
    mvx_log_buffer_append_c (&buffer, (char) ('a' + i % 26));
  g_assert_cmpuint (buffer.len, ==, 1000);
  for (guint i = 0; i < 1000; i++)
    g_assert_cmpint (buffer.data[i], ==, 'a' + i % 26);
  mvx_log_buffer_clear (&buffer);
}

static void
test_geometric (void)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  guint n_moves = 0;
  gsize allocated = 0;

  for (guint i = 0; i < 1024 * 1024; i++)
    {
      mvx_log_buffer_append_c (&buffer, 'x');
      if (buffer.allocated != allocated)
        n_moves++;
      allocated = buffer.allocated;
      g_assert_cmpuint (buffer.len, <=, buffer.allocated);
    }
  g_assert_cmpuint (n_moves, <, 16);
  /* A large request is met at once. */
  g_assert_true (mvx_log_buffer_reserve (&buffer, 64 * 1024 * 1024) == buffer.data + buffer.len);
  g_assert_cmpuint (buffer.allocated, >=, 65 * 1024 * 1024);
  mvx_log_buffer_clear (&buffer);
}

static void
test_overflow (void)
{
  if (g_test_subprocess ())
    {
      MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

      mvx_log_buffer_append_c (&buffer, 'x');
      mvx_log_buffer_reserve (&buffer, G_MAXSIZE - 1);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*A buffer of 1 bytes cannot grow by *");
}

static void
test_append (void)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  mvx_log_buffer_append (&buffer, NULL, 0);
  g_assert_null (buffer.data);
  mvx_log_buffer_append_s (&buffer, "one");
  mvx_log_buffer_append (&buffer, "\0two", 4);
  mvx_log_buffer_append_s (&buffer, "");
  g_assert_cmpmem (buffer.data, buffer.len, "one\0two", 7);
  buffer.len = 0;
  mvx_log_buffer_append_s (&buffer, "again");
  g_assert_cmpmem (buffer.data, buffer.len, "again", 5);
  mvx_log_buffer_clear (&buffer);
  g_assert_null (buffer.data);
  g_assert_cmpuint (buffer.len, ==, 0);
  mvx_log_buffer_clear (&buffer);
  mvx_log_buffer_append_s (&buffer, "usable");
  g_assert_cmpmem (buffer.data, buffer.len, "usable", 6);
  mvx_log_buffer_clear (&buffer);
}

static void
test_printf (void)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  g_autofree char *text = g_strnfill (100000, 'y');

  mvx_log_buffer_append_printf (&buffer, "%d %s", 42, "%s%n");
  g_assert_cmpmem (buffer.data, buffer.len, "42 %s%n", 7);
  /* Exactly as long as the room that is left, one less and one more. */
  for (gint n = 60; n < 70; n++)
    {
      g_autofree char *expected = g_strnfill ((gsize) n, 'z');

      mvx_log_buffer_clear (&buffer);
      mvx_log_buffer_append_printf (&buffer, "%s", expected);
      g_assert_cmpmem (buffer.data, buffer.len, expected, n);
    }
  buffer.len = 0;
  mvx_log_buffer_append_printf (&buffer, "<%s>", text);
  g_assert_cmpuint (buffer.len, ==, 100002);
  g_assert_cmpint (buffer.data[0], ==, '<');
  g_assert_cmpint (buffer.data[100001], ==, '>');
  g_assert_cmpmem (buffer.data + 1, 100000, text, 100000);
  mvx_log_buffer_clear (&buffer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/buffer/grow", test_grow);
  g_test_add_func ("/buffer/geometric", test_geometric);
  g_test_add_func ("/buffer/overflow", test_overflow);
  g_test_add_func ("/buffer/append", test_append);
  g_test_add_func ("/buffer/printf", test_printf);
  return g_test_run ();
}
