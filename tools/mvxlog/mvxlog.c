/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mvxlog command: finds the subcommand and lets it run. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mvxlog/mvxlog.h>

#include "base/suggest-private.h"
#include "base/tool-i18n.h"
#include "tool.h"

typedef struct
{
  const char *name;
  int (*run) (int argc, char **argv);
  const char *summary;
} MvxToolCommand;

static const MvxToolCommand mvx_tool_commands[] = {
  { "check", mvx_tool_check, N_ ("Check configuration files") },
  { "emit", mvx_tool_emit, N_ ("Log a message, or each line of standard input") },
  { "exec", mvx_tool_exec, N_ ("Run a program and make events of its GLib messages") },
  { "explain", mvx_tool_explain, N_ ("Tell what an event's id means") },
  { "plugin", mvx_tool_plugin, N_ ("List and describe sink plugins") },
  { "receive", mvx_tool_receive, N_ ("Take events from other programs") },
  { "recover", mvx_tool_recover, N_ ("Deliver what killed programs had accepted") },
  { "spool", mvx_tool_spool, N_ ("Look at and after what sinks keep on disk") },
  { "top", mvx_tool_top, N_ ("Show how the sinks of running programs are") },
  { "view", mvx_tool_view, N_ ("Show, filter and follow logs") },
};

static void
mvx_tool_help (void)
{
  mvx_tool_out (_ ("Usage:\n  mvxlog COMMAND [OPTION...]\n\nCommands:\n"), -1);
  for (guint i = 0; i < G_N_ELEMENTS (mvx_tool_commands); i++)
    mvx_tool_outf ("  %-8s %s\n", mvx_tool_commands[i].name, _ (mvx_tool_commands[i].summary));
  mvx_tool_out (
      _ ("\nOptions:\n"
         "  -h, --help     Show this help; 'mvxlog COMMAND --help' tells about a command\n"
         "  --version      Show the version\n"
         "\n"
         "Exit status: 0 fine, 1 a problem was found, 2 wrong command line, 3 not delivered or not reachable.\n"),
      -1);
}

static int
mvx_tool_refuse (const char *word)
{
  const char *names[G_N_ELEMENTS (mvx_tool_commands) + 3] = { NULL };
  const gboolean option = *word == '-';
  const char *meant;
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (mvx_tool_commands) && !option; i++)
    names[n++] = mvx_tool_commands[i].name;
  if (option)
    names[n++] = "--version";
  names[n] = option ? "--help" : "help";
  meant = mvx_log_suggest (word, names);
  if (meant && option)
    return mvx_tool_usage_error (NULL, "unknown option '%s'; did you mean '%s'?", word, meant);
  if (meant)
    return mvx_tool_usage_error (NULL, "unknown command '%s'; did you mean '%s'?", word, meant);
  if (option)
    return mvx_tool_usage_error (NULL, "unknown option '%s'", word);
  return mvx_tool_usage_error (NULL, "unknown command '%s'", word);
}

static int
mvx_tool_run (int argc, char **argv)
{
  const char *word = argc > 1 ? argv[1] : NULL;

  if (word == NULL)
    return mvx_tool_usage_error (
        NULL, "which command? check, emit, exec, explain, plugin, receive, recover, spool, top or view");
  if (strcmp (word, "--version") == 0)
    {
      mvx_tool_out ("mvxlog " MVX_LOG_VERSION_S "\n", -1);
      return MVX_TOOL_OK;
    }
  if (strcmp (word, "help") == 0 && argc > 2)
    {
      static char help[] = "--help";
      char *swapped[] = { argv[0], argv[2], help, NULL };

      return mvx_tool_run (3, swapped);
    }
  if (strcmp (word, "--help") == 0 || strcmp (word, "-h") == 0 || strcmp (word, "help") == 0)
    {
      mvx_tool_help ();
      return MVX_TOOL_OK;
    }
  for (guint i = 0; i < G_N_ELEMENTS (mvx_tool_commands); i++)
    if (strcmp (word, mvx_tool_commands[i].name) == 0)
      return mvx_tool_commands[i].run (argc - 1, argv + 1);
  return mvx_tool_refuse (word);
}

/* Closed ones would become those of files and sockets, and what is printed would go there. Each is open the wrong way,
 * so that reading and writing fail as before. */
static void
mvx_tool_hold_standard_descriptors (void)
{
  static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0 && errno == EBADF && open ("/dev/null", modes[fd]) != fd)
      exit (MVX_TOOL_PROBLEM); /* without /dev/null, or a word */
}

int
main (int argc, char **argv)
{
  mvx_tool_hold_standard_descriptors ();
  /* `mvxlog view | head` ends quietly; writing says EPIPE. */
  signal (SIGPIPE, SIG_IGN);
  g_set_prgname ("mvxlog");
  mvx_tool_i18n_init ();
  return mvx_tool_finish (mvx_tool_run (argc, argv));
}
