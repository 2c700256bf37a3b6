/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configuration files: found, applied, applied again. */
#include <mvxlog/facade.h>

#include "base/atfork-private.h"
#include "base/error-private.h"
#include "base/mark-private.h"
#include "base/program-private.h"
#include "base/translate-private.h"
#include "config/apply-private.h"
#include "config/load-private.h"
#include "config/locate-private.h"
#include "context/compose-private.h"
#include "front/bootstrap-private.h"
#include "front/child-private.h"
#include "front/status-server-private.h"

static GMutex mvx_log_configure_mutex;
MVX_LOG_FORK_LOCK (CONFIGURE, &mvx_log_configure_mutex, NULL);
static char *mvx_log_configure_path; /* of the file in force */

/* In the turn in which it is applied, so that of two threads that configure at once one leaves all of its own. */
static void
mvx_log_configure_applied (const MvxLogPlan *plan, const char *path)
{
  g_mutex_lock (&mvx_log_configure_mutex);
  g_free (mvx_log_configure_path);
  mvx_log_configure_path = g_strdup (path);
  mvx_log_child_set_reload_func (path ? mvx_log_reload : NULL);
  g_mutex_unlock (&mvx_log_configure_mutex);
  mvx_log_status_server_set (plan->status);
}

/* In a turn. @plan (nullable): it could not be loaded. */
static gboolean
mvx_log_configure_apply (MvxLogPlan *plan, const char *path, GError **error)
{
  if (plan == NULL || !mvx_log_config_apply (plan, mvx_log_front_registry (), error))
    return FALSE;
  mvx_log_configure_applied (plan, path);
  return TRUE;
}

/* In a turn. */
static gboolean
mvx_log_configure_load (const char *path, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_auto (GStrv) known = mvx_log_config_known_sinks (mvx_log_front_registry ());
  g_autoptr (MvxLogPlan) plan = mvx_log_plan_load_file (path, (const char *const *) known, error);

  return mvx_log_configure_apply (plan, absolute, error);
}

static gboolean
mvx_log_configure_end (gboolean success)
{
  mvx_log_config_end ();
  if (success)
    mvx_log_submit_release ();
  return success;
}

/**
 * mvx_log_configure_from_file:
 * @path: (type filename): a key-file or JSON file
 * @error: return location for an error
 *
 * Makes sinks and contexts be as a file says, with the drop-ins in PATH.d. Either everything is valid and is applied,
 * or nothing changes. Applying the same file again changes nothing. Threads that configure at once take turns, each of
 * which begins before the file is read. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with an error of the domain %MVX_LOG_CONFIG_ERROR, whose message has a line
 *   `FILE:LINE:COLUMN: error: [group] key: reason` for everything that is wrong; or with
 *   %MVX_LOG_ERROR_WOULD_DEADLOCK from within a plugin that is just being configured
 *
 * Since: 1.0
 */
gboolean
mvx_log_configure_from_file (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, FALSE);

  return mvx_log_config_begin (error) && mvx_log_configure_end (mvx_log_configure_load (path, error));
}

/**
 * mvx_log_configure_from_data:
 * @data: (array length=length) (element-type guint8): a key-file or JSON text
 * @length: its bytes, or -1 if it is NUL-terminated
 * @origin: what stands for the file's name in messages
 * @error: return location for an error
 *
 * [func@MvxLog.configure_from_file] for a text in memory. There is nothing to reload afterwards. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with an error as of [func@MvxLog.configure_from_file]
 *
 * Since: 1.0
 */
gboolean
mvx_log_configure_from_data (const char *data, gssize length, const char *origin, GError **error)
{
  g_autoptr (MvxLogPlan) plan = NULL;
  g_auto (GStrv) known = NULL;

  g_return_val_if_fail (data != NULL, FALSE);
  g_return_val_if_fail (origin != NULL, FALSE);

  if (!mvx_log_config_begin (error))
    return FALSE;
  known = mvx_log_config_known_sinks (mvx_log_front_registry ());
  plan = mvx_log_plan_load_data (data, length, origin, (const char *const *) known, error);
  return mvx_log_configure_end (mvx_log_configure_apply (plan, NULL, error));
}

