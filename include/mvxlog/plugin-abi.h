/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contract between libmvxlog and a sink plugin. docs/PLUGIN-GUIDE.md tells how to write one. */
#pragma once

#include <mvxlog/descriptor.h>
#include <mvxlog/event.h>
#include <mvxlog/options.h>
#include <mvxlog/sink.h>

G_BEGIN_DECLS

/**
 * MVX_LOG_PLUGIN_MAGIC:
 *
 * What the data symbol of every plugin begins with: "MVXP".
 *
 * Since: 1.0
 */
#define MVX_LOG_PLUGIN_MAGIC 0x4d565850u
/**
 * MVX_LOG_PLUGIN_ABI_MAJOR:
 *
 * Major version of the contract that these headers describe. A host takes plugins of its own major version only.
 *
 * Since: 1.0
 */
#define MVX_LOG_PLUGIN_ABI_MAJOR 1
/**
 * MVX_LOG_PLUGIN_ABI_MINOR:
 *
 * Minor version of the contract that these headers describe. A host takes plugins of its own and all earlier ones.
 *
 * Since: 1.0
 */
#define MVX_LOG_PLUGIN_ABI_MINOR 0
/**
 * MVX_LOG_PLUGIN_ABI:
 *
 * Both versions as one number, as it stands in a plugin.
 *
 * Since: 1.0
 */
#define MVX_LOG_PLUGIN_ABI ((MVX_LOG_PLUGIN_ABI_MAJOR << 16) | MVX_LOG_PLUGIN_ABI_MINOR)

/**
 * MvxLogPluginFlags:
 * @MVX_LOG_PLUGIN_ASYNC: dispatch_core runs on a worker thread of its own, else on the logging thread under the sink's
 *   lock; a plugin that can do both has an option `async`, which decides
 * @MVX_LOG_PLUGIN_ACKNOWLEDGES: delivery is confirmed by the backend; dispatch_core may return PENDING
 * @MVX_LOG_PLUGIN_SINGLETON: at most one sink of this plugin in a process
 * @MVX_LOG_PLUGIN_EXCLUSIVE_RESOURCE: no two sinks with the same resource key
 *
 * What a plugin is.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_PLUGIN_ASYNC = 1 << 0,
  MVX_LOG_PLUGIN_ACKNOWLEDGES = 1 << 1,
  MVX_LOG_PLUGIN_SINGLETON = 1 << 2,
  MVX_LOG_PLUGIN_EXCLUSIVE_RESOURCE = 1 << 3
} MvxLogPluginFlags;

/**
 * MvxLogDispatchResult:
 * @MVX_LOG_DISPATCH_FAILED: unrecoverable: the sink goes offline for good
 * @MVX_LOG_DISPATCH_OK: all events are settled; `n_done` must be `n_events`
 * @MVX_LOG_DISPATCH_RETRY: the backend is in trouble: the events behind `n_done` are kept and offered again later
 * @MVX_LOG_DISPATCH_DROP: the events behind `n_done` can never be delivered: they are counted as dropped
 * @MVX_LOG_DISPATCH_PENDING: plugins that acknowledge: the batch stays valid until [method@MvxLog.SinkHost.complete]
 *
 * What became of a batch. Anything but OK and PENDING sets the error; a set error turns OK into FAILED.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_DISPATCH_FAILED = 0,
  MVX_LOG_DISPATCH_OK = 1,
  MVX_LOG_DISPATCH_RETRY = 2,
  MVX_LOG_DISPATCH_DROP = 3,
  MVX_LOG_DISPATCH_PENDING = 4
} MvxLogDispatchResult;

/**
 * MvxLogPlugin:
 * @magic: %MVX_LOG_PLUGIN_MAGIC
 * @abi: %MVX_LOG_PLUGIN_ABI of the header it was built with
 * @struct_size: size of this structure in that header
 * @flags: [flags@MvxLog.PluginFlags]
 * @name: the NAME of `libmvxlog-NAME.so`: [a-z][a-z0-9-]{0,30}
 * @version: its own version
 * @summary: one line for people
 * @licence: SPDX expression
 * @origin: (nullable): where it comes from: a package or an address
 * @options: (nullable): its option table
 * @destroy: frees an instance; called once, after the last dispatch
 * @on_starting: (nullable): on the worker, before the first dispatch and after every restart
 * @on_stopped: (nullable): on the worker, after the last dispatch
 * @flush: (nullable): writes out what the plugin itself holds back; must return by the deadline
 * @reopen: (nullable): reopens files
 * @probe: (nullable): can the destination be reached with these options? Creates nothing
 * @reconfigure: (nullable): takes over changed options that are flagged RELOADABLE, all or none
 *
 * The data symbol of a plugin, read before any of its functions is called. Hooks are called on the sink's worker for
 * ASYNC plugins, else under the sink's lock; never two at a time for one instance.
 *
 * Since: 1.0
 */
