/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A real server for a plugin to talk to: started by the test in a directory of its own, on loopback, and gone with it. */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gio/gio.h>

#define PEER_PATIENCE_US (120 * G_USEC_PER_SEC)

typedef struct
{
  GSubprocess *process;
  char        *log; /* what it has printed; NULL: shown with the test's own output */
} Peer;

/* A TCP port of 127.0.0.1 that nobody else is given until the descriptor is closed, also while no server has it: one that
 * sets SO_REUSEADDR can. */
static inline int
peer_reserve_port (guint16 *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  const int on = 1;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &length), ==, 0);
  *port = ntohs (address.sin_port);
  return fd;
}

/* Skips the test, with the reason, unless the program is there; /usr/sbin counts. */
static inline char *
peer_find (const char *program)
{
  char *path = g_find_program_in_path (program);
  g_autofree char *sbin = g_build_filename ("/usr/sbin", program, NULL);
  g_autofree char *reason = g_strdup_printf ("%s is not installed", program);

  if (path == NULL && g_file_test (sbin, G_FILE_TEST_IS_EXECUTABLE))
    path = g_steal_pointer (&sbin);
  if (path == NULL)
    g_test_skip (reason);
  return path;
}

/* A port of 127.0.0.1 that nobody uses just now; @type: SOCK_STREAM or SOCK_DGRAM. Below those that the kernel gives away
 * by itself: no program next door gets it before the server does. */
static inline guint16
peer_free_port (int type)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  gboolean is_free;

  do
    {
      int fd = socket (AF_INET, type | SOCK_CLOEXEC, 0);

      g_assert_cmpint (fd, >=, 0);
      address.sin_port = htons ((guint16) g_random_int_range (10000, 32000));
      is_free = bind (fd, (struct sockaddr *) &address, sizeof address) == 0;
      g_assert_true (is_free || errno == EADDRINUSE);
      close (fd);
    }
  while (!is_free);
  return ntohs (address.sin_port);
}

/* The same, and as long as the socket is open no other program gets it; one that sets SO_REUSEADDR can listen there. */
static inline int
peer_hold_port (guint16 *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  const int on = 1;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), ==, 0);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &length), ==, 0);
  *port = ntohs (address.sin_port);
  return fd;
}

/* In the child: it does not outlive a test that crashes. */
static inline void
peer_child_setup (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/* What a launcher of yours has set up for the child comes on top. */
static inline void
peer_spawn_with (Peer *peer, GSubprocessLauncher *launcher, const char *log, const char *const *argv)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_launcher_set_flags (launcher, log ? G_SUBPROCESS_FLAGS_STDERR_MERGE : G_SUBPROCESS_FLAGS_NONE);
  if (log)
    g_subprocess_launcher_set_stdout_file_path (launcher, log);
  g_subprocess_launcher_set_child_setup (launcher, peer_child_setup, NULL, NULL);
  /* It would take the sanitizers' settings and the limits of malloc as its own. */
  g_subprocess_launcher_unsetenv (launcher, "MALLOC_CHECK_");
  g_subprocess_launcher_unsetenv (launcher, "MALLOC_PERTURB_");
  g_subprocess_launcher_unsetenv (launcher, "LD_PRELOAD");
  peer->process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  g_free (peer->log);
  peer->log = g_strdup (log);
}

static inline void
peer_spawn (Peer *peer, const char *log, const char *const *argv)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);

  peer_spawn_with (peer, launcher, log, argv);
}

static inline void
peer_end (Peer *peer, int signal)
{
  g_autoptr (GError) error = NULL;

  if (peer->process == NULL)
    return;
  g_subprocess_send_signal (peer->process, signal);
  g_subprocess_wait (peer->process, NULL, &error);
  g_assert_no_error (error);
  g_clear_object (&peer->process);
}

/* Until this program has no thread any more whose name begins so. */
static inline void
peer_wait_for_threads (const char *prefix)
{
  guint n;

  do
    {
      g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
      const char *task;

      n = 0;
      while ((task = g_dir_read_name (tasks)))
        {
          g_autofree char *path = g_strdup_printf ("/proc/self/task/%s/comm", task);
          g_autofree char *name = NULL;

          n += g_file_get_contents (path, &name, NULL, NULL) && g_str_has_prefix (name, prefix);
        }
      if (n > 0)
        g_usleep (1000);
    }
  while (n > 0);
}

/* Threads in which GIO has shaken hands are idle now; LeakSanitizer stumbles over the modules that they have loaded. */
static inline void
peer_end_pool (void)
{
  g_thread_pool_set_max_unused_threads (0);
  g_thread_pool_stop_unused_threads ();
  peer_wait_for_threads ("pool");
}

static inline void
peer_stop (Peer *peer)
{
  peer_end (peer, SIGTERM);
}

static inline void
peer_kill (Peer *peer)
{
  peer_end (peer, SIGKILL);
}

static inline void
peer_clear (Peer *peer)
{
  peer_kill (peer);
  g_clear_pointer (&peer->log, g_free);
}

static inline gboolean
peer_accepts (guint16 port)
{
  struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_port = htons (port), .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean accepts = connect (fd, (struct sockaddr *) &address, sizeof address) == 0;

  close (fd);
  return accepts;
}

/* Nothing tells when a server is ready but the server. Fails the test if it ends, or never is. */
static inline void
peer_wait (Peer *peer, gboolean (*is_ready) (gpointer data), gpointer data)
{
  gint64 deadline = g_get_monotonic_time () + PEER_PATIENCE_US;

  while (!is_ready (data))
    {
      /* It has no number any more when it has ended. */
      if (g_get_monotonic_time () > deadline || g_subprocess_get_identifier (peer->process) == NULL)
        {
          g_autofree char *said = NULL;

          if (peer->log)
            g_file_get_contents (peer->log, &said, NULL, NULL);
          g_error ("the server is not ready: %s", said ? said : "");
        }
      g_usleep (10000);
    }
}

static inline gboolean
peer_port_is_ready (gpointer data)
{
  return peer_accepts (*(guint16 *) data);
}

static inline void
peer_wait_for_port (Peer *peer, guint16 port)
{
  peer_wait (peer, peer_port_is_ready, &port);
}

static inline gboolean
peer_path_is_ready (gpointer data)
{
  return g_file_test (data, G_FILE_TEST_EXISTS);
}

static inline void
peer_wait_for_path (Peer *peer, const char *path)
{
  peer_wait (peer, peer_path_is_ready, (gpointer) path);
}

/* Runs a client to its end, which must be a success; what it has printed. */
static inline char *
peer_run (const char *const *argv)
{
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  char *output = NULL;

  process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (process));
  return output;
}
