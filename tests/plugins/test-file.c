/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file plugin, mostly by its four symbols: full disks, torn lines, renamed files. */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mvxlog/mvxlog.h>

#include "../ledger-check.h"
#include "../../plugins/file/file-open.h"
#include "../../plugins/file/file-options.h"
#include "../../plugins/file/file-writer.h"
#include "../broken/fixture.h"
#include "event/event-private.h"
#include "plugin/plugin-private.h"
#include "sink/host-private.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (file);

#define N_EVENTS 5
#define TOO_LARGE "File too large; raise the limit of the size of files (ulimit -f), or set rotate-size below it"

typedef struct
{
  char *directory;
  char *path;
  MvxLogSinkHost *host;
  MvxLogOptions *options;
  gpointer instance;
  MvxLogEvent *events[N_EVENTS];
  char *lines[N_EVENTS]; /* as the default format renders them */
} Fixture;

static char *
render (const MvxLogEvent *event)
{
  g_autoptr (MvxLogRenderer) renderer = mvx_log_renderer_new ("json", NULL, NULL);
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  char *text;

  mvx_log_renderer_render (renderer, event, &buffer);
  text = g_strndup ((const char *) buffer.data, buffer.len);
  mvx_log_buffer_clear (&buffer);
  return text;
}

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = fixture_make_directory ();
  fixture->path = g_build_filename (fixture->directory, "app.jsonl", NULL);
  fixture->host = mvx_log_sink_host_new ("app", NULL, NULL);
  fixture->options = mvx_log_plugin_new_options (&mvx_static_plugin_file);
  g_assert_true (mvx_log_options_set (fixture->options, "path", fixture->path, NULL));
  for (guint i = 0; i < N_EVENTS; i++)
    {
      g_autofree char *text = g_strdup_printf ("message number %u of this test", i);

      fixture->events[i] = mvx_log_event_new ("org.example", MVX_LOG_LEVEL_INFO + (gint) i, i + 1, text, NULL, 0);
      fixture->lines[i] = render (fixture->events[i]);
      g_assert_true (g_str_has_suffix (fixture->lines[i], "\n"));
    }
}

static void
close_instance (Fixture *fixture)
{
  if (fixture->instance)
    mvx_static_plugin_file.plugin->destroy (fixture->instance);
  fixture->instance = NULL;
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  close_instance (fixture);
  for (guint i = 0; i < N_EVENTS; i++)
    {
      mvx_log_event_free (fixture->events[i]);
      g_free (fixture->lines[i]);
    }
  mvx_log_options_unref (fixture->options);
  mvx_log_sink_host_free (fixture->host);
  fixture_remove (fixture->directory);
  g_free (fixture->directory);
  g_free (fixture->path);
}

static void
set (Fixture *fixture, const char *name, const char *value)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_options_set (fixture->options, name, value, &error));
  g_assert_no_error (error);
}

static void
open_instance (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  close_instance (fixture);
  fixture->instance = mvx_static_plugin_file.create (fixture->options, fixture->host, &error);
  g_assert_no_error (error);
  g_assert_nonnull (fixture->instance);
}

