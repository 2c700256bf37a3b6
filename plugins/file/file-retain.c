/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-retain.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sys/stat.h>

static void
mvx_file_retain_free_one (gpointer data)
{
  MvxFileRolled *rolled = data;

  g_free (rolled->path);
  g_free (rolled);
}

/* By the time of the rotation; one file in two forms (a crash came between) side by side. */
static gint
mvx_file_retain_compare (gconstpointer a, gconstpointer b)
{
  const MvxFileRolled *left = *(const MvxFileRolled *const *) a;
  const MvxFileRolled *right = *(const MvxFileRolled *const *) b;

  if (left->name.time_us != right->name.time_us)
    return left->name.time_us < right->name.time_us ? -1 : 1;
  if (left->name.n != right->name.n)
    return left->name.n < right->name.n ? -1 : 1;
  return (gint) left->name.kind - (gint) right->name.kind;
}

GPtrArray *
mvx_file_retain_list (const char *path, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, error);
  GPtrArray *files;
  const char *name;

  if (dir == NULL)
    return NULL;
  files = g_ptr_array_new_with_free_func (mvx_file_retain_free_one);
  while ((name = g_dir_read_name (dir)))
    {
      MvxFileRolled rolled = { 0 };
      struct stat info;

      if (!mvx_file_name_parse (path, name, &rolled.name))
        continue;
      rolled.path = g_build_filename (directory, name, NULL);
      if (lstat (rolled.path, &info) == 0 && S_ISREG (info.st_mode))
        {
          rolled.size = info.st_size;
          g_ptr_array_add (files, g_memdup2 (&rolled, sizeof rolled));
        }
      else
        g_free (rolled.path);
    }
  g_ptr_array_sort (files, mvx_file_retain_compare);
  return files;
}

GPtrArray *
mvx_file_retain_select (GPtrArray *files, gint64 max_count, gint64 max_age_us, gint64 max_size, gint64 now_us)
{
  GPtrArray *old = g_ptr_array_new_with_free_func (mvx_file_retain_free_one);
  gint64 size = 0;
  gint64 count = 0;
  guint n = files->len;

  /* From the newest; what is older than one that has to go has to go, too. */
  while (n > 0)
    {
      const MvxFileRolled *rolled = files->pdata[n - 1];

      size += rolled->size;
      count += rolled->name.kind != MVX_FILE_NAME_PARTIAL;
      if ((max_count > 0 && count > max_count) || (max_age_us > 0 && now_us - rolled->name.time_us > max_age_us)
          || (max_size > 0 && size > max_size))
        break;
      n--;
    }
  while (n-- > 0)
    g_ptr_array_add (old, g_ptr_array_steal_index (files, 0));
  return old;
}
