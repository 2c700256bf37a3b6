/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plugins `test` and `test-async`, whose sinks a test controls by name. */
#include <mvxlog/facade.h>
#include <mvxlog/test-error.h>
#include <mvxlog/test-sink.h>

/**
 * MvxLogTestSink:
 *
 * The controls of a sink that keeps what it gets, and that fails, drops, asks for a retry or blocks when a test says
 * so. The sink itself is one of the plugin `test`, which delivers in the logging thread, or `test-async`, which has a
 * queue and a worker like any other asynchronous plugin: all their options hold, and a key-file may name them.
 * Thread-safe.
 *
 * Since: 1.0
 */
struct _MvxLogTestSink
{
  GObject parent_instance;

  char *name;
  guint n_instances; /* mvx_log_test_sinks_mutex */

  GMutex mutex; /* what follows */
  GCond cond;
  GQueue answers; /* of MvxLogTestAnswer */
  gboolean blocked;
  guint n_inside; /* threads that wait for the release */
  guint n_attempts;
  GPtrArray *events;
};

typedef struct
{
  guint n_events;
  MvxLogDispatchResult result;
  char *why;
} MvxLogTestAnswer;

static GMutex mvx_log_test_sinks_mutex;
static GHashTable *mvx_log_test_sinks; /* name to controls, while an instance lives */

G_DEFINE_FINAL_TYPE (MvxLogTestSink, mvx_log_test_sink, G_TYPE_OBJECT)

static void
mvx_log_test_sink_answer_free (gpointer data)
{
  MvxLogTestAnswer *answer = data;

  g_free (answer->why);
  g_free (answer);
}

static void
mvx_log_test_sink_finalize (GObject *object)
{
  MvxLogTestSink *self = MVX_LOG_TEST_SINK (object);

  g_queue_clear_full (&self->answers, mvx_log_test_sink_answer_free);
  g_ptr_array_unref (self->events);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self->name);
  G_OBJECT_CLASS (mvx_log_test_sink_parent_class)->finalize (object);
}

static void
mvx_log_test_sink_class_init (MvxLogTestSinkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mvx_log_test_sink_finalize;
}

static void
mvx_log_test_sink_init (MvxLogTestSink *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  g_queue_init (&self->answers);
  self->events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);
}

static MvxLogSinkDescriptor *
mvx_log_test_sink_build_descriptor (MvxLogOptions *options, GError **error)
{
  return mvx_log_sink_descriptor_new ("test", NULL, NULL);
}

/* A sink that is replaced and its successor share the controls. */
static gpointer
mvx_log_test_sink_create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  const char *name = mvx_log_sink_host_get_name (host);
  MvxLogTestSink *self;

  g_mutex_lock (&mvx_log_test_sinks_mutex);
  if (mvx_log_test_sinks == NULL)
    mvx_log_test_sinks = g_hash_table_new (g_str_hash, g_str_equal);
  self = g_hash_table_lookup (mvx_log_test_sinks, name);
  if (self)
    g_object_ref (self);
  else
    {
      self = g_object_new (MVX_LOG_TYPE_TEST_SINK, NULL);
      self->name = g_strdup (name);
      g_hash_table_insert (mvx_log_test_sinks, self->name, self);
    }
  self->n_instances++;
  g_mutex_unlock (&mvx_log_test_sinks_mutex);
  return self;
}

static void
mvx_log_test_sink_destroy (gpointer instance)
{
  MvxLogTestSink *self = instance;

  g_mutex_lock (&mvx_log_test_sinks_mutex);
  if (--self->n_instances == 0)
    g_hash_table_remove (mvx_log_test_sinks, self->name);
  g_mutex_unlock (&mvx_log_test_sinks_mutex);
  g_object_unref (self);
}

/* With the mutex: what to do with the next event. */
static MvxLogDispatchResult
mvx_log_test_sink_next (MvxLogTestSink *self, GError **error)
{
  MvxLogTestAnswer *answer = g_queue_peek_head (&self->answers);
  MvxLogDispatchResult result;

  if (answer == NULL)
    return MVX_LOG_DISPATCH_OK;
  result = answer->result;
  if (result != MVX_LOG_DISPATCH_OK)
    g_set_error_literal (error, MVX_LOG_TEST_ERROR, MVX_LOG_TEST_ERROR_AS_TOLD, answer->why);
  if (--answer->n_events == 0)
    mvx_log_test_sink_answer_free (g_queue_pop_head (&self->answers));
  return result;
}

