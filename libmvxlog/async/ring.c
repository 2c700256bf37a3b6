/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/ring-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "async/ring-names-private.h"
#include "base/atfork-private.h"
#include "base/cancel-private.h"
#include "durable/disk-private.h"

/* Of a message with a path. */
#define MVX_LOG_RING_PROBLEM 1024

/* There only in a program with LeakSanitizer, which does not look for pointers in what is mapped unless told to. */
void __lsan_register_root_region (const void *address, size_t size) __attribute__ ((weak));
void __lsan_unregister_root_region (const void *address, size_t size) __attribute__ ((weak));

typedef struct _MvxLogRingMap MvxLogRingMap;

struct _MvxLogRingMap
{
  MvxLogRingMap *next;
  gpointer address;
  const char *kind;
  gsize size;
  gsize head;
  guint32 slot;
};

struct _MvxLogRing
{
  MvxLogRing *next;
  MvxLogSpoolHome *home; /* NULL: retired, or of a parent */
  int names;
  guint64 names_size;
  guint32 last_slot;
  MvxLogRingMap *maps;
  char *problem; /* atomic */
  gboolean told; /* once is enough */
};

static GMutex mvx_log_ring_mutex;
static MvxLogRing *mvx_log_ring_list; /* with the mutex, as everything in them */

static void
mvx_log_ring_close (MvxLogRing *self)
{
  mvx_log_disk_close (&self->names);
  g_clear_pointer (&self->home, mvx_log_spool_home_free);
}

/* What the parent's lanes are stays the parent's: the child gets memory of its own in their place. The descriptors have
 * to go, for the lock lives as long as any of them. */