/**
 * mvx_log_reload:
 * @error: return location for an error
 *
 * Applies the configuration file that is in force again. Sinks whose configuration is the same go on untouched; of
 * others those options that can be are changed in the running sink, else the sink is replaced. What has been accepted
 * is delivered. If anything is wrong, the old configuration runs on. Takes its turn as
 * [func@MvxLog.configure_from_file] does, and reloads what is in force then. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with an error as of [func@MvxLog.configure_from_file]
 *
 * Since: 1.0
 */
gboolean
mvx_log_reload (GError **error)
{
  const gint64 begin = mvx_log_mark_begin ();
  g_autofree char *path = NULL;
  gboolean ok = FALSE;

  if (!mvx_log_config_begin (error))
    return FALSE;
  path = mvx_log_dup_config_path ();
  if (path)
    ok = mvx_log_configure_load (path, error);
  else
    g_set_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_NOT_FOUND,
                 _ ("There is nothing to reload: no configuration file has been applied"));
  mvx_log_configure_end (ok);
  if (path)
    mvx_log_mark_end (begin, "reload", "%s: %s", path, ok ? "applied" : "refused");
  return ok;
}

/**
 * mvx_log_dup_config_path:
 *
 * Tells which file the configuration comes from.
 *
 * Returns: (nullable) (transfer full) (type filename): absolute path of the configuration file in force. Thread-safe.
 *
 * Since: 1.0
 */
char *
mvx_log_dup_config_path (void)
{
  char *path;

  g_mutex_lock (&mvx_log_configure_mutex);
  path = g_strdup (mvx_log_configure_path);
  g_mutex_unlock (&mvx_log_configure_mutex);
  return path;
}

/**
 * mvx_log_init:
 * @app_name: (nullable): name of the program, or %NULL for g_get_prgname()
 * @error: return location for an error
 *
 * Looks for the program's configuration file and applies it: what `MVXLOG_CONFIG` names, else the first of
 * `$XDG_CONFIG_HOME/mvxlog/APP.conf`, `SYSCONFDIR/mvxlog/APP.conf` and `/etc/mvxlog/APP.conf`. Without a file, events
 * of level INFO and above go to standard error. Calling it is not required. Thread-safe.
 *
 * Returns: %TRUE, also if there is no file; %FALSE with an error of the domain %MVX_LOG_CONFIG_ERROR if there is one
 *   that cannot be applied; logging works in both cases
 *
 * Since: 1.0
 */
gboolean
mvx_log_init (const char *app_name, GError **error)
{
  g_autofree char *path = NULL;
  gboolean success;

  if (app_name)
    mvx_log_program_set_name (app_name);
  mvx_log_front_registry ();
  path = mvx_log_locate (app_name);
  success = path == NULL || mvx_log_configure_from_file (path, error);
  mvx_log_submit_release ();
  return success;
}

/**
 * mvx_log_hold:
 *
 * Keeps what is logged from now on, of any level, until the program has its configuration: until one is applied,
 * [func@MvxLog.init] returns, or [func@MvxLog.release] or [func@MvxLog.shutdown] is called, at the end of the process
 * at the latest. Then the events go on in order, as the levels, policies and sinks say that are in force by then. For
 * programs that log before they know where to; without it, events before a configuration go to standard error at once.
 * The last 1000 events or 4 MiB are kept; if the process dies of a signal, they are lost. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_hold (void)
{
  mvx_log_front_registry ();
  mvx_log_submit_hold ();
}

/**
 * mvx_log_release:
 *
 * Ends what [func@MvxLog.hold] has begun; does nothing otherwise. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_release (void)
{
  mvx_log_submit_release ();
}