struct _MvxLogPlugin
{
  guint32                 magic;
  guint32                 abi;
  guint32                 struct_size;
  guint32                 flags;
  const char             *name;
  const char             *version;
  const char             *summary;
  const char             *licence;
  const char             *origin;
  const MvxLogOptionSpec *options;

  void     (*destroy)     (gpointer       instance);

  /* Optional, and read only if inside struct_size. */
  gboolean (*on_starting) (gpointer       instance,
                           GError       **error);
  gboolean (*on_stopped)  (gpointer       instance,
                           GError       **error);
  gboolean (*flush)       (gpointer       instance,
                           gint64         deadline_us,
                           GError       **error);
  gboolean (*reopen)      (gpointer       instance,
                           GError       **error);
  gboolean (*probe)       (MvxLogOptions *options,
                           gint64         deadline_us,
                           GError       **error);
  gboolean (*reconfigure) (gpointer       instance,
                           MvxLogOptions *options,
                           GError       **error);
  gpointer reserved[8];
};

/**
 * MVX_LOG_PLUGIN_MIN_SIZE:
 *
 * The least size of [struct@MvxLog.Plugin]: everything up to and including `destroy` must be there.
 *
 * Since: 1.0
 */
#define MVX_LOG_PLUGIN_MIN_SIZE (G_STRUCT_OFFSET (MvxLogPlugin, on_starting))

/**
 * MvxLogStaticPlugin:
 * @plugin: the data symbol
 * @build_descriptor: says what a sink with these options would be
 * @create: makes an instance
 * @dispatch_core: delivers a batch
 *
 * The four symbols of a plugin that is linked into the program instead of being loaded.
 *
 * Since: 1.0
 */
typedef struct
{
  const MvxLogPlugin *plugin;
  MvxLogSinkDescriptor *(*build_descriptor) (MvxLogOptions *options, GError **error);
  gpointer (*create) (MvxLogOptions *options, MvxLogSinkHost *host, GError **error);
  MvxLogDispatchResult (*dispatch_core) (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done,
                                         GError **error);
} MvxLogStaticPlugin;

/* What the core does for a plugin instance. All are thread-safe. */
MVX_LOG_AVAILABLE_IN_1_0
const char   *mvx_log_sink_host_get_name         (MvxLogSinkHost *host);
MVX_LOG_AVAILABLE_IN_1_0
GMainContext *mvx_log_sink_host_get_main_context (MvxLogSinkHost *host);
MVX_LOG_AVAILABLE_IN_1_0
GCancellable *mvx_log_sink_host_get_cancellable  (MvxLogSinkHost *host);
MVX_LOG_AVAILABLE_IN_1_0
void          mvx_log_sink_host_diagnose         (MvxLogSinkHost *host,
                                                  gint            level,
                                                  const char     *message);
MVX_LOG_AVAILABLE_IN_1_0
void          mvx_log_sink_host_diagnosef        (MvxLogSinkHost *host,
                                                  gint            level,
                                                  const char     *format,
                                                  ...) G_GNUC_PRINTF (3, 4);
MVX_LOG_AVAILABLE_IN_1_0
void          mvx_log_sink_host_count            (MvxLogSinkHost *host,
                                                  const char     *counter,
                                                  gint64          n);
MVX_LOG_AVAILABLE_IN_1_0
void          mvx_log_sink_host_complete         (MvxLogSinkHost       *host,
                                                  MvxLogEvent *const   *batch,
                                                  MvxLogDispatchResult  result,
                                                  guint                 n_done,
                                                  GError               *error);
MVX_LOG_AVAILABLE_IN_1_0
void          mvx_log_sink_host_resume           (MvxLogSinkHost *host);
MVX_LOG_AVAILABLE_IN_1_0
void          mvx_log_sink_host_reject           (MvxLogSinkHost *host,
                                                  MvxLogEvent    *event,
                                                  const char     *reason);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogSink   *mvx_log_sink_host_ref_sink         (MvxLogSinkHost *host,
                                                  const char     *name,
                                                  GError        **error);

