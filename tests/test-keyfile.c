/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Key-files: the line index, GKeyFile beside it, escapes and lists, reading files. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include <mvxlog/error.h>

#include "config/keyfile-private.h"
#include "config/lineindex-private.h"
#include "config/source-private.h"
#include "config/text-private.h"
#include "plugin/search-private.h"

typedef struct
{
  MvxLogDocument *document;
  MvxLogProblems *problems;
} Fixture;

static void
fixture_parse (Fixture *fixture, const char *data, gsize length, const char *file)
{
  MvxLogConfigOrigin at;

  if (fixture->document == NULL)
    {
      fixture->document = mvx_log_document_new ();
      fixture->problems = mvx_log_problems_new ();
    }
  at = mvx_log_document_add_file (fixture->document, file);
  mvx_log_keyfile_parse (data, length, &at, fixture->document, fixture->problems);
}

static void
fixture_clear (Fixture *fixture)
{
  mvx_log_document_free (fixture->document);
  mvx_log_problems_free (fixture->problems);
}

static void
assert_problems (const char *data, gsize length, const char *expected)
{
  Fixture fixture = { 0 };
  g_autoptr (GError) error = NULL;

  fixture_parse (&fixture, data, length, "F");
  error = mvx_log_problems_to_error (fixture.problems);
  if (expected)
    {
      g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_INVALID);
      g_assert_cmpstr (error->message, ==, expected);
    }
  else
    g_assert_no_error (error);
  fixture_clear (&fixture);
}

static void
test_positions (void)
{
  static const char data[]
      = "# comment\n\n[mvxlog]\nversion=1\n  [sink  b]\n\tpath = \tx y \nschl\xc3\xbcssel  =\xc3\xa4\n";
  g_autoptr (GPtrArray) lines = mvx_log_line_index (data, strlen (data));
  static const MvxLogLine expected[] = {
    { MVX_LOG_LINE_GROUP, 3, 1, 0, (char *) "mvxlog", NULL, NULL, FALSE },
    { MVX_LOG_LINE_KEY, 4, 1, 9, (char *) "version", (char *) "1", NULL, FALSE },
    { MVX_LOG_LINE_GROUP, 5, 3, 0, (char *) "sink  b", NULL, NULL, FALSE },
    { MVX_LOG_LINE_KEY, 6, 2, 10, (char *) "path", (char *) "x y ", NULL, FALSE },
    { MVX_LOG_LINE_KEY, 7, 1, 13, (char *) "schl\xc3\xbcssel", (char *) "\xc3\xa4", NULL, FALSE },
  };

  g_assert_cmpuint (lines->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < lines->len; i++)
    {
      const MvxLogLine *line = g_ptr_array_index (lines, i);

      g_assert_cmpint (line->kind, ==, expected[i].kind);
      g_assert_cmpuint (line->line, ==, expected[i].line);
      g_assert_cmpuint (line->column, ==, expected[i].column);
      g_assert_cmpuint (line->value_column, ==, expected[i].value_column);
      g_assert_cmpstr (line->name, ==, expected[i].name);
      g_assert_cmpstr (line->value, ==, expected[i].value);
      g_assert_null (line->fault);
    }
}

