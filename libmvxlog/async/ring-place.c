/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <unistd.h>

#include "async/ring-private.h"
#include "base/program-private.h"

static char *
mvx_log_ring_place_join (const char *runtime, const char *program)
{
  g_autofree char *name = g_strdelimit (g_strdup (program ? program : "unnamed"), "/", '_');

  return g_build_filename (runtime, "mvxlog", *name == '.' || *name == '\0' ? "unnamed" : name, "ring", NULL);
}

char *
mvx_log_ring_place_in (char **environment, guint user, const char *program)
{
  const char *runtime = g_environ_getenv (environment, "RUNTIME_DIRECTORY");
  g_autofree char *first = NULL;

  if (runtime && g_path_is_absolute (runtime))
    {
      /* A service manager lists all of them, separated by colons. */
      first = g_strndup (runtime, strcspn (runtime, ":"));
      return g_build_filename (first, "ring", NULL);
    }
  if (user == 0)
    return mvx_log_ring_place_join ("/run", program);
  runtime = g_environ_getenv (environment, "XDG_RUNTIME_DIR");
  return runtime && g_path_is_absolute (runtime) ? mvx_log_ring_place_join (runtime, program) : NULL;
}

char *
mvx_log_ring_place (const char *dir, const char *sink)
{
  g_auto (GStrv) environment = g_get_environ ();
  g_autofree char *root
      = dir ? g_strdup (dir) : mvx_log_ring_place_in (environment, geteuid (), mvx_log_program_get_name ());

  return root ? g_build_filename (root, sink, NULL) : NULL;
}
