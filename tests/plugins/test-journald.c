/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journald plugin and a real systemd-journald, whose /run and /var/log are those of the test: root, and a kernel
 * that lets it mount, are needed. */
#include "../ledger-check.h"
#include "journald-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "../broken/fixture.h"
#include "peer.h"

#define JOURNALD "/lib/systemd/systemd-journald"
#define SPACE "mvx"
#define SPACE_DIR "/run/systemd/journal." SPACE
#define CONF_DIR "/run/systemd/journald@" SPACE ".conf.d"
#define SYSTEM_DIR "/run/systemd/journal"
#define SYSTEM_CONF_DIR "/run/systemd/journald.conf.d"

/* Nothing is dropped for its rate, and nothing for want of space. */
#define CONF                                                                                                           \
  "[Journal]\nStorage=persistent\nRateLimitIntervalSec=0\nRateLimitBurst=0\nSystemMaxUse=2G\nSystemKeepFree=1M\n"      \
  "SyncIntervalSec=1h\nForwardToSyslog=no\nForwardToWall=no\nForwardToConsole=no\n"                                    \
  "ReadKMsg=no\nAudit=no\n"

/* AddressSanitizer walks the stack at each of the millions of allocations with which the journal is read back. */
#ifdef __SANITIZE_ADDRESS__
#define N_STORM 20000
#else
#define N_STORM 100000
#endif

static char *why_not;     /* NULL: journald can be started */
static char *log_content; /* what is /var/log here */

/* Before there is any thread, so that all of them live in it. */
static void
enter_namespace (void)
{
  g_autofree char *reader = g_find_program_in_path ("journalctl");

  if (!g_file_test (JOURNALD, G_FILE_TEST_IS_EXECUTABLE))
    why_not = g_strdup (JOURNALD " is not installed");
  else if (reader == NULL)
    why_not = g_strdup ("journalctl is not installed");
  else if (unshare (CLONE_NEWNS) != 0 || mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0
           || mount ("tmpfs", "/run", "tmpfs", 0, "size=64m") != 0)
    why_not = g_strdup_printf ("cannot have a /run of its own: %s", g_strerror (errno));
  if (why_not)
    return;
  log_content = fixture_make_directory ();
  if (mount (log_content, "/var/log", NULL, MS_BIND, NULL) != 0)
    why_not = g_strdup_printf ("cannot have a /var/log of its own: %s", g_strerror (errno));
  else if (g_mkdir_with_parents (SPACE_DIR, 0755) != 0 || g_mkdir_with_parents (CONF_DIR, 0755) != 0
           || g_mkdir_with_parents (SYSTEM_DIR, 0755) != 0 || g_mkdir_with_parents (SYSTEM_CONF_DIR, 0755) != 0
           || !g_file_set_contents (CONF_DIR "/test.conf", CONF, -1, NULL)
           /* The journal on the disk is ready, as it is told when a machine has started. */
           || !g_file_set_contents (SYSTEM_DIR "/flushed", "", -1, NULL)
           || !g_file_set_contents (SYSTEM_CONF_DIR "/test.conf", CONF, -1, NULL))
    g_error ("cannot prepare /run: %s", g_strerror (errno));
}

static void
leave_namespace (void)
{
  if (log_content == NULL)
    return;
  umount2 ("/var/log", MNT_DETACH);
  fixture_remove (log_content);
  g_free (log_content);
}

typedef struct
{
  Peer peer;
  int held; /* the socket, as systemd holds it; -1: journald makes its own */
} Journal;

static gboolean is_system; /* the system's journal, where everybody looks for it, instead of a namespace's */

static gboolean
journal_is_ready (gpointer data)
{
  int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const struct sockaddr_un space = { .sun_family = AF_UNIX, .sun_path = SPACE_DIR "/socket" };
  const struct sockaddr_un system = { .sun_family = AF_UNIX, .sun_path = SYSTEM_DIR "/socket" };
  gboolean ready = connect (fd, (const struct sockaddr *) (is_system ? &system : &space), sizeof space) == 0
                   && g_file_test (is_system ? SYSTEM_DIR "/io.systemd.journal" : SPACE_DIR "/io.systemd.journal",
                                   G_FILE_TEST_EXISTS);

  close (fd);
  return ready;
}

