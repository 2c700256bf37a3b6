/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-trouble.h"

#define MVX_FILE_TROUBLE_PAUSE_US (60 * G_USEC_PER_SEC)

void
mvx_file_trouble_tell (MvxFileTrouble *self, const GError *error)
{
  gint64 now = g_get_monotonic_time ();

  if (g_strcmp0 (self->last, error->message) == 0 && now - self->told_us < MVX_FILE_TROUBLE_PAUSE_US)
    return;
  g_free (self->last);
  self->last = g_strdup (error->message);
  self->told_us = now;
  mvx_log_sink_host_diagnose (self->host, MVX_LOG_LEVEL_WARNING, error->message);
}

void
mvx_file_trouble_clear (MvxFileTrouble *self)
{
  g_clear_pointer (&self->last, g_free);
}
