/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lookup.h"

#include "call.h"

GList *
mvx_lookup_host (const char *host, GCancellable *cancellable, gint64 deadline_us, gint64 timeout_us, GError **error)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_autoptr (GError) why = NULL;
  MvxCall call;
  GList *found;

  if (!mvx_call_begin (&call, cancellable, deadline_us, error))
    return NULL;
  g_resolver_lookup_by_name_async (resolver, host, call.cancellable, mvx_call_done, &call);
  found = g_resolver_lookup_by_name_finish (resolver, mvx_call_wait (&call), &why);
  if (found == NULL && call.timed_out)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "its name was not found within %.3f s",
                 (double) timeout_us / G_USEC_PER_SEC);
  else if (found == NULL)
    g_propagate_error (error, g_steal_pointer (&why));
  mvx_call_end (&call);
  return found;
}

gboolean
mvx_lookup_wait (int fd, GIOCondition condition, GCancellable *cancellable, gint64 deadline_us, GError **error)
{
  GPollFD fds[2] = { { fd, (gushort) condition, 0 } };
  gint64 left_us = deadline_us - g_get_monotonic_time ();
  guint n_fds = 1;
  gint n;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (cancellable && g_cancellable_make_pollfd (cancellable, &fds[1]))
    n_fds++;
  n = g_poll (fds, n_fds, left_us <= 0 ? 0 : (gint) MIN ((left_us + 999) / 1000, G_MAXINT));
  if (n_fds > 1)
    g_cancellable_release_fd (cancellable);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (n != 0 && left_us > 0)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "it does not answer");
  return FALSE;
}