static void
test_document (void)
{
  static const char data[] = "[sink a]\r\nplugin=stream\r\n# x\r\n[context]\r\nsinks=a;b\r\n";
  Fixture fixture = { 0 };
  const MvxLogConfigGroup *group;
  const MvxLogConfigEntry *entry;

  fixture_parse (&fixture, data, strlen (data), "F");
  g_assert_cmpuint (mvx_log_problems_get_n (fixture.problems), ==, 0);
  g_assert_cmpuint (fixture.document->groups->len, ==, 2);
  group = mvx_log_document_find (fixture.document, "sink", "a");
  g_assert_nonnull (group);
  g_assert_cmpstr (group->kind, ==, "sink");
  g_assert_cmpstr (group->id, ==, "a");
  g_assert_cmpuint (group->at.line, ==, 1);
  entry = mvx_log_config_group_find (group, "plugin");
  g_assert_cmpstr (entry->text, ==, "stream");
  g_assert_cmpstr (entry->at.file, ==, "F");
  g_assert_cmpuint (entry->at.line, ==, 2);
  g_assert_cmpuint (entry->value_at.column, ==, 8);
  group = mvx_log_document_find (fixture.document, "context", "");
  g_assert_nonnull (group);
  entry = mvx_log_config_group_find (group, "sinks");
  g_assert_cmpuint (entry->at.line, ==, 5);
  g_assert_null (mvx_log_config_group_find (group, "level"));
  g_assert_null (mvx_log_document_find (fixture.document, "sink", "b"));
  fixture_clear (&fixture);
}

static void
test_override (void)
{
  static const char first[] = "[sink a]\nplugin=stream\nlevel=info\n";
  static const char second[] = "[sink a]\nlevel=debug\n[sink b]\nplugin=null\n";
  Fixture fixture = { 0 };
  const MvxLogConfigGroup *group;
  const MvxLogConfigEntry *entry;
  g_autofree const char **ids = NULL;

  fixture_parse (&fixture, first, strlen (first), "F");
  fixture_parse (&fixture, second, strlen (second), "F.d/10.conf");
  g_assert_cmpuint (mvx_log_problems_get_n (fixture.problems), ==, 0);
  g_assert_cmpuint (fixture.document->files->len, ==, 2);
  group = mvx_log_document_find (fixture.document, "sink", "a");
  g_assert_cmpuint (group->entries->len, ==, 2);
  g_assert_cmpstr (group->at.file, ==, "F");
  entry = mvx_log_config_group_find (group, "level");
  g_assert_cmpstr (entry->text, ==, "debug");
  g_assert_cmpstr (entry->at.file, ==, "F.d/10.conf");
  g_assert_cmpuint (entry->at.order, ==, 1);
  entry = mvx_log_config_group_find (group, "plugin");
  g_assert_cmpstr (entry->at.file, ==, "F");
  ids = mvx_log_document_ids (fixture.document, "sink");
  g_assert_cmpstr (ids[0], ==, "a");
  g_assert_cmpstr (ids[1], ==, "b");
  g_assert_null (ids[2]);
  fixture_clear (&fixture);
}

