/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "durable/spool-home-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "durable/disk-private.h"
#include "durable/spool-ack-private.h"
#include "durable/spool-segment-private.h"

#define MVX_LOG_SPOOL_LOCK "lock"

static gint
mvx_log_spool_home_compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* What stands in @dir besides "." and "..", sorted; NULL with errno. */
static GPtrArray *
mvx_log_spool_home_read_dir (int dir)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  int fd = mvx_log_disk_open (dir, ".", O_RDONLY | O_DIRECTORY);
  DIR *stream = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  if (stream == NULL)
    {
      mvx_log_disk_close (&fd);
      return NULL;
    }
  while ((entry = readdir (stream)))
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      g_ptr_array_add (names, g_strdup (entry->d_name));
  closedir (stream);
  g_ptr_array_sort (names, mvx_log_spool_home_compare_names);
  return g_steal_pointer (&names);
}

/* The lock of @dir, -1 with errno. EWOULDBLOCK: somebody else has it; ESTALE: it was removed while we waited. */
static int
mvx_log_spool_home_lock (int dir, gboolean wait)
{
  int fd = mvx_log_disk_open_lock (dir, MVX_LOG_SPOOL_LOCK);
  int saved;

  if (fd < 0 || (mvx_log_disk_lock (fd, wait) && mvx_log_disk_is_linked (fd)))
    return fd;
  saved = errno == EWOULDBLOCK ? EWOULDBLOCK : ESTALE;
  mvx_log_disk_close (&fd);
  errno = saved;
  return -1;
}

static MvxLogSpoolHome *
mvx_log_spool_home_alloc (const char *directory, const MvxLogStreamId *stream)
{
  MvxLogSpoolHome *self = g_new0 (MvxLogSpoolHome, 1);
  char name[MVX_LOG_STREAM_ID_DIGITS + 1];

  mvx_log_stream_id_print (stream, name);
  self->stream = *stream;
  self->path = g_build_filename (directory, name, NULL);
  self->root = self->fd = self->lock = -1;
  return self;
}

/* Makes the directory and takes its lock. The lock of all keeps anybody from finding one that is not locked yet. */
static gboolean
mvx_log_spool_home_make (MvxLogSpoolHome *self, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (self->path);
  g_autofree char *name = g_path_get_basename (self->path);
  int all = -1;

  self->root = mvx_log_disk_open_dir (directory, TRUE, error);
  if (self->root < 0)
    return FALSE;
  all = mvx_log_spool_home_lock (self->root, TRUE);
  if (all >= 0 && (mkdirat (self->root, name, 0700) == 0 || errno == EEXIST)
      && (self->fd = mvx_log_disk_open (self->root, name, O_RDONLY | O_DIRECTORY)) >= 0
      && (self->lock = mvx_log_spool_home_lock (self->fd, FALSE)) >= 0 && mvx_log_disk_sync_full (self->fd)
      && mvx_log_disk_sync_full (self->root))
    {
      mvx_log_disk_close (&all);
      return TRUE;
    }
  mvx_log_disk_set_error (error, errno, "Cannot make spool", directory, name);
  mvx_log_disk_close (&all);
  return FALSE;
}

MvxLogSpoolHome *
mvx_log_spool_home_new (const char *directory, GError **error)
{
  g_autoptr (MvxLogSpoolHome) self = NULL;
  MvxLogStreamId stream;

  mvx_log_stream_id_make (&stream);
  self = mvx_log_spool_home_alloc (directory, &stream);
  return mvx_log_spool_home_make (self, error) ? g_steal_pointer (&self) : NULL;
}

gboolean
mvx_log_spool_home_restore (MvxLogSpoolHome *self, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (self->path);
  g_autoptr (MvxLogSpoolHome) other = mvx_log_spool_home_alloc (directory, &self->stream);

  if (!mvx_log_spool_home_make (other, error))
    return FALSE;
  /* The numbers stay, for another thread may be using them just now. */
  if (dup3 (other->root, self->root, O_CLOEXEC) >= 0 && dup3 (other->fd, self->fd, O_CLOEXEC) >= 0
      && dup3 (other->lock, self->lock, O_CLOEXEC) >= 0)
    return TRUE;
  mvx_log_disk_set_error (error, errno, "Cannot make spool", self->path, NULL);
  return FALSE;
}

MvxLogSpoolHome *
mvx_log_spool_home_open (const char *directory, const char *stream, gboolean lock, GError **error)
{
  g_autoptr (MvxLogSpoolHome) self = NULL;
  MvxLogStreamId id;

  if (!mvx_log_stream_id_parse (&id, stream))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME, "'%s' is not the name of a spool's stream", stream);
      return NULL;
    }
  self = mvx_log_spool_home_alloc (directory, &id);
  self->root = mvx_log_disk_open_dir (directory, FALSE, error);
  if (self->root < 0)
    return NULL;
  self->fd = mvx_log_disk_open (self->root, stream, O_RDONLY | O_DIRECTORY);
  if (self->fd < 0)
    {
      mvx_log_disk_set_error (error, errno, "Cannot open spool", directory, stream);
      return NULL;
    }
  if (!lock || (self->lock = mvx_log_spool_home_lock (self->fd, FALSE)) >= 0)
    return g_steal_pointer (&self);
  if (errno == EWOULDBLOCK)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, "Spool '%s' belongs to a process that is running", self->path);
  else
    mvx_log_disk_set_error (error, errno, "Cannot lock spool", directory, stream);
  return NULL;
}