static void
journal_start (Journal *self)
{
  const char *const own[] = { JOURNALD, is_system ? NULL : SPACE, NULL };
  static const char *const activated[] = { "sh", "-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec " JOURNALD " " SPACE, NULL };
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);

  unlink (SPACE_DIR "/io.systemd.journal");
  if (self->held >= 0)
    g_subprocess_launcher_take_fd (launcher, fcntl (self->held, F_DUPFD_CLOEXEC, 10), 3);
  peer_spawn_with (&self->peer, launcher, "/run/journald.log", self->held >= 0 ? activated : own);
  peer_wait (&self->peer, journal_is_ready, NULL);
}

/* As systemd-journald@.socket does. */
static void
journal_hold_socket (Journal *self)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SPACE_DIR "/socket" };
  int on = 1;

  unlink (address.sun_path);
  self->held = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (self->held, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (setsockopt (self->held, SOL_SOCKET, SO_PASSCRED, &on, sizeof on), ==, 0);
  g_assert_cmpint (setsockopt (self->held, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof on), ==, 0);
}

static void
journal_stop (Journal *self)
{
  peer_stop (&self->peer);
  peer_clear (&self->peer);
  if (self->held >= 0)
    close (self->held);
}

/* Everything that was sent is in the journal when this returns. */
static void
journal_sync (void)
{
  const char *const argv[] = { "journalctl", "--sync", is_system ? NULL : "--namespace=" SPACE, NULL };
  g_autofree char *output G_GNUC_UNUSED = peer_run (argv);
}

/* The program's entries as JSON, oldest first. @fields NULL: all. */
static GPtrArray *
journal_read (const char *identifier, const char *fields)
{
  g_autofree char *match = g_strconcat ("SYSLOG_IDENTIFIER=", identifier, NULL);
  g_autofree char *only = g_strconcat ("--output-fields=", fields, NULL);
  const char *space = is_system ? "--quiet" : "--namespace=" SPACE;
  const char *argv[] = { "journalctl", space, "-o", "json", "--all", "--quiet", match, only, NULL };
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) json_node_unref);
  g_autofree char *output = NULL;
  const char *end;
  char *next;

  if (fields == NULL)
    argv[7] = NULL;
  journal_sync ();
  output = peer_run (argv);
  end = output + strlen (output);
  for (char *line = output; *line; line = next)
    {
      g_autoptr (GError) error = NULL;

      next = memchr (line, '\n', (gsize) (end - line));
      *next++ = '\0';
      g_ptr_array_add (entries, json_from_string (line, &error));
      g_assert_no_error (error);
    }
  return entries;
}

