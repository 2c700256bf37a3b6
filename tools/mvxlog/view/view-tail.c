/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "view/view-tail.h"

#define MVX_VIEW_TAIL_CHUNK (64 * 1024)

MvxViewTail *
mvx_view_tail_new (const char *path, gsize limit, MvxToolLineFunc func, gpointer data)
{
  MvxViewTail *tail = g_new0 (MvxViewTail, 1);

  tail->path = g_strdup (path);
  tail->fd = -1;
  tail->old_fd = -1;
  mvx_tool_lines_init (&tail->lines, limit, func, data);
  mvx_tool_lines_init (&tail->old_lines, limit, func, data);
  return tail;
}

void
mvx_view_tail_free (MvxViewTail *tail)
{
  if (tail->fd >= 0)
    close (tail->fd);
  if (tail->old_fd >= 0)
    close (tail->old_fd);
  mvx_tool_lines_clear (&tail->lines);
  mvx_tool_lines_clear (&tail->old_lines);
  g_free (tail->path);
  g_free (tail);
}

gboolean
mvx_view_tail_open (MvxViewTail *tail)
{
  struct stat info;
  int fd = open (tail->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

  if (fd < 0)
    return FALSE;
  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode))
    {
      errno = S_ISDIR (info.st_mode) ? EISDIR : EINVAL;
      close (fd);
      return FALSE;
    }
  tail->fd = fd;
  tail->device = info.st_dev;
  tail->inode = info.st_ino;
  tail->offset = 0;
  tail->n_head = 0;
  return TRUE;
}

/* Bytes at @offset, 0 at the end or on an error. */
static gsize
mvx_view_tail_pread (int fd, char *buffer, gsize size, goffset offset)
{
  gssize n;

  do
    n = pread (fd, buffer, size, (off_t) offset);
  while (n < 0 && errno == EINTR);
  return n > 0 ? (gsize) n : 0;
}

static void
mvx_view_tail_drain (int fd, goffset *offset, MvxToolLines *lines)
{
  g_autofree char *buffer = g_malloc (MVX_VIEW_TAIL_CHUNK);
  gsize n;

  while ((n = mvx_view_tail_pread (fd, buffer, MVX_VIEW_TAIL_CHUNK, *offset)) > 0)
    {
      mvx_tool_lines_feed (lines, buffer, n);
      *offset += (goffset) n;
    }
}

static gboolean
mvx_view_tail_was_cut (MvxViewTail *tail)
{
  char head[MVX_VIEW_TAIL_HEAD];
  struct stat info;

  if (fstat (tail->fd, &info) != 0)
    return FALSE;
  if (info.st_size < tail->offset)
    return TRUE;
  return tail->n_head > 0
         && (mvx_view_tail_pread (tail->fd, head, tail->n_head, 0) != tail->n_head
             || memcmp (head, tail->head, tail->n_head) != 0);
}

static void
mvx_view_tail_read (MvxViewTail *tail)
{
  mvx_view_tail_drain (tail->fd, &tail->offset, &tail->lines);
  if (tail->n_head < MVX_VIEW_TAIL_HEAD)
    {
      gsize n = (gsize) MIN (tail->offset, MVX_VIEW_TAIL_HEAD);

      tail->n_head = mvx_view_tail_pread (tail->fd, tail->head, n, 0);
    }
}

static void
mvx_view_tail_drop_old (MvxViewTail *tail)
{
  if (tail->old_fd < 0)
    return;
  mvx_view_tail_drain (tail->old_fd, &tail->old_offset, &tail->old_lines);
  mvx_tool_lines_finish (&tail->old_lines);
  close (tail->old_fd);
  tail->old_fd = -1;
}

/* The file was renamed or removed. Its writer may not have noticed: it is read on as long as it exists, until the next
 * one is retired. */
static void
mvx_view_tail_retire (MvxViewTail *tail)
{
  GString *pending = tail->old_lines.pending;

  mvx_view_tail_drop_old (tail);
  tail->old_fd = tail->fd;
  tail->old_offset = tail->offset;
  tail->old_lines.pending = tail->lines.pending;
  tail->old_lines.skipping = tail->lines.skipping;
  tail->lines.pending = pending;
  tail->lines.skipping = FALSE;
  tail->fd = -1;
}

/* What has the name now? */
static MvxViewTailChange
mvx_view_tail_look (MvxViewTail *tail)
{
  struct stat info;
  gboolean had = tail->fd >= 0;

  if (stat (tail->path, &info) != 0)
    {
      if (had)
        mvx_view_tail_retire (tail);
      return had || !tail->said_missing ? MVX_VIEW_TAIL_MISSING : MVX_VIEW_TAIL_SAME;
    }
  if (had && info.st_dev == tail->device && info.st_ino == tail->inode)
    return MVX_VIEW_TAIL_SAME;
  if (had)
    mvx_view_tail_retire (tail);
  if (mvx_view_tail_open (tail))
    return had ? MVX_VIEW_TAIL_REPLACED : MVX_VIEW_TAIL_APPEARED;
  tail->error = errno;
  return tail->said_missing ? MVX_VIEW_TAIL_SAME : MVX_VIEW_TAIL_FAILED;
}

MvxViewTailChange
mvx_view_tail_poke (MvxViewTail *tail)
{
  MvxViewTailChange change = MVX_VIEW_TAIL_SAME;
  MvxViewTailChange name;
  struct stat info;

  if (tail->fd >= 0 && mvx_view_tail_was_cut (tail))
    {
      /* What was read of a last line is all there will ever be of it. */
      mvx_tool_lines_finish (&tail->lines);
      tail->offset = 0;
      tail->n_head = 0;
      change = MVX_VIEW_TAIL_TRUNCATED;
    }
  if (tail->fd >= 0)
    mvx_view_tail_read (tail);
  name = mvx_view_tail_look (tail);
  if (tail->old_fd >= 0)
    {
      mvx_view_tail_drain (tail->old_fd, &tail->old_offset, &tail->old_lines);
      if (tail->fd >= 0 && fstat (tail->old_fd, &info) == 0 && info.st_nlink == 0)
        mvx_view_tail_drop_old (tail);
    }
  if (tail->fd >= 0 && name != MVX_VIEW_TAIL_SAME)
    mvx_view_tail_read (tail);
  tail->said_missing = tail->fd < 0;
  return name != MVX_VIEW_TAIL_SAME ? name : change;
}

void
mvx_view_tail_last (MvxViewTail *tail, gint64 n)
{
  g_autofree char *buffer = g_malloc (MVX_VIEW_TAIL_CHUNK);
  goffset end = lseek (tail->fd, 0, SEEK_END);
  goffset at = end;

  if (n == 0)
    tail->offset = end;
  /* The newline at the very end closes the last line, it does not begin another. */
  while (at > 0 && n > 0)
    {
      gsize size = (gsize) MIN (at, MVX_VIEW_TAIL_CHUNK);
      gsize got = mvx_view_tail_pread (tail->fd, buffer, size, at - (goffset) size);

      if (got != size)
        break;
      at -= (goffset) size;
      while (got > 0)
        {
          got--;
          if (buffer[got] != '\n' || at + (goffset) got + 1 == end || --n > 0)
            continue;
          tail->offset = at + (goffset) got + 1;
          return;
        }
    }
}