static GPtrArray *
mvx_log_spool_home_list_dir (int dir)
{
  g_autoptr (GPtrArray) names = mvx_log_spool_home_read_dir (dir);
  MvxLogStreamId id;

  for (guint i = names ? names->len : 0; i-- > 0;)
    if (!mvx_log_stream_id_parse (&id, g_ptr_array_index (names, i)))
      g_ptr_array_remove_index (names, i);
  return g_steal_pointer (&names);
}

GStrv
mvx_log_spool_home_list (const char *directory, GError **error)
{
  g_autoptr (GPtrArray) names = NULL;
  int root = mvx_log_disk_open_dir (directory, FALSE, error);

  if (root < 0)
    return NULL;
  names = mvx_log_spool_home_list_dir (root);
  if (names == NULL)
    mvx_log_disk_set_error (error, errno, "Cannot list spool", directory, NULL);
  mvx_log_disk_close (&root);
  if (names == NULL)
    return NULL;
  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

GPtrArray *
mvx_log_spool_home_adopt (const char *directory, GError **error)
{
  g_autoptr (GPtrArray) homes = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_spool_home_free);
  g_autoptr (GPtrArray) names = NULL;
  int root = mvx_log_disk_open_dir (directory, TRUE, error);
  int all = root >= 0 ? mvx_log_spool_home_lock (root, TRUE) : -1;

  if (all >= 0)
    names = mvx_log_spool_home_list_dir (root);
  if (root >= 0 && names == NULL)
    mvx_log_disk_set_error (error, errno, "Cannot list spool", directory, NULL);
  for (guint i = 0; names && i < names->len; i++)
    {
      MvxLogSpoolHome *home = mvx_log_spool_home_open (directory, g_ptr_array_index (names, i), TRUE, NULL);

      if (home)
        g_ptr_array_add (homes, home);
    }
  mvx_log_disk_close (&all);
  mvx_log_disk_close (&root);
  mvx_log_disk_fail_point ("adopt");
  return names ? g_steal_pointer (&homes) : NULL;
}

gboolean
mvx_log_spool_home_is_live (const char *directory, const char *stream)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogSpoolHome) home = mvx_log_spool_home_open (directory, stream, TRUE, &error);

  return home == NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY);
}

static gint
mvx_log_spool_home_compare_ids (gconstpointer a, gconstpointer b)
{
  guint64 x = *(const guint64 *) a;
  guint64 y = *(const guint64 *) b;

  return (x > y) - (x < y);
}

GArray *
mvx_log_spool_home_segments (MvxLogSpoolHome *self, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr (GPtrArray) names = mvx_log_spool_home_read_dir (self->fd);
  guint64 id;

  if (names == NULL)
    {
      mvx_log_disk_set_error (error, errno, "Cannot list spool", self->path, NULL);
      return NULL;
    }
  for (guint i = 0; i < names->len; i++)
    if (mvx_log_segment_parse_name (g_ptr_array_index (names, i), &id))
      g_array_append_val (ids, id);
  g_array_sort (ids, mvx_log_spool_home_compare_ids);
  return g_steal_pointer (&ids);
}

gboolean
mvx_log_spool_home_quarantine (MvxLogSpoolHome *self, const char *name)
{
  g_autofree char *bad = g_strconcat (name, ".bad", NULL);

  return renameat (self->fd, name, self->fd, bad) == 0;
}

gboolean
mvx_log_spool_home_remove (MvxLogSpoolHome *self)
{
  g_autofree char *name = g_path_get_basename (self->path);
  g_autoptr (GPtrArray) names = mvx_log_spool_home_read_dir (self->fd);

  for (guint i = 0; names && i < names->len; i++)
    if (strcmp (g_ptr_array_index (names, i), MVX_LOG_SPOOL_LOCK) != 0
        && strcmp (g_ptr_array_index (names, i), MVX_LOG_ACK_NAME) != 0)
      return FALSE;
  unlinkat (self->fd, MVX_LOG_ACK_NAME, 0);
  unlinkat (self->fd, MVX_LOG_SPOOL_LOCK, 0);
  return unlinkat (self->root, name, AT_REMOVEDIR) == 0 && mvx_log_disk_sync_full (self->root);
}

void
mvx_log_spool_home_free (MvxLogSpoolHome *self)
{
  mvx_log_disk_close (&self->lock);
  mvx_log_disk_close (&self->fd);
  mvx_log_disk_close (&self->root);
  g_free (self->path);
  g_free (self);
}