static void assert_create_fails (Fixture *fixture, GQuark domain, gint code, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static void
assert_create_fails (Fixture *fixture, GQuark domain, gint code, const char *format, ...)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = NULL;
  va_list args;

  va_start (args, format);
  expected = g_strdup_vprintf (format, args);
  va_end (args);
  g_assert_null (mvx_static_plugin_file.create (fixture->options, fixture->host, &error));
  g_assert_error (error, domain, code);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
dispatch (Fixture *fixture, guint first, guint n)
{
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  g_assert_cmpint (
      mvx_static_plugin_file.dispatch_core (fixture->instance, fixture->events + first, n, &n_done, &error), ==,
      MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, n);
}

/* @before and the lines from @first to @last. */
static void
assert_content (Fixture *fixture, const char *path, const char *before, guint first, guint n)
{
  g_autoptr (GString) expected = g_string_new (before);
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;

  for (guint i = first; i < first + n; i++)
    g_string_append (expected, fixture->lines[i]);
  g_file_get_contents (path, &content, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (content, ==, expected->str);
}

static void
test_descriptor (Fixture *fixture, gconstpointer data)
{
  g_autofree char *alias = g_build_filename (fixture->directory, "alias", NULL);
  g_autofree char *devious = g_build_filename (alias, "no", "..", "app.jsonl", NULL);
  g_autoptr (MvxLogSinkDescriptor) plain = NULL;
  g_autoptr (MvxLogSinkDescriptor) same = NULL;
  g_autoptr (MvxLogSinkDescriptor) other = NULL;
  g_autoptr (MvxLogSinkDescriptor) home = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (symlink (fixture->directory, alias), ==, 0);
  plain = mvx_static_plugin_file.build_descriptor (fixture->options, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (mvx_log_sink_descriptor_get_sink_type (plain), ==, "file");
  g_assert_cmpstr (g_variant_get_string (mvx_log_sink_descriptor_get_resource_key (plain), NULL), ==, fixture->path);
  /* Two ways to one file, which need not exist. */
  set (fixture, "path", devious);
  same = mvx_static_plugin_file.build_descriptor (fixture->options, &error);
  g_assert_no_error (error);
  g_assert_true (mvx_log_sink_descriptor_equal (plain, same));
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  set (fixture, "fsync", "batch");
  other = mvx_static_plugin_file.build_descriptor (fixture->options, &error);
  g_assert_false (mvx_log_sink_descriptor_equal (plain, other));
  set (fixture, "path", "~/no-such/x.log");
  home = mvx_static_plugin_file.build_descriptor (fixture->options, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (g_variant_get_string (mvx_log_sink_descriptor_get_resource_key (home), NULL),
                                   "/no-such/x.log"));
  g_assert_true (g_str_has_prefix (g_variant_get_string (mvx_log_sink_descriptor_get_resource_key (home), NULL), "/"));
}

static void
test_bad_options (Fixture *fixture, gconstpointer data)
{
  GQuark domain = MVX_LOG_SINK_ERROR;
  gint code = MVX_LOG_SINK_ERROR_INVALID_OPTION;
  g_autoptr (GError) error = NULL;

  set (fixture, "permissions", "0888");
  assert_create_fails (fixture, domain, code,
                       "permissions: expected an octal mode from 0 to 0777 such as 0640, got '0888'");
  set (fixture, "permissions", "01777");
  assert_create_fails (fixture, domain, code,
                       "permissions: expected an octal mode from 0 to 0777 such as 0640, got '01777'");
  set (fixture, "permissions", "0640");
  set (fixture, "directory-permissions", "rwx");
  assert_create_fails (fixture, domain, code,
                       "directory-permissions: expected an octal mode from 0 to 0777 such as 0640, got 'rwx'");
  set (fixture, "directory-permissions", "0755");
  set (fixture, "flush-level", "loud");
  g_assert_null (mvx_static_plugin_file.create (fixture->options, fixture->host, &error));
  g_assert_error (error, domain, code);
  g_assert_true (g_str_has_prefix (error->message, "flush-level: "));
  g_clear_error (&error);
  set (fixture, "flush-level", "error");
  set (fixture, "path", "/var/log/");
  assert_create_fails (fixture, domain, code,
                       "path: '/var/log/' is not the name of a file; give one such as /var/log/app.jsonl");
  set (fixture, "path", fixture->path);
  set (fixture, "format", "nonsense");
  g_assert_null (mvx_static_plugin_file.build_descriptor (fixture->options, &error));
  g_assert_nonnull (error);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

static void
test_append (Fixture *fixture, gconstpointer data)
{
  g_autofree char *old = fixture_write (fixture->directory, "app.jsonl", "old\n", 0600);

  open_instance (fixture);
  dispatch (fixture, 0, 1);
  dispatch (fixture, 1, 2);
  assert_content (fixture, old, "old\n", 0, 3);
  open_instance (fixture);
  dispatch (fixture, 3, 2);
  assert_content (fixture, old, "old\n", 0, 5);
}

/* Emptied when it is made, but not when it is opened again. */
static void
test_truncate (Fixture *fixture, gconstpointer data)
{
  g_autofree char *old = fixture_write (fixture->directory, "app.jsonl", "old\n", 0600);
  g_autoptr (GError) error = NULL;

  set (fixture, "mode", "truncate");
  open_instance (fixture);
  dispatch (fixture, 0, 2);
  g_assert_true (mvx_static_plugin_file.plugin->reopen (fixture->instance, &error));
  g_assert_no_error (error);
  dispatch (fixture, 2, 1);
  assert_content (fixture, old, "", 0, 3);
}

/* A crash left half a line. */
static void
test_unfinished (Fixture *fixture, gconstpointer data)
{
  g_autofree char *old = fixture_write (fixture->directory, "app.jsonl", "half a li", 0600);

  open_instance (fixture);
  dispatch (fixture, 0, 2);
  assert_content (fixture, old, "half a li\n", 0, 2);
}

static void
test_small_buffer (Fixture *fixture, gconstpointer data)
{
  set (fixture, "buffer-size", "1");
  open_instance (fixture);
  dispatch (fixture, 0, 5);
  assert_content (fixture, fixture->path, "", 0, 5);
}

/* Calls of write() that this process has made. */
static guint64
count_writes (void)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/io", &text, NULL, NULL))
    return 0;
  line = strstr (text, "syscw: ");
  g_assert_nonnull (line);
  return g_ascii_strtoull (line + strlen ("syscw: "), NULL, 10);
}

/* Dispatches all events with a buffer for so many. */
static guint64
count_writes_of_buffer (Fixture *fixture, guint n)
{
  g_autofree char *size = g_strdup_printf ("%zu", n * strlen (fixture->lines[1]));
  guint64 before;

  set (fixture, "buffer-size", size);
  open_instance (fixture);
  before = count_writes ();
  dispatch (fixture, 0, N_EVENTS);
  return count_writes () - before;
}

/* One event of five is written with the four that fill the buffer; two are not written with three. */
static void
test_small_rest (Fixture *fixture, gconstpointer data)
{
  if (count_writes () == 0)
    {
      g_test_skip ("/proc/self/io cannot be read");
      return;
    }
  g_assert_cmpuint (count_writes_of_buffer (fixture, 4), ==, 1);
  assert_content (fixture, fixture->path, "", 0, N_EVENTS);
  g_assert_cmpuint (count_writes_of_buffer (fixture, 3), ==, 2);
}

static void
test_permissions (Fixture *fixture, gconstpointer data)
{
  mode_t old = umask (0077);
  struct stat info;

  set (fixture, "permissions", "0664");
  open_instance (fixture);
  umask (old);
  g_assert_cmpint (stat (fixture->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0664);
  /* What is there keeps what it has. */
  g_assert_cmpint (chmod (fixture->path, 0600), ==, 0);
  open_instance (fixture);
  g_assert_cmpint (stat (fixture->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
}

/* Whatever the umask, but only of those that are new. */
static void
test_directory_modes (Fixture *fixture)
{
  g_autofree char *outer = g_build_filename (fixture->directory, "x", NULL);
  g_autofree char *inner = g_build_filename (outer, "y", NULL);
  g_autofree char *path = g_build_filename (inner, "app.jsonl", NULL);
  mode_t old = umask (0077);
  struct stat before, after;

  g_assert_cmpint (stat (fixture->directory, &before), ==, 0);
  set (fixture, "path", path);
  set (fixture, "directory-permissions", "0775");
  open_instance (fixture);
  g_assert_cmpint (umask (old), ==, 0077);
  g_assert_cmpint (stat (fixture->directory, &after), ==, 0);
  g_assert_cmpint (after.st_mode, ==, before.st_mode);
  g_assert_cmpint (stat (outer, &after), ==, 0);
  g_assert_cmpint (after.st_mode & 07777, ==, 0775);
  g_assert_cmpint (stat (inner, &after), ==, 0);
  g_assert_cmpint (after.st_mode & 07777, ==, 0775);
}

static void
test_directories (Fixture *fixture, gconstpointer data)
{
  g_autofree char *parent = g_build_filename (fixture->directory, "a", "b", NULL);
  g_autofree char *path = g_build_filename (parent, "app.jsonl", NULL);
  g_autofree char *blocker = fixture_write (fixture->directory, "file", "", 0600);
  g_autofree char *below = g_build_filename (blocker, "app.jsonl", NULL);

  set (fixture, "path", path);
  set (fixture, "create-directories", "false");
  assert_create_fails (fixture, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                       "Cannot open log file '%s': No such file or directory; create the directory '%s' or set "
                       "create-directories=true",
                       path, parent);
  g_assert_false (g_file_test (parent, G_FILE_TEST_EXISTS));
  set (fixture, "create-directories", "true");
  open_instance (fixture);
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  test_directory_modes (fixture);
  set (fixture, "path", below);
  assert_create_fails (fixture, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY,
                       "Cannot make directory '%s' for log file '%s': Not a directory; make it by hand or give another "
                       "path",
                       blocker, below);
}

static void
test_open_errors (Fixture *fixture, gconstpointer data)
{
  g_autofree char *target G_GNUC_UNUSED = fixture_write (fixture->directory, "target", "", 0600);
  g_autofree char *fifo = g_build_filename (fixture->directory, "fifo", NULL);
  g_autofree char *sealed = NULL;

  g_assert_cmpint (mkdir (fixture->path, 0700), ==, 0);
  assert_create_fails (fixture, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY,
                       "Cannot open log file '%s': Is a directory; give the name of a file in it", fixture->path);
  g_assert_cmpint (rmdir (fixture->path), ==, 0);
  g_assert_cmpint (symlink ("target", fixture->path), ==, 0);
  open_instance (fixture);
  close_instance (fixture);
  set (fixture, "follow-symlinks", "false");
  assert_create_fails (fixture, G_IO_ERROR, G_IO_ERROR_TOO_MANY_LINKS,
                       "Cannot open log file '%s': Too many levels of symbolic links; it is a symbolic link; set "
                       "follow-symlinks=true if that is wanted",
                       fixture->path);
  g_assert_cmpint (unlink (fixture->path), ==, 0);
  set (fixture, "follow-symlinks", "true");
  g_assert_cmpint (symlink (strrchr (fixture->path, '/') + 1, fixture->path), ==, 0);
  assert_create_fails (fixture, G_IO_ERROR, G_IO_ERROR_TOO_MANY_LINKS,
                       "Cannot open log file '%s': Too many levels of symbolic links; its symbolic links lead in a "
                       "circle; remove them, or give another path",
                       fixture->path);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  set (fixture, "path", fifo);
  assert_create_fails (fixture, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                       "Cannot open log file '%s': it is a FIFO or something else that is not a regular file; remove "
                       "it or give another path",
                       fifo);
  if (geteuid () == 0)
    return;
  sealed = fixture_write (fixture->directory, "sealed", "", 0400);
  set (fixture, "path", sealed);
  assert_create_fails (fixture, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                       "Cannot open log file '%s': Permission denied; let user %u write to it and to '%s'", sealed,
                       (guint) geteuid (), fixture->directory);
}

/* A link to a file that is not there yet. */
static void
test_dangling_link (Fixture *fixture, gconstpointer data)
{
  g_autofree char *target = g_build_filename (fixture->directory, "target", NULL);

  g_assert_cmpint (symlink ("target", fixture->path), ==, 0);
  open_instance (fixture);
  dispatch (fixture, 0, 1);
  assert_content (fixture, target, "", 0, 1);
}

static void
assert_retry (Fixture *fixture, guint first, guint n, guint expected_done, const char *reason)
{
  g_autofree char *expected = g_strdup_printf ("Cannot write to log file '%s': %s; the events are kept until it works",
                                               mvx_log_options_get_string (fixture->options, "path"), reason);
  g_autoptr (GError) error = NULL;
  guint n_done = 99;

  g_assert_cmpint (
      mvx_static_plugin_file.dispatch_core (fixture->instance, fixture->events + first, n, &n_done, &error), ==,
      MVX_LOG_DISPATCH_RETRY);
  g_assert_cmpuint (n_done, ==, expected_done);
  g_assert_nonnull (error);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_full (Fixture *fixture, gconstpointer data)
{
  if (access ("/dev/full", W_OK) != 0)
    {
      g_test_skip ("no /dev/full here");
      return;
    }
  set (fixture, "path", "/dev/full");
  open_instance (fixture);
  assert_retry (fixture, 0, 3, 0, "No space left on device; make room in '/dev'");
  assert_retry (fixture, 0, 3, 0, "No space left on device; make room in '/dev'");
}

static void
limit_file_size (rlim_t size)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  limit.rlim_cur = MIN (size, limit.rlim_max);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

/* The file cannot grow further in the middle of a line: nothing is lost, nothing is there twice, no line is torn. */
static void
test_torn (Fixture *fixture, gconstpointer data)
{
  gsize first = strlen (fixture->lines[0]) + strlen (fixture->lines[1]);

  signal (SIGXFSZ, SIG_IGN);
  for (gsize cut = 0; cut < strlen (fixture->lines[2]); cut += 7)
    {
      unlink (fixture->path);
      open_instance (fixture);
      limit_file_size (first + cut);
      assert_retry (fixture, 0, 4, 2, TOO_LARGE);
      /* Still no room for the rest. */
      assert_retry (fixture, 2, 2, 0, TOO_LARGE);
      limit_file_size (RLIM_INFINITY);
      dispatch (fixture, 2, 2);
      dispatch (fixture, 4, 1);
      assert_content (fixture, fixture->path, "", 0, 5);
    }
}

/* The event of the torn line is given up: its line is completed nevertheless. */
static void
test_torn_given_up (Fixture *fixture, gconstpointer data)
{
  signal (SIGXFSZ, SIG_IGN);
  open_instance (fixture);
  limit_file_size (strlen (fixture->lines[0]) + 5);
  assert_retry (fixture, 0, 2, 1, TOO_LARGE);
  limit_file_size (RLIM_INFINITY);
  dispatch (fixture, 2, 2);
  assert_content (fixture, fixture->path, "", 0, 4);
}

/* The rest of the torn line comes at the latest when the file is closed, or its event goes to the new file. */
static void
test_torn_close (Fixture *fixture, gconstpointer data)
{
  g_autofree char *renamed = g_strconcat (fixture->path, ".1", NULL);
  g_autoptr (GError) error = NULL;

  signal (SIGXFSZ, SIG_IGN);
  open_instance (fixture);
  limit_file_size (5);
  assert_retry (fixture, 0, 1, 0, TOO_LARGE);
  limit_file_size (RLIM_INFINITY);
  close_instance (fixture);
  assert_content (fixture, fixture->path, "", 0, 1);

  g_assert_cmpint (unlink (fixture->path), ==, 0);
  open_instance (fixture);
  limit_file_size (5);
  assert_retry (fixture, 0, 1, 0, TOO_LARGE);
  g_assert_cmpint (rename (fixture->path, renamed), ==, 0);
  g_assert_true (mvx_static_plugin_file.plugin->reopen (fixture->instance, &error));
  limit_file_size (RLIM_INFINITY);
  dispatch (fixture, 0, 2);
  assert_content (fixture, fixture->path, "", 0, 2);
}

static void
test_reopen (Fixture *fixture, gconstpointer data)
{
  g_autofree char *renamed = g_strconcat (fixture->path, ".1", NULL);
  g_autoptr (GError) error = NULL;

  open_instance (fixture);
  dispatch (fixture, 0, 2);
  g_assert_cmpint (rename (fixture->path, renamed), ==, 0);
  dispatch (fixture, 2, 1);
  g_assert_true (mvx_static_plugin_file.plugin->reopen (fixture->instance, &error));
  g_assert_no_error (error);
  dispatch (fixture, 3, 2);
  assert_content (fixture, renamed, "", 0, 3);
  assert_content (fixture, fixture->path, "", 3, 2);
}

/* What cannot be opened anew is still written to the old file. */
static void
test_reopen_fails (Fixture *fixture, gconstpointer data)
{
  g_autofree char *renamed = g_strconcat (fixture->path, ".1", NULL);
  g_autofree char *expected
      = g_strdup_printf ("Cannot open log file '%s': Is a directory; give the name of a file in it", fixture->path);
  g_autoptr (GError) error = NULL;

  open_instance (fixture);
  g_assert_cmpint (rename (fixture->path, renamed), ==, 0);
  g_assert_cmpint (mkdir (fixture->path, 0700), ==, 0);
  g_assert_false (mvx_static_plugin_file.plugin->reopen (fixture->instance, &error));
  g_assert_cmpstr (error->message, ==, expected);
  dispatch (fixture, 0, 2);
  assert_content (fixture, renamed, "", 0, 2);
}

static void
test_stale (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxFileOptions) options = mvx_file_options_new (fixture->options, &error);
  g_autofree char *renamed = g_strconcat (fixture->path, ".1", NULL);
  MvxFileWriter *writer = mvx_file_writer_new (options, &error);

  g_assert_no_error (error);
  g_assert_false (mvx_file_writer_is_stale (writer));
  g_assert_cmpint (rename (fixture->path, renamed), ==, 0);
  g_assert_true (mvx_file_writer_is_stale (writer));
  g_assert_true (mvx_file_writer_reopen (writer, &error));
  g_assert_false (mvx_file_writer_is_stale (writer));
  g_assert_cmpint (rename (renamed, fixture->path), ==, 0);
  g_assert_true (mvx_file_writer_is_stale (writer));
  g_assert_cmpint (unlink (fixture->path), ==, 0);
  g_assert_true (mvx_file_writer_is_stale (writer));
  mvx_file_writer_free (writer);
}

static void
test_fsync (Fixture *fixture, gconstpointer data)
{
  static const char *const modes[] = { "none", "close", "interval", "batch" };
  const MvxLogPlugin *plugin = mvx_static_plugin_file.plugin;

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (GError) error = NULL;

      unlink (fixture->path);
      set (fixture, "fsync", modes[i]);
      set (fixture, "flush-level", "notice");
      open_instance (fixture);
      g_assert_true (plugin->on_starting (fixture->instance, &error));
      dispatch (fixture, 0, 2);
      dispatch (fixture, 2, 3);
      g_assert_true (plugin->flush (fixture->instance, -1, &error));
      g_assert_true (plugin->on_stopped (fixture->instance, &error));
      g_assert_true (plugin->on_starting (fixture->instance, &error));
      g_assert_true (plugin->on_stopped (fixture->instance, &error));
      g_assert_no_error (error);
      assert_content (fixture, fixture->path, "", 0, 5);
    }
  /* Where there is nothing to force. */
  set (fixture, "path", "/dev/null");
  open_instance (fixture);
  dispatch (fixture, 0, 5);
}

static void
test_fsync_interval (Fixture *fixture, gconstpointer data)
{
  const MvxLogPlugin *plugin = mvx_static_plugin_file.plugin;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GError) error = NULL;

  set (fixture, "fsync", "interval");
  set (fixture, "flush-interval", "1ms");
  g_main_context_push_thread_default (context);
  open_instance (fixture);
  g_assert_true (plugin->on_starting (fixture->instance, &error));
  g_assert_false (g_main_context_iteration (context, FALSE));
  dispatch (fixture, 0, 2);
  /* The timer runs out once, and is not armed while nothing is written. */
  while (!g_main_context_iteration (context, TRUE))
    ;
  g_assert_false (g_main_context_iteration (context, FALSE));
  g_assert_true (plugin->on_stopped (fixture->instance, &error));
  g_main_context_pop_thread_default (context);
}

static void
test_probe (Fixture *fixture, gconstpointer data)
{
  const MvxLogPlugin *plugin = mvx_static_plugin_file.plugin;
  g_autofree char *parent = g_build_filename (fixture->directory, "a", "b", NULL);
  g_autofree char *path = g_build_filename (parent, "app.jsonl", NULL);
  g_autofree char *expected = g_strdup_printf ("Cannot open log file '%s': No such file or directory; create the "
                                               "directory '%s' or set create-directories=true",
                                               path, parent);
  g_autofree char *is_directory
      = g_strdup_printf ("Cannot open log file '%s': Is a directory; give the name of a file in it", fixture->path);
  g_autoptr (GError) error = NULL;

  g_assert_true (plugin->probe (fixture->options, -1, &error));
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  set (fixture, "path", path);
  g_assert_true (plugin->probe (fixture->options, -1, &error));
  g_assert_no_error (error);
  set (fixture, "create-directories", "false");
  g_assert_false (plugin->probe (fixture->options, -1, &error));
  g_assert_cmpstr (error->message, ==, expected);
  g_clear_error (&error);
  g_assert_false (g_file_test (parent, G_FILE_TEST_EXISTS));
  set (fixture, "path", fixture->path);
  g_assert_cmpint (mkdir (fixture->path, 0700), ==, 0);
  g_assert_false (plugin->probe (fixture->options, -1, &error));
  g_assert_cmpstr (error->message, ==, is_directory);
  g_clear_error (&error);
  g_assert_cmpint (rmdir (fixture->path), ==, 0);
  g_assert_true (g_file_set_contents (fixture->path, "x", -1, NULL));
  g_assert_true (plugin->probe (fixture->options, -1, &error));
  g_assert_no_error (error);
}

static void
test_reconfigure (Fixture *fixture, gconstpointer data)
{
  const MvxLogPlugin *plugin = mvx_static_plugin_file.plugin;
  g_autoptr (GError) error = NULL;
  g_autofree char *content = NULL;

  open_instance (fixture);
  dispatch (fixture, 0, 1);
  set (fixture, "format", "nonsense");
  g_assert_false (plugin->reconfigure (fixture->instance, fixture->options, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  dispatch (fixture, 1, 1);
  set (fixture, "format", "logfmt");
  set (fixture, "buffer-size", "4KiB");
  g_assert_true (plugin->reconfigure (fixture->instance, fixture->options, &error));
  g_assert_no_error (error);
  assert_content (fixture, fixture->path, "", 0, 2);
  dispatch (fixture, 2, 1);
  g_assert_true (g_file_get_contents (fixture->path, &content, NULL, NULL));
  g_assert_true (strstr (content, fixture->lines[2]) == NULL);
  g_assert_true (strstr (content, "message number 2") != NULL);
}

static guint
count_lines (const char *path)
{
  g_autofree char *content = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  for (const char *p = content; *p; p++)
    n += *p == '\n';
  return n;
}

static gboolean
reopen (gpointer sink)
{
  return mvx_log_sink_reopen (sink, NULL);
}

/* With its worker, through the wrapper; renamed under load. */
static void
test_sink (Fixture *fixture, gconstpointer data)
{
  g_autofree char *renamed = g_strconcat (fixture->path, ".1", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSink) sink = NULL;
  MvxLogCounters counters;

  sink = mvx_log_plugin_create_sink (&mvx_static_plugin_file, "app", fixture->options, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 2000; i++)
    {
      if (i == 1000)
        {
          g_assert_cmpint (rename (fixture->path, renamed), ==, 0);
          g_assert_true (reopen (sink));
        }
      g_assert_true (mvx_log_sink_log (sink, fixture->events[i % N_EVENTS], &error));
    }
  g_assert_true (mvx_log_sink_flush (sink, -1, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_lines (renamed) + count_lines (fixture->path), ==, 2000);
  g_assert_cmpuint (count_lines (fixture->path), >=, 1000);
  g_assert_true (mvx_log_sink_terminate (sink, -1, &error));
  g_assert_no_error (error);
  counters = ledger_check_moving (sink);
  g_assert_cmpuint (counters.accepted, ==, 2000);
  g_assert_cmpuint (counters.delivered, ==, 2000);
}

#define ADD(name, func) g_test_add ("/file/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("descriptor", test_descriptor);
  ADD ("bad-options", test_bad_options);
  ADD ("append", test_append);
  ADD ("truncate", test_truncate);
  ADD ("unfinished", test_unfinished);
  ADD ("small-buffer", test_small_buffer);
  ADD ("small-rest", test_small_rest);
  ADD ("permissions", test_permissions);
  ADD ("directories", test_directories);
  ADD ("open-errors", test_open_errors);
  ADD ("dangling-link", test_dangling_link);
  ADD ("full", test_full);
  ADD ("torn/offered-again", test_torn);
  ADD ("torn/given-up", test_torn_given_up);
  ADD ("torn/close", test_torn_close);
  ADD ("reopen", test_reopen);
  ADD ("reopen-fails", test_reopen_fails);
  ADD ("stale", test_stale);
  ADD ("fsync", test_fsync);
  ADD ("fsync-interval", test_fsync_interval);
  ADD ("probe", test_probe);
  ADD ("reconfigure", test_reconfigure);
  ADD ("sink", test_sink);
  return g_test_run ();
}
