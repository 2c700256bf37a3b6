/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "path.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As many as the kernel follows. */
#define MVX_PATH_MAX_LINKS 40

/* The directory's real place, as far as it exists: two ways to one file are one resource. */
static char *
mvx_path_resolve_directory (const char *directory)
{
  g_autofree char *parent = NULL;
  g_autofree char *base = NULL;
  g_autofree char *resolved_parent = NULL;
  char *real = realpath (directory, NULL);

  if (real)
    {
      char *copy = g_strdup (real);

      free (real);
      return copy;
    }
  parent = g_path_get_dirname (directory);
  if (strcmp (parent, directory) == 0)
    return g_strdup (directory);
  base = g_path_get_basename (directory);
  resolved_parent = mvx_path_resolve_directory (parent);
  return g_build_filename (resolved_parent, base, NULL);
}

char *
mvx_path_resolve (const char *text, const char *example, GError **error)
{
  g_autofree char *expanded = NULL;
  g_autofree char *absolute = NULL;
  g_autofree char *directory = NULL;
  g_autofree char *base = NULL;

  if (*text == '\0' || g_str_has_suffix (text, "/"))
    {
      g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                   "path: '%s' is not the name of a file; give one such as %s", text, example);
      return NULL;
    }
  if (g_str_has_prefix (text, "~/"))
    expanded = g_build_filename (g_get_home_dir (), text + 2, NULL);
  absolute = g_canonicalize_filename (expanded ? expanded : text, NULL);
  directory = g_path_get_dirname (absolute);
  base = g_path_get_basename (absolute);
  g_free (g_steal_pointer (&expanded));
  expanded = mvx_path_resolve_directory (directory);
  return g_build_filename (expanded, base, NULL);
}

static char *
mvx_path_follow_once (const char *path, const char *target)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *next = g_path_is_absolute (target) ? g_strdup (target) : g_build_filename (directory, target, NULL);
  g_autofree char *next_directory = g_path_get_dirname (next);
  g_autofree char *base = g_path_get_basename (next);
  g_autofree char *resolved = mvx_path_resolve_directory (next_directory);

  return g_build_filename (resolved, base, NULL);
}

char *
mvx_path_follow (const char *path)
{
  g_autofree char *at = g_strdup (path);
  char *real = realpath (path, NULL);

  if (real || access (path, F_OK) == 0)
    {
      g_free (at);
      at = g_strdup (real ? real : path);
      free (real);
      return g_steal_pointer (&at);
    }
  for (guint i = 0; i < MVX_PATH_MAX_LINKS; i++)
    {
      g_autofree char *target = g_file_read_link (at, NULL);
      char *next = target ? mvx_path_follow_once (at, target) : NULL;

      if (next == NULL)
        return g_steal_pointer (&at);
      g_free (at);
      at = next;
    }
  return g_strdup (path); /* a circle, as opening it will tell */
}

gboolean
mvx_path_parse_permissions (MvxLogOptions *options, const char *name, mode_t *permissions, GError **error)
{
  const char *text = mvx_log_options_get_string (options, name);
  guint64 value;

  if (g_ascii_string_to_unsigned (text, 8, 0, 0777, &value, NULL))
    {
      *permissions = (mode_t) value;
      return TRUE;
    }
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
               "%s: expected an octal mode from 0 to 0777 such as 0640, got '%s'", name, text);
  return FALSE;
}