static void
test_faults (void)
{
  static const struct
  {
    const char *data;
    const char *expected;
  } cases[] = {
    { "", NULL },
    { "\n\n# only a comment", NULL },
    { "[a]\nk=v\\", NULL },
    { "[a]\nk==v", NULL },
    { "[a]\nk=", NULL },
    { "[a] \t\nk=1", NULL },
    { "level=info\n", "F:1:1: error: level: stands before the first group; put it under a header such as '[mvxlog]'" },
    { "[a\nk=1\n", "F:1:3: error: ']' is missing at the end of the group's header" },
    { "[a[b]\n", "F:1:3: error: a group's name cannot hold '[' or control characters" },
    { "[a\tb]\n", "F:1:3: error: a group's name cannot hold '[' or control characters" },
    { "[]\n", "F:1:2: error: the group has no name; write '[sink NAME]' for instance" },
    { "[a] # x\n", "F:1:5: error: unexpected text after ']'; a comment must stand on a line of its own" },
    { "[a] k=1\n", "F:1:5: error: unexpected text after ']'; a key must stand on a line of its own" },
    { "[a]]\n", "F:1:4: error: unexpected text after ']'; a key must stand on a line of its own" },
    { "[a]\nhello\n", "F:2:1: error: [a]: expected 'key=value', '[group]' or a comment that starts with '#'" },
    { "[a]\n  ; x\n", "F:2:3: error: [a]: a comment starts with '#', not with ';'" },
    { "[a]\n=1\n", "F:2:1: error: [a]: the key before '=' is missing" },
    { "[a]\n  = 1\n", "F:2:3: error: [a]: the key before '=' is missing" },
    { "[a]\nk[de]=1\n", "F:2:1: error: [a]: translated keys such as 'key[de]' have no meaning here" },
    { "[a]\nk]=1\n", "F:2:1: error: [a]: a key cannot hold ']'" },
    { "[a]\nk=\xff\n", "F:2:3: error: [a]: invalid UTF-8; save the file as UTF-8" },
    { "[a]\nk=1\rl=2\n", "F:2:4: error: [a]: stray carriage return; end lines with LF or CRLF" },
    { "[a]\nk=1\n[a]\nl=2\n", "F:3:1: error: [a]: the group was already opened on line 1; put all its keys there" },
    { "[a]\nk=1\nk=2\n", "F:3:1: error: [a] k: the key was already given on line 2; remove one of the two" },
    { "[a]\nk=1\nk=2\nk=3\n", "F:3:1: error: [a] k: the key was already given on line 2; remove one of the two\n"
                              "F:4:1: error: [a] k: the key was already given on line 2; remove one of the two" },
    { "[a]\nk=1\n[b]\nk=2\n", NULL },
    { "x\n[a\ny=1\nz\n", "F:1:1: error: expected 'key=value', '[group]' or a comment that starts with '#'\n"
                         "F:2:3: error: ']' is missing at the end of the group's header\n"
                         "F:4:1: error: expected 'key=value', '[group]' or a comment that starts with '#'" },
    { "[a]\nEncoding=latin1\n",
      "F:1:1: error: not a key-file: Key file contains unsupported encoding \xe2\x80\x9clatin1\xe2\x80\x9d" },
    { "[a\x1b[2J]\nk\x1b\n", "F:1:3: error: a group's name cannot hold '[' or control characters\n"
                             "F:2:1: error: expected 'key=value', '[group]' or a comment that starts with '#'" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_problems (cases[i].data, strlen (cases[i].data), cases[i].expected);
  assert_problems ("[a]\nk=\0b\n", 8, "F:2:3: error: [a]: NUL byte; save the file as UTF-8 text");
}

static void
test_escaped_messages (void)
{
  assert_problems ("[a\xc2\x85]\nk\x7f=1\nk\x7f=2\n", strlen ("[a\xc2\x85]\nk\x7f=1\nk\x7f=2\n"),
                   "F:3:1: error: [a\\xc2\\x85] k\\x7f: the key was already given on line 2; remove one of the two");
}

static void
test_many_problems (void)
{
  g_autoptr (GString) data = g_string_new ("[a]\n");
  Fixture fixture = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) problems = NULL;
  GVariant *details;

  for (guint i = 0; i < 300; i++)
    g_string_append (data, "junk\n");
  fixture_parse (&fixture, data->str, data->len, "F");
  error = mvx_log_problems_to_error (fixture.problems);
  g_assert_true (g_str_has_suffix (error->message, "\n100 more errors are not shown"));
  details = mvx_log_error_get_details (error);
  problems = g_variant_lookup_value (details, "problems", G_VARIANT_TYPE ("a(suusss)"));
  g_assert_cmpuint (g_variant_n_children (problems), ==, 200);
  fixture_clear (&fixture);
}

static void
test_details (void)
{
  Fixture fixture = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) problems = NULL;
  const char *file, *group, *key, *reason;
  guint line, column;

  fixture_parse (&fixture, "[a]\nk=1\nk=2\n", 12, "F");
  error = mvx_log_problems_to_error (fixture.problems);
  problems = g_variant_lookup_value (mvx_log_error_get_details (error), "problems", G_VARIANT_TYPE ("a(suusss)"));
  g_variant_get_child (problems, 0, "(&suu&s&s&s)", &file, &line, &column, &group, &key, &reason);
  g_assert_cmpstr (file, ==, "F");
  g_assert_cmpuint (line, ==, 3);
  g_assert_cmpuint (column, ==, 1);
  g_assert_cmpstr (group, ==, "a");
  g_assert_cmpstr (key, ==, "k");
  g_assert_cmpstr (reason, ==, "the key was already given on line 2; remove one of the two");
  g_assert_cmpstr (mvx_log_error_get_reason (error), ==, "CONFIG_INVALID");
  fixture_clear (&fixture);
}