static MvxLogDispatchResult
mvx_log_test_sink_take (MvxLogTestSink *self, const MvxLogEvent *event, GError **error)
{
  MvxLogDispatchResult result;

  g_mutex_lock (&self->mutex);
  self->n_attempts++;
  self->n_inside++;
  g_cond_broadcast (&self->cond);
  while (self->blocked)
    g_cond_wait (&self->cond, &self->mutex);
  self->n_inside--;
  result = mvx_log_test_sink_next (self, error);
  if (result == MVX_LOG_DISPATCH_OK)
    g_ptr_array_add (self->events, mvx_log_event_copy (event));
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  return result;
}

static MvxLogDispatchResult
mvx_log_test_sink_dispatch (gpointer instance,
                            MvxLogEvent *const *events,
                            guint n_events,
                            guint *n_done,
                            GError **error)
{
  for (*n_done = 0; *n_done < n_events; (*n_done)++)
    {
      MvxLogDispatchResult result = mvx_log_test_sink_take (instance, events[*n_done], error);

      if (result != MVX_LOG_DISPATCH_OK)
        return result;
    }
  return MVX_LOG_DISPATCH_OK;
}

#define MVX_LOG_TEST_SINK_PLUGIN(id, NAME, FLAGS, SUMMARY)                                                             \
  static const MvxLogPlugin id##_data = {                                                                              \
    .magic = MVX_LOG_PLUGIN_MAGIC,                                                                                     \
    .abi = MVX_LOG_PLUGIN_ABI,                                                                                         \
    .struct_size = sizeof (MvxLogPlugin),                                                                              \
    .flags = (FLAGS),                                                                                                  \
    .name = NAME,                                                                                                      \
    .version = MVX_LOG_VERSION_S,                                                                                      \
    .summary = SUMMARY,                                                                                                \
    .licence = "LGPL-2.1-or-later",                                                                                    \
    .destroy = mvx_log_test_sink_destroy,                                                                              \
  };                                                                                                                   \
  static const MvxLogStaticPlugin id                                                                                   \
      = { &id##_data, mvx_log_test_sink_build_descriptor, mvx_log_test_sink_create, mvx_log_test_sink_dispatch }

MVX_LOG_TEST_SINK_PLUGIN (mvx_log_test_sink_direct, "test", 0, "Does what a test says, in the logging thread");
MVX_LOG_TEST_SINK_PLUGIN (mvx_log_test_sink_async,
                          "test-async",
                          MVX_LOG_PLUGIN_ASYNC,
                          "Does what a test says, on a worker");

/**
 * mvx_log_test_sink_register_plugins:
 * @error: return location for an error
 *
 * Makes the plugins `test` and `test-async` known, for configurations that name them. [ctor@MvxLogTest.TestSink.new]
 * does that itself. May be called more than once. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_PLUGIN_ERROR_INVALID_NAME if somebody else has taken these names
 *
 * Since: 1.0
 */
gboolean
mvx_log_test_sink_register_plugins (GError **error)
{
  return mvx_log_register_static_plugin (&mvx_log_test_sink_direct, error)
         && mvx_log_register_static_plugin (&mvx_log_test_sink_async, error);
}

static gboolean
mvx_log_test_sink_has (GVariant *options, const char *name)
{
  g_autoptr (GVariant) value = options ? g_variant_lookup_value (options, name, NULL) : NULL;

  return value != NULL;
}

/* Everything is wanted, an answer concerns one event and no other, and nobody wants to wait for a retry. */
static GVariant *
mvx_log_test_sink_complete_options (GVariant *options, gboolean async)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, options);
  if (!mvx_log_test_sink_has (options, "level"))
    g_variant_dict_insert (&dict, "level", "s", "notset");
  if (async && !mvx_log_test_sink_has (options, "batch-max"))
    g_variant_dict_insert (&dict, "batch-max", "s", "1");
  if (async && !mvx_log_test_sink_has (options, "retry-min"))
    g_variant_dict_insert (&dict, "retry-min", "s", "1ms");
  return g_variant_dict_end (&dict);
}

