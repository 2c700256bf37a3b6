/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>
#include <mvxlog/glib-writer.h>

#include "base/atfork-private.h"
#include "base/signals-private.h"
#include "base/translate-private.h"
#include "front/bootstrap-private.h"
#include "front/glib-domain-private.h"
#include "front/glib-message-private.h"
#include "front/glib-print-private.h"
#include "front/glib-writer-private.h"

static GMutex mvx_log_glib_install_mutex;
MVX_LOG_FORK_LOCK (GLIB_INSTALL, &mvx_log_glib_install_mutex, NULL);
static gboolean mvx_log_glib_installed;
static GThread *mvx_log_glib_claimer; /* atomic */

/* GLib says no: it would now end the program. So it does if there is no memory, and may have a lock then that nobody
 * would ever get again if the thread just went. */
static void
mvx_log_glib_install_refused (const char *domain, GLogLevelFlags log_level, const char *message, gpointer data)
{
  if (g_thread_self () == g_atomic_pointer_get (&mvx_log_glib_claimer)
      && !mvx_log_glib_message_tells_shortage (message))
    g_thread_exit (GINT_TO_POINTER (FALSE));
  g_log_default_handler (domain, log_level, message, NULL);
}

static gpointer
mvx_log_glib_install_claim (gpointer data)
{
  g_atomic_pointer_set (&mvx_log_glib_claimer, g_thread_self ());
  g_log_set_writer_func (mvx_log_glib_writer, NULL, NULL);
  return GINT_TO_POINTER (TRUE);
}

/* A writer can be set once in a process, a second time is a g_error(), and there is no way to ask. So it is done on a
 * thread that ends in the handler of that message, before GLib ends the program. */
static gboolean
mvx_log_glib_install_try (GError **error)
{
  gboolean done = FALSE;
  GThread *thread;
  guint handler = g_log_set_handler ("GLib", G_LOG_LEVEL_ERROR | G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION,
                                     mvx_log_glib_install_refused, NULL);

  thread = mvx_log_signals_thread_new ("mvxlog-claim", mvx_log_glib_install_claim, NULL, error);
  if (thread)
    done = GPOINTER_TO_INT (g_thread_join (thread));
  g_atomic_pointer_set (&mvx_log_glib_claimer, NULL);
  g_log_remove_handler ("GLib", handler);
  if (thread && !done)
    g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_ALREADY_SET,
                 _ ("GLib's log writer has been set before, which can be done once in a process; call "
                    "mvx_log_install_glib_writer() earlier, or mvx_log_glib_writer() in the writer that is there"));
  return done;
}

/**
 * mvx_log_install_glib_writer:
 * @error: return location for an error
 *
 * Makes events of all messages that go through GLib's logging: g_log() and g_log_structured() with all their relatives,
 * of the program and of every library in it. Only a program may do this, never a library. GLib allows it once in a
 * process and for ever; called again this only reads `DEBUG_INVOCATION` and `G_MESSAGES_DEBUG` anew. Handlers of
 * g_log_set_handler() and g_log_set_default_handler() are left alone: what they pass on to g_log_default_handler()
 * arrives here. Thread-safe.
 *
 * Call it early: to find out whether GLib has a writer it takes g_log_set_handler(), and that of GLib 2.74 allocates
 * while it holds the lock that GLib's last words need, so that a program which has no memory just then hangs instead of
 * ending.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_ALREADY_SET if the program has set another writer before, or with a
 *   %G_THREAD_ERROR if no thread can be made to find that out
 *
 * Since: 1.0
 */
gboolean
mvx_log_install_glib_writer (GError **error)
{
  gboolean installed;

  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  mvx_log_front_registry ();
  mvx_log_glib_writer_refresh ();
  mvx_log_glib_domain_find ("GLib"); /* not only when GLib has run out of memory */
  g_mutex_lock (&mvx_log_glib_install_mutex);
  mvx_log_glib_installed = installed = mvx_log_glib_installed || mvx_log_glib_install_try (error);
  g_mutex_unlock (&mvx_log_glib_install_mutex);
  return installed;
}

/**
 * mvx_log_install_glib_print:
 *
 * Makes events of what g_print() and g_printerr() print, instead of printing it: a line each, in the contexts `stdout`
 * at level INFO and `stderr` at level NOTICE, an assertion that fails at CRITICAL. Empty lines are left out; a line
 * without an end is logged at [func@MvxLog.shutdown]. Handlers that the program has set before get the text, too.
 * Called again it does nothing. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_install_glib_print (void)
{
  mvx_log_front_registry ();
  mvx_log_glib_print_install ();
}