static MvxLogConfigEntry *
entry_new (MvxLogEntryForm form, const char *text)
{
  static const MvxLogConfigOrigin at = { "F", 0, 1, 1 };
  MvxLogConfigEntry *entry = mvx_log_config_entry_new ("k", form, &at, &at);

  entry->text = g_strdup (text);
  return entry;
}

static void
assert_text (MvxLogEntryForm form, const char *raw, const char *expected, const char *message)
{
  g_autoptr (MvxLogConfigEntry) entry = entry_new (form, raw);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_text_get (entry, &text, &error) == (message == NULL));
  g_assert_cmpstr (text, ==, expected);
  if (message == NULL)
    g_assert_no_error (error);
  else
    {
      g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_INVALID);
      g_assert_cmpstr (error->message, ==, message);
    }
}

static void
test_text (void)
{
  assert_text (MVX_LOG_ENTRY_RAW, "a b", "a b", NULL);
  assert_text (MVX_LOG_ENTRY_RAW, "", "", NULL);
  assert_text (MVX_LOG_ENTRY_RAW, " a \t", "a", NULL);
  assert_text (MVX_LOG_ENTRY_RAW, "\\sa\\s", " a ", NULL);
  assert_text (MVX_LOG_ENTRY_RAW, "a\\n\\t\\r\\\\b", "a\n\t\r\\b", NULL);
  assert_text (MVX_LOG_ENTRY_RAW, "a;b", "a;b", NULL);
  assert_text (MVX_LOG_ENTRY_RAW, "a\\qb", NULL, "unknown escape '\\q'; write '\\\\' for a backslash");
  assert_text (MVX_LOG_ENTRY_RAW, "a\\;b", NULL, "unknown escape '\\;'; write '\\\\' for a backslash");
  assert_text (MVX_LOG_ENTRY_RAW, "a\\\xc3\xa4", NULL, "unknown escape '\\\xc3\xa4'; write '\\\\' for a backslash");
  assert_text (MVX_LOG_ENTRY_RAW, "a\\", NULL, "unknown escape '\\'; write '\\\\' for a backslash");
  assert_text (MVX_LOG_ENTRY_TEXT, " a\\n ", " a\\n ", NULL);
  assert_text (MVX_LOG_ENTRY_LIST, NULL, NULL, "expected one value, got a list");
}

static void
assert_list (const char *raw, const char *expected)
{
  g_autoptr (MvxLogConfigEntry) entry = entry_new (MVX_LOG_ENTRY_RAW, raw);
  g_auto (GStrv) items = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *joined = NULL;

  g_assert_true (mvx_log_text_get_list (entry, &items, &error));
  g_assert_no_error (error);
  joined = g_strjoinv ("|", items);
  g_assert_cmpstr (joined, ==, expected);
}

