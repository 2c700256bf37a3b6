/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>

#include "plugin/plugin-scan.h"
#include "base/tool-i18n.h"
#include "verify/verify-child.h"
#include "verify/verify-run.h"

/* What valgrind makes of a status that says "errors were found", and how much slower it is. */
#define MVX_VERIFY_VALGRIND_STATUS 99
#define MVX_VERIFY_VALGRIND_FACTOR 20

typedef struct
{
  const MvxVerifyRun *run;
  GString *pending; /* an incomplete line */
  char *check;
  char *doing;
  gboolean broken;
} MvxVerifyState;

static void
mvx_verify_run_end_check (MvxVerifyState *state, const char *status, const char *text, const char *hint)
{
  const char *check = state->check ? state->check : "start";
  gboolean broken = strcmp (status, "broken") == 0;

  state->broken = state->broken || broken;
  state->run->on_line (check, status, text, !broken || hint ? hint : mvx_verify_hint (check), state->run->data);
  g_clear_pointer (&state->check, g_free);
  g_clear_pointer (&state->doing, g_free);
}

static void
mvx_verify_run_take_line (MvxVerifyState *state, const char *line)
{
  const char *text = strlen (line) > 2 ? line + 2 : "";

  switch (*line)
    {
    case '=':
      g_free (state->check);
      state->check = g_strdup (text);
      break;
    case '.':
      g_free (state->doing);
      state->doing = g_strdup (text);
      break;
    case '+':
      mvx_verify_run_end_check (state, "ok", text, NULL);
      break;
    case '-':
      mvx_verify_run_end_check (state, "skipped", text, NULL);
      break;
    case '!':
      mvx_verify_run_end_check (state, "broken", text, NULL);
      break;
    default:
      break;
    }
}

static void
mvx_verify_run_take (MvxVerifyState *state, const char *data, gsize size)
{
  const char *end;

  g_string_append_len (state->pending, data, (gssize) size);
  while ((end = memchr (state->pending->str, '\n', state->pending->len)))
    {
      g_autofree char *line = g_strndup (state->pending->str, (gsize) (end - state->pending->str));

      g_string_erase (state->pending, 0, end - state->pending->str + 1);
      mvx_verify_run_take_line (state, line);
    }
}

/* Until the child has closed its end. FALSE: it said nothing for as long as a step may take. */
static gboolean
mvx_verify_run_read (MvxVerifyState *state, int fd, gint64 step_us)
{
  gint64 deadline = g_get_monotonic_time () + step_us;
  char buffer[4096];

  while (TRUE)
    {
      gint64 left = deadline - g_get_monotonic_time ();
      struct pollfd wait = { fd, POLLIN, 0 };
      gssize n;

      if (left <= 0)
        return FALSE;
      if (poll (&wait, 1, (int) MIN (left / 1000 + 1, G_MAXINT)) <= 0)
        continue;
      n = read (fd, buffer, sizeof buffer);
      if (n == 0 || (n < 0 && errno != EINTR))
        return TRUE;
      if (n > 0)
        mvx_verify_run_take (state, buffer, (gsize) n);
      deadline = g_get_monotonic_time () + step_us;
    }
}

/* The end of the child, if it was not in between checks that had their own. */
static void
mvx_verify_run_judge (MvxVerifyState *state, int status, gboolean in_time)
{
  const char *name = WIFSIGNALED (status) ? mvx_plugin_scan_signal (WTERMSIG (status)) : NULL;
  const char *doing = state->doing ? state->doing : "";
  const char *colon = state->doing ? ": " : "";
  const char *hint = NULL;
  g_autofree char *text = NULL;

  if (state->broken)
    return;
  if (!in_time)
    hint = N_ ("attach a debugger while it waits; if it is only slow, allow more with --step-timeout");
  else if (WIFSIGNALED (status) && !state->run->valgrind)
    hint = N_ ("--valgrind shows where, if valgrind is installed");
  if (!in_time)
    text = g_strdup_printf ("%s%sdid not come to an end within %" G_GINT64_FORMAT " s", doing, colon,
                            state->run->step_us / G_USEC_PER_SEC);
  else if (name)
    text = g_strdup_printf ("%s%scrashed (%s)", doing, colon, name);
  else if (WIFSIGNALED (status))
    text = g_strdup_printf ("%s%scrashed (signal %d)", doing, colon, WTERMSIG (status));
  else if (state->run->valgrind && WEXITSTATUS (status) == MVX_VERIFY_VALGRIND_STATUS)
    text = g_strdup ("valgrind found errors; it tells them above");
  else if (WEXITSTATUS (status) != 0 || g_strcmp0 (state->check, MVX_VERIFY_CHILD_LAST) != 0)
    text = g_strdup_printf ("%s%sended the process (status %d)", doing, colon, WEXITSTATUS (status));
  mvx_verify_run_end_check (state, text ? "broken" : "ok",
                            text                   ? text
                            : state->run->valgrind ? "the process ends, and valgrind found no error"
                                                   : "the process ends with the plugin in it",
                            hint);
}

