/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes a line per event into a FIFO: while that is full and nobody reads it, dispatch does not return. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#ifndef MVX_LOG_PLUGIN_COMPILATION
#define MVX_LOG_PLUGIN_COMPILATION
#endif
#include <mvxlog/mvxlog.h>

#ifndef BROKEN_NAME
#define BROKEN_NAME "dispatch-block"
#define BROKEN_FLAGS MVX_LOG_PLUGIN_ASYNC
#endif

static const MvxLogOptionSpec broken_options[] = {
  { "path", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_REQUIRED, NULL, 0, 0, NULL, "FIFO to write to", { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static void
broken_destroy (gpointer instance)
{
  close (*(int *) instance);
  g_free (instance);
}

MVX_LOG_PLUGIN_DEFINE (BROKEN_NAME,
                       "1.0",
                       "For tests of what is stuck",
                       "LGPL-2.1-or-later",
                       BROKEN_FLAGS,
                       broken_options,
                       broken_destroy);

MvxLogSinkDescriptor *
build_descriptor (MvxLogOptions *options, GError **error)
{
  return mvx_log_sink_descriptor_new (BROKEN_NAME, g_variant_new_string (mvx_log_options_get_string (options, "path")),
                                      NULL);
}

gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  int fd = open (mvx_log_options_get_string (options, "path"), O_WRONLY | O_CLOEXEC);

  if (fd >= 0)
    return g_memdup2 (&fd, sizeof fd);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot open the FIFO: %s", g_strerror (errno));
  return NULL;
}

/* All of it: where a signal ends a write(2), a part is in the FIFO. */
static gboolean
write_all (int fd, const char *text, GError **error)
{
  while (*text)
    {
      gssize n = write (fd, text, strlen (text));

      if (n >= 0)
        text += n;
      else if (errno != EINTR)
        {
          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot write: %s", g_strerror (errno));
          return FALSE;
        }
    }
  return TRUE;
}

MvxLogDispatchResult
dispatch_core (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  for (*n_done = 0; *n_done < n_events; (*n_done)++)
    {
      g_autofree char *message = mvx_log_event_dup_message (events[*n_done]);
      g_autofree char *line = g_strconcat (message, "\n", NULL);

      if (!write_all (*(int *) instance, line, error))
        return MVX_LOG_DISPATCH_RETRY;
    }
  return MVX_LOG_DISPATCH_OK;
}