static void
test_list (void)
{
  g_autoptr (MvxLogConfigEntry) text = entry_new (MVX_LOG_ENTRY_TEXT, "a");
  g_autoptr (MvxLogConfigEntry) bad = entry_new (MVX_LOG_ENTRY_RAW, "a;\\x");
  g_autoptr (MvxLogConfigEntry) list = entry_new (MVX_LOG_ENTRY_LIST, NULL);
  g_auto (GStrv) items = NULL;
  g_autoptr (GError) error = NULL;

  assert_list ("", "");
  assert_list ("a", "a");
  assert_list ("a;b", "a|b");
  assert_list ("a;b;", "a|b");
  assert_list (" a ; b c ", "a|b c");
  assert_list ("a;;b", "a||b");
  assert_list (";a", "|a");
  assert_list ("a\\;b;c", "a;b|c");
  assert_list ("a\\\\;c", "a\\|c");
  assert_list ("\\s;c", " |c");
  g_assert_false (mvx_log_text_get_list (text, &items, &error));
  g_assert_cmpstr (error->message, ==, "expected a list such as [\"a\", \"b\"], got one value");
  g_clear_error (&error);
  g_assert_false (mvx_log_text_get_list (bad, &items, &error));
  g_assert_cmpstr (error->message, ==, "unknown escape '\\x'; write '\\\\' for a backslash");
  g_clear_error (&error);
  list->items = g_strsplit ("a;b|c", "|", -1);
  g_assert_true (mvx_log_text_get_list (list, &items, &error));
  g_assert_cmpstr (items[0], ==, "a;b");
  g_assert_cmpstr (items[1], ==, "c");
}

static void
assert_expanded (const char *text, gboolean secure, const char *expected, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *out = mvx_log_text_expand (text, secure, &error);

  g_assert_cmpstr (out, ==, expected);
  g_assert_cmpstr (error ? error->message : NULL, ==, message);
}

static void
test_expand (void)
{
  static const char name_message[]
      = "'${' must be followed by a variable's name and '}'; write '$${' for a literal '${'";

  g_setenv ("MVX_T1", "one", TRUE);
  g_setenv ("MVX_T2", "${MVX_T1};x", TRUE);
  g_setenv ("MVX_T3", "\xff", TRUE);
  g_unsetenv ("MVX_T4");
  assert_expanded ("a${MVX_T1}b", FALSE, "aoneb", NULL);
  assert_expanded ("${MVX_T1}${MVX_T1}", FALSE, "oneone", NULL);
  assert_expanded ("${MVX_T2}", FALSE, "${MVX_T1};x", NULL);
  assert_expanded ("$${MVX_T1}", FALSE, "${MVX_T1}", NULL);
  assert_expanded ("$$${MVX_T1}", FALSE, "$${MVX_T1}", NULL);
  assert_expanded ("cost: $5, $MVX_T1 $$", FALSE, "cost: $5, $MVX_T1 $$", NULL);
  assert_expanded ("${", FALSE, NULL, name_message);
  assert_expanded ("${}", FALSE, NULL, name_message);
  assert_expanded ("${1A}", FALSE, NULL, name_message);
  assert_expanded ("${A B}", FALSE, NULL, name_message);
  assert_expanded ("${A", FALSE, NULL, name_message);
  assert_expanded ("${MVX_T4}", FALSE, NULL,
                   "environment variable 'MVX_T4' is not set; set it or write the value itself");
  assert_expanded ("${MVX_T3}", FALSE, NULL, "environment variable 'MVX_T3' is not valid UTF-8");
  assert_expanded ("${MVX_T1}", TRUE, NULL,
                   "'${MVX_T1}' is not expanded in a program that runs with raised privileges; write the value itself");
  assert_expanded ("$${MVX_T1}", TRUE, "${MVX_T1}", NULL);
  /* After splitting: what the variable holds does not make two items. */
  assert_list ("${MVX_T2};b", "${MVX_T1};x|b");
  mvx_log_search_set_secure (TRUE);
  assert_text (MVX_LOG_ENTRY_TEXT, "${MVX_T1}", NULL,
               "'${MVX_T1}' is not expanded in a program that runs with raised privileges; write the value itself");
  mvx_log_search_set_secure (-1);
}

static char *
make_directory (void)
{
  g_autoptr (GError) error = NULL;
  char *directory = g_dir_make_tmp ("mvxlog-keyfile-XXXXXX", &error);

  g_assert_no_error (error);
  return directory;
}