/* journalctl prints what is no plain text as an array of bytes. NULL: there is no such field. */
static GBytes *
journal_dup_field (GPtrArray *entries, guint i, const char *name)
{
  JsonNode *node = json_object_get_member (json_node_get_object (g_ptr_array_index (entries, i)), name);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  JsonArray *array;

  if (node == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_VALUE (node))
    return g_bytes_new (json_node_get_string (node), strlen (json_node_get_string (node)));
  array = json_node_get_array (node);
  for (guint j = 0; j < json_array_get_length (array); j++)
    {
      guint8 byte = (guint8) json_array_get_int_element (array, j);

      g_byte_array_append (bytes, &byte, 1);
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
}

static void
assert_field (GPtrArray *entries, guint i, const char *name, const char *expected)
{
  g_autoptr (GBytes) value = journal_dup_field (entries, i, name);

  if (value == NULL)
    g_error ("there is no field %s", name);
  g_assert_cmpmem (g_bytes_get_data (value, NULL), g_bytes_get_size (value), expected, strlen (expected));
}

static void
open_instance (Instance *instance, const char *identifier)
{
  instance_init (instance, &mvx_static_plugin_journald);
  if (!is_system)
    instance_set (instance, "namespace", SPACE);
  instance_set (instance, "identifier", identifier);
  instance_open (instance);
}

/* What has to come back of it. */
static const char *const all_fields[][2] = {
  { "MESSAGE", "lines: a\nb" },
  { "PRIORITY", "3" },
  { "MESSAGE_ID", "6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c1" },
  { "CODE_FILE", "net.c" },
  { "CODE_LINE", "12" },
  { "CODE_FUNC", "net_bind" },
  { "SYSLOG_IDENTIFIER", "fields" },
  { "TID", "77" },
  { "GLIB_DOMAIN", "org.example.net" },
  { "TRACE_ID", "0af7651916cd43dd8448eb211c80319c" },
  { "SPAN_ID", "b7ad6b7169203331" },
  { "ERRNO", "28" },
  { "MVXLOG_TIME_NS", "1795262400123456789" },
  { "MVXLOG_LEVEL", "error" },
  { "MVXLOG_SEQ", "3" },
  { "MVXLOG_EVENT", "bind" },
  { "MVXLOG_ENTITY", "conn-1" },
  { "MVXLOG_OUTCOME", "failed" },
  { "MVX_BOOL", "true" },
  { "MVX_ERRNO", "28" },
  { "MVX_UINT", "18446744073709551615" },
  { "MVX_INT", "-9223372036854775808" },
  { "MVX_NULL", "null" },
  { "MVX_DOUBLE", "12.5" },
  { "MVX_LINES", "a\nb" },
  { "MVX_ERROR", "gone (g-io-error-quark, 1)" },
  { "MVX_ERROR_DOMAIN", "g-io-error-quark" },
  { "MVX_ERROR_CODE", "1" },
  { "MVX_ERROR_CHAIN", "[{\"domain\":\"g-io-error-quark\",\"code\":1,\"message\":\"gone\"}]" },
  { "MVX_AT", "2026-11-21T12:00:00.123456789Z" },
  { "MVX_MAP", "{\"k\":[1,2]}" },
  { "_TRANSPORT", "journal" },
};

static void
test_fields (void)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "gone");
  g_autoptr (GVariant) map = g_variant_ref_sink (g_variant_new_parsed ("{'k': <[1, 2]>}"));
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0=\n\xff", 4);
  g_autoptr (GBytes) binary = NULL;
  const MvxLogField fields[] = {
    FIELD_BOOL ("bool", TRUE),
    FIELD_INT ("errno", 28),
    FIELD_UINT ("uint", G_MAXUINT64),
    FIELD_DOUBLE ("double", 12.5),
    FIELD_STRING ("lines", "a\nb"),
    FIELD_BYTES ("bytes", bytes),
    FIELD_ERROR ("error", error),
    FIELD_TIME ("at", FIXTURE_TIME),
    FIELD_VARIANT ("map", map),
    FIELD_INT ("int", G_MININT64),
    FIELD_NULL ("null"),
  };
  g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .context = "org.example.net",
                                                            .level = MVX_LOG_LEVEL_ERROR,
                                                            .message_template = "lines: {lines}",
                                                            .name = "bind",
                                                            .entity = "conn-1",
                                                            .outcome = "failed",
                                                            .id = "6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c1",
                                                            .trace = "0af7651916cd43dd8448eb211c80319c",
                                                            .span = "b7ad6b7169203331",
                                                            .file = "net.c",
                                                            .line = "12",
                                                            .function = "net_bind",
                                                            .fields = fields,
                                                            .n_fields = G_N_ELEMENTS (fields),
                                                            .thread = 77,
                                                            .seq = 3 });
  Instance instance;
  g_autoptr (GPtrArray) entries = NULL;

  open_instance (&instance, "fields");
  instance_dispatch (&instance, &event, 1);
  entries = journal_read ("fields", NULL);
  g_assert_cmpuint (entries->len, ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (all_fields); i++)
    assert_field (entries, 0, all_fields[i][0], all_fields[i][1]);
  if (is_system)
    g_assert_null (journal_dup_field (entries, 0, "_NAMESPACE"));
  else
    assert_field (entries, 0, "_NAMESPACE", SPACE);
  binary = journal_dup_field (entries, 0, "MVX_BYTES");
  g_assert_true (g_bytes_equal (binary, bytes));
  instance_clear (&instance);
}

