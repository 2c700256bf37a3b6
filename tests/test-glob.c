/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>

#include "base/glob-private.h"

typedef struct
{
  const char *pattern;
  const char *text;
  gboolean matches;
} Case;

static const Case cases[] = {
  { "", "", TRUE },
  { "", "a", FALSE },
  { "a", "", FALSE },
  { "*", "", TRUE },
  { "*", "a.b/c", TRUE },
  { "a*", "a", TRUE },
  { "a*c", "abc", TRUE },
  { "a*c", "abcd", FALSE },
  { "*.b", "x.a.b", TRUE },
  { "a.*", "a", FALSE },
  { "a.*", "a.b.c", TRUE },
  { "?", "", FALSE },
  { "?", "ab", FALSE },
  { "?b", "ab", TRUE },
  { "A", "a", FALSE },
  { "[ab]", "b", TRUE },
  { "[ab]", "c", FALSE },
  { "[!ab]", "c", TRUE },
  { "[!ab]", "a", FALSE },
  { "[a-c]x", "bx", TRUE },
  { "[a-c]x", "dx", FALSE },
  { "[c-a]", "b", FALSE },
  { "[!c-a]", "b", TRUE },
  { "[]]", "]", TRUE },
  { "[]a]", "a", TRUE },
  { "[!]]", "]", FALSE },
  { "[!]]", "a", TRUE },
  { "[", "[", TRUE },
  { "[a", "[a", TRUE },
  { "[!", "[!", TRUE },
  { "[]", "[]", TRUE },
  { "[!]", "[!]", TRUE },
  { "[a-]", "-", TRUE },
  { "[-a]", "-", TRUE },
  { "\\*", "*", FALSE },
  { "\\*", "\\x", TRUE },
  { "\\", "\\", TRUE },
  { "[\\]", "\\", TRUE },
  { "a**b", "ab", TRUE },
  { "*a*a*a*", "aaa", TRUE },
  { "*a*a*a*", "aa", FALSE },
  { "?", "\xc3\xa4", TRUE },
  { "[\xc3\xa4]", "\xc3\xa4", TRUE },
  { "*\xc3\xa4", "x\xc3\xa4", TRUE },
  { "??", "\xc3\xa4", FALSE },
  { "?", "\xff", TRUE },
  { "\xff", "\xff", TRUE },
  { "[^a]", "^", TRUE },
  { "[a-b-c]", "-", TRUE },
  { "[a-b-c]", "c", TRUE },
  { "[--a]", "5", TRUE },
  { "{a,b}", "{a,b}", TRUE },
};

static void
test_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_cmpint (mvx_log_glob_match (cases[i].pattern, cases[i].text), ==, cases[i].matches);
    }
}

/* Never more than one star is taken back: no pattern takes exponential time. */
static void
test_many_stars (void)
{
  g_autofree char *text = g_strnfill (5000, 'a');
  g_autoptr (GString) pattern = g_string_new (NULL);

  for (guint i = 0; i < 200; i++)
    g_string_append (pattern, "*a");
  g_string_append (pattern, "*b");
  g_assert_false (mvx_log_glob_match (pattern->str, text));
}

/* The same as Python's fnmatch.fnmatchcase, on patterns made at random. */
static const char script[] = "import sys, fnmatch\n"
                             "for line in sys.stdin.buffer.read().decode().split('\\n'):\n"
                             "    if '\\t' in line:\n"
                             "        p, t = line.split('\\t')\n"
                             "        sys.stdout.write('1' if fnmatch.fnmatchcase(t, p) else '0')\n";

static void
append_random (GString *line, const char *letters, guint max)
{
  guint n = (guint) g_test_rand_int_range (0, (gint) max);

  for (guint i = 0; i < n; i++)
    g_string_append_c (line, letters[g_test_rand_int_range (0, (gint) strlen (letters))]);
}

/* Python takes an empty range out of a set before it looks for the '!', so that in "[b-a!x]" it comes to stand in front
 * and negates. Nobody can mean that. */
static gboolean
has_odd_exclamation_mark (const char *pattern)
{
  for (const char *p = strchr (pattern, '-'); p; p = strchr (p + 1, '-'))
    if (p[1] && p[2] == '!')
      return TRUE;
  return FALSE;
}

static void
test_python (void)
{
  g_autoptr (GString) input = g_string_new (NULL);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *python = g_find_program_in_path ("python3");
  g_autofree char *output = NULL;
  g_auto (GStrv) lines = NULL;
  guint n_matches = 0;

  if (python == NULL)
    {
      g_test_skip ("there is no python3");
      return;
    }
  for (guint i = 0; i < 20000; i++)
    {
      append_random (input, "ab-!]*?[.\\^", 9);
      g_string_append_c (input, '\t');
      append_random (input, "ab-!].\\^[", 5);
      g_string_append_c (input, '\n');
    }
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, python, "-W",
                              "ignore", "-c", script, NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, input->str, NULL, &output, NULL, &error));
  if (strlen (output) != 20000)
    {
      g_test_skip ("python3 does not work here");
      return;
    }
  lines = g_strsplit (input->str, "\n", -1);
  for (guint i = 0; i < 20000; i++)
    {
      char *text = strchr (lines[i], '\t');

      *text++ = '\0';
      if (has_odd_exclamation_mark (lines[i]))
        continue;
      if (mvx_log_glob_match (lines[i], text) != (output[i] == '1'))
        g_error ("'%s' and '%s': Python says %c", lines[i], text, output[i]);
      n_matches += output[i] == '1';
    }
  g_assert_cmpuint (n_matches, >, 500);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/glob/cases", test_cases);
  g_test_add_func ("/glob/many-stars", test_many_stars);
  g_test_add_func ("/glob/python", test_python);
  return g_test_run ();
}