static void
assert_unreadable (const char *path, gint code, const char *format)
{
  g_autoptr (GError) error = NULL;
  gsize length;
  g_autofree char *data = mvx_log_source_read (path, &length, &error);
  g_auto (GStrv) parts = g_strsplit (format, "FILE", -1);
  g_autofree char *expected = g_strjoinv (path, parts);

  g_assert_null (data);
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, code);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_source (void)
{
  g_autofree char *directory = make_directory ();
  g_autofree char *path = g_build_filename (directory, "a.conf", NULL);
  g_autofree char *link = g_build_filename (directory, "l.conf", NULL);
  g_autofree char *data = NULL;
  g_autofree char *big = NULL;
  g_autoptr (GError) error = NULL;
  gsize length = 0;

  assert_unreadable (path, MVX_LOG_CONFIG_ERROR_NOT_FOUND,
                     "Configuration file 'FILE' does not exist; create it or give another path");
  assert_unreadable (directory, MVX_LOG_CONFIG_ERROR_UNREADABLE,
                     "Cannot read configuration file 'FILE': it is a directory, not a regular file");
  assert_unreadable ("/dev/null", MVX_LOG_CONFIG_ERROR_UNREADABLE,
                     "Cannot read configuration file 'FILE': it is a device, not a regular file");
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  assert_unreadable (path, MVX_LOG_CONFIG_ERROR_UNREADABLE,
                     "Cannot read configuration file 'FILE': it is a FIFO, not a regular file");
  g_unlink (path);
  g_assert_cmpint (symlink (path, path), ==, 0);
  assert_unreadable (path, MVX_LOG_CONFIG_ERROR_UNREADABLE,
                     "Cannot read configuration file 'FILE': Too many levels of symbolic links");
  g_unlink (path);
  g_assert_true (g_file_set_contents (path, "[a]\n\0b", 6, NULL));
  g_assert_cmpint (symlink (path, link), ==, 0);
  data = mvx_log_source_read (link, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (data, length + 1, "[a]\n\0b", 7);
  big = g_strnfill (MVX_LOG_SOURCE_MAX_SIZE + 1, '\n');
  g_assert_true (g_file_set_contents (path, big, MVX_LOG_SOURCE_MAX_SIZE, NULL));
  g_free (data);
  data = mvx_log_source_read (path, &length, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (length, ==, MVX_LOG_SOURCE_MAX_SIZE);
  g_assert_true (g_file_set_contents (path, big, MVX_LOG_SOURCE_MAX_SIZE + 1, NULL));
  assert_unreadable (path, MVX_LOG_CONFIG_ERROR_UNREADABLE,
                     "Cannot read configuration file 'FILE': it is larger than 1 MiB; is it the right file?");
  g_unlink (link);
  g_unlink (path);
  g_rmdir (directory);
}

static void
test_source_socket (void)
{
  g_autofree char *directory = make_directory ();
  g_autofree char *path = g_build_filename (directory, "s", NULL);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  assert_unreadable (path, MVX_LOG_CONFIG_ERROR_UNREADABLE,
                     "Cannot read configuration file 'FILE': it is a socket, not a regular file");
  close (fd);
  g_unlink (path);
  g_rmdir (directory);
}

static void
test_source_trust (void)
{
  g_autofree char *directory = make_directory ();
  g_autofree char *path = g_build_filename (directory, "a.conf", NULL);
  g_autofree char *expected = NULL;
  g_auto (GStrv) list = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, "[a]\n", 4, NULL));
  g_chmod (path, 0666);
  assert_unreadable (path, MVX_LOG_CONFIG_ERROR_UNTRUSTED,
                     "Refusing to read configuration file 'FILE': it is writable by every user (mode 0666); run 'chmod "
                     "o-w FILE'");
  g_chmod (path, 0644);
  g_chmod (directory, 0777);
  list = mvx_log_source_list (directory, &error);
  g_assert_null (list);
  expected
      = g_strdup_printf ("Refusing to read configuration directory '%s': it is writable by every user (mode 0777); "
                         "run 'chmod o-w %s'",
                         directory, directory);
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_UNTRUSTED);
  g_assert_cmpstr (error->message, ==, expected);
  g_chmod (directory, 0700);
  if (geteuid () == 0)
    {
      g_assert_cmpint (chown (path, 65534, 65534), ==, 0);
      assert_unreadable (path, MVX_LOG_CONFIG_ERROR_UNTRUSTED,
                         "Refusing to read configuration file 'FILE': it belongs to user 65534, neither to root nor to "
                         "the user of this program (0); run 'chown root FILE'");
    }
  else
    {
      g_autofree char *denied
          = g_strdup_printf ("Cannot read configuration file 'FILE': Permission denied; let user %u "
                             "read it",
                             (guint) geteuid ());

      g_chmod (path, 0);
      assert_unreadable (path, MVX_LOG_CONFIG_ERROR_UNREADABLE, denied);
    }
  g_unlink (path);
  g_rmdir (directory);
}

