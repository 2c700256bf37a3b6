/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/auxv.h>
#endif

#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "base/atfork-private.h"
#include "base/diag-private.h"
#include "base/suggest-private.h"
#include "base/translate-private.h"
#include "plugin/search-private.h"
#include "plugin/trust-private.h"
#include "sink/builtin-private.h"

#define MVX_LOG_SEARCH_PREFIX "libmvxlog-"
#define MVX_LOG_SEARCH_SUFFIX ".so"
#define MVX_LOG_SEARCH_NAME_MAX 31

/* Plugins of this project: distributions package them one by one. */
static const char *const mvx_log_search_known[] = {
  "file", "journald", "syslog", "sqlite", "zmq", "redis", "kafka", "nats", "http", "gelf", "postgres", "mqtt", NULL,
};

static struct
{
  GMutex mutex;
  GPtrArray *paths;
  char **allowed; /* NULL: all are */
  int secure;
} mvx_log_search_state = { .secure = -1 };

MVX_LOG_FORK_LOCK (SEARCH, &mvx_log_search_state.mutex, NULL);

void
mvx_log_search_set_secure (int secure)
{
  g_atomic_int_set (&mvx_log_search_state.secure, secure);
}

gboolean
mvx_log_search_is_secure (void)
{
  int secure = g_atomic_int_get (&mvx_log_search_state.secure);

  if (secure >= 0)
    return secure != 0;
#if defined(__linux__)
  return getauxval (AT_SECURE) != 0;
#else
  return getuid () != geteuid () || getgid () != getegid ();
#endif
}

void
mvx_log_search_add_path (const char *directory)
{
  g_return_if_fail (directory != NULL && g_path_is_absolute (directory));

  g_mutex_lock (&mvx_log_search_state.mutex);
  if (mvx_log_search_state.paths == NULL)
    mvx_log_search_state.paths = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (mvx_log_search_state.paths, g_canonicalize_filename (directory, NULL));
  g_mutex_unlock (&mvx_log_search_state.mutex);
}

void
mvx_log_search_set_allowed (const char *const *names)
{
  char **old;

  g_mutex_lock (&mvx_log_search_state.mutex);
  old = mvx_log_search_state.allowed;
  mvx_log_search_state.allowed = g_strdupv ((char **) names);
  g_mutex_unlock (&mvx_log_search_state.mutex);
  g_strfreev (old);
}

void
mvx_log_search_reset (void)
{
  mvx_log_search_set_allowed (NULL);
  g_mutex_lock (&mvx_log_search_state.mutex);
  g_clear_pointer (&mvx_log_search_state.paths, g_ptr_array_unref);
  g_mutex_unlock (&mvx_log_search_state.mutex);
}

static gboolean
mvx_log_search_is_allowed (const char *name)
{
  gboolean allowed;

  g_mutex_lock (&mvx_log_search_state.mutex);
  allowed = mvx_log_search_state.allowed == NULL
            || g_strv_contains ((const char *const *) mvx_log_search_state.allowed, name);
  g_mutex_unlock (&mvx_log_search_state.mutex);
  return allowed;
}

static void
mvx_log_search_add_once (GPtrArray *path, const char *directory)
{
  g_autofree char *canonical = g_canonicalize_filename (directory, "/");

  if (!g_ptr_array_find_with_equal_func (path, canonical, g_str_equal, NULL))
    g_ptr_array_add (path, g_steal_pointer (&canonical));
}

/* FALSE if the variable is not set. */
static gboolean
mvx_log_search_add_environment (GPtrArray *path, const char *variable)
{
  const char *value = mvx_log_search_is_secure () ? NULL : g_getenv (variable);
  g_auto (GStrv) parts = NULL;

  if (value == NULL)
    return FALSE;
  parts = g_strsplit (value, G_SEARCHPATH_SEPARATOR_S, -1);
  for (guint i = 0; parts[i]; i++)
    {
      if (g_path_is_absolute (parts[i]))
        mvx_log_search_add_once (path, parts[i]);
      else if (*parts[i])
        mvx_log_diag (MVX_LOG_LEVEL_WARNING, "Ignoring '%s' in %s: it is not an absolute path; give the whole path",
                      parts[i], variable);
    }
  return TRUE;
}

char **
mvx_log_search_get_path (void)
{
  g_autoptr (GPtrArray) path = g_ptr_array_new_with_free_func (g_free);

  g_mutex_lock (&mvx_log_search_state.mutex);
  for (guint i = 0; mvx_log_search_state.paths && i < mvx_log_search_state.paths->len; i++)
    mvx_log_search_add_once (path, g_ptr_array_index (mvx_log_search_state.paths, i));
  g_mutex_unlock (&mvx_log_search_state.mutex);

  mvx_log_search_add_environment (path, "MVXLOG_PLUGIN_PATH");
  if (!mvx_log_search_add_environment (path, "MVXLOG_PLUGIN_SYSTEM_PATH"))
    mvx_log_search_add_once (path, MVX_LOG_PLUGINS_DIR);
  g_ptr_array_add (path, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&path), FALSE);
}