static GPtrArray *
mvx_verify_run_command (const MvxVerifyRun *run, const char *path)
{
  static const char *const suppressions = "/usr/share/glib-2.0/valgrind/glib.supp";
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);
  char *self = g_file_read_link ("/proc/self/exe", NULL);

  if (run->valgrind)
    {
      g_ptr_array_add (argv, g_strdup ("valgrind"));
      g_ptr_array_add (argv, g_strdup ("-q"));
      g_ptr_array_add (argv, g_strdup_printf ("--error-exitcode=%d", MVX_VERIFY_VALGRIND_STATUS));
      g_ptr_array_add (argv, g_strdup ("--leak-check=full"));
      g_ptr_array_add (argv, g_strdup ("--show-leak-kinds=definite"));
      g_ptr_array_add (argv, g_strdup ("--errors-for-leak-kinds=definite"));
      if (g_file_test (suppressions, G_FILE_TEST_EXISTS))
        g_ptr_array_add (argv, g_strdup_printf ("--suppressions=%s", suppressions));
    }
  g_ptr_array_add (argv, self ? self : g_strdup ("mvxlog"));
  g_ptr_array_add (argv, g_strdup ("plugin"));
  g_ptr_array_add (argv, g_strdup (MVX_VERIFY_CHILD_COMMAND));
  g_ptr_array_add (argv, g_strdup (path));
  for (guint i = 0; run->options && run->options[i]; i++)
    g_ptr_array_add (argv, g_strdup (run->options[i]));
  g_ptr_array_add (argv, NULL);
  return argv;
}

static int
mvx_verify_run_remove_one (const char *path, const struct stat *info, int flag, struct FTW *walk)
{
  return remove (path);
}

static gboolean
mvx_verify_run_spawn (const MvxVerifyRun *run, const char *path, const char *folder, GPid *pid, int *fd, GError **error)
{
  g_autoptr (GPtrArray) argv = mvx_verify_run_command (run, path);
  const int target = MVX_VERIFY_CHILD_FD;
  int ends[2] = { -1, -1 };
  gboolean started;

  if (!g_unix_open_pipe (ends, FD_CLOEXEC, error))
    return FALSE;
  started
      = g_spawn_async_with_pipes_and_fds (folder, (const char *const *) argv->pdata, NULL,
                                          G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_SEARCH_PATH,
                                          NULL, NULL, -1, -1, -1, &ends[1], &target, 1, pid, NULL, NULL, NULL, error);
  close (ends[1]);
  if (started)
    *fd = ends[0];
  else
    close (ends[0]);
  return started;
}

gboolean
mvx_verify_run (const MvxVerifyRun *run, const char *path)
{
  MvxVerifyState state = { run, NULL, NULL, NULL, FALSE };
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("mvxlog-verify-XXXXXX", &error);
  gboolean in_time;
  int status = 0;
  GPid pid;
  int fd;

  if (folder == NULL || !mvx_verify_run_spawn (run, path, folder, &pid, &fd, &error))
    {
      g_autofree char *text = g_strdup_printf ("cannot start a process to verify it in: %s", error->message);

      mvx_verify_run_end_check (&state, "broken", text, NULL);
      return FALSE;
    }
  state.pending = g_string_new (NULL);
  in_time = mvx_verify_run_read (&state, fd, run->step_us * (run->valgrind ? MVX_VERIFY_VALGRIND_FACTOR : 1));
  close (fd);
  if (!in_time)
    kill (pid, SIGKILL);
  while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
    ;
  mvx_verify_run_judge (&state, status, in_time);
  nftw (folder, mvx_verify_run_remove_one, 16, FTW_DEPTH | FTW_PHYS);
  g_free (state.check);
  g_free (state.doing);
  g_string_free (state.pending, TRUE);
  return !state.broken;
}