static void
test_source_list (void)
{
  g_autofree char *directory = make_directory ();
  static const char *const names[] = { "b.conf", "a.conf", "B.conf", ".c.conf", "d.conf~", "e" };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) list = NULL;
  g_auto (GStrv) none = mvx_log_source_list ("/nonexistent/x.d", NULL);

  g_assert_nonnull (none);
  g_assert_null (none[0]);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (directory, names[i], NULL);

      g_assert_true (g_file_set_contents (path, "", 0, NULL));
    }
  list = mvx_log_source_list (directory, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (list), ==, 3);
  g_assert_true (g_str_has_suffix (list[0], "/B.conf"));
  g_assert_true (g_str_has_suffix (list[1], "/a.conf"));
  g_assert_true (g_str_has_suffix (list[2], "/b.conf"));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (directory, names[i], NULL);

      g_unlink (path);
    }
  g_rmdir (directory);
}

/* Returns whether the index takes the data: no fault, no duplicate, no key before the first group. */
static gboolean
index_accepts (GPtrArray *lines)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *group = NULL;

  for (guint i = 0; i < lines->len; i++)
    {
      const MvxLogLine *line = g_ptr_array_index (lines, i);

      if (line->kind == MVX_LOG_LINE_BAD || (line->kind == MVX_LOG_LINE_KEY && group == NULL))
        return FALSE;
      if (line->kind == MVX_LOG_LINE_GROUP)
        group = line->name;
      if (!g_hash_table_add (seen, line->kind == MVX_LOG_LINE_GROUP ? g_strdup (group)
                                                                    : g_strconcat (group, "\n", line->name, NULL)))
        return FALSE;
    }
  return TRUE;
}

static void
compare_with_glib (GPtrArray *lines, GKeyFile *file)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
  guint n_groups = 0;
  guint n_keys = 0;
  guint n_file_keys = 0;
  const char *group = NULL;

  for (guint i = 0; i < lines->len; i++)
    {
      const MvxLogLine *line = g_ptr_array_index (lines, i);
      g_autofree char *value = NULL;

      if (line->kind == MVX_LOG_LINE_GROUP)
        {
          group = line->name;
          g_assert_cmpstr (groups[n_groups++], ==, group);
          continue;
        }
      value = g_key_file_get_value (file, group, line->name, NULL);
      g_assert_cmpstr (value, ==, line->value);
      n_keys++;
    }
  g_assert_null (groups[n_groups]);
  for (guint i = 0; groups[i]; i++)
    {
      g_auto (GStrv) keys = g_key_file_get_keys (file, groups[i], NULL, NULL);

      n_file_keys += g_strv_length (keys);
    }
  g_assert_cmpuint (n_keys, ==, n_file_keys);
}

