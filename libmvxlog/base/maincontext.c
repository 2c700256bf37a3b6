/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/maincontext-private.h"

/* What a context needs, right before it is made: the moment in which another thread may take the last one is short. */
static gboolean
mvx_log_main_context_has_descriptor (GError **error)
{
  int fd = eventfd (0, EFD_CLOEXEC);

  if (fd >= 0)
    {
      close (fd);
      return TRUE;
    }
  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (errno), "%s; raise the limit of open files",
               g_strerror (errno));
  return FALSE;
}

gboolean
mvx_log_main_context_ensure_default (GError **error)
{
  static gint there; /* atomic; it never goes again */

  if (g_atomic_int_get (&there))
    return TRUE;
  if (!mvx_log_main_context_has_descriptor (error))
    return FALSE;
  g_main_context_default ();
  g_atomic_int_set (&there, 1);
  return TRUE;
}

GMainContext *
mvx_log_main_context_new (GError **error)
{
  if (!mvx_log_main_context_ensure_default (error) || !mvx_log_main_context_has_descriptor (error))
    return NULL;
  return g_main_context_new ();
}