MVX_LOG_AVAILABLE_IN_1_0
gboolean      mvx_log_sink_host_set_emergency_fd (MvxLogSinkHost *host,
                                                  int             fd,
                                                  gboolean        json);

/* The three functions of a plugin. Linked statically (-DMVX_LOG_STATIC_PLUGIN=NAME, dashes as underscores) they get
 * names of their own by asm labels, so that several plugins fit into one program and no struct member is renamed. */
/**
 * MVX_LOG_STATIC_PLUGIN:
 *
 * Define it as the plugin's name, dashes as underscores, to compile a plugin for static linking:
 * `-DMVX_LOG_STATIC_PLUGIN=NAME`.
 *
 * Since: 1.0
 */
#ifdef MVX_LOG_STATIC_PLUGIN
#define MVX_LOG_PLUGIN_PASTE2_(a, b) a##b
#define MVX_LOG_PLUGIN_PASTE_(a, b) MVX_LOG_PLUGIN_PASTE2_ (a, b)
#define MVX_LOG_PLUGIN_LABEL_(symbol)                                                                                  \
  __asm__ ("mvx_plugin_" G_STRINGIFY (MVX_LOG_STATIC_PLUGIN) "_" symbol)
#else
#define MVX_LOG_PLUGIN_LABEL_(symbol)
#endif

#if defined(MVX_LOG_PLUGIN_COMPILATION) || defined(MVX_LOG_STATIC_PLUGIN)
MVX_LOG_EXPORT
const MvxLogPlugin    mvx_log_plugin MVX_LOG_PLUGIN_LABEL_ ("plugin");
MVX_LOG_EXPORT
MvxLogSinkDescriptor *build_descriptor (MvxLogOptions        *options,
                                        GError              **error)
    MVX_LOG_PLUGIN_LABEL_ ("build_descriptor");
MVX_LOG_EXPORT
gpointer              create           (MvxLogOptions        *options,
                                        MvxLogSinkHost       *host,
                                        GError              **error)
    MVX_LOG_PLUGIN_LABEL_ ("create");
MVX_LOG_EXPORT
MvxLogDispatchResult  dispatch_core    (gpointer              instance,
                                        MvxLogEvent *const   *events,
                                        guint                 n_events,
                                        guint                *n_done,
                                        GError              **error)
    MVX_LOG_PLUGIN_LABEL_ ("dispatch_core");
#endif

/* Hooks that are not named are %NULL, and C++ has taken their names from C only since C++20. */
#ifdef __cplusplus
#define MVX_LOG_PLUGIN_QUIET_                                                                                          \
  _Pragma ("GCC diagnostic push") _Pragma ("GCC diagnostic ignored \"-Wpragmas\"")                                     \
  _Pragma ("GCC diagnostic ignored \"-Wmissing-field-initializers\"")                                                  \
  _Pragma ("GCC diagnostic ignored \"-Wpedantic\"") _Pragma ("GCC diagnostic ignored \"-Wc++20-extensions\"")
#define MVX_LOG_PLUGIN_LOUD_                                                                                           \
  ;                                                                                                                    \
  _Pragma ("GCC diagnostic pop") static_assert (true, "")
#else
#define MVX_LOG_PLUGIN_QUIET_
#define MVX_LOG_PLUGIN_LOUD_
#endif

/**
 * MVX_LOG_PLUGIN_DEFINE:
 * @NAME: the plugin's name, a string literal
 * @VERSION: its version
 * @SUMMARY: one line
 * @LICENCE: SPDX expression
 * @FLAGS: [flags@MvxLog.PluginFlags]
 * @OPTIONS: (nullable): the option table
 * @...: what frees an instance, then optional hooks, as designated initialisers
 *
 * Defines the data symbol. Define `MVX_LOG_PLUGIN_COMPILATION` before
 * including the header.
 *
 * Since: 1.0
 */
