/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/error.h>
#include <mvxlog/level.h>

#include "base/diag-private.h"
#include "base/emergency-private.h"
#include "sink/host-private.h"

/**
 * MvxLogSinkHost:
 *
 * What the core does for one instance of a plugin. `create` gets it; it lives until `destroy` has returned.
 *
 * Since: 1.0
 */
struct _MvxLogSinkHost
{
  char *name;
  MvxLogHostFuncs funcs;
  gpointer data;
  GCancellable *cancellable;
  GMutex mutex;
  GHashTable *counts; /* name to gint64 */
  struct _MvxLogMembers *members;
  GDestroyNotify unref_members;
  int emergency; /* number of its slot, or -1 */
};

static MvxLogSink *(*mvx_log_sink_host_lookup) (const char *name); /* atomic */

MvxLogSinkHost *
mvx_log_sink_host_new (const char *name, const MvxLogHostFuncs *funcs, gpointer data)
{
  MvxLogSinkHost *host = g_new0 (MvxLogSinkHost, 1);

  host->name = g_strdup (name);
  host->emergency = -1;
  if (funcs)
    host->funcs = *funcs;
  host->data = data;
  host->cancellable = g_cancellable_new ();
  g_mutex_init (&host->mutex);
  host->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return host;
}

void
mvx_log_sink_host_free (MvxLogSinkHost *host)
{
  if (host->members)
    host->unref_members (host->members);
  if (host->emergency >= 0)
    mvx_log_emergency_offer (host->emergency, -1, FALSE);
  g_object_unref (host->cancellable);
  g_hash_table_unref (host->counts);
  g_mutex_clear (&host->mutex);
  g_free (host->name);
  g_free (host);
}

void
mvx_log_sink_host_take_members (MvxLogSinkHost *host, struct _MvxLogMembers *members, GDestroyNotify unref)
{
  g_return_if_fail (host->members == NULL);

  host->members = members;
  host->unref_members = unref;
}

struct _MvxLogMembers *
mvx_log_sink_host_get_members (MvxLogSinkHost *host)
{
  return host->members;
}

void
mvx_log_sink_host_cancel (MvxLogSinkHost *host)
{
  g_cancellable_cancel (host->cancellable);
}

/**
 * mvx_log_sink_host_get_name:
 * @host: the host of an instance
 *
 * The sink's name. Thread-safe.
 *
 * Returns: (transfer none): the name, which lives as long as the instance
 *
 * Since: 1.0
 */
const char *
mvx_log_sink_host_get_name (MvxLogSinkHost *host)
{
  g_return_val_if_fail (host != NULL, NULL);

  return host->name;
}

/**
 * mvx_log_sink_host_get_main_context:
 * @host: the host of an instance
 *
 * The main context of the sink's worker, for the plugin's own sources. Thread-safe.
 *
 * Returns: (nullable) (transfer none): the context, or %NULL if the plugin is not ASYNC
 *
 * Since: 1.0
 */
GMainContext *
mvx_log_sink_host_get_main_context (MvxLogSinkHost *host)
{
  g_return_val_if_fail (host != NULL, NULL);

  return host->funcs.main_context ? host->funcs.main_context (host->data) : NULL;
}

/**
 * mvx_log_sink_host_get_cancellable:
 * @host: the host of an instance
 *
 * Is cancelled when the sink goes away; for every operation that may wait. Thread-safe.
 *
 * Returns: (transfer none): the cancellable, which lives as long as the instance
 *
 * Since: 1.0
 */
GCancellable *
mvx_log_sink_host_get_cancellable (MvxLogSinkHost *host)
{
  g_return_val_if_fail (host != NULL, NULL);

  return host->cancellable;
}

/**
 * mvx_log_sink_host_diagnose:
 * @host: the host of an instance
 * @level: severity
 * @message: what happened, for people
 *
 * Tells the library's diagnostics about something that no error can report, prefixed with the sink's name and limited
 * in rate. Never put secrets into it. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_sink_host_diagnose (MvxLogSinkHost *host, gint level, const char *message)
{
  g_return_if_fail (host != NULL);
  g_return_if_fail (message != NULL);

  if (host->funcs.diagnose)
    host->funcs.diagnose (host->data, level, message);
  else
    mvx_log_diag (level, "sink '%s': %s", host->name, message);
}

/**
 * mvx_log_sink_host_diagnosef:
 * @host: the host of an instance
 * @level: severity
 * @format: a printf format
 * @...: its arguments
 *
 * Like [method@MvxLog.SinkHost.diagnose], with a format. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_sink_host_diagnosef (MvxLogSinkHost *host, gint level, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  g_return_if_fail (host != NULL);
  g_return_if_fail (format != NULL);

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  mvx_log_sink_host_diagnose (host, level, message);
}

/**
 * mvx_log_sink_host_count:
 * @host: the host of an instance
 * @counter: name of a counter of the plugin's own, such as `reconnects`
 * @n: how much to add
 *
 * Adds to a counter that appears beside the sink's ledger. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_sink_host_count (MvxLogSinkHost *host, const char *counter, gint64 n)
{
  gint64 *value;

  g_return_if_fail (host != NULL);
  g_return_if_fail (counter != NULL);

  g_mutex_lock (&host->mutex);
  value = g_hash_table_lookup (host->counts, counter);
  if (value == NULL)
    {
      value = g_new0 (gint64, 1);
      g_hash_table_insert (host->counts, g_strdup (counter), value);
    }
  *value += n;
  g_mutex_unlock (&host->mutex);
}

/**
 * mvx_log_sink_host_resume:
 * @host: the host of an instance
 *
 * Says that the trouble is over for which `dispatch_core` has returned %MVX_LOG_DISPATCH_RETRY: what was kept is
 * offered again at once instead of after the back-off, also if the circuit breaker has opened. For plugins that are
 * told when their peer is there again, by a source on the worker's main context. Only on the worker; not inside
 * `dispatch_core`.
 *
 * Since: 1.0
 */
