/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "receive/receive-frame.h"

static void
on_frame (const char *text, gsize length, const char *fault, gpointer data)
{
  g_string_append_printf (data, "%.*s%s%s|", (int) length, text, fault ? "!" : "", fault ? fault : "");
}

/* In pieces of @step bytes. */
static char *
frames (const char *bytes, gsize limit, gsize step, gboolean *fine)
{
  GString *out = g_string_new (NULL);
  MvxReceiveFrames self;
  gsize length = strlen (bytes);

  *fine = TRUE;
  mvx_receive_frames_init (&self, limit, on_frame, out);
  for (gsize i = 0; i < length && *fine; i += step)
    *fine = mvx_receive_frames_feed (&self, bytes + i, MIN (step, length - i));
  if (*fine)
    mvx_receive_frames_finish (&self);
  mvx_receive_frames_clear (&self);
  return g_string_free (out, FALSE);
}

static void
assert_frames (const char *bytes, gsize limit, gboolean expect_fine, const char *expected)
{
  for (gsize step = 1; step <= strlen (bytes); step++)
    {
      gboolean fine;
      g_autofree char *out = frames (bytes, limit, step, &fine);

      g_assert_cmpstr (out, ==, expected);
      g_assert_cmpint (fine, ==, expect_fine);
    }
}

/* However the bytes are cut into pieces. */
static void
test_frames (void)
{
  assert_frames ("<1>a\n<2>bc\n", 100, TRUE, "<1>a|<2>bc|");
  assert_frames ("4 <1>a7 <2>b\n\nc", 100, TRUE, "<1>a|<2>b\n\nc|");
  assert_frames ("4 <1>a<2>line\n4 <3>b", 100, TRUE, "<1>a|<2>line|<3>b|");
  assert_frames ("<1>no newline", 100, TRUE, "<1>no newline|");
  assert_frames ("\n\n<1>a\n\n", 100, TRUE, "<1>a|");
  assert_frames ("9 <1>a", 100, TRUE, "9 <1>a!the connection ended in the middle of it|");
  assert_frames ("12", 100, TRUE, "12!the connection ended in the middle of it|");
  /* No number begins with a zero. */
  assert_frames ("0 a\n01 b", 100, TRUE, "0 a|01 b|");
  /* Its number counts as a part of what is shown. */
  assert_frames ("8 abcdefg", 8, TRUE, "8 abcdef!the connection ended in the middle of it|");
}

static void
test_faults (void)
{
  gboolean fine;
  g_autofree char *whole = frames ("9 abcdefghi4 <1>a", 8, 100, &fine);
  g_autofree char *line = frames ("<1>abcdefghi\n<2>b\n", 8, 100, &fine);

  g_assert_cmpstr (whole, ==, "abcdefgh!it is longer than --max-size|<1>a|");
  g_assert_cmpstr (line, ==, "<1>abcde!it is longer than --max-size|<2>b|");
  g_assert_true (fine);
  assert_frames ("12x<1>a\n", 100, FALSE, "12!its number of octets does not end in a space|");
  assert_frames ("99999999999 a", 100, FALSE, "9999999999!its number of octets does not end in a space|");
  /* What is too long is never kept as a whole, and does not hide what is behind it. */
  for (gsize step = 1; step < 20; step++)
    {
      g_autofree char *out = frames ("20 abcdefghijklmnopqrst4 <1>a<3>abcdefghijklmnop\n<2>b\n", 8, step, &fine);

      g_assert_true (fine);
      g_assert_true (g_str_has_suffix (out, "!it is longer than --max-size|<2>b|"));
      g_assert_nonnull (strstr (out, "|<1>a|"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/receive-frame/frames", test_frames);
  g_test_add_func ("/receive-frame/faults", test_faults);
  return g_test_run ();
}
