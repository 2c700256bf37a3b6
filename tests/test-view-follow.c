/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "view/view-follow.h"
#include "view/view-tail.h"

typedef struct
{
  char *directory;
  char *path;
  char *other;
  GString *out;
  GString *notes;
  MvxViewTail *tail;
} TestFollow;

static void
test_view_follow_take (const char *line, gsize length, gboolean cut, gpointer data)
{
  TestFollow *test = data;

  g_string_append_len (test->out, line, (gssize) length);
  g_string_append_c (test->out, cut ? '!' : ';');
}

static void
test_view_follow_note (const char *message, gpointer data)
{
  TestFollow *test = data;

  g_string_append_printf (test->notes, "%s\n", message);
}

static void
test_view_follow_set_up (TestFollow *test, gconstpointer data)
{
  test->directory = g_dir_make_tmp ("follow-XXXXXX", NULL);
  test->path = g_build_filename (test->directory, "app.log", NULL);
  test->other = g_build_filename (test->directory, "app.log.1", NULL);
  test->out = g_string_new (NULL);
  test->notes = g_string_new (NULL);
  test->tail = mvx_view_tail_new (test->path, G_MAXSIZE, test_view_follow_take, test);
}

static void
test_view_follow_tear_down (TestFollow *test, gconstpointer data)
{
  mvx_view_tail_free (test->tail);
  g_unlink (test->path);
  g_unlink (test->other);
  g_rmdir (test->directory);
  g_string_free (test->out, TRUE);
  g_string_free (test->notes, TRUE);
  g_free (test->directory);
  g_free (test->path);
  g_free (test->other);
}

static void
test_view_follow_write (const char *path, const char *mode, const char *text)
{
  FILE *file = g_fopen (path, mode);

  g_assert_nonnull (file);
  g_assert_cmpuint (fwrite (text, 1, strlen (text), file), ==, strlen (text));
  g_assert_cmpint (fclose (file), ==, 0);
}

static void
test_view_follow_poke (TestFollow *test, MvxViewTailChange change, const char *out)
{
  g_assert_cmpint (mvx_view_tail_poke (test->tail), ==, change);
  g_assert_cmpstr (test->out->str, ==, out);
  g_string_truncate (test->out, 0);
}

static void
test_view_follow_grow (TestFollow *test, gconstpointer data)
{
  test_view_follow_write (test->path, "w", "one\npar");
  test_view_follow_poke (test, MVX_VIEW_TAIL_APPEARED, "one;");
  test_view_follow_poke (test, MVX_VIEW_TAIL_SAME, "");
  test_view_follow_write (test->path, "a", "tial\n");
  test_view_follow_poke (test, MVX_VIEW_TAIL_SAME, "partial;");
}

static void
test_view_follow_rename (TestFollow *test, gconstpointer data)
{
  test_view_follow_write (test->path, "w", "one\n");
  test_view_follow_poke (test, MVX_VIEW_TAIL_APPEARED, "one;");
  test_view_follow_write (test->path, "a", "two\nthr");
  g_assert_cmpint (g_rename (test->path, test->other), ==, 0);
  test_view_follow_poke (test, MVX_VIEW_TAIL_MISSING, "two;");
  /* The writer has not noticed yet. */
  test_view_follow_write (test->other, "a", "ee\n");
  test_view_follow_poke (test, MVX_VIEW_TAIL_SAME, "three;");
  test_view_follow_write (test->other, "a", "late\n");
  test_view_follow_write (test->path, "w", "four\n");
  test_view_follow_poke (test, MVX_VIEW_TAIL_APPEARED, "late;four;");
  /* Not even now. */
  test_view_follow_write (test->other, "a", "later\n");
  test_view_follow_poke (test, MVX_VIEW_TAIL_SAME, "later;");
  g_unlink (test->other);
  test_view_follow_poke (test, MVX_VIEW_TAIL_SAME, "");
  g_assert_cmpint (test->tail->old_fd, ==, -1);
}

static void
test_view_follow_replace (TestFollow *test, gconstpointer data)
{
  test_view_follow_write (test->path, "w", "one\nend");
  test_view_follow_poke (test, MVX_VIEW_TAIL_APPEARED, "one;");
  test_view_follow_write (test->other, "w", "two\n");
  g_assert_cmpint (g_rename (test->other, test->path), ==, 0);
  /* The last line of a file that is gone is complete as it is. */
  test_view_follow_poke (test, MVX_VIEW_TAIL_REPLACED, "end;two;");
}

static void
test_view_follow_truncate (TestFollow *test, gconstpointer data)
{
  test_view_follow_write (test->path, "w", "one\ntwo\nrest");
  test_view_follow_poke (test, MVX_VIEW_TAIL_APPEARED, "one;two;");
  test_view_follow_write (test->path, "w", "new\n");
  test_view_follow_poke (test, MVX_VIEW_TAIL_TRUNCATED, "rest;new;");
  /* Cut, and grown to more than was read before anybody looked. */
  test_view_follow_write (test->path, "w", "another and longer line\n");
  test_view_follow_poke (test, MVX_VIEW_TAIL_TRUNCATED, "another and longer line;");
}

