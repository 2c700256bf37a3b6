/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <mvxlog/level.h>

#include "base/diag-private.h"
#include "config/locate-private.h"
#include "plugin/search-private.h"

#define MVX_LOG_LOCATE_SYSTEM_DIR "/etc"

/* The name becomes part of a path: it must not lead elsewhere. */
static gboolean
mvx_log_locate_is_name (const char *app)
{
  return app && *app && *app != '.' && strchr (app, '/') == NULL;
}

static void
mvx_log_locate_add (GPtrArray *paths, const char *directory, const char *file)
{
  char *path = g_build_filename (directory, "mvxlog", file, NULL);

  if (g_ptr_array_find_with_equal_func (paths, path, g_str_equal, NULL))
    g_free (path);
  else
    g_ptr_array_add (paths, path);
}

/* $XDG_CONFIG_HOME as it is now: GLib remembers what it was at first. */
static void
mvx_log_locate_add_user (GPtrArray *paths, const char *file)
{
  const char *config = g_getenv ("XDG_CONFIG_HOME");
  const char *home = g_getenv ("HOME");
  g_autofree char *directory = NULL;

  /* The specification of XDG directories: relative ones are to be ignored. */
  if (config && g_path_is_absolute (config))
    directory = g_strdup (config);
  else if (home && g_path_is_absolute (home))
    directory = g_build_filename (home, ".config", NULL);
  if (directory)
    mvx_log_locate_add (paths, directory, file);
}

static const char *
mvx_log_locate_environment (void)
{
  const char *path = mvx_log_search_is_secure () ? NULL : g_getenv ("MVXLOG_CONFIG");

  return path && *path ? path : NULL;
}

char **
mvx_log_locate_candidates (const char *app)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  const char *name = app ? app : g_get_prgname ();
  const char *given = mvx_log_locate_environment ();
  g_autofree char *file = NULL;

  if (given)
    g_ptr_array_add (paths, g_canonicalize_filename (given, NULL));
  else if (mvx_log_locate_is_name (name))
    {
      file = g_strconcat (name, ".conf", NULL);
      if (!mvx_log_search_is_secure ())
        mvx_log_locate_add_user (paths, file);
      mvx_log_locate_add (paths, MVX_LOG_SYSCONF_DIR, file);
      mvx_log_locate_add (paths, MVX_LOG_LOCATE_SYSTEM_DIR, file);
    }
  else if (name && *name)
    mvx_log_diag (MVX_LOG_LEVEL_WARNING,
                  "No configuration file is looked for: '%s' cannot be part of a file name; give mvx_log_init() a name "
                  "without '/' that does not start with '.'",
                  name);
  g_ptr_array_add (paths, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&paths), FALSE);
}

char *
mvx_log_locate (const char *app)
{
  g_auto (GStrv) paths = mvx_log_locate_candidates (app);

  if (mvx_log_locate_environment ())
    return g_strdup (paths[0]);
  for (guint i = 0; paths[i]; i++)
    {
      struct stat info;

      if (stat (paths[i], &info) == 0 || (errno != ENOENT && errno != ENOTDIR))
        return g_strdup (paths[i]);
    }
  return NULL;
}
