/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "call.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* For a context, its cancellable and a connection, and another connection that is tried at the same time. */
#define MVX_CALL_N_DESCRIPTORS 4

static gboolean
mvx_call_on_timeout (gpointer data)
{
  MvxCall *self = data;

  self->timed_out = TRUE;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

/* On any thread. */
static void
mvx_call_on_outer (GCancellable *outer, gpointer data)
{
  g_cancellable_cancel (data);
}

gboolean
mvx_call_has_descriptors (GError **error)
{
  int fds[MVX_CALL_N_DESCRIPTORS];
  int code = 0;
  guint n = 0;

  while (n < MVX_CALL_N_DESCRIPTORS && code == 0)
    if ((fds[n] = eventfd (0, EFD_CLOEXEC)) >= 0)
      n++;
    else
      code = errno;
  while (n > 0)
    close (fds[--n]);
  if (code != 0)
    g_set_error_literal (error, G_IO_ERROR, (gint) g_io_error_from_errno (code), g_strerror (code));
  return code == 0;
}

void
mvx_call_keep_descriptor (GCancellable *cancellable)
{
  if (cancellable && mvx_call_has_descriptors (NULL))
    g_cancellable_get_fd (cancellable);
}

gboolean
mvx_call_begin (MvxCall *self, GCancellable *outer, gint64 deadline_us, GError **error)
{
  *self = (MvxCall){ .outer = outer };
  if (!mvx_call_has_descriptors (error))
    return FALSE;
  self->context = g_main_context_new ();
  g_main_context_push_thread_default (self->context);
  self->cancellable = g_cancellable_new ();
  if (outer)
    self->outer_id = g_cancellable_connect (outer, G_CALLBACK (mvx_call_on_outer), g_object_ref (self->cancellable),
                                            g_object_unref);
  self->timeout = g_timeout_source_new (0);
  g_source_set_ready_time (self->timeout, deadline_us);
  g_source_set_callback (self->timeout, mvx_call_on_timeout, self, NULL);
  g_source_attach (self->timeout, self->context);
  return TRUE;
}

void
mvx_call_done (GObject *source, GAsyncResult *result, gpointer data)
{
  MvxCall *self = data;

  self->result = g_object_ref (result);
}

GAsyncResult *
mvx_call_wait (MvxCall *self)
{
  while (self->result == NULL)
    g_main_context_iteration (self->context, TRUE);
  return self->result;
}

void
mvx_call_end (MvxCall *self)
{
  g_cancellable_disconnect (self->outer, self->outer_id);
  g_source_destroy (self->timeout);
  g_source_unref (self->timeout);
  g_clear_object (&self->result);
  g_clear_object (&self->cancellable);
  g_main_context_pop_thread_default (self->context);
  g_main_context_unref (self->context);
}
