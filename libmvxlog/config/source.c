/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mvxlog/error.h>

#include "base/translate-private.h"
#include "config/source-private.h"

/* Asked of the open descriptor, so that what is checked is what is read. Symbolic links are followed and a group may
 * write: configuration management works that way; plugins are held to more (plugin/search). */
static gboolean
mvx_log_source_check (int fd, const char *what, const char *path, struct stat *info, GError **error)
{
  if (fstat (fd, info) != 0)
    {
      g_set_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_UNREADABLE, _ ("Cannot read %s '%s': %s"), what,
                   path, g_strerror (errno));
      return FALSE;
    }
  if (info->st_mode & S_IWOTH)
    {
      g_set_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_UNTRUSTED,
                   _ ("Refusing to read %s '%s': it is writable by every user (mode 0%o); run 'chmod o-w %s'"), what,
                   path, (guint) (info->st_mode & 07777), path);
      return FALSE;
    }
  if (info->st_uid != 0 && info->st_uid != geteuid ())
    {
      g_set_error (
          error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_UNTRUSTED,
          _ ("Refusing to read %s '%s': it belongs to user %u, neither to root nor to the user of this program "
             "(%u); run 'chown root %s'"),
          what, path, (guint) info->st_uid, (guint) geteuid (), path);
      return FALSE;
    }
  return TRUE;
}

static const char *
mvx_log_source_type (mode_t mode)
{
  if (S_ISDIR (mode))
    return "a directory";
  if (S_ISFIFO (mode))
    return "a FIFO";
  if (S_ISSOCK (mode))
    return "a socket";
  return "a device";
}

static void
mvx_log_source_set_errno (const char *path, int number, GError **error)
{
  if (number == ENOENT || number == ENOTDIR)
    g_set_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_NOT_FOUND,
                 _ ("Configuration file '%s' does not exist; create it or give another path"), path);
  else if (number == EACCES)
    g_set_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_UNREADABLE,
                 _ ("Cannot read configuration file '%s': %s; let user %u read it"), path, g_strerror (number),
                 (guint) geteuid ());
  else
    g_set_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_UNREADABLE,
                 _ ("Cannot read configuration file '%s': %s"), path, g_strerror (number));
}

static char *
mvx_log_source_read_fd (int fd, const char *path, gsize *length, GError **error)
{
  g_autofree char *data = g_malloc (MVX_LOG_SOURCE_MAX_SIZE + 2);
  gsize len = 0;

  while (len <= MVX_LOG_SOURCE_MAX_SIZE)
    {
      gssize n = read (fd, data + len, MVX_LOG_SOURCE_MAX_SIZE + 1 - len);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          mvx_log_source_set_errno (path, errno, error);
          return NULL;
        }
      if (n == 0)
        break;
      len += (gsize) n;
    }
  if (len > MVX_LOG_SOURCE_MAX_SIZE)
    {
      g_set_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_UNREADABLE,
                   _ ("Cannot read configuration file '%s': it is larger than 1 MiB; is it the right file?"), path);
      return NULL;
    }
  data[len] = '\0';
  *length = len;
  return g_realloc (g_steal_pointer (&data), len + 1);
}

char *
mvx_log_source_read (const char *path, gsize *length, GError **error)
{
  struct stat info;
  char *data = NULL;
  int fd;

  /* Non-blocking: opening a FIFO must not wait for a writer. */
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 && errno == ENXIO)
    {
      g_set_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_UNREADABLE,
                   _ ("Cannot read configuration file '%s': it is a socket, not a regular file"), path);
      return NULL;
    }
  if (fd < 0)
    {
      mvx_log_source_set_errno (path, errno, error);
      return NULL;
    }
  if (fstat (fd, &info) == 0 && !S_ISREG (info.st_mode))
    g_set_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_UNREADABLE,
                 _ ("Cannot read configuration file '%s': it is %s, not a regular file"), path,
                 mvx_log_source_type (info.st_mode));
  else if (mvx_log_source_check (fd, "configuration file", path, &info, error))
    data = mvx_log_source_read_fd (fd, path, length, error);
  close (fd);
  return data;
}

static gint
mvx_log_source_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
mvx_log_source_list (const char *directory, GError **error)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  struct dirent *entry;
  struct stat info;
  DIR *dir;

  dir = opendir (directory);
  if (dir == NULL && errno != ENOENT && errno != ENOTDIR)
    {
      g_set_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_UNREADABLE,
                   _ ("Cannot read configuration directory '%s': %s"), directory, g_strerror (errno));
      return NULL;
    }
  if (dir && !mvx_log_source_check (dirfd (dir), "configuration directory", directory, &info, error))
    {
      closedir (dir);
      return NULL;
    }
  while (dir && (entry = readdir (dir)))
    if (entry->d_name[0] != '.' && g_str_has_suffix (entry->d_name, ".conf"))
      g_ptr_array_add (paths, g_build_filename (directory, entry->d_name, NULL));
  if (dir)
    closedir (dir);
  g_ptr_array_sort (paths, mvx_log_source_compare);
  g_ptr_array_add (paths, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&paths), FALSE);
}
