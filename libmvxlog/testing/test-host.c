/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/error.h>
#include <mvxlog/facade.h>
#include <mvxlog/inspect.h>
#include <mvxlog/level.h>
#include <mvxlog/test-error.h>
#include <mvxlog/test-host.h>

#include "testing/test-batches-private.h"
#include "testing/test-hooks-private.h"

/**
 * MvxLogTestHost:
 *
 * One instance of a plugin, called by the test itself: no worker, no queue, no retries. Its hooks run in the calling
 * thread, for ASYNC plugins with [method@MvxLogTest.Host.get_main_context] as the thread's default. What it tells
 * the diagnostics and counts is kept; a broken contract is an error. Only for one thread at a time.
 *
 * Since: 1.0
 */
struct _MvxLogTestHost
{
  GObject parent_instance;

  const MvxLogStaticPlugin *api;
  char *name;
  MvxLogOptions *options;
  MvxLogSinkDescriptor *descriptor;
  GMainContext *context;
  MvxLogSinkHost *host;
  gpointer instance;
  gboolean started;

  GMutex mutex; /* what follows: plugins have threads */
  GPtrArray *diagnostics;
  MvxLogTestBatches batches;
  guint n_pending;
  guint n_completed;
  MvxLogDispatchResult result;
  guint n_done;
  GError *error;
};

G_DEFINE_FINAL_TYPE (MvxLogTestHost, mvx_log_test_host, G_TYPE_OBJECT)

static gboolean
mvx_log_test_host_is_async (MvxLogTestHost *self)
{
  return (self->api->plugin->flags & MVX_LOG_PLUGIN_ASYNC) != 0;
}

static void
mvx_log_test_host_enter (MvxLogTestHost *self)
{
  if (mvx_log_test_host_is_async (self))
    g_main_context_push_thread_default (self->context);
}

static void
mvx_log_test_host_leave (MvxLogTestHost *self)
{
  if (mvx_log_test_host_is_async (self))
    g_main_context_pop_thread_default (self->context);
}

static GMainContext *
mvx_log_test_host_on_main_context (gpointer data)
{
  MvxLogTestHost *self = data;

  return mvx_log_test_host_is_async (self) ? self->context : NULL;
}

static void
mvx_log_test_host_on_diagnose (gpointer data, gint level, const char *message)
{
  MvxLogTestHost *self = data;
  const char *name = mvx_log_level_to_string (level);

  g_mutex_lock (&self->mutex);
  if (name)
    g_ptr_array_add (self->diagnostics, g_strdup_printf ("%s: %s", name, message));
  else
    g_ptr_array_add (self->diagnostics, g_strdup_printf ("%d: %s", level, message));
  g_mutex_unlock (&self->mutex);
}

static void
mvx_log_test_host_on_complete (gpointer data,
                               MvxLogEvent *const *batch,
                               MvxLogDispatchResult result,
                               guint n_done,
                               GError *error)
{
  MvxLogTestHost *self = data;

  g_mutex_lock (&self->mutex);
  mvx_log_test_batches_complete (&self->batches, batch, result, n_done, error);
  self->n_completed++;
  self->result = result;
  self->n_done = n_done;
  g_clear_error (&self->error);
  self->error = error;
  g_mutex_unlock (&self->mutex);
  g_main_context_wakeup (self->context);
}

static void
mvx_log_test_host_dispose (GObject *object)
{
  MvxLogTestHost *self = MVX_LOG_TEST_HOST (object);

  if (self->instance)
    {
      mvx_log_test_host_stop (self, NULL);
      mvx_log_test_hooks ()->cancel_host (self->host);
      self->api->plugin->destroy (g_steal_pointer (&self->instance));
    }
  g_clear_pointer (&self->host, mvx_log_test_hooks ()->free_host);
  G_OBJECT_CLASS (mvx_log_test_host_parent_class)->dispose (object);
}

static void
mvx_log_test_host_finalize (GObject *object)
{
  MvxLogTestHost *self = MVX_LOG_TEST_HOST (object);

  g_clear_pointer (&self->options, mvx_log_options_unref);
  g_clear_pointer (&self->descriptor, mvx_log_sink_descriptor_unref);
  g_main_context_unref (self->context);
  g_ptr_array_unref (self->diagnostics);
  mvx_log_test_batches_clear (&self->batches);
  g_clear_error (&self->error);
  g_mutex_clear (&self->mutex);
  g_free (self->name);
  G_OBJECT_CLASS (mvx_log_test_host_parent_class)->finalize (object);
}

