/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mvxlog/error.h>

#include "base/translate-private.h"
#include "plugin/trust-private.h"

static uid_t mvx_log_trust_user = (uid_t) -1;

void
mvx_log_trust_set_user (uid_t user)
{
  mvx_log_trust_user = user;
}

static uid_t
mvx_log_trust_get_user (void)
{
  return mvx_log_trust_user == (uid_t) -1 ? geteuid () : mvx_log_trust_user;
}

/* @subject is what the sentence says of the file: "it", or a quoted directory. */
static gboolean
mvx_log_trust_check_owner (const char *path,
                           const char *act,
                           const char *subject,
                           const char *target,
                           const struct stat *info,
                           gint code,
                           GError **error)
{
  uid_t user = mvx_log_trust_get_user ();

  if (info->st_uid == 0 || info->st_uid == user)
    return TRUE;
  g_set_error (error, MVX_LOG_PLUGIN_ERROR, code,
               _ ("Refusing to %s '%s': %s is owned by user %u, not by root or the user of this process (%u); "
                  "run 'chown root %s'"),
               act, path, subject, (guint) info->st_uid, (guint) user, target);
  return FALSE;
}

static gboolean
mvx_log_trust_check_mode (const char *path,
                          const char *act,
                          const char *subject,
                          const char *target,
                          const struct stat *info,
                          gint code,
                          GError **error)
{
  const char *who;
  char letter;

  if (info->st_mode & S_IWOTH)
    {
      who = _ ("every user");
      letter = 'o';
    }
  else if (info->st_mode & S_IWGRP)
    {
      who = _ ("its group");
      letter = 'g';
    }
  else
    return TRUE;
  g_set_error (error, MVX_LOG_PLUGIN_ERROR, code,
               _ ("Refusing to %s '%s': %s is writable by %s (mode %04o); run 'chmod %c-w %s'"), act, path, subject,
               who, (guint) info->st_mode & 07777, letter, target);
  return FALSE;
}

/* In a sticky directory of root nobody can rename what others own, so that it does as a parent of directories; the
 * directory of the file itself must not even be one where others can add files. */
static gboolean
mvx_log_trust_check_directory (const char *path,
                               const char *act,
                               const char *directory,
                               gboolean immediate,
                               GError **error)
{
  g_autofree char *subject = g_strdup_printf ("'%s'", directory);
  struct stat info;
  int saved;

  if (lstat (directory, &info) != 0)
    {
      saved = errno;
      g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_UNREADABLE,
                   _ ("Refusing to %s '%s': cannot look at directory '%s': %s; check the permissions of its parents"),
                   act, path, directory, g_strerror (saved));
      errno = saved;
      return FALSE;
    }
  if (!mvx_log_trust_check_owner (path, act, subject, directory, &info, MVX_LOG_PLUGIN_ERROR_UNTRUSTED_PARENT, error))
    return FALSE;
  if (!immediate && info.st_uid == 0 && (info.st_mode & S_ISVTX))
    return TRUE;
  return mvx_log_trust_check_mode (path, act, subject, directory, &info, MVX_LOG_PLUGIN_ERROR_UNTRUSTED_PARENT, error);
}

/* From the root down: what lies below an untrusted directory says nothing. */
static gboolean
mvx_log_trust_check_parents (const char *path, const char *act, const char *directory, GError **error)
{
  g_autofree char *prefix = g_strdup (directory);

  if (!mvx_log_trust_check_directory (path, act, "/", directory[1] == '\0', error))
    return FALSE;
  for (gsize i = 1; directory[1] != '\0'; i++)
    {
      if (directory[i] != '/' && directory[i] != '\0')
        continue;
      prefix[i] = '\0';
      if (!mvx_log_trust_check_directory (path, act, prefix, directory[i] == '\0', error))
        return FALSE;
      if (directory[i] == '\0')
        break;
      prefix[i] = '/';
    }
  return TRUE;
}

static const char *
mvx_log_trust_kind (const struct stat *info)
{
  if (S_ISDIR (info->st_mode))
    return _ ("a directory");
  if (S_ISFIFO (info->st_mode))
    return _ ("a FIFO");
  if (S_ISCHR (info->st_mode) || S_ISBLK (info->st_mode))
    return _ ("a device");
  return _ ("something else");
}

static gboolean
mvx_log_trust_open_failed (const char *path, const char *act, int code, GError **error)
{
  if (code == ELOOP || code == EMLINK)
    g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_SYMLINK,
                 _ ("Refusing to %s '%s': it is a symbolic link; put the file itself there"), act, path);
  else if (code == ENXIO)
    g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_NOT_REGULAR,
                 _ ("Refusing to %s '%s': it is not a regular file but something else; put the file itself there"), act,
                 path);
  else
    g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_UNREADABLE,
                 _ ("Refusing to %s '%s': cannot open it: %s; check that it exists and that this user may read it"),
                 act, path, g_strerror (code));
  errno = code;
  return FALSE;
}

/* Without blocking on a FIFO and without following a link. */
static gboolean
mvx_log_trust_stat (const char *path, const char *act, struct stat *info, GError **error)
{
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  int saved;

  if (fd < 0)
    return mvx_log_trust_open_failed (path, act, errno, error);
  if (fstat (fd, info) != 0)
    {
      saved = errno;
      close (fd);
      return mvx_log_trust_open_failed (path, act, saved, error);
    }
  close (fd);
  if (S_ISREG (info->st_mode))
    return TRUE;
  g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_NOT_REGULAR,
               _ ("Refusing to %s '%s': it is not a regular file but %s; put the file itself there"), act, path,
               mvx_log_trust_kind (info));
  return FALSE;
}

/* The directory may be reached through links (/lib is one on many systems); what counts is where it is. */
static char *
mvx_log_trust_canonical_directory (const char *path, const char *act, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);
  char *real = realpath (parent, NULL);
  char *directory;

  if (real == NULL)
    {
      mvx_log_trust_open_failed (path, act, errno, error);
      return NULL;
    }
  directory = g_strdup (real);
  free (real);
  return directory;
}

char *
mvx_log_trust_check_file (const char *path, const char *act, struct stat *info, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *basename = g_path_get_basename (absolute);
  g_autofree char *directory = mvx_log_trust_canonical_directory (absolute, act, error);
  g_autofree char *canonical = NULL;
  struct stat local;

  if (directory == NULL)
    return NULL;
  if (info == NULL)
    info = &local;
  canonical = g_build_filename (directory, basename, NULL);
  if (!mvx_log_trust_check_parents (canonical, act, directory, error)
      || !mvx_log_trust_stat (canonical, act, info, error)
      || !mvx_log_trust_check_owner (canonical, act, _ ("it"), canonical, info, MVX_LOG_PLUGIN_ERROR_UNTRUSTED_OWNER,
                                     error)
      || !mvx_log_trust_check_mode (canonical, act, _ ("it"), canonical, info, MVX_LOG_PLUGIN_ERROR_UNTRUSTED_MODE,
                                    error))
    return NULL;
  return g_steal_pointer (&canonical);
}