static gboolean
mvx_log_search_is_name (const char *name)
{
  gsize len;

  if (!g_ascii_islower (name[0]))
    return FALSE;
  for (len = 1; name[len]; len++)
    if (!g_ascii_islower (name[len]) && !g_ascii_isdigit (name[len]) && name[len] != '-')
      return FALSE;
  return len <= MVX_LOG_SEARCH_NAME_MAX;
}

gboolean
mvx_log_search_check_name (const char *name, GError **error)
{
  g_autofree char *shown = NULL;

  if (mvx_log_search_is_name (name))
    return TRUE;
  shown = g_utf8_make_valid (name, -1);
  g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_INVALID_NAME,
               _ ("'%s' is not a plugin name: it must be 1 to %d characters out of a-z, 0-9 and '-' and start with a "
                  "letter; give the NAME of libmvxlog-NAME.so"),
               shown, MVX_LOG_SEARCH_NAME_MAX);
  return FALSE;
}

char *
mvx_log_search_name_of (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *name = NULL;

  if (!g_str_has_prefix (base, MVX_LOG_SEARCH_PREFIX) || !g_str_has_suffix (base, MVX_LOG_SEARCH_SUFFIX))
    return NULL;
  if (strlen (base) <= strlen (MVX_LOG_SEARCH_PREFIX) + strlen (MVX_LOG_SEARCH_SUFFIX))
    return NULL;
  name = g_strndup (base + strlen (MVX_LOG_SEARCH_PREFIX),
                    strlen (base) - strlen (MVX_LOG_SEARCH_PREFIX) - strlen (MVX_LOG_SEARCH_SUFFIX));
  return mvx_log_search_is_name (name) ? g_steal_pointer (&name) : NULL;
}

static void
mvx_log_search_list_directory (const char *directory, GPtrArray *names)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *file;

  while (dir && (file = g_dir_read_name (dir)))
    {
      char *name = mvx_log_search_name_of (file);

      if (name && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
        g_ptr_array_add (names, name);
      else
        g_free (name);
    }
}

static int
mvx_log_search_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
mvx_log_search_list (void)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) path = mvx_log_search_get_path ();

  for (guint i = 0; mvx_log_builtin_plugins[i]; i++)
    g_ptr_array_add (names, g_strdup (mvx_log_builtin_plugins[i]->plugin->name));
  for (guint i = 0; path[i]; i++)
    mvx_log_search_list_directory (path[i], names);
  g_ptr_array_sort (names, mvx_log_search_compare);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

static void
mvx_log_search_not_found (const char *name, const char *const *path, GError **error)
{
  g_auto (GStrv) present = mvx_log_search_list ();
  g_autoptr (GPtrArray) candidates = g_ptr_array_new ();
  g_autofree char *directories = g_strjoinv (", ", (char **) path);
  g_autoptr (GString) text = g_string_new (NULL);
  const char *meant;
  const char *wanted;

  for (guint i = 0; present[i]; i++)
    g_ptr_array_add (candidates, present[i]);
  for (guint i = 0; mvx_log_search_known[i]; i++)
    g_ptr_array_add (candidates, (gpointer) mvx_log_search_known[i]);
  g_ptr_array_add (candidates, NULL);

  g_string_printf (text, "No plugin '%s' in %s", name, *directories ? directories : "an empty search path");
  meant = mvx_log_suggest (name, (const char *const *) candidates->pdata);
  wanted = g_strv_contains (mvx_log_search_known, name) ? name : meant;
  if (meant && wanted != name)
    g_string_append_printf (text, ". Did you mean '%s'?", meant);
  if (wanted && g_strv_contains (mvx_log_search_known, wanted)
      && !g_strv_contains ((const char *const *) present, wanted))
    g_string_append_printf (text, "%s It may be in a separate package", wanted == name ? "." : "");
  g_set_error_literal (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_NOT_FOUND, text->str);
}

char *
mvx_log_search_check_file (const char *path, struct stat *info, GError **error)
{
  return mvx_log_trust_check_file (path, _ ("load plugin"), info, error);
}

char *
mvx_log_search_find (const char *name, struct stat *info, GError **error)
{
  g_auto (GStrv) path = NULL;
  g_autofree char *file = NULL;

  if (!mvx_log_search_check_name (name, error))
    return NULL;
  if (!mvx_log_search_is_allowed (name))
    {
      g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_NOT_ALLOWED,
                   _ ("Plugin '%s' is not on the list of allowed plugins; add it there if it is wanted"), name);
      return NULL;
    }
  file = g_strdup_printf (MVX_LOG_SEARCH_PREFIX "%s" MVX_LOG_SEARCH_SUFFIX, name);
  path = mvx_log_search_get_path ();
  for (guint i = 0; path[i]; i++)
    {
      g_autofree char *candidate = g_build_filename (path[i], file, NULL);
      struct stat ignored;

      /* What is not there is looked for in the next directory; what cannot be looked at decides, by its error. */
      if (lstat (candidate, &ignored) != 0 && (errno == ENOENT || errno == ENOTDIR))
        continue;
      return mvx_log_search_check_file (candidate, info, error);
    }
  mvx_log_search_not_found (name, (const char *const *) path, error);
  return NULL;
}