static void
mvx_log_test_host_class_init (MvxLogTestHostClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = mvx_log_test_host_dispose;
  G_OBJECT_CLASS (klass)->finalize = mvx_log_test_host_finalize;
}

static void
mvx_log_test_host_init (MvxLogTestHost *self)
{
  g_mutex_init (&self->mutex);
  self->context = g_main_context_new ();
  self->diagnostics = g_ptr_array_new_with_free_func (g_free);
}

static void mvx_log_test_host_set_broken (MvxLogTestHost *self, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static void
mvx_log_test_host_set_broken (MvxLogTestHost *self, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_clear_error (error);
  g_set_error (error, MVX_LOG_TEST_ERROR, MVX_LOG_TEST_ERROR_CONTRACT, "Plugin '%s' broke its contract: %s",
               self->api->plugin->name, text);
}

/* What the plugin has said of its batches meanwhile, on whatever thread. */
static gboolean
mvx_log_test_host_check_batches (MvxLogTestHost *self, GError **error)
{
  gboolean broken;

  g_mutex_lock (&self->mutex);
  broken = self->batches.broken != NULL;
  if (broken)
    mvx_log_test_host_set_broken (self, error, "%s", self->batches.broken);
  g_mutex_unlock (&self->mutex);
  return !broken;
}

/* A plugin's function that says FALSE owes an error, one that says TRUE must have none. */
static gboolean
mvx_log_test_host_check (MvxLogTestHost *self, const char *what, gboolean ok, GError *found, GError **error)
{
  g_autoptr (GError) reason = found;

  if (ok == (reason == NULL))
    {
      if (!ok)
        g_propagate_error (error, g_steal_pointer (&reason));
      return ok;
    }
  if (ok)
    mvx_log_test_host_set_broken (self, error, "%s succeeded and set an error: %s", what, reason->message);
  else
    mvx_log_test_host_set_broken (self, error, "%s failed and gave no reason", what);
  return FALSE;
}

static gboolean
mvx_log_test_host_set_options (MvxLogOptions *options, GVariant *given, GError **error)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, given);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      g_autoptr (GVariant) owned G_GNUC_UNUSED = value;
      gboolean text = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING);

      if (text ? !mvx_log_options_set (options, key, g_variant_get_string (value, NULL), error)
               : !mvx_log_options_set_variant (options, key, value, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
mvx_log_test_host_create (MvxLogTestHost *self, GError **error)
{
  static const MvxLogHostFuncs funcs
      = { mvx_log_test_host_on_main_context, mvx_log_test_host_on_complete, mvx_log_test_host_on_diagnose };
  GError *reason = NULL;

  self->host = mvx_log_test_hooks ()->make_host (self->name, &funcs, self);
  mvx_log_test_host_enter (self);
  self->instance = self->api->create (self->options, self->host, &reason);
  mvx_log_test_host_leave (self);
  return mvx_log_test_host_check (self, "create", self->instance != NULL, reason, error);
}

/* @api is one of the library's copies. */
static MvxLogTestHost *
mvx_log_test_host_new_checked (const MvxLogStaticPlugin *api, const char *name, GVariant *options, GError **error)
{
  g_autoptr (GVariant) given = g_variant_ref_sink (options ? options : g_variant_new ("a{sv}", NULL));
  g_autoptr (MvxLogTestHost) self = NULL;

  g_return_val_if_fail (g_variant_is_of_type (given, G_VARIANT_TYPE_VARDICT), NULL);
  if (api == NULL)
    return NULL;
  self = g_object_new (MVX_LOG_TYPE_TEST_HOST, NULL);
  self->api = api;
  self->name = g_strdup (name);
  self->options = mvx_log_test_hooks ()->make_options (api);
  if (!mvx_log_test_host_set_options (self->options, given, error))
    return NULL;
  self->descriptor = mvx_log_test_hooks ()->describe (api, name, self->options, error);
  if (self->descriptor == NULL || !mvx_log_test_host_create (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * mvx_log_test_host_new: (skip)
 * @plugin: a plugin that is linked into the test
 * @name: what its sink would be called
 * @options: (nullable): options as for [func@MvxLog.configure_sink]; consumed if floating
 * @error: return location for an error
 *
 * Checks the plugin's description and options as for a sink, and creates an instance.
 *
 * Returns: (transfer full): the host; or %NULL with an error of the domains %MVX_LOG_PLUGIN_ERROR or
 *   %MVX_LOG_SINK_ERROR, with the plugin's own error, or with %MVX_LOG_TEST_ERROR_CONTRACT
 *
 * Since: 1.0
 */
MvxLogTestHost *
mvx_log_test_host_new (const MvxLogStaticPlugin *plugin, const char *name, GVariant *options, GError **error)
{
  const MvxLogStaticPlugin *api = NULL;

  g_return_val_if_fail (plugin != NULL && plugin->plugin != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  if (mvx_log_register_static_plugin (plugin, error))
    api = mvx_log_find_plugin (plugin->plugin->name, error);
  if (api == NULL && options)
    g_variant_unref (g_variant_ref_sink (options));
  return mvx_log_test_host_new_checked (api, name, api ? options : NULL, error);
}

/**
 * mvx_log_test_host_new_for_file:
 * @path: (type filename): a file `libmvxlog-NAME.so`
 * @name: what its sink would be called
 * @options: (nullable): options as for [func@MvxLog.configure_sink]; consumed if floating
 * @error: return location for an error
 *
 * Loads a plugin, with all checks of trust and contract, and creates an instance.
 *
 * Returns: (transfer full): the host, or %NULL with an error as the other constructor
 *
 * Since: 1.0
 */
MvxLogTestHost *
mvx_log_test_host_new_for_file (const char *path, const char *name, GVariant *options, GError **error)
{
  const MvxLogStaticPlugin *api;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  api = mvx_log_load_plugin_file (path, error);
  if (api == NULL && options)
    g_variant_unref (g_variant_ref_sink (options));
  return mvx_log_test_host_new_checked (api, name, api ? options : NULL, error);
}

/**
 * mvx_log_test_host_get_descriptor:
 * @self: a host
 *
 * Tells what sink the plugin says it would be.
 *
 * Returns: (transfer none): what the plugin's build_descriptor said
 *
 * Since: 1.0
 */
MvxLogSinkDescriptor *
mvx_log_test_host_get_descriptor (MvxLogTestHost *self)
{
  g_return_val_if_fail (MVX_LOG_IS_TEST_HOST (self), NULL);
  return self->descriptor;
}

/**
 * mvx_log_test_host_get_instance: (skip)
 * @self: a host
 *
 * Gives access to the plugin's own data.
 *
 * Returns: (transfer none): what the plugin's create returned
 *
 * Since: 1.0
 */
gpointer
mvx_log_test_host_get_instance (MvxLogTestHost *self)
{
  g_return_val_if_fail (MVX_LOG_IS_TEST_HOST (self), NULL);
  return self->instance;
}

/**
 * mvx_log_test_host_get_main_context:
 * @self: a host
 *
 * Gives access to what stands for the worker's main context.
 *
 * Returns: (transfer none): what an ASYNC plugin's sources are attached to; for the test to iterate
 *
 * Since: 1.0
 */
GMainContext *
mvx_log_test_host_get_main_context (MvxLogTestHost *self)
{
  g_return_val_if_fail (MVX_LOG_IS_TEST_HOST (self), NULL);
  return self->context;
}

static gboolean
mvx_log_test_host_call (MvxLogTestHost *self,
                        const char *what,
                        gboolean (*hook) (gpointer instance, GError **error),
                        GError **error)
{
  GError *reason = NULL;
  gboolean ok;

  if (hook == NULL)
    return TRUE;
  mvx_log_test_host_enter (self);
  ok = hook (self->instance, &reason);
  mvx_log_test_host_leave (self);
  return mvx_log_test_host_check (self, what, ok, reason, error);
}

/**
 * mvx_log_test_host_start:
 * @self: a host
 * @error: return location for an error
 *
 * Calls `on_starting`, if the plugin has it; after [method@MvxLogTest.Host.stop] also once more.
 *
 * Returns: %TRUE, or %FALSE with the plugin's error
 *
 * Since: 1.0
 */
gboolean
mvx_log_test_host_start (MvxLogTestHost *self, GError **error)
{
  g_return_val_if_fail (MVX_LOG_IS_TEST_HOST (self), FALSE);
  g_return_val_if_fail (!self->started, FALSE);

  self->started = mvx_log_test_host_call (self, "on_starting", self->api->plugin->on_starting, error);
  return self->started;
}

static MvxLogDispatchResult
mvx_log_test_host_judge (MvxLogTestHost *self,
                         MvxLogDispatchResult result,
                         guint n_events,
                         guint n_done,
                         GError *reason,
                         GError **error)
{
  guint flags = self->api->plugin->flags;

  if (n_done > n_events)
    mvx_log_test_host_set_broken (self, error, "it settled %u of %u events", n_done, n_events);
  else if (result == MVX_LOG_DISPATCH_OK && reason)
    mvx_log_test_host_set_broken (self, error, "it answered OK and set an error: %s", reason->message);
  else if (result == MVX_LOG_DISPATCH_OK && n_done != n_events)
    mvx_log_test_host_set_broken (self, error, "it answered OK, but settled %u of %u events", n_done, n_events);
  else if (result == MVX_LOG_DISPATCH_PENDING && !(flags & MVX_LOG_PLUGIN_ACKNOWLEDGES))
    mvx_log_test_host_set_broken (self, error, "it answered PENDING without the flag ACKNOWLEDGES");
  else if (result > MVX_LOG_DISPATCH_PENDING)
    mvx_log_test_host_set_broken (self, error, "it answered %d, which is no result", (int) result);
  else if (result != MVX_LOG_DISPATCH_OK && result != MVX_LOG_DISPATCH_PENDING && reason == NULL)
    mvx_log_test_host_set_broken (self, error, "it answered %d and gave no reason", (int) result);
  else
    {
      if (reason)
        g_propagate_error (error, reason);
      return result;
    }
  g_clear_error (&reason);
  return MVX_LOG_DISPATCH_FAILED;
}

/**
 * mvx_log_test_host_dispatch:
 * @self: a host that was started
 * @events: (array length=n_events): events
 * @n_events: how many, at least 1
 * @n_done: (out) (optional): how many are settled
 * @error: return location for an error
 *
 * Calls `dispatch_core`. After PENDING, the events must live until they are completed.
 *
 * Returns: what the plugin answered; anything but OK and PENDING with its error, and FAILED with
 *   %MVX_LOG_TEST_ERROR_CONTRACT if the answer breaks the contract
 *
 * Since: 1.0
 */
MvxLogDispatchResult
mvx_log_test_host_dispatch (MvxLogTestHost *self,
                            MvxLogEvent *const *events,
                            guint n_events,
                            guint *n_done,
                            GError **error)
{
  MvxLogDispatchResult result;
  GError *reason = NULL;
  guint done = 0;

  g_return_val_if_fail (MVX_LOG_IS_TEST_HOST (self), MVX_LOG_DISPATCH_FAILED);
  g_return_val_if_fail (self->started, MVX_LOG_DISPATCH_FAILED);
  g_return_val_if_fail (events != NULL && n_events > 0, MVX_LOG_DISPATCH_FAILED);

  g_mutex_lock (&self->mutex);
  mvx_log_test_batches_give (&self->batches, events, n_events);
  g_mutex_unlock (&self->mutex);
  mvx_log_test_host_enter (self);
  result = self->api->dispatch_core (self->instance, events, n_events, &done, &reason);
  mvx_log_test_host_leave (self);
  if (n_done)
    *n_done = done;
  result = mvx_log_test_host_judge (self, result, n_events, done, reason, error);
  if (result == MVX_LOG_DISPATCH_PENDING)
    self->n_pending++;
  else
    {
      g_mutex_lock (&self->mutex);
      mvx_log_test_batches_settled (&self->batches, events);
      g_mutex_unlock (&self->mutex);
    }
  return mvx_log_test_host_check_batches (self, error) ? result : MVX_LOG_DISPATCH_FAILED;
}

static gboolean
mvx_log_test_host_on_deadline (gpointer data)
{
  gboolean *late = data;

  *late = TRUE;
  return G_SOURCE_REMOVE;
}

/* Iterates the plugin's context until as many batches are completed as were pending. */
static gboolean
mvx_log_test_host_iterate (MvxLogTestHost *self, gint64 deadline_us)
{
  g_autoptr (GSource) timeout = NULL;
  gboolean late = FALSE;
  gboolean done = FALSE;

  if (deadline_us >= 0)
    {
      timeout = g_timeout_source_new (0);
      g_source_set_ready_time (timeout, deadline_us);
      g_source_set_callback (timeout, mvx_log_test_host_on_deadline, &late, NULL);
      g_source_attach (timeout, self->context);
    }
  while (!late && !done)
    {
      g_mutex_lock (&self->mutex);
      done = self->n_completed >= self->n_pending;
      g_mutex_unlock (&self->mutex);
      if (!done)
        g_main_context_iteration (self->context, TRUE);
    }
  if (timeout)
    g_source_destroy (timeout);
  return done;
}

/**
 * mvx_log_test_host_wait_completed:
 * @self: a host
 * @deadline_us: monotonic time in microseconds, or -1 to wait for ever
 * @n_done: (out) (optional): how many events of the last batch are settled
 * @error: return location for an error
 *
 * Iterates the plugin's main context until every batch that was PENDING is completed.
 *
 * Returns: what the last completion said, with its error; PENDING with %MVX_LOG_ERROR_TIMED_OUT at the deadline; FAILED
 * with %MVX_LOG_TEST_ERROR_CONTRACT if a completion breaks the contract
 *
 * Since: 1.0
 */
MvxLogDispatchResult
mvx_log_test_host_wait_completed (MvxLogTestHost *self, gint64 deadline_us, guint *n_done, GError **error)
{
  MvxLogDispatchResult result = MVX_LOG_DISPATCH_PENDING;

  g_return_val_if_fail (MVX_LOG_IS_TEST_HOST (self), MVX_LOG_DISPATCH_FAILED);
  g_return_val_if_fail (self->n_pending > 0, MVX_LOG_DISPATCH_FAILED);

  mvx_log_test_host_enter (self);
  if (mvx_log_test_host_iterate (self, deadline_us))
    {
      g_mutex_lock (&self->mutex);
      result = self->result;
      if (n_done)
        *n_done = self->n_done;
      if (self->error)
        g_propagate_error (error, g_steal_pointer (&self->error));
      g_mutex_unlock (&self->mutex);
    }
  else
    g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_TIMED_OUT,
                 "Plugin '%s' has completed %u of %u batches; see that it calls mvx_log_sink_host_complete ()",
                 self->api->plugin->name, self->n_completed, self->n_pending);
  mvx_log_test_host_leave (self);
  return mvx_log_test_host_check_batches (self, error) ? result : MVX_LOG_DISPATCH_FAILED;
}

/**
 * mvx_log_test_host_flush:
 * @self: a host
 * @deadline_us: monotonic time in microseconds, or -1 for ever
 * @error: return location for an error
 *
 * Calls `flush`, if the plugin has it.
 *
 * Returns: %TRUE, or %FALSE with the plugin's error
 *
 * Since: 1.0
 */
gboolean
mvx_log_test_host_flush (MvxLogTestHost *self, gint64 deadline_us, GError **error)
{
  GError *reason = NULL;
  gboolean ok;

  g_return_val_if_fail (MVX_LOG_IS_TEST_HOST (self), FALSE);

  if (self->api->plugin->flush == NULL)
    return TRUE;
  mvx_log_test_host_enter (self);
  ok = self->api->plugin->flush (self->instance, deadline_us, &reason);
  mvx_log_test_host_leave (self);
  return mvx_log_test_host_check (self, "flush", ok, reason, error);
}

/**
 * mvx_log_test_host_reopen:
 * @self: a host
 * @error: return location for an error
 *
 * Calls `reopen`, if the plugin has it.
 *
 * Returns: %TRUE, or %FALSE with the plugin's error
 *
 * Since: 1.0
 */
gboolean
mvx_log_test_host_reopen (MvxLogTestHost *self, GError **error)
{
  g_return_val_if_fail (MVX_LOG_IS_TEST_HOST (self), FALSE);
  return mvx_log_test_host_call (self, "reopen", self->api->plugin->reopen, error);
}

/**
 * mvx_log_test_host_reconfigure:
 * @self: a host
 * @options: all options of the sink, the changed ones among them; consumed if floating
 * @error: return location for an error
 *
 * Calls `reconfigure`. That only RELOADABLE options differ is up to the test.
 *
 * Returns: %TRUE, or %FALSE with the plugin's error, or with %MVX_LOG_TEST_ERROR_NOT_THERE if it has no `reconfigure`
 *
 * Since: 1.0
 */
gboolean
mvx_log_test_host_reconfigure (MvxLogTestHost *self, GVariant *options, GError **error)
{
  g_autoptr (GVariant) given = NULL;
  g_autoptr (MvxLogOptions) read = NULL;
  GError *reason = NULL;
  gboolean ok;

  g_return_val_if_fail (MVX_LOG_IS_TEST_HOST (self), FALSE);
  g_return_val_if_fail (options != NULL && g_variant_is_of_type (options, G_VARIANT_TYPE_VARDICT), FALSE);

  given = g_variant_ref_sink (options);
  if (self->api->plugin->reconfigure == NULL)
    {
      g_set_error (error, MVX_LOG_TEST_ERROR, MVX_LOG_TEST_ERROR_NOT_THERE,
                   "Plugin '%s' has no 'reconfigure'; it can be replaced only", self->api->plugin->name);
      return FALSE;
    }
  read = mvx_log_test_hooks ()->make_options (self->api);
  if (!mvx_log_test_host_set_options (read, given, error) || !mvx_log_options_check (read, error))
    return FALSE;
  mvx_log_test_host_enter (self);
  ok = self->api->plugin->reconfigure (self->instance, read, &reason);
  mvx_log_test_host_leave (self);
  return mvx_log_test_host_check (self, "reconfigure", ok, reason, error);
}

/**
 * mvx_log_test_host_stop:
 * @self: a host
 * @error: return location for an error
 *
 * Calls `on_stopped`, if the plugin has it and was started. The last reference does that, too.
 *
 * Returns: %TRUE, or %FALSE with the plugin's error
 *
 * Since: 1.0
 */
gboolean
mvx_log_test_host_stop (MvxLogTestHost *self, GError **error)
{
  gboolean ok;

  g_return_val_if_fail (MVX_LOG_IS_TEST_HOST (self), FALSE);

  if (!self->started)
    return TRUE;
  self->started = FALSE;
  ok = mvx_log_test_host_call (self, "on_stopped", self->api->plugin->on_stopped, error);
  /* What it has not completed by now is given up, as a sink does; it may never touch it again. */
  g_mutex_lock (&self->mutex);
  mvx_log_test_batches_give_up (&self->batches);
  self->n_pending = self->n_completed;
  g_mutex_unlock (&self->mutex);
  return mvx_log_test_host_check_batches (self, ok ? error : NULL) && ok;
}

/**
 * mvx_log_test_host_get_diagnostics:
 * @self: a host
 *
 * Lists what the plugin had to say to the administrator.
 *
 * Returns: (transfer full): what the plugin has told the diagnostics, each as `LEVEL: MESSAGE`
 *
 * Since: 1.0
 */
char **
mvx_log_test_host_get_diagnostics (MvxLogTestHost *self)
{
  char **texts;

  g_return_val_if_fail (MVX_LOG_IS_TEST_HOST (self), NULL);
  g_mutex_lock (&self->mutex);
  texts = g_new0 (char *, self->diagnostics->len + 1);
  for (guint i = 0; i < self->diagnostics->len; i++)
    texts[i] = g_strdup (g_ptr_array_index (self->diagnostics, i));
  g_mutex_unlock (&self->mutex);
  return texts;
}

/**
 * mvx_log_test_host_get_count:
 * @self: a host
 * @counter: name of a counter of the plugin's own
 *
 * Reads a counter that the plugin keeps with [method@MvxLog.SinkHost.count].
 *
 * Returns: what it has counted so far, 0 if nothing
 *
 * Since: 1.0
 */
gint64
mvx_log_test_host_get_count (MvxLogTestHost *self, const char *counter)
{
  g_autoptr (GVariant) counts = NULL;
  gint64 n = 0;

  g_return_val_if_fail (MVX_LOG_IS_TEST_HOST (self), 0);
  g_return_val_if_fail (counter != NULL, 0);
  counts = mvx_log_test_hooks ()->get_host_counts (self->host);
  g_variant_lookup (counts, counter, "x", &n);
  return n;
}
