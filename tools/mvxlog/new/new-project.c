/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

#include <mvxlog/mvxlog.h>

#include "new/new-project.h"
#include "template-resources.h"

#define MVX_NEW_NAME_MAX 31
#define MVX_NEW_RESOURCES "/org/mvxlog/template/"

char *
mvx_new_project_check_name (const char *name)
{
  g_auto (GStrv) taken = NULL;

  if (!g_ascii_islower (*name) || name[strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0'
      || strlen (name) > MVX_NEW_NAME_MAX)
    return g_strdup_printf ("'%s' is no name for a plugin; use 1 to %d characters out of a-z, 0-9 and '-', "
                            "with a letter first",
                            name, MVX_NEW_NAME_MAX);
  if (g_str_has_prefix (name, "mvx"))
    return g_strdup_printf ("'%s': names that begin with 'mvx' are the library's own; choose another one", name);
  taken = mvx_log_list_plugins ();
  if (g_strv_contains ((const char *const *) taken, name))
    return g_strdup_printf ("there is a plugin '%s' already, see 'mvxlog plugin inspect %s'; choose another name", name,
                            name);
  return NULL;
}

/* "my-plug" as MyPlug. */
static char *
mvx_new_project_type (const char *name)
{
  GString *type = g_string_new (NULL);
  gboolean upper = TRUE;

  for (; *name; name++)
    {
      if (*name != '-')
        g_string_append_c (type, upper ? g_ascii_toupper (*name) : *name);
      upper = *name == '-';
    }
  return g_string_free (type, FALSE);
}

static char *
mvx_new_project_fill (const MvxNewProject *project, const char *text, gsize size)
{
  GString *filled = g_string_new_len (text, (gssize) size);
  g_autofree char *ident = g_strdelimit (g_strdup (project->name), "-", '_');
  g_autofree char *type = mvx_new_project_type (project->name);

  g_string_replace (filled, "@name@", project->name, 0);
  g_string_replace (filled, "@ident@", ident, 0);
  g_string_replace (filled, "@Type@", type, 0);
  g_string_replace (filled, "@licence@", project->licence, 0);
  g_string_replace (filled, "@version@", MVX_LOG_VERSION_S, 0);
  return g_string_free (filled, FALSE);
}

/* The files of one folder of templates; NAME in their names is the plugin's. */
static gboolean
mvx_new_project_write_from (const MvxNewProject *project, const char *from, GPtrArray *written, GError **error)
{
  GResource *resource = template_resources_get_resource ();
  g_autofree char *folder = g_strconcat (MVX_NEW_RESOURCES, from, "/", NULL);
  g_auto (GStrv) names = g_resource_enumerate_children (resource, folder, G_RESOURCE_LOOKUP_FLAGS_NONE, error);

  for (guint i = 0; names && names[i]; i++)
    {
      g_autofree char *path = g_strconcat (folder, names[i], NULL);
      g_autoptr (GBytes) data = g_resource_lookup_data (resource, path, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
      g_autoptr (GString) name = g_string_new (names[i]);
      g_autofree char *target = NULL;
      g_autofree char *text = NULL;

      if (data == NULL)
        return FALSE;
      g_string_replace (name, "NAME", project->name, 0);
      target = g_build_filename (project->folder, name->str, NULL);
      text = mvx_new_project_fill (project, g_bytes_get_data (data, NULL), g_bytes_get_size (data));
      if (!g_file_set_contents_full (target, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, error))
        return FALSE;
      g_ptr_array_add (written, g_steal_pointer (&target));
    }
  return names != NULL;
}

static int
mvx_new_project_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

gboolean
mvx_new_project_write (const MvxNewProject *project, GPtrArray *written, GError **error)
{
  if (g_mkdir (project->folder, 0755) != 0)
    {
      int number = errno;

      if (number == EEXIST)
        g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                     "'%s' is there already; nothing was written, name another folder with --directory",
                     project->folder);
      else
        g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (number), "cannot make the folder '%s': %s",
                     project->folder, g_strerror (number));
      return FALSE;
    }
  if (!mvx_new_project_write_from (project, "common", written, error)
      || !mvx_new_project_write_from (project, project->language, written, error))
    return FALSE;
  g_ptr_array_sort (written, mvx_new_project_compare);
  return TRUE;
}
