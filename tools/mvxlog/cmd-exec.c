/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mvxlog exec: runs a program that knows nothing of us, and makes events of its GLib messages. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mvxlog/mvxlog.h>

#include "base/tool-i18n.h"
#include "tool.h"

/* As env(1) and timeout(1) have them. */
#define MVX_EXEC_CANNOT_RUN 126
#define MVX_EXEC_NOT_FOUND 127

static struct
{
  char *config;
  char *debug;
  gboolean tee;
} mvx_exec_options;

static const GOptionEntry mvx_exec_entries[] = {
  { "config", 'c', 0, G_OPTION_ARG_FILENAME, &mvx_exec_options.config,
    N_ ("Configuration file; default: MVXLOG_CONFIG, then PROGRAM.conf where configurations are looked for"), "FILE" },
  { "debug", 'd', 0, G_OPTION_ARG_FILENAME, &mvx_exec_options.debug,
    N_ ("Informational and debugging messages of these domains, too, or 'all'; sets G_MESSAGES_DEBUG"), "DOMAINS" },
  { "tee", 0, 0, G_OPTION_ARG_NONE, &mvx_exec_options.tee, N_ ("Let GLib print the messages, too"), NULL },
  { NULL },
};

static const MvxToolUsage mvx_exec_usage = {
  "exec",
  "-- PROGRAM [ARGUMENT...]",
  N_ ("Runs a program, and makes events of what it and its libraries log with GLib: g_log(), g_log_structured() and "
      "their\n"
      "relatives, and what GST_DEBUG asks of GStreamer. What the program starts is treated likewise."),
  N_ ("Writers and handlers of the program's own go on working. What is printed in any other way stays as it is.\n"
      "For example: mvxlog exec -c daemon.conf -d all -- rygel\n"
      "\n"
      "Exit status: that of PROGRAM, 1 for a configuration that is not valid, 2 for a wrong command line,\n"
      "126 if PROGRAM cannot be run so, 127 if there is no such program."),
  mvx_exec_entries,
};

/* Beside the library, or where a build has put it. */
static char *
mvx_exec_find_shim (void)
{
  const char *other = g_getenv ("MVXLOG_EXEC_SHIM");
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *bin = self ? g_path_get_dirname (self) : g_strdup (".");
  g_autofree char *path = NULL;

  if (other)
    return g_strdup (other);
  path = g_build_filename (bin, MVX_TOOL_SHIM, NULL);
  return g_canonicalize_filename (path, NULL);
}

/* The loader preloads nothing into a program that gets other rights. */
static gboolean
mvx_exec_gets_rights (const char *path)
{
  struct stat info;

  if (stat (path, &info) != 0 || (info.st_mode & (S_ISUID | S_ISGID)) == 0)
    return FALSE;
  return ((info.st_mode & S_ISUID) && info.st_uid != geteuid ())
         || ((info.st_mode & S_ISGID) && info.st_gid != getegid ());
}

static gboolean
mvx_exec_check_config (char **config)
{
  g_autoptr (GError) error = NULL;

  if (*config == NULL)
    return TRUE;
  if (!mvx_log_check_config_file (*config, FALSE, NULL, &error))
    {
      mvx_tool_error ("%s", error->message);
      return FALSE;
    }
  /* The program may go elsewhere before it logs. */
  *config = g_canonicalize_filename (*config, NULL);
  return TRUE;
}

static void
mvx_exec_set_environment (const char *shim)
{
  const char *others = g_getenv ("LD_PRELOAD");
  g_autofree char *preload = others && *others ? g_strdup_printf ("%s:%s", shim, others) : g_strdup (shim);

  g_setenv ("LD_PRELOAD", preload, TRUE);
  if (mvx_exec_options.config)
    g_setenv ("MVXLOG_CONFIG", mvx_exec_options.config, TRUE);
  if (mvx_exec_options.debug)
    g_setenv ("G_MESSAGES_DEBUG", mvx_exec_options.debug, TRUE);
  if (mvx_exec_options.tee)
    g_setenv ("MVXLOG_EXEC_TEE", "1", TRUE);
}

static int
mvx_exec_run (char **words)
{
  g_autofree char *shim = mvx_exec_find_shim ();
  /* A path is taken as it is: what is there and cannot be run is told by who tries. */
  g_autofree char *program = strchr (words[0], '/') && access (words[0], F_OK) == 0 ? g_strdup (words[0])
                                                                                    : g_find_program_in_path (words[0]);
  int problem;

  if (access (shim, R_OK) != 0)
    {
      mvx_tool_error ("'%s' cannot be read: %s; install mvxlog completely", shim, g_strerror (errno));
      return MVX_EXEC_CANNOT_RUN;
    }
  if (program == NULL)
    {
      mvx_tool_error ("there is no program '%s'", words[0]);
      return MVX_EXEC_NOT_FOUND;
    }
  if (mvx_exec_gets_rights (program))
    {
      mvx_tool_error ("'%s' runs with the rights of its owner, and nothing can be preloaded into such a program; run "
                      "mvxlog as that user",
                      program);
      return MVX_EXEC_CANNOT_RUN;
    }
  mvx_exec_set_environment (shim);
  execv (program, words);
  problem = errno;
  mvx_tool_error ("'%s' cannot be run: %s", program, g_strerror (problem));
  return MVX_EXEC_CANNOT_RUN;
}

/* How many words are ours: those before "--", or before the first that is no option. */
static int
mvx_exec_split (int argc, char **argv)
{
  int n = 1;

  while (n < argc && argv[n][0] == '-' && strcmp (argv[n], "--") != 0)
    {
      gboolean takes_word = strcmp (argv[n], "-c") == 0 || strcmp (argv[n], "--config") == 0
                            || strcmp (argv[n], "-d") == 0 || strcmp (argv[n], "--debug") == 0;

      n += takes_word ? 2 : 1;
    }
  return MIN (n, argc);
}

int
mvx_tool_exec (int argc, char **argv)
{
  int n_own = mvx_exec_split (argc, argv);
  char **words = argv + n_own;
  g_autofree char **own = g_new0 (char *, n_own + 1);
  char **rest = own;
  int status;

  memcpy (own, argv, sizeof (char *) * (gsize) n_own);
  if (*words && strcmp (*words, "--") == 0)
    words++;
  if (!mvx_tool_parse (&mvx_exec_usage, &n_own, &rest, &status))
    return status;
  if (*words == NULL)
    return mvx_tool_usage_error ("exec", "which program?");
  if (!mvx_exec_check_config (&mvx_exec_options.config))
    return MVX_TOOL_PROBLEM;
  return mvx_exec_run (words);
}