/* All of them byte for byte, whatever they hold; what is too large for a datagram, too. */
static void
test_hostile (void)
{
  g_autoptr (GPtrArray) hostile = fixture_hostile ();
  g_autoptr (GPtrArray) entries = NULL;
  Instance instance;

  open_instance (&instance, "hostile");
  for (guint i = 0; i < hostile->len; i++)
    {
      GBytes *bytes = g_ptr_array_index (hostile, i);
      gsize size;
      const char *data = g_bytes_get_data (bytes, &size);
      const MvxLogField fields[] = { { "value", MVX_LOG_KIND_STRING, (gint32) size, { .s = data ? data : "" } } };
      /* Without a message there is a template, which is empty. */
      g_autoptr (MvxLogEvent) event = fixture_event ((Fixture){ .message = size > 0 ? data : NULL,
                                                                .message_len = (gssize) size,
                                                                .message_template = size > 0 ? NULL : "",
                                                                .fields = fields,
                                                                .n_fields = 1 });

      instance_dispatch (&instance, &event, 1);
    }
  g_assert_cmpint (instance_get_count (&instance, "large"), ==, 1);
  entries = journal_read ("hostile", "MESSAGE,MVX_VALUE");
  g_assert_cmpuint (entries->len, ==, hostile->len);
  for (guint i = 0; i < hostile->len; i++)
    {
      g_autoptr (GBytes) message = journal_dup_field (entries, i, "MESSAGE");
      g_autoptr (GBytes) value = journal_dup_field (entries, i, "MVX_VALUE");

      g_assert_true (g_bytes_equal (message, g_ptr_array_index (hostile, i)));
      g_assert_true (g_bytes_equal (value, g_ptr_array_index (hostile, i)));
    }
  g_test_message ("%u hostile strings came back byte for byte", hostile->len);
  instance_clear (&instance);
}

static MvxLogSink *
configure_sink (const char *identifier, const char *queue)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = g_strdup_printf ("[mvxlog]\nversion=1\n[sink journal]\nplugin=journald\nnamespace=" SPACE
                                           "\nidentifier=%s\n%s\n[context]\nsinks=journal\n",
                                           identifier, queue);

  mvx_log_configure_from_data (file, -1, "test", &error);
  g_assert_no_error (error);
  return mvx_log_get_sink ("journal");
}

MVX_LOG_CONTEXT (storm, "org.example.storm")

static void
log_from (gint64 first, gint64 end)
{
  for (gint64 n = first; n < end; n++)
    mvx_info (storm, "event", "n", n);
}

/* How many numbers are missing, and how many are there more than once. */
static void
count_events (const char *identifier, guint *n_missing, guint *n_twice)
{
  g_autoptr (GPtrArray) entries = journal_read (identifier, "MVX_N");
  g_autofree guint8 *seen = g_malloc0 (N_STORM);

  *n_missing = *n_twice = 0;
  for (guint i = 0; i < entries->len; i++)
    {
      JsonObject *object = json_node_get_object (g_ptr_array_index (entries, i));

      if (!json_object_has_member (object, "MVX_N"))
        continue; /* the queue's own word on what it had no room for */
      seen[g_ascii_strtoull (json_object_get_string_member (object, "MVX_N"), NULL, 10)]++;
    }
  for (guint i = 0; i < N_STORM; i++)
    {
      *n_missing += seen[i] == 0;
      *n_twice += seen[i] > 1;
    }
}

static guint
queue_length (void)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents ("/proc/sys/net/unix/max_dgram_qlen", &text, NULL, NULL));
  return (guint) g_ascii_strtoull (text, NULL, 10);
}

static gboolean
has_delivered (gpointer sink)
{
  MvxLogCounters counters;

  counters = ledger_check_moving (sink);
  return counters.delivered > N_STORM / 8;
}

/* journald is killed while it reads, and comes back. What was in its socket is lost with it, unless systemd holds the
 * socket; nothing else is, and nothing comes twice. */