static void
mutate (GRand *rand, GString *data)
{
  static const char *const pieces[]
      = { "[",  "]",   "=",  "\n", "\r\n",     "#",    ";",          " ",          "\t", "[sink a]",
          "k=", "[b]", "\\", "\r", "\xc3\xa4", "\xff", "level=info", "\n[x]\ny=z", "\f", "\v" };

  for (guint i = g_rand_int_range (rand, 1, 5); i > 0; i--)
    {
      gsize at = (gsize) g_rand_int_range (rand, 0, (gint32) data->len + 1);
      gsize wanted = (gsize) g_rand_int_range (rand, 0, 6);
      gsize n = MIN (data->len - at, wanted);

      switch (g_rand_int_range (rand, 0, 4))
        {
        case 0:
          g_string_erase (data, (gssize) at, (gssize) n);
          break;
        case 1:
          g_string_insert (data, (gssize) at, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
          break;
        case 2:
          if (n > 0)
            data->str[at] = (char) g_rand_int_range (rand, 0, 256);
          break;
        default:
          g_string_insert_len (data, (gssize) g_rand_int_range (rand, 0, (gint32) at + 1), data->str + at, (gssize) n);
          break;
        }
    }
}

static void
test_fuzz (void)
{
  static const char seed[] = "# c\n[mvxlog]\nversion=1\n\n[sink a]\nplugin=file\npath = /x\\;y \n"
                             "[context org.x]\r\nlevel=debug\r\nsinks=a;b\n  [policy q]\n\tdefault=allow";
  g_autoptr (GRand) rand = g_rand_new_with_seed (20261121);
  guint n_accepted = 0;

  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr (GString) data = g_string_new_len (seed, sizeof seed - 1);
      g_autoptr (GKeyFile) file = g_key_file_new ();
      g_autoptr (GPtrArray) lines = NULL;
      gboolean loads;

      mutate (rand, data);
      lines = mvx_log_line_index (data->str, data->len);
      if (!index_accepts (lines) || data->len == 0)
        continue;
      /* Whatever the index takes, GKeyFile reads the same way. */
      loads = g_key_file_load_from_data (file, data->str, data->len, G_KEY_FILE_NONE, NULL);
      g_assert_true (loads);
      compare_with_glib (lines, file);
      n_accepted++;
    }
  g_assert_cmpuint (n_accepted, >, 1000);
}

/* The other way round: what GKeyFile refuses is never silently taken, whatever the bytes. */
static void
test_fuzz_parse (void)
{
  static const char seed[] = "[mvxlog]\nversion=1\n[a]\nk=v\nl[de]=w\n";
  g_autoptr (GRand) rand = g_rand_new_with_seed (42);

  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr (GString) data = g_string_new_len (seed, sizeof seed - 1);
      g_autoptr (GKeyFile) file = g_key_file_new ();
      Fixture fixture = { 0 };

      mutate (rand, data);
      fixture_parse (&fixture, data->str, data->len, "F");
      if (data->len > 0 && !g_key_file_load_from_data (file, data->str, data->len, G_KEY_FILE_NONE, NULL))
        g_assert_cmpuint (mvx_log_problems_get_n (fixture.problems), >, 0);
      fixture_clear (&fixture);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/keyfile/positions", test_positions);
  g_test_add_func ("/keyfile/document", test_document);
  g_test_add_func ("/keyfile/override", test_override);
  g_test_add_func ("/keyfile/faults", test_faults);
  g_test_add_func ("/keyfile/escaped-messages", test_escaped_messages);
  g_test_add_func ("/keyfile/many-problems", test_many_problems);
  g_test_add_func ("/keyfile/details", test_details);
  g_test_add_func ("/keyfile/text", test_text);
  g_test_add_func ("/keyfile/list", test_list);
  g_test_add_func ("/keyfile/expand", test_expand);
  g_test_add_func ("/keyfile/source", test_source);
  g_test_add_func ("/keyfile/source-socket", test_source_socket);
  g_test_add_func ("/keyfile/source-trust", test_source_trust);
  g_test_add_func ("/keyfile/source-list", test_source_list);
  g_test_add_func ("/keyfile/fuzz", test_fuzz);
  g_test_add_func ("/keyfile/fuzz-parse", test_fuzz_parse);
  return g_test_run ();
}
