/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-compress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file-codec.h"
#include "file-name.h"

#define MVX_FILE_CHUNK 65536

const char *
mvx_file_compress_get_suffix (MvxFileCompression compression)
{
  switch (compression)
    {
    case MVX_FILE_COMPRESSION_GZIP:
      return ".gz";
    case MVX_FILE_COMPRESSION_ZSTD:
      return ".zst";
    default:
      return "";
    }
}

static gboolean
mvx_file_compress_fail (const char *path, int code, GError **error)
{
  g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (code),
               "Cannot compress log file '%s': %s; it stays as it is and is tried again after the next rotation", path,
               g_strerror (code));
  return FALSE;
}

static int
mvx_file_compress_put (int fd, const guint8 *data, gsize size)
{
  while (size > 0)
    {
      gssize n = write (fd, data, size);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return n == 0 ? EIO : errno;
      data += n;
      size -= (gsize) n;
    }
  return 0;
}

/* A piece of input; without any, all that is left behind it. */
static gboolean
mvx_file_compress_feed (MvxFileCodec *codec,
                        int to,
                        const guint8 *input,
                        gsize n_input,
                        const char *path,
                        GError **error)
{
  guint8 output[MVX_FILE_CHUNK];
  gboolean is_last = n_input == 0;
  gboolean is_finished = FALSE;

  while (is_last ? !is_finished : n_input > 0)
    {
      gsize n_read = 0;
      gsize n_written = 0;
      int code;

      if (!mvx_file_codec_step (codec, input, n_input, output, sizeof output, &n_read, &n_written, &is_finished, error))
        {
          g_prefix_error (error, "Cannot compress log file '%s': ", path);
          return FALSE;
        }
      input += n_read;
      n_input -= n_read;
      code = mvx_file_compress_put (to, output, n_written);
      if (code != 0)
        return mvx_file_compress_fail (path, code, error);
    }
  return TRUE;
}

static gboolean
mvx_file_compress_copy (MvxFileCodec *codec,
                        int from,
                        int to,
                        const char *path,
                        GCancellable *cancellable,
                        GError **error)
{
  guint8 input[MVX_FILE_CHUNK];
  gssize n;

  do
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      do
        n = read (from, input, sizeof input);
      while (n < 0 && errno == EINTR);
      if (n < 0)
        return mvx_file_compress_fail (path, errno, error);
      if (!mvx_file_compress_feed (codec, to, input, (gsize) n, path, error))
        return FALSE;
    }
  while (n > 0);
  return TRUE;
}

/* Whose it is, who may read it and how old it is stays the same. */
static int
mvx_file_compress_finish (int fd, const struct stat *info)
{
  const struct timespec times[2] = { info->st_atim, info->st_mtim };

  if (fchown (fd, info->st_uid, info->st_gid) != 0 && errno != EPERM)
    return errno;
  if (fchmod (fd, info->st_mode & 07777) != 0 || futimens (fd, times) != 0 || fsync (fd) != 0)
    return errno;
  return 0;
}

/* @path is complete as @partial now. Nothing was added meanwhile, or it stays. */
static gboolean
mvx_file_compress_replace (const char *path,
                           int from,
                           const struct stat *info,
                           const char *partial,
                           const char *target,
                           GError **error)
{
  struct stat now;

  if (fstat (from, &now) != 0 || now.st_size != info->st_size)
    return mvx_file_compress_fail (path, EBUSY, error);
  if (rename (partial, target) != 0 || unlink (path) != 0)
    return mvx_file_compress_fail (path, errno, error);
  return TRUE;
}

static gboolean
mvx_file_compress_into (const char *path,
                        int from,
                        const struct stat *info,
                        MvxFileCompression compression,
                        GCancellable *cancellable,
                        GError **error)
{
  g_autofree char *target = g_strconcat (path, mvx_file_compress_get_suffix (compression), NULL);
  g_autofree char *partial = g_strconcat (target, MVX_FILE_NAME_PARTIAL_SUFFIX, NULL);
  g_autoptr (MvxFileCodec) codec = mvx_file_codec_new (compression);
  gboolean success;
  int code;
  int to;

  unlink (partial); /* of a compression that did not come to its end */
  to = open (partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (to < 0)
    return mvx_file_compress_fail (path, errno, error);
  success = mvx_file_compress_copy (codec, from, to, path, cancellable, error);
  code = success ? mvx_file_compress_finish (to, info) : 0;
  close (to);
  success = success
            && (code != 0 ? mvx_file_compress_fail (path, code, error)
                          : mvx_file_compress_replace (path, from, info, partial, target, error));
  if (!success)
    unlink (partial);
  return success;
}

gboolean
mvx_file_compress (const char *path, MvxFileCompression compression, GCancellable *cancellable, GError **error)
{
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  gboolean success = TRUE;
  struct stat info;

  if (fd < 0)
    return errno == ENOENT || mvx_file_compress_fail (path, errno, error);
  /* Held by whoever compresses it, or still writes to it. */
  if (flock (fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
    {
      if (fstat (fd, &info) != 0)
        success = mvx_file_compress_fail (path, errno, error);
      else if (info.st_nlink > 0 && S_ISREG (info.st_mode))
        success = mvx_file_compress_into (path, fd, &info, compression, cancellable, error);
    }
  close (fd);
  return success;
}