static void
run_storm (Journal *journal, const char *identifier, guint most_missing)
{
  g_autoptr (MvxLogSink) sink = configure_sink (identifier, "queue-max-size=200000\nretry-max=200ms");
  g_autoptr (GError) error = NULL;
  MvxLogCounters counters;
  guint n_missing;
  guint n_twice;

  log_from (0, N_STORM / 2);
  peer_wait (&journal->peer, has_delivered, sink);
  peer_kill (&journal->peer);
  log_from (N_STORM / 2, N_STORM / 4 * 3);
  journal_start (journal);
  log_from (N_STORM / 4 * 3, N_STORM);
  g_assert_true (mvx_log_flush (g_get_monotonic_time () + PEER_PATIENCE_US * 3, &error));
  g_assert_no_error (error);
  counters = ledger_check_moving (sink);
  g_assert_cmpuint (counters.accepted, ==, N_STORM);
  g_assert_cmpuint (counters.delivered, ==, N_STORM);
  count_events (identifier, &n_missing, &n_twice);
  g_test_message ("journald, %s: sent %d, received %u, lost %u (at most %u), twice %u", identifier, N_STORM,
                  N_STORM - n_missing, n_missing, most_missing, n_twice);
  g_assert_cmpuint (n_twice, ==, 0);
  g_assert_cmpuint (n_missing, <=, most_missing);
  mvx_log_reset (NULL);
}

static gboolean
can_run (void)
{
  if (why_not == NULL)
    return TRUE;
  g_test_skip (why_not);
  return FALSE;
}

static void
with_journal (gconstpointer func)
{
  Journal journal = { .held = -1 };

  if (!can_run ())
    return;
  journal_start (&journal);
  ((void (*) (void)) func) ();
  journal_stop (&journal);
}

/* As programs find it that are told nothing, also with what is too large for a datagram. */
static void
test_system (gconstpointer func)
{
  is_system = TRUE;
  with_journal (func);
  is_system = FALSE;
}

/* Its queue, the datagram that is being put there, and the one that it was reading. */
static void
test_restart (void)
{
  Journal journal = { .held = -1 };

  if (!can_run ())
    return;
  journal_start (&journal);
  run_storm (&journal, "restart", queue_length () + 2);
  journal_stop (&journal);
}

static void
test_restart_activated (void)
{
  Journal journal = { .held = -1 };

  if (!can_run ())
    return;
  journal_hold_socket (&journal);
  journal_start (&journal);
  run_storm (&journal, "restart-activated", 1);
  journal_stop (&journal);
}

/* It does not read at all: whoever logs goes on, and what found no room is counted. */
static void
test_stopped (void)
{
  Journal journal = { .held = -1 };
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (GError) error = NULL;
  MvxLogCounters counters;
  guint n_missing;
  guint n_twice;

  if (!can_run ())
    return;
  journal_start (&journal);
  sink = configure_sink ("stopped", "queue-max-size=1000\nqueue-overflow=drop-newest");
  g_subprocess_send_signal (journal.peer.process, SIGSTOP);
  log_from (0, N_STORM);
  g_subprocess_send_signal (journal.peer.process, SIGCONT);
  g_assert_true (mvx_log_flush (g_get_monotonic_time () + PEER_PATIENCE_US, &error));
  g_assert_no_error (error);
  counters = ledger_check_moving (sink);
  count_events ("stopped", &n_missing, &n_twice);
  g_test_message ("journald, stopped: offered %d, delivered %" G_GUINT64_FORMAT ", missing %u, twice %u", N_STORM,
                  counters.delivered, n_missing, n_twice);
  g_assert_cmpuint (n_missing, ==,
                    counters.refused[MVX_LOG_REASON_QUEUE_FULL] + counters.dropped[MVX_LOG_REASON_QUEUE_FULL]);
  g_assert_cmpuint (n_missing, >, 0);
  g_assert_cmpuint (n_twice, ==, 0);
  mvx_log_reset (NULL);
  journal_stop (&journal);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  enter_namespace ();
  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_journald, &error));
  g_test_add_data_func ("/journald/fields", (gconstpointer) test_fields, with_journal);
  g_test_add_data_func ("/journald/hostile", (gconstpointer) test_hostile, with_journal);
  g_test_add_data_func ("/journald/system/fields", (gconstpointer) test_fields, test_system);
  g_test_add_data_func ("/journald/system/hostile", (gconstpointer) test_hostile, test_system);
  g_test_add_func ("/journald/stopped", test_stopped);
  g_test_add_func ("/journald/restart", test_restart);
  g_test_add_func ("/journald/restart-activated", test_restart_activated);
  status = g_test_run ();
  leave_namespace ();
  g_free (why_not);
  return status;
}
