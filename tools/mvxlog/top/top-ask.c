/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <gio/gio.h>

#include "base/tool-json.h"
#include "top/top-ask.h"

/* A program that has stopped does not answer. */
#define MVX_TOP_PATIENCE_MS 2000
#define MVX_TOP_MAX_BYTES (16 * 1024 * 1024)

void
mvx_top_answer_free (MvxTopAnswer *answer)
{
  g_free (answer->text);
  g_clear_error (&answer->error);
  g_free (answer);
}

char *
mvx_top_dup_directory (void)
{
  const char *runtime = g_getenv ("XDG_RUNTIME_DIR");

  if (runtime == NULL || !g_path_is_absolute (runtime))
    runtime = geteuid () == 0 ? "/run" : NULL;
  return runtime ? g_build_filename (runtime, "mvxlog", NULL) : NULL;
}

static gboolean
mvx_top_fail (GError **error, int number)
{
  g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (number), g_strerror (number));
  return FALSE;
}

/* Up to the end, which the program makes after its one line. */
static gboolean
mvx_top_read (int fd, GString *text, GError **error)
{
  const gint64 deadline_us = g_get_monotonic_time () + MVX_TOP_PATIENCE_MS * G_TIME_SPAN_MILLISECOND;

  while (text->len < MVX_TOP_MAX_BYTES)
    {
      gint64 left_ms = (deadline_us - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;
      struct pollfd wait = { .fd = fd, .events = POLLIN };
      char buffer[16384];
      gssize n;

      if (left_ms <= 0 || poll (&wait, 1, (int) left_ms) == 0)
        return mvx_top_fail (error, ETIMEDOUT);
      n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (n > 0)
        g_string_append_len (text, buffer, n);
      else if (n == 0)
        return TRUE;
      else if (errno != EAGAIN && errno != EINTR)
        return mvx_top_fail (error, errno);
    }
  return mvx_top_fail (error, EMSGSIZE);
}

static gboolean
mvx_top_check (const GString *text, GError **error)
{
  MvxJsonSlice value;

  if (text->len > 0 && text->str[text->len - 1] == '\n' && mvx_json_check (text->str, text->len, &value, NULL)
      && value.kind == MVX_JSON_OBJECT)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "its answer is not a line of JSON");
  return FALSE;
}

/* -1 with errno. It never blocks: the kernel says at once whether somebody listens. */
static int
mvx_top_connect (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd;

  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    {
      int number = errno;

      close (fd);
      errno = number;
      return -1;
    }
  return fd;
}

/* NULL: nobody is there any more. */
static MvxTopAnswer *
mvx_top_ask_one (const char *path, gint pid)
{
  g_autoptr (GString) text = g_string_new (NULL);
  MvxTopAnswer *answer;
  int fd = mvx_top_connect (path);

  if (fd < 0 && (errno == ENOENT || errno == ECONNREFUSED))
    {
      if (errno == ECONNREFUSED && kill (pid, 0) != 0 && errno == ESRCH)
        unlink (path);
      return NULL;
    }
  answer = g_new0 (MvxTopAnswer, 1);
  answer->pid = pid;
  if (fd < 0)
    mvx_top_fail (&answer->error, errno);
  else if (mvx_top_read (fd, text, &answer->error) && mvx_top_check (text, &answer->error))
    answer->text = g_strndup (text->str, text->len - 1);
  if (fd >= 0)
    close (fd);
  return answer;
}

/* Nobody else may have put sockets there, who would be believed. */
static gboolean
mvx_top_check_directory (const char *directory, GError **error)
{
  struct stat info;

  if (stat (directory, &info) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "'%s': %s", directory, g_strerror (errno));
      return FALSE;
    }
  if ((info.st_uid == geteuid () || geteuid () == 0) && (info.st_mode & 022) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "'%s' is not of this user alone; nobody is asked there",
               directory);
  return FALSE;
}

static gint
mvx_top_compare (gconstpointer a, gconstpointer b)
{
  const MvxTopAnswer *const *one = a;
  const MvxTopAnswer *const *two = b;

  return (*one)->pid - (*two)->pid;
}

GPtrArray *
mvx_top_ask (const char *directory, GError **error)
{
  g_autoptr (GPtrArray) answers = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_top_answer_free);
  g_autoptr (GError) local = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!mvx_top_check_directory (directory, &local))
    {
      if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        return g_steal_pointer (&answers);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  dir = g_dir_open (directory, 0, error);
  if (dir == NULL)
    return NULL;
  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);
      char *end;
      gint64 pid = g_ascii_strtoll (name, &end, 10);
      MvxTopAnswer *answer = NULL;

      if (g_ascii_isdigit (*name) && pid > 0 && pid <= G_MAXINT && strcmp (end, ".sock") == 0)
        answer = mvx_top_ask_one (path, (gint) pid);
      if (answer)
        g_ptr_array_add (answers, answer);
    }
  g_ptr_array_sort (answers, mvx_top_compare);
  return g_steal_pointer (&answers);
}
