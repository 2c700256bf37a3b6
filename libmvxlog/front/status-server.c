/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <gio/gio.h>
#include <mvxlog/level.h>

#include "base/atfork-private.h"
#include "base/diag-private.h"
#include "base/signals-private.h"
#include "front/status-private.h"
#include "front/status-server-private.h"
#include "front/vitals-private.h"

/* Whoever asks and does not read is given up after that. */
#define MVX_LOG_STATUS_PATIENCE_MS 1000

typedef struct _MvxLogStatusServer MvxLogStatusServer;

struct _MvxLogStatusServer
{
  GThread *thread;
  char *path;
  int listener;
  int stop;        /* an eventfd that is readable when the thread is to end */
  gint64 resident; /* bytes at the beginning */
  MvxLogStatusServer *next;
};

static GMutex mvx_log_status_mutex; /* what follows; whoever ends a server takes it from here first */
static MvxLogStatusServer *mvx_log_status_server;
static MvxLogStatusServer *mvx_log_status_inherited; /* never freed: its thread is not there */

/* What the parent serves is not the child's, which may have a socket of its own. */
static void
mvx_log_status_fork (MvxLogForkStage stage)
{
  MvxLogStatusServer *self = mvx_log_status_server;

  if (stage != MVX_LOG_FORK_CHILD || self == NULL)
    return;
  close (self->listener);
  close (self->stop);
  self->next = mvx_log_status_inherited;
  mvx_log_status_inherited = self;
  mvx_log_status_server = NULL;
}

MVX_LOG_FORK_LOCK (STATUS, &mvx_log_status_mutex, mvx_log_status_fork);

/* FALSE: it is time to end, or too late. */
static gboolean
mvx_log_status_wait (MvxLogStatusServer *self, int fd, short events, int timeout_ms)
{
  struct pollfd fds[2] = { { .fd = fd, .events = events }, { .fd = self->stop, .events = POLLIN } };
  int n;

  do
    n = poll (fds, 2, timeout_ms);
  while (n < 0 && errno == EINTR);
  return n > 0 && fds[1].revents == 0;
}

/* Of its own user, and root: nobody else comes through the directory, but who gets the descriptor might. */
static gboolean
mvx_log_status_may_ask (int peer)
{
  struct ucred who = { 0 };
  socklen_t size = sizeof who;

  return getsockopt (peer, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && (who.uid == 0 || who.uid == geteuid ());
}

static void
mvx_log_status_answer (MvxLogStatusServer *self, int peer)
{
  gint64 deadline_us = g_get_monotonic_time () + MVX_LOG_STATUS_PATIENCE_MS * G_TIME_SPAN_MILLISECOND;
  MvxLogBuffer text = MVX_LOG_BUFFER_INIT;
  gsize done = 0;

  mvx_log_status_append (&text, self->resident);
  while (done < text.len)
    {
      gssize n = send (peer, text.data + done, text.len - done, MSG_NOSIGNAL | MSG_DONTWAIT);
      gint64 left_ms = (deadline_us - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;

      if (n > 0)
        done += (gsize) n;
      else if ((errno != EAGAIN && errno != EINTR) || left_ms <= 0
               || !mvx_log_status_wait (self, peer, POLLOUT, (int) left_ms))
        break;
    }
  mvx_log_buffer_clear (&text);
}

static gpointer
mvx_log_status_run (gpointer data)
{
  MvxLogStatusServer *self = data;

  while (mvx_log_status_wait (self, self->listener, POLLIN, -1))
    {
      int peer = accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

      if (peer < 0)
        {
          /* Without a descriptor the one that waits would be noticed again and again. */
          if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
            mvx_log_status_wait (self, -1, 0, MVX_LOG_STATUS_PATIENCE_MS);
          continue;
        }
      if (mvx_log_status_may_ask (peer))
        mvx_log_status_answer (self, peer);
      /* A child may have been given the descriptor meanwhile; whoever asked is not to wait for its end. */
      shutdown (peer, SHUT_RDWR);
      close (peer);
    }
  return NULL;
}

static gboolean
mvx_log_status_fail (GError **error, const char *path, int error_number)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (error_number), "'%s': %s", path, g_strerror (error_number));
  return FALSE;
}