static void
test_view_follow_missing (TestFollow *test, gconstpointer data)
{
  test_view_follow_poke (test, MVX_VIEW_TAIL_MISSING, "");
  test_view_follow_poke (test, MVX_VIEW_TAIL_SAME, "");
  test_view_follow_write (test->path, "w", "one\n");
  test_view_follow_poke (test, MVX_VIEW_TAIL_APPEARED, "one;");
  g_unlink (test->path);
  test_view_follow_poke (test, MVX_VIEW_TAIL_MISSING, "");
  test_view_follow_write (test->path, "w", "two\n");
  test_view_follow_poke (test, MVX_VIEW_TAIL_APPEARED, "two;");
}

static void
test_view_follow_no_file (TestFollow *test, gconstpointer data)
{
  g_assert_cmpint (g_mkdir (test->path, 0700), ==, 0);
  test_view_follow_poke (test, MVX_VIEW_TAIL_FAILED, "");
  g_assert_cmpint (test->tail->error, ==, EISDIR);
  test_view_follow_poke (test, MVX_VIEW_TAIL_SAME, "");
  g_rmdir (test->path);
}

static void
test_view_follow_last (TestFollow *test, gconstpointer data)
{
  static const struct
  {
    const char *text;
    gint64 n;
    goffset offset;
  } rows[] = {
    { "a\nb\nc\n", 1, 4 }, { "a\nb\nc\n", 2, 2 }, { "a\nb\nc\n", 3, 0 }, { "a\nb\nc\n", 9, 0 },
    { "a\nb\nc\n", 0, 6 }, { "a\nb\nc", 1, 4 },   { "", 3, 0 },          { "\n\n", 1, 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      MvxViewTail *tail = mvx_view_tail_new (test->path, G_MAXSIZE, test_view_follow_take, test);

      test_view_follow_write (test->path, "w", rows[i].text);
      g_assert_true (mvx_view_tail_open (tail));
      mvx_view_tail_last (tail, rows[i].n);
      g_assert_cmpint (tail->offset, ==, rows[i].offset);
      mvx_view_tail_free (tail);
    }
}

static void
test_view_follow_wait (TestFollow *test, const char *out)
{
  while (strcmp (test->out->str, out) != 0)
    g_main_context_iteration (NULL, TRUE);
  g_string_truncate (test->out, 0);
}

/* The kernel tells; the test hangs (and is ended by its time limit) if it does not. */
static void
test_view_follow_watch (TestFollow *test, gconstpointer data)
{
  const MvxViewFollowFuncs funcs = { test_view_follow_take, NULL, test_view_follow_note };
  g_autoptr (MvxViewFollow) follow = mvx_view_follow_new (&funcs, test, G_MAXSIZE);
  g_autofree char *expected = NULL;

  test_view_follow_write (test->path, "w", "zero\none\n");
  mvx_view_follow_add (follow, test->path, 1);
  mvx_view_follow_watch (follow);
  g_assert_cmpstr (test->out->str, ==, "one;");
  g_string_truncate (test->out, 0);
  test_view_follow_write (test->path, "a", "two\n");
  test_view_follow_wait (test, "two;");
  g_assert_cmpint (g_rename (test->path, test->other), ==, 0);
  test_view_follow_write (test->path, "w", "three\n");
  test_view_follow_wait (test, "three;");
  test_view_follow_write (test->path, "w", "4\n");
  test_view_follow_wait (test, "4;");
  expected = g_strdup_printf ("'%s' was replaced; reading the new file\n"
                              "'%s' was truncated; reading it from its beginning\n",
                              test->path, test->path);
  g_assert_cmpstr (test->notes->str, ==, expected);
}

static void
test_view_follow_notes (TestFollow *test, gconstpointer data)
{
  const MvxViewFollowFuncs funcs = { test_view_follow_take, NULL, test_view_follow_note };
  g_autoptr (MvxViewFollow) follow = mvx_view_follow_new (&funcs, test, G_MAXSIZE);
  g_autofree char *expected = NULL;

  mvx_view_follow_add (follow, test->path, -1);
  mvx_view_follow_watch (follow);
  test_view_follow_write (test->path, "w", "one\n");
  mvx_view_follow_poke (follow);
  g_unlink (test->path);
  g_assert_cmpint (g_mkdir (test->path, 0700), ==, 0);
  mvx_view_follow_poke (follow);
  g_rmdir (test->path);
  expected = g_strdup_printf ("'%s' is not there; waiting for it\n'%s' has appeared\n"
                              "cannot read '%s': Is a directory; waiting for that to change\n",
                              test->path, test->path, test->path);
  g_assert_cmpstr (test->notes->str, ==, expected);
}

#define test_view_follow_add(name, func)                                                                               \
  g_test_add ("/view-follow/" name, TestFollow, NULL, test_view_follow_set_up, func, test_view_follow_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_view_follow_add ("grow", test_view_follow_grow);
  test_view_follow_add ("rename", test_view_follow_rename);
  test_view_follow_add ("replace", test_view_follow_replace);
  test_view_follow_add ("truncate", test_view_follow_truncate);
  test_view_follow_add ("missing", test_view_follow_missing);
  test_view_follow_add ("no-file", test_view_follow_no_file);
  test_view_follow_add ("last", test_view_follow_last);
  test_view_follow_add ("watch", test_view_follow_watch);
  test_view_follow_add ("notes", test_view_follow_notes);
  return g_test_run ();
}