static void
mvx_log_ring_leave (MvxLogRing *self)
{
  for (const MvxLogRingMap *map = self->maps; map; map = map->next)
    {
      guint8 head[1024];

      memcpy (head, map->address, map->head);
      if (mmap (map->address, map->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
          != MAP_FAILED)
        memcpy (map->address, head, map->head);
    }
  mvx_log_ring_close (self);
}

static void
mvx_log_ring_fork (MvxLogForkStage stage)
{
  for (MvxLogRing *ring = mvx_log_ring_list; ring && stage == MVX_LOG_FORK_CHILD; ring = ring->next)
    mvx_log_ring_leave (ring);
}

MVX_LOG_FORK_LOCK (RING, &mvx_log_ring_mutex, mvx_log_ring_fork);

static void mvx_log_ring_note (MvxLogRing *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* With the mutex: whoever logs just now cannot tell. */
static void
mvx_log_ring_note (MvxLogRing *self, const char *format, ...)
{
  va_list args;
  char *text;

  if (self->told)
    return;
  self->told = TRUE;
  text = g_try_malloc (MVX_LOG_RING_PROBLEM);
  if (text == NULL)
    return;
  va_start (args, format);
  g_vsnprintf (text, MVX_LOG_RING_PROBLEM, format, args);
  va_end (args);
  __atomic_store_n (&self->problem, text, __ATOMIC_RELEASE);
}

static gboolean
mvx_log_ring_check_fd (int fd, const char *path, GError **error)
{
  struct stat info;

  if (fstat (fd, &info) != 0)
    mvx_log_disk_set_error (error, errno, "Cannot look at crash ring", path, NULL);
  else if (info.st_uid != geteuid ())
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 "Crash ring '%s' belongs to user %u, but the program runs as %u; remove it, or set crash-ring-dir",
                 path, info.st_uid, geteuid ());
  else if ((info.st_mode & 077) != 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 "Crash ring '%s' has mode %04o, so that others could change it; use 'chmod 0700', or set "
                 "crash-ring-dir",
                 path, info.st_mode & 07777);
  else
    return TRUE;
  return FALSE;
}

gboolean
mvx_log_ring_check (const char *directory, GError **error)
{
  int fd = mvx_log_disk_open_dir (directory, TRUE, error);
  gboolean fine;

  if (fd < 0)
    return FALSE;
  fine = mvx_log_ring_check_fd (fd, directory, error);
  mvx_log_disk_close (&fd);
  return fine;
}

/* FALSE with errno: going on would be a signal (SIGXFSZ), which is the program's, for its own thread is here. */
static gboolean
mvx_log_ring_may_grow (guint64 size)
{
  struct rlimit limit;

  errno = EFBIG;
  return getrlimit (RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || size <= limit.rlim_cur;
}

/* With the mutex. */
static void
mvx_log_ring_write_name (MvxLogRing *self, const MvxLogBuffer *entry)
{
  struct iovec part = { entry->data, entry->len };

  if (self->home == NULL)
    return;
  errno = ENOMEM;
  if (entry->len > 0 && mvx_log_ring_may_grow (self->names_size + entry->len)
      && mvx_log_disk_write (self->names, &part, 1, self->names_size))
    self->names_size += entry->len;
  else
    mvx_log_ring_note (self,
                       "'%s/" MVX_LOG_RING_NAMES "' cannot be written: %s; events of places in the program that "
                       "are new from now on are not recovered after a crash",
                       self->home->path, g_strerror (errno));
}

/* To all rings. Without bytes: there was no memory for them. */
static void
mvx_log_ring_add_name (MvxLogBuffer *entry)
{
  g_mutex_lock (&mvx_log_ring_mutex);
  for (MvxLogRing *ring = mvx_log_ring_list; ring; ring = ring->next)
    mvx_log_ring_write_name (ring, entry);
  g_mutex_unlock (&mvx_log_ring_mutex);
  mvx_log_buffer_clear (entry);
}

static void
mvx_log_ring_add_site (const MvxLogCallsite *site)
{
  MvxLogBuffer entry = MVX_LOG_BUFFER_INIT;

  if (mvx_log_ring_names_reserve_site (&entry, site))
    mvx_log_ring_names_put_site (&entry, site);
  mvx_log_ring_add_name (&entry);
}

static void
mvx_log_ring_add_symbol (const MvxLogSymbol *symbol)
{
  MvxLogBuffer entry = MVX_LOG_BUFFER_INIT;

  mvx_log_ring_names_put_symbol (&entry, symbol);
  mvx_log_ring_add_name (&entry);
}

/* What was named before the ring was in the list. What is named just now may be written twice. */
static void
mvx_log_ring_write_names (MvxLogRing *self)
{
  MvxLogBuffer entries = MVX_LOG_BUFFER_INIT;
  const MvxLogCallsite *site;
  const MvxLogSymbol *symbol;

  for (guint32 id = 1; (site = mvx_log_callsite_from_id (id)); id++)
    mvx_log_ring_names_put_site (&entries, site);
  for (guint32 id = 1; (symbol = mvx_log_symbol_from_id (id)); id++)
    mvx_log_ring_names_put_symbol (&entries, symbol);
  g_mutex_lock (&mvx_log_ring_mutex);
  if (entries.len > 0)
    mvx_log_ring_write_name (self, &entries);
  g_mutex_unlock (&mvx_log_ring_mutex);
  mvx_log_buffer_clear (&entries);
}

static void
mvx_log_ring_enter (MvxLogRing *self)
{
  mvx_log_callsite_set_added_func (mvx_log_ring_add_site);
  mvx_log_symbol_set_added_func (mvx_log_ring_add_symbol);
  g_mutex_lock (&mvx_log_ring_mutex);
  self->next = mvx_log_ring_list;
  mvx_log_ring_list = self;
  g_mutex_unlock (&mvx_log_ring_mutex);
  mvx_log_ring_write_names (self);
}

static gboolean
mvx_log_ring_begin_names (MvxLogRing *self, gsize lane_size, gsize segment_size, GError **error)
{
  MvxLogBuffer head = MVX_LOG_BUFFER_INIT;
  struct iovec part;
  gboolean fine;

  self->names = mvx_log_disk_open (self->home->fd, MVX_LOG_RING_NAMES, O_RDWR | O_CREAT | O_EXCL);
  mvx_log_ring_names_put_head (&head, lane_size, segment_size);
  part = (struct iovec){ head.data, head.len };
  self->names_size = head.len;
  fine = self->names >= 0 && mvx_log_ring_may_grow (head.len) && mvx_log_disk_write (self->names, &part, 1, 0);
  if (!fine)
    mvx_log_disk_set_error (error, errno, "Cannot make crash ring", self->home->path, MVX_LOG_RING_NAMES);
  mvx_log_buffer_clear (&head);
  return fine;
}

gboolean
mvx_log_ring_check_home (MvxLogSpoolHome *home, GError **error)
{
  g_autofree char *root = g_path_get_dirname (home->path);

  return mvx_log_ring_check_fd (home->root, root, error) && mvx_log_ring_check_fd (home->fd, home->path, error);
}

MvxLogRing *
mvx_log_ring_new (const char *directory, gsize lane_size, gsize segment_size, GError **error)
{
  MvxLogSpoolHome *home;
  MvxLogRing *self;

  if (!mvx_log_ring_check (directory, error))
    return NULL;
  home = mvx_log_spool_home_new (directory, error);
  if (home == NULL)
    return NULL;
  if (!mvx_log_ring_check_home (home, error))
    {
      mvx_log_spool_home_free (home);
      return NULL;
    }
  self = g_new0 (MvxLogRing, 1);
  self->home = home;
  self->names = -1;
  if (mvx_log_ring_begin_names (self, lane_size, segment_size, error))
    {
      mvx_log_ring_enter (self);
      return self;
    }
  mvx_log_ring_free (self);
  return NULL;
}

/* A new file all of whose bytes are there, mapped. NULL with errno. */
static gpointer
mvx_log_ring_map_file (MvxLogRing *self, const char *name, gsize size)
{
  gpointer address = MAP_FAILED;
  int code;
  int fd;

  if (!mvx_log_ring_may_grow (size))
    return NULL;
  fd = mvx_log_disk_open (self->home->fd, name, O_RDWR | O_CREAT | O_EXCL);
  if (fd < 0)
    return NULL;
  do
    code = posix_fallocate (fd, 0, (off_t) size);
  while (code == EINTR);
  if (code == 0)
    {
      address = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
      code = errno;
    }
  mvx_log_disk_close (&fd);
  if (address != MAP_FAILED)
    return address;
  unlinkat (self->home->fd, name, 0);
  errno = code;
  return NULL;
}

static void
mvx_log_ring_name (char name[32], guint32 slot, const char *kind)
{
  g_snprintf (name, 32, "%08x.%s", slot, kind);
}

/* With the mutex. NULL with errno. A logging call may be here, so that nothing ends the program if there is no memory.
 */
static MvxLogRingMap *
mvx_log_ring_add_map (MvxLogRing *self, const char *kind, gsize size, gsize head)
{
  MvxLogRingMap *map = g_try_new0 (MvxLogRingMap, 1);
  char name[32];

  errno = ENOMEM;
  if (map == NULL)
    return NULL;
  *map = (MvxLogRingMap){ self->maps, NULL, kind, size, head, self->last_slot + 1 };
  mvx_log_ring_name (name, map->slot, kind);
  map->address = mvx_log_ring_map_file (self, name, size);
  if (map->address == NULL)
    {
      g_free (map);
      return NULL;
    }
  if (__lsan_register_root_region && head > 0)
    __lsan_register_root_region (map->address, head);
  self->last_slot++;
  self->maps = map;
  return map;
}

gpointer
mvx_log_ring_map (MvxLogRing *self, const char *kind, gsize size, gsize head, guint32 *slot)
{
  const MvxLogRingMap *map = NULL;
  gpointer address = NULL;
  int before = mvx_log_cancel_defer (); /* a logging call makes files here, with a queue's mutex */

  *slot = 0;
  g_mutex_lock (&mvx_log_ring_mutex);
  if (self->home)
    {
      map = mvx_log_ring_add_map (self, kind, size, head);
      if (map == NULL)
        mvx_log_ring_note (self, "'%s' has no room for more: %s; what waits beyond that does not survive a crash",
                           self->home->path, g_strerror (errno));
    }
  if (map)
    {
      *slot = map->slot;
      address = map->address;
    }
  g_mutex_unlock (&mvx_log_ring_mutex);
  mvx_log_cancel_allow (before);
  return address;
}

/* With the mutex. */
static void
mvx_log_ring_unlink (MvxLogRing *self, const MvxLogRingMap *map)
{
  char name[32];

  mvx_log_ring_name (name, map->slot, map->kind);
  unlinkat (self->home->fd, name, 0);
}

void
mvx_log_ring_unmap (MvxLogRing *self, gpointer address)
{
  MvxLogRingMap **link = &self->maps;
  MvxLogRingMap *map;

  g_mutex_lock (&mvx_log_ring_mutex);
  while ((*link)->address != address)
    link = &(*link)->next;
  map = *link;
  *link = map->next;
  if (self->home)
    mvx_log_ring_unlink (self, map);
  if (__lsan_unregister_root_region && map->head > 0)
    __lsan_unregister_root_region (address, map->head);
  munmap (address, map->size);
  g_free (map);
  g_mutex_unlock (&mvx_log_ring_mutex);
}

char *
mvx_log_ring_take_problem (MvxLogRing *self)
{
  /* Nearly always there is none; who looks again sees what it missed. */
  if (G_LIKELY (__atomic_load_n (&self->problem, __ATOMIC_RELAXED) == NULL))
    return NULL;
  return __atomic_exchange_n (&self->problem, NULL, __ATOMIC_ACQ_REL);
}

void
mvx_log_ring_retire (MvxLogRing *self)
{
  g_mutex_lock (&mvx_log_ring_mutex);
  if (self->home)
    {
      for (const MvxLogRingMap *map = self->maps; map; map = map->next)
        mvx_log_ring_unlink (self, map);
      unlinkat (self->home->fd, MVX_LOG_RING_NAMES, 0);
      mvx_log_spool_home_remove (self->home);
      mvx_log_ring_close (self);
    }
  g_mutex_unlock (&mvx_log_ring_mutex);
}

void
mvx_log_ring_free (MvxLogRing *self)
{
  mvx_log_ring_retire (self);
  g_mutex_lock (&mvx_log_ring_mutex);
  for (MvxLogRing **link = &mvx_log_ring_list; *link; link = &(*link)->next)
    if (*link == self)
      {
        *link = self->next;
        break;
      }
  g_mutex_unlock (&mvx_log_ring_mutex);
  g_free (self->problem);
  g_free (self);
}