#define MVX_LOG_PLUGIN_DEFINE(NAME, VERSION, SUMMARY, LICENCE, FLAGS, OPTIONS, ...)                                    \
  MVX_LOG_PLUGIN_QUIET_                                                                                                \
  const MvxLogPlugin mvx_log_plugin = {                                                                                \
    .magic = MVX_LOG_PLUGIN_MAGIC,                                                                                     \
    .abi = MVX_LOG_PLUGIN_ABI,                                                                                         \
    .struct_size = sizeof (MvxLogPlugin),                                                                              \
    .flags = (FLAGS),                                                                                                  \
    .name = NAME,                                                                                                      \
    .version = VERSION,                                                                                                \
    .summary = SUMMARY,                                                                                                \
    .licence = LICENCE,                                                                                                \
    .options = (OPTIONS),                                                                                              \
    .destroy = __VA_ARGS__                                                                                             \
  } MVX_LOG_PLUGIN_LOUD_

/**
 * MVX_LOG_STATIC_PLUGIN_DECLARE:
 * @id: the plugin's name as an identifier, without quotes
 *
 * Declares `mvx_static_plugin_NAME` in a program that links the plugin statically; hand it to
 * [func@MvxLog.register_static_plugin].
 *
 * Since: 1.0
 */
#define MVX_LOG_STATIC_PLUGIN_DECLARE(id)                                                                              \
  extern const MvxLogPlugin mvx_plugin_##id##_data_ __asm__ ("mvx_plugin_" #id "_plugin");                             \
  extern MvxLogSinkDescriptor *mvx_plugin_##id##_build_ (MvxLogOptions *, GError **) __asm__ (                         \
      "mvx_plugin_" #id "_build_descriptor");                                                                          \
  extern gpointer mvx_plugin_##id##_create_ (MvxLogOptions *, MvxLogSinkHost *, GError **) __asm__ (                   \
      "mvx_plugin_" #id "_create");                                                                                    \
  extern MvxLogDispatchResult mvx_plugin_##id##_dispatch_ (gpointer, MvxLogEvent *const *, guint, guint *, GError **)  \
      __asm__ ("mvx_plugin_" #id "_dispatch_core");                                                                    \
  static const MvxLogStaticPlugin mvx_static_plugin_##id G_GNUC_UNUSED = {                                             \
    &mvx_plugin_##id##_data_,                                                                                          \
    mvx_plugin_##id##_build_,                                                                                          \
    mvx_plugin_##id##_create_,                                                                                         \
    mvx_plugin_##id##_dispatch_,                                                                                       \
  }

/**
 * MVX_LOG_RENDERER_OPTIONS:
 *
 * Rows of an option table for plugins that render events themselves, with `format=json` if nothing is said: append
 * them, and make the renderer by [method@MvxLog.Options.new_renderer].
 *
 * Since: 1.0
 */
#define MVX_LOG_RENDERER_OPTIONS MVX_LOG_RENDERER_OPTIONS_WITH_DEFAULT ("json")

/**
 * MVX_LOG_RENDERER_OPTIONS_WITH_DEFAULT:
 * @FORMAT: default of the option `format`, a string literal
 *
 * %MVX_LOG_RENDERER_OPTIONS with another default.
 *
 * Since: 1.0
 */
#define MVX_LOG_RENDERER_OPTIONS_WITH_DEFAULT(FORMAT)                                                                  \
  { "format", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, FORMAT, 0, 0, NULL,                                    \
    "Renderer: json, logfmt, pretty, pattern or template", { NULL, NULL } },                                           \
  { "pattern", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,                                     \
    "For format=pattern: percent style, such as '%t %l %c: %m %f'", { NULL, NULL } },                                  \
  { "template", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,                                    \
    "For format=template: brace style, such as '{time} {level:<8} {message}'", { NULL, NULL } },                       \
  { "json-keys", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,                                   \
    "For format=json: 'default', 'ecs' (Elastic Common Schema 8) or 'gelf' (Graylog, 1.1)", { NULL, NULL } },          \
  { "json-fields", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,                                 \
    "For format=json: 'flat' (default) or 'nested' user fields", { NULL, NULL } },                                     \
  { "json-template", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,                               \
    "For format=json: 'on' adds the message template", { NULL, NULL } },                                               \
  { "color", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,                                       \
    "For format=pretty: 'auto' (default), 'always' or 'never'", { NULL, NULL } },                                      \
  { "time", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,                                        \
    "For format=pretty: 'clock' (default) or 'relative', seconds since the start", { NULL, NULL } },                   \
  { "align", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,                                       \
    "For format=pretty: 'on' begins the fields of all lines in one column", { NULL, NULL } },                          \
  { "time-zone", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_RELOADABLE, NULL, 0, 0, NULL,                                   \
    "Text renderers: 'local' or 'utc'", { NULL, NULL } }

G_END_DECLS
