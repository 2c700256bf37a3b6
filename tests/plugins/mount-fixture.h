/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File systems of the test's own, in a mount namespace that is gone with it. */
#pragma once

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include <glib.h>

/* FALSE, and the test is skipped, where nobody may. */
static inline gboolean
mount_fixture_enter (void)
{
  static gboolean is_private;
  g_autofree char *reason = NULL;

  if (is_private
      || (unshare (CLONE_NEWNS) == 0 && mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0))
    {
      is_private = TRUE;
      return TRUE;
    }
  reason = g_strdup_printf ("cannot have a mount namespace: %s", g_strerror (errno));
  g_test_skip (reason);
  return FALSE;
}

static inline gboolean
mount_fixture_tmpfs (const char *directory,
                     const char *options)
{
  g_autofree char *reason = NULL;

  if (!mount_fixture_enter ())
    return FALSE;
  if (mount ("tmpfs", directory, "tmpfs", 0, options) == 0)
    return TRUE;
  reason = g_strdup_printf ("cannot mount tmpfs: %s", g_strerror (errno));
  g_test_skip (reason);
  return FALSE;
}