/**
 * mvx_log_test_sink_new:
 * @name: a name for the sink
 * @async: whether it has a queue and a worker of its own
 * @options: (nullable): options of the sink as for [func@MvxLog.configure_sink]; consumed if floating. Unless given,
 *   `level` is `notset`, `batch-max` is 1 and `retry-min` is `1ms`
 * @error: return location for an error
 *
 * Configures a sink of this name in the process and returns its controls. Close it with [func@MvxLog.close_sink].
 * Thread-safe.
 *
 * Returns: (transfer full): the controls, or %NULL with the errors of [func@MvxLog.configure_sink]
 *
 * Since: 1.0
 */
MvxLogTestSink *
mvx_log_test_sink_new (const char *name, gboolean async, GVariant *options, GError **error)
{
  g_autoptr (GVariant) given = options ? g_variant_ref_sink (options) : NULL;
  g_autoptr (MvxLogSink) sink = NULL;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (given == NULL || g_variant_is_of_type (given, G_VARIANT_TYPE_VARDICT), NULL);

  if (!mvx_log_test_sink_register_plugins (error))
    return NULL;
  sink = mvx_log_configure_sink (name, async ? "test-async" : "test", mvx_log_test_sink_complete_options (given, async),
                                 error);
  return sink ? mvx_log_test_sink_get (name) : NULL;
}

/**
 * mvx_log_test_sink_get:
 * @name: name of a sink of the plugin `test` or `test-async`
 *
 * Finds the controls of a sink for tests.
 *
 * Returns: (transfer full) (nullable): its controls, or %NULL if there is no such sink. Thread-safe.
 *
 * Since: 1.0
 */
MvxLogTestSink *
mvx_log_test_sink_get (const char *name)
{
  MvxLogTestSink *self;

  g_return_val_if_fail (name != NULL, NULL);
  g_mutex_lock (&mvx_log_test_sinks_mutex);
  self = mvx_log_test_sinks ? g_hash_table_lookup (mvx_log_test_sinks, name) : NULL;
  if (self)
    g_object_ref (self);
  g_mutex_unlock (&mvx_log_test_sinks_mutex);
  return self;
}

/**
 * mvx_log_test_sink_ref_sink:
 * @self: the controls
 *
 * Finds the sink that is controlled.
 *
 * Returns: (transfer full) (nullable): the sink, or %NULL if it is closed. Thread-safe.
 *
 * Since: 1.0
 */
MvxLogSink *
mvx_log_test_sink_ref_sink (MvxLogTestSink *self)
{
  g_return_val_if_fail (MVX_LOG_IS_TEST_SINK (self), NULL);
  return mvx_log_get_sink (self->name);
}

