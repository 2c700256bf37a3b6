/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* System calls of the spool, each finished or failed: interrupted and short ones are gone on with. All of them set errno.
 * Nothing is mapped into memory: a file that somebody cuts off would end the program (SIGBUS). */
#pragma once

#include <sys/uio.h>

#include <glib.h>

G_BEGIN_DECLS

/* Where tests break off. NULL, or called with the name of the point. */
extern void (*mvx_log_disk_fail_func) (const char *point);

static inline void
mvx_log_disk_fail_point (const char *point)
{
  if (G_UNLIKELY (mvx_log_disk_fail_func != NULL))
    mvx_log_disk_fail_func (point);
}

/* Opens a directory, the last part of whose path is no symbolic link. With @create it and its parents are made, private to
 * the user, and made durable with the directories that they stand in. -1 with an error. */
int      mvx_log_disk_open_dir  (const char         *path,
                                 gboolean            create,
                                 GError            **error);
/* Opens @name in @dir with @flags, O_NOFOLLOW | O_CLOEXEC and mode 0600. -1 with errno. */
int      mvx_log_disk_open      (int                 dir,
                                 const char         *name,
                                 int                 flags);
/* Opens an existing regular file of @dir for reading; anything else fails with ELOOP or EINVAL. */
int      mvx_log_disk_open_file (int                 dir,
                                 const char         *name);
/* Everything or nothing that counts: what a failed call has written is to be cut off or never read. Changes @parts. */
gboolean mvx_log_disk_write     (int                 fd,
                                 struct iovec       *parts,
                                 int                 n_parts,
                                 guint64             offset);
/* Bytes read, less than @size at the end of the file; -1 with errno. */
gssize   mvx_log_disk_read      (int                 fd,
                                 gpointer            bytes,
                                 gsize               size,
                                 guint64             offset);
gboolean mvx_log_disk_sync      (int                 fd);    /* fdatasync */
gboolean mvx_log_disk_sync_full (int                 fd);    /* fsync: files just made, directories */
gboolean mvx_log_disk_truncate  (int                 fd,
                                 guint64             size);
/* A file for the next one, made if need be. The children of fork() have no part in it, so that the lock ends with us. */
int      mvx_log_disk_open_lock (int                 dir,
                                 const char         *name);
gboolean mvx_log_disk_lock      (int                 fd,
                                 gboolean            wait);  /* flock, exclusive */
/* Space that unprivileged programs may use, and the size of the file system. */
gboolean mvx_log_disk_space     (int                 fd,
                                 guint64            *free_bytes,
                                 guint64            *all_bytes);
/* A part of the id of this run of the machine; 0: not known. */
guint64  mvx_log_disk_read_boot (void);
/* Does the file still stand in some directory? */
gboolean mvx_log_disk_is_linked (int                 fd);
void     mvx_log_disk_close     (int                *fd);    /* -1 is none, and it is -1 then */
/* Sets a G_IO_ERROR for @code, an errno: "WHAT 'DIR/NAME': REASON". @name may be NULL. */
void     mvx_log_disk_set_error (GError            **error,
                                 int                 code,
                                 const char         *what,
                                 const char         *dir,
                                 const char         *name);

G_END_DECLS