void
mvx_log_sink_host_resume (MvxLogSinkHost *host)
{
  g_return_if_fail (host != NULL);

  if (host->funcs.resume)
    host->funcs.resume (host->data);
}

GVariant *
mvx_log_sink_host_get_counts (MvxLogSinkHost *host)
{
  g_autoptr (GList) names = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sx}"));
  g_mutex_lock (&host->mutex);
  names = g_list_sort (g_hash_table_get_keys (host->counts), (GCompareFunc) strcmp);
  for (GList *l = names; l; l = l->next)
    g_variant_builder_add (&builder, "{sx}", l->data, *(gint64 *) g_hash_table_lookup (host->counts, l->data));
  g_mutex_unlock (&host->mutex);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/**
 * mvx_log_sink_host_complete:
 * @host: the host of an instance
 * @batch: the array that `dispatch_core` answered with PENDING
 * @result: what became of it; not PENDING
 * @n_done: how many of its events are settled, from the first on
 * @error: (nullable) (transfer full): why, for anything but OK
 *
 * Settles a batch for which `dispatch_core` returned %MVX_LOG_DISPATCH_PENDING; @batch is invalid afterwards. Once per
 * batch. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_sink_host_complete (MvxLogSinkHost *host,
                            MvxLogEvent *const *batch,
                            MvxLogDispatchResult result,
                            guint n_done,
                            GError *error)
{
  g_autoptr (GError) unused = NULL;

  g_return_if_fail (host != NULL);

  if (host->funcs.complete)
    {
      host->funcs.complete (host->data, batch, result, n_done, error);
      return;
    }
  unused = error;
  mvx_log_sink_host_diagnose (host, MVX_LOG_LEVEL_WARNING,
                              "the plugin completed a batch, but it does not run asynchronously; ignored");
}

/**
 * mvx_log_sink_host_reject:
 * @host: the host of an instance
 * @event: an event of the batch that is being dispatched or pending
 * @reason: why it can never be delivered, for people
 *
 * Says that one event of a batch can never be delivered, though others are: when the batch settles it, it counts as
 * dropped instead of delivered. Count it into `n_done` as if it had been delivered. If it is offered again, it is to be
 * rejected again. Call it before the batch is answered, on the thread that answers; only for ASYNC plugins, others
 * return %MVX_LOG_DISPATCH_DROP.
 *
 * Since: 1.0
 */
void
mvx_log_sink_host_reject (MvxLogSinkHost *host, MvxLogEvent *event, const char *reason)
{
  g_return_if_fail (host != NULL);
  g_return_if_fail (event != NULL);
  g_return_if_fail (reason != NULL);

  if (host->funcs.reject)
    host->funcs.reject (host->data, event, reason);
  mvx_log_sink_host_diagnosef (host, MVX_LOG_LEVEL_WARNING, "dropped an event: %s", reason);
}

void
mvx_log_sink_host_set_lookup (MvxLogSink *(*lookup) (const char *name))
{
  g_atomic_pointer_set (&mvx_log_sink_host_lookup, lookup);
}

/**
 * mvx_log_sink_host_ref_sink:
 * @host: the host of an instance
 * @name: name of another sink
 * @error: return location for an error
 *
 * Finds another sink, for plugins that pass events on. The sink must have been configured before. Thread-safe.
 *
 * Returns: (nullable) (transfer full): the sink, or %NULL with %MVX_LOG_SINK_ERROR_UNKNOWN_SINK, or with
 *   %MVX_LOG_SINK_ERROR_INVALID_OPTION if it is the asking sink itself
 *
 * Since: 1.0
 */
MvxLogSink *
mvx_log_sink_host_ref_sink (MvxLogSinkHost *host, const char *name, GError **error)
{
  MvxLogSink *(*lookup) (const char *name);
  MvxLogSink *sink;

  g_return_val_if_fail (host != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  if (strcmp (name, host->name) == 0)
    {
      g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                   "Sink '%s' cannot pass events on to itself; remove it from its own list", name);
      return NULL;
    }
  lookup = g_atomic_pointer_get (&mvx_log_sink_host_lookup);
  sink = lookup ? lookup (name) : NULL;
  if (sink == NULL)
    g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_UNKNOWN_SINK,
                 "Sink '%s' needs the sink '%s', but there is none of that name; configure '%s' first", host->name,
                 name, name);
  return sink;
}

/**
 * mvx_log_sink_host_set_emergency_fd:
 * @host: a host
 * @fd: a descriptor that takes lines, or -1 for none
 * @json: whether lines there are JSON
 *
 * Says where [func@MvxLog.emergency] and the crash handler write, beside standard error, until the instance is
 * destroyed or another descriptor is given: call it again whenever the file is opened anew. The descriptor is copied
 * and stays the caller's. There is room for 16 in a process. Not thread-safe for one host.
 *
 * Returns: %TRUE; %FALSE if there is no room or no descriptor left
 *
 * Since: 1.0
 */
gboolean
mvx_log_sink_host_set_emergency_fd (MvxLogSinkHost *host, int fd, gboolean json)
{
  g_return_val_if_fail (host != NULL, FALSE);

  host->emergency = mvx_log_emergency_offer (host->emergency, fd, json);
  return fd < 0 || host->emergency >= 0;
}