/**
 * mvx_log_test_sink_answer:
 * @self: the controls
 * @n_events: how many events, at least 1
 * @result: what to answer: OK takes the event, RETRY has it offered again later (by a sink without a queue: refused),
 *   DROP gives it up, FAILED takes the sink offline for good
 * @why: (nullable): text of the error
 *
 * Tells what to do with the next events, after those that other answers are for. Without any, events are taken. With
 * `batch-max` greater than 1, DROP concerns all that is left of a batch. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_test_sink_answer (MvxLogTestSink *self, guint n_events, MvxLogDispatchResult result, const char *why)
{
  MvxLogTestAnswer *answer;

  g_return_if_fail (MVX_LOG_IS_TEST_SINK (self));
  g_return_if_fail (n_events > 0);
  g_return_if_fail (result <= MVX_LOG_DISPATCH_DROP);

  answer = g_new0 (MvxLogTestAnswer, 1);
  answer->n_events = n_events;
  answer->result = result;
  answer->why = g_strdup (why ? why : "the test wants it so");
  g_mutex_lock (&self->mutex);
  g_queue_push_tail (&self->answers, answer);
  g_mutex_unlock (&self->mutex);
}

static void
mvx_log_test_sink_set_blocked (MvxLogTestSink *self, gboolean blocked)
{
  g_mutex_lock (&self->mutex);
  self->blocked = blocked;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

/**
 * mvx_log_test_sink_block:
 * @self: the controls
 *
 * From now on the sink does not return from taking an event until [method@MvxLogTest.Sink.release]: a direct sink
 * holds up whoever logs, an asynchronous one its worker, so that its queue fills. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_test_sink_block (MvxLogTestSink *self)
{
  g_return_if_fail (MVX_LOG_IS_TEST_SINK (self));
  mvx_log_test_sink_set_blocked (self, TRUE);
}

/**
 * mvx_log_test_sink_release:
 * @self: the controls
 *
 * Lets everybody go on. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_test_sink_release (MvxLogTestSink *self)
{
  g_return_if_fail (MVX_LOG_IS_TEST_SINK (self));
  mvx_log_test_sink_set_blocked (self, FALSE);
}

/* @wanted threads held up, @n events taken. */
static gboolean
mvx_log_test_sink_wait (MvxLogTestSink *self, guint wanted, guint n, gint64 deadline_us)
{
  gboolean in_time = TRUE;
  gboolean ok;

  g_mutex_lock (&self->mutex);
  while (!(ok = self->n_inside >= wanted && self->events->len >= n) && in_time)
    {
      if (deadline_us < 0)
        g_cond_wait (&self->cond, &self->mutex);
      else
        in_time = g_cond_wait_until (&self->cond, &self->mutex, deadline_us);
    }
  g_mutex_unlock (&self->mutex);
  return ok;
}

/**
 * mvx_log_test_sink_wait_blocked:
 * @self: the controls of a sink that blocks
 * @deadline_us: monotonic time in microseconds, or -1 to wait for ever
 *
 * Waits until an event holds up its thread. Thread-safe.
 *
 * Returns: %TRUE if one does
 *
 * Since: 1.0
 */
gboolean
mvx_log_test_sink_wait_blocked (MvxLogTestSink *self, gint64 deadline_us)
{
  g_return_val_if_fail (MVX_LOG_IS_TEST_SINK (self), FALSE);
  return mvx_log_test_sink_wait (self, 1, 0, deadline_us);
}

/**
 * mvx_log_test_sink_wait_events:
 * @self: the controls
 * @n_events: how many events
 * @deadline_us: monotonic time in microseconds, or -1 to wait for ever
 *
 * Waits until the sink has taken as many. Thread-safe.
 *
 * Returns: %TRUE if it has
 *
 * Since: 1.0
 */
gboolean
mvx_log_test_sink_wait_events (MvxLogTestSink *self, guint n_events, gint64 deadline_us)
{
  g_return_val_if_fail (MVX_LOG_IS_TEST_SINK (self), FALSE);
  return mvx_log_test_sink_wait (self, 0, n_events, deadline_us);
}

/**
 * mvx_log_test_sink_get_events:
 * @self: the controls
 *
 * Lists what has arrived.
 *
 * Returns: (transfer container) (element-type MvxLogEvent): what the sink has taken, in order. Thread-safe.
 *
 * Since: 1.0
 */
GPtrArray *
mvx_log_test_sink_get_events (MvxLogTestSink *self)
{
  GPtrArray *events;

  g_return_val_if_fail (MVX_LOG_IS_TEST_SINK (self), NULL);
  events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);
  g_mutex_lock (&self->mutex);
  for (guint i = 0; i < self->events->len; i++)
    g_ptr_array_add (events, mvx_log_event_copy (g_ptr_array_index (self->events, i)));
  g_mutex_unlock (&self->mutex);
  return events;
}

/**
 * mvx_log_test_sink_get_n_attempts:
 * @self: the controls
 *
 * Counts the attempts at delivery.
 *
 * Returns: how often the sink was given an event, retries counted. Thread-safe.
 *
 * Since: 1.0
 */
guint
mvx_log_test_sink_get_n_attempts (MvxLogTestSink *self)
{
  guint n;

  g_return_val_if_fail (MVX_LOG_IS_TEST_SINK (self), 0);
  g_mutex_lock (&self->mutex);
  n = self->n_attempts;
  g_mutex_unlock (&self->mutex);
  return n;
}
