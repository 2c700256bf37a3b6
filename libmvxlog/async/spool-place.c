/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <unistd.h>

#include "async/spool-place-private.h"
#include "base/program-private.h"

static const char *
mvx_log_spool_place_getenv (char **environment, const char *name)
{
  const char *value = g_environ_getenv (environment, name);

  return value && g_path_is_absolute (value) ? value : NULL;
}

/* Two programs must not take each other for a former run of their own. */
static char *
mvx_log_spool_place_join (const char *state, const char *program)
{
  g_autofree char *name = g_strdelimit (g_strdup (program ? program : "unnamed"), "/", '_');

  return g_build_filename (state, "mvxlog", *name == '.' || *name == '\0' ? "unnamed" : name, "spool", NULL);
}

char *
mvx_log_spool_place_in (char **environment, guint user, const char *program)
{
  const char *state = mvx_log_spool_place_getenv (environment, "STATE_DIRECTORY");
  const char *home;
  g_autofree char *first = NULL;
  g_autofree char *local = NULL;

  if (state)
    {
      /* A service manager lists all of them, separated by colons. */
      first = g_strndup (state, strcspn (state, ":"));
      return g_build_filename (first, "spool", NULL);
    }
  if (user == 0)
    return mvx_log_spool_place_join ("/var/lib", program);
  state = mvx_log_spool_place_getenv (environment, "XDG_STATE_HOME");
  home = mvx_log_spool_place_getenv (environment, "HOME");
  if (state == NULL)
    state = local = g_build_filename (home ? home : g_get_home_dir (), ".local", "state", NULL);
  return mvx_log_spool_place_join (state, program);
}

char *
mvx_log_spool_place (const char *dir, const char *sink)
{
  g_auto (GStrv) environment = g_get_environ ();
  g_autofree char *root
      = dir ? g_strdup (dir) : mvx_log_spool_place_in (environment, geteuid (), mvx_log_program_get_name ());

  return g_build_filename (root, sink, NULL);
}
