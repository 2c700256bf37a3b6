/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>

#include "plugin/plugin-describe.h"
#include "plugin/plugin-scan.h"

#define MVX_PLUGIN_SCAN_TIMEOUT_US (10 * G_USEC_PER_SEC)
#define MVX_PLUGIN_SCAN_MAX (1024 * 1024)

void
mvx_plugin_scan_clear (MvxPluginScan *scan)
{
  g_clear_pointer (&scan->text, g_free);
}

const char *
mvx_plugin_scan_signal (int number)
{
  static const struct
  {
    int number;
    const char *name;
  } names[] = {
    { SIGSEGV, "SIGSEGV" }, { SIGABRT, "SIGABRT" }, { SIGBUS, "SIGBUS" },   { SIGILL, "SIGILL" },
    { SIGFPE, "SIGFPE" },   { SIGTRAP, "SIGTRAP" }, { SIGKILL, "SIGKILL" }, { SIGTERM, "SIGTERM" },
    { SIGPIPE, "SIGPIPE" }, { SIGSYS, "SIGSYS" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i].number == number)
      return names[i].name;
  return NULL;
}

/* All that the child says until it closes its end. FALSE: the time is over. */
static gboolean
mvx_plugin_scan_read (int fd, GString *text)
{
  const gint64 deadline = g_get_monotonic_time () + MVX_PLUGIN_SCAN_TIMEOUT_US;
  char buffer[4096];

  while (TRUE)
    {
      gint64 left = deadline - g_get_monotonic_time ();
      struct pollfd wait = { fd, POLLIN, 0 };
      gssize n;

      if (left <= 0 || text->len > MVX_PLUGIN_SCAN_MAX)
        return FALSE;
      if (poll (&wait, 1, (int) (left / 1000) + 1) <= 0)
        continue;
      n = read (fd, buffer, sizeof buffer);
      if (n == 0 || (n < 0 && errno != EINTR))
        return TRUE;
      if (n > 0)
        g_string_append_len (text, buffer, n);
    }
}

/* Closing its end is not yet having ended. */
static int
mvx_plugin_scan_wait (GPid pid, gboolean in_time)
{
  int status = 0;

  if (!in_time)
    kill (pid, SIGKILL);
  while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
    ;
  return status;
}

static char *
mvx_plugin_scan_judge (int status, gboolean in_time)
{
  const char *name = WIFSIGNALED (status) ? mvx_plugin_scan_signal (WTERMSIG (status)) : NULL;

  if (!in_time)
    return g_strdup_printf ("did not finish loading within %d seconds",
                            (int) (MVX_PLUGIN_SCAN_TIMEOUT_US / G_USEC_PER_SEC));
  if (name)
    return g_strdup_printf ("crashed while loading (%s)", name);
  if (WIFSIGNALED (status))
    return g_strdup_printf ("crashed while loading (signal %d)", WTERMSIG (status));
  return g_strdup_printf ("ended the process while loading (status %d)", WEXITSTATUS (status));
}

void
mvx_plugin_scan (const char *form, const char *what, MvxPluginScan *scan)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  const char *const argv[] = { self ? self : "mvxlog", "plugin", MVX_PLUGIN_SCAN_COMMAND, form, what, NULL };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  const int target = MVX_PLUGIN_SCAN_FD;
  int ends[2] = { -1, -1 };
  gboolean in_time;
  GPid pid;
  int status;

  scan->ok = FALSE;
  if (!g_unix_open_pipe (ends, FD_CLOEXEC, &error)
      || !g_spawn_async_with_pipes_and_fds (
          NULL, argv, NULL,
          G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL | G_SPAWN_SEARCH_PATH,
          NULL, NULL, -1, -1, -1, &ends[1], &target, 1, &pid, NULL, NULL, NULL, &error))
    {
      scan->text = g_strdup_printf ("cannot start a process to load it in: %s", error->message);
      if (ends[0] >= 0)
        {
          close (ends[0]);
          close (ends[1]);
        }
      return;
    }
  close (ends[1]);
  in_time = mvx_plugin_scan_read (ends[0], text);
  close (ends[0]);
  status = mvx_plugin_scan_wait (pid, in_time);
  /* The first byte says whether it is a description; a plugin that ends the process says nothing. */
  scan->ok = in_time && WIFEXITED (status) && WEXITSTATUS (status) == 0 && text->len > 1 && text->str[0] == '+';
  if (scan->ok || (in_time && WIFEXITED (status) && text->len > 1 && text->str[0] == '-'))
    scan->text = g_strdup (text->str + 1);
  else
    scan->text = mvx_plugin_scan_judge (status, in_time);
}

int
mvx_plugin_scan_child (const char *form, const char *what)
{
  const struct rlimit none = { 0, 0 };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  MvxPluginFound found = { NULL, NULL };
  gsize done = 0;

  setrlimit (RLIMIT_CORE, &none);
  if (!mvx_plugin_describe_load (what, &found, &error))
    g_string_append_printf (text, "-%s", error->message);
  else
    {
      g_string_append_c (text, '+');
      if (strcmp (form, "json") == 0)
        mvx_plugin_describe_json (&found, text);
      else
        mvx_plugin_describe_text (&found, text);
    }
  while (done < text->len)
    {
      gssize n = write (MVX_PLUGIN_SCAN_FD, text->str + done, text->len - done);

      if (n < 0 && errno != EINTR)
        break;
      done += n > 0 ? (gsize) n : 0;
    }
  /* Destructors of the plugin have no say in this any more. */
  _exit (0);
}