/* The environment counts for nothing in a program with raised privileges. */
static char *
mvx_log_status_dup_directory (GError **error)
{
  const char *runtime = secure_getenv ("XDG_RUNTIME_DIR");
  g_autofree char *directory = NULL;
  struct stat info;

  if (runtime == NULL || !g_path_is_absolute (runtime))
    runtime = geteuid () == 0 ? "/run" : NULL;
  if (runtime == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   "there is no runtime directory; set XDG_RUNTIME_DIR to a directory of the program's user");
      return NULL;
    }
  directory = g_build_filename (runtime, "mvxlog", NULL);
  if ((mkdir (directory, 0700) != 0 && errno != EEXIST) || lstat (directory, &info) != 0)
    {
      mvx_log_status_fail (error, directory, errno);
      return NULL;
    }
  if (!S_ISDIR (info.st_mode) || info.st_uid != geteuid () || (info.st_mode & 077) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                   "'%s' is not a directory that only user %u can use; remove it, or run 'chmod 700 %s'", directory,
                   (guint) geteuid (), directory);
      return NULL;
    }
  return g_steal_pointer (&directory);
}

/* Is somebody there? One with our number may be, in another container with the same directory. */
static gboolean
mvx_log_status_is_taken (const struct sockaddr_un *address)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  gboolean taken
      = fd >= 0 && (connect (fd, (const struct sockaddr *) address, sizeof *address) == 0 || errno == EAGAIN);

  if (fd >= 0)
    close (fd);
  return taken;
}

/* Only its user may connect, whatever the umask is: the mode that the descriptor has becomes that of the name. */
static gboolean
mvx_log_status_listen (MvxLogStatusServer *self, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (g_strlcpy (address.sun_path, self->path, sizeof address.sun_path) >= sizeof address.sun_path)
    return mvx_log_status_fail (error, self->path, ENAMETOOLONG);
  if (mvx_log_status_is_taken (&address))
    return mvx_log_status_fail (error, self->path, EADDRINUSE);
  unlink (self->path); /* somebody who is gone has left it */
  if (fchmod (self->listener, 0600) != 0)
    return mvx_log_status_fail (error, self->path, errno);
  if (bind (self->listener, (struct sockaddr *) &address, sizeof address) == 0 && listen (self->listener, 8) == 0)
    return TRUE;
  return mvx_log_status_fail (error, self->path, errno);
}

static void
mvx_log_status_free (MvxLogStatusServer *self)
{
  if (self->listener >= 0)
    close (self->listener);
  if (self->stop >= 0)
    close (self->stop);
  g_free (self->path);
  g_free (self);
}

static MvxLogStatusServer *
mvx_log_status_new (GError **error)
{
  g_autofree char *directory = mvx_log_status_dup_directory (error);
  MvxLogStatusServer *self;

  if (directory == NULL)
    return NULL;
  self = g_new0 (MvxLogStatusServer, 1);
  self->path = g_strdup_printf ("%s/%d.sock", directory, (int) getpid ());
  self->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  self->stop = eventfd (0, EFD_CLOEXEC);
  self->resident = mvx_log_vitals_resident_bytes ();
  if (self->listener < 0 || self->stop < 0)
    mvx_log_status_fail (error, self->path, errno);
  else if (mvx_log_status_listen (self, error))
    {
      self->thread = mvx_log_signals_thread_new ("mvxlog-status", mvx_log_status_run, self, error);
      if (self->thread)
        return self;
      unlink (self->path);
    }
  mvx_log_status_free (self);
  return NULL;
}

static void
mvx_log_status_end (MvxLogStatusServer *self)
{
  eventfd_write (self->stop, 1);
  g_thread_join (self->thread);
  mvx_log_status_free (self);
}

void
mvx_log_status_server_set (gboolean wanted)
{
  MvxLogStatusServer *gone = NULL;
  g_autoptr (GError) error = NULL;

  g_mutex_lock (&mvx_log_status_mutex);
  if (wanted && mvx_log_status_server == NULL)
    mvx_log_status_server = mvx_log_status_new (&error);
  else if (!wanted)
    gone = g_steal_pointer (&mvx_log_status_server);
  if (gone)
    unlink (gone->path); /* before anybody can make it anew */
  g_mutex_unlock (&mvx_log_status_mutex);
  if (gone)
    mvx_log_status_end (gone);
  if (error)
    mvx_log_diag (MVX_LOG_LEVEL_WARNING, "[mvxlog] status=true: nobody can ask for the status of this program: %s",
                  error->message);
}
