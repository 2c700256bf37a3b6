/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

/**
 * MvxLogError:
 * @MVX_LOG_ERROR_INVALID_ARGUMENT: an argument is not what the call takes
 * @MVX_LOG_ERROR_INVALID_NAME: a sink, context or level name is malformed
 * @MVX_LOG_ERROR_UNKNOWN_NAME: no level, renderer or context has this name
 * @MVX_LOG_ERROR_CONTEXT_RESET: the root context must keep this setting
 * @MVX_LOG_ERROR_UNABLE_TO_LOG: an event could not be handed to its sinks; the cause says why
 * @MVX_LOG_ERROR_TIMED_OUT: the deadline passed first
 * @MVX_LOG_ERROR_WOULD_DEADLOCK: the call would wait for its own thread
 * @MVX_LOG_ERROR_SHUT_DOWN: the library has been shut down
 * @MVX_LOG_ERROR_INVALID_TEMPLATE: a message template or pattern does not parse
 * @MVX_LOG_ERROR_INVALID_RECORD: bytes are not a well-formed record
 * @MVX_LOG_ERROR_ALREADY_SET: it can be set once in a process, and somebody else has
 *
 * Errors of logging itself.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_ERROR_INVALID_ARGUMENT = 1,
  MVX_LOG_ERROR_INVALID_NAME,
  MVX_LOG_ERROR_UNKNOWN_NAME,
  MVX_LOG_ERROR_CONTEXT_RESET,
  MVX_LOG_ERROR_UNABLE_TO_LOG,
  MVX_LOG_ERROR_TIMED_OUT,
  MVX_LOG_ERROR_WOULD_DEADLOCK,
  MVX_LOG_ERROR_SHUT_DOWN,
  MVX_LOG_ERROR_INVALID_TEMPLATE,
  MVX_LOG_ERROR_INVALID_RECORD,
  MVX_LOG_ERROR_ALREADY_SET
} MvxLogError;

/**
 * MvxLogSinkError:
 * @MVX_LOG_SINK_ERROR_CONFLICT: there is a sink of this name with another descriptor
 * @MVX_LOG_SINK_ERROR_DESCRIPTOR_FAILED: the plugin's build_descriptor has failed
 * @MVX_LOG_SINK_ERROR_CREATE_FAILED: the plugin's create has failed; nothing was registered
 * @MVX_LOG_SINK_ERROR_CLOSE_FAILED: the terminator has failed; the sink is gone nevertheless
 * @MVX_LOG_SINK_ERROR_IN_USE: a context holds the sink as its own
 * @MVX_LOG_SINK_ERROR_RESOURCE_IN_USE: another sink has this exclusive resource
 * @MVX_LOG_SINK_ERROR_UNKNOWN_SINK: there is no sink of this name
 * @MVX_LOG_SINK_ERROR_INVALID_OPTION: an option is unknown, missing or not of its type
 * @MVX_LOG_SINK_ERROR_RECONFIGURE_FAILED: a running sink could not take over changed options
 * @MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE: the sink's main context cannot be had by its worker
 * @MVX_LOG_SINK_ERROR_INVALID_STATE: the sink is in no state in which it can do that
 * @MVX_LOG_SINK_ERROR_ON_STARTING_FAILED: the plugin's on_starting has failed; the sink does not run
 * @MVX_LOG_SINK_ERROR_ON_STOPPED_FAILED: the plugin's on_stopped has failed; the sink is stopped nevertheless
 * @MVX_LOG_SINK_ERROR_QUEUE_OVERFLOW: the queue is full, and its policy is to say so
 * @MVX_LOG_SINK_ERROR_DISPATCHER_CANCELLED: the dispatch was cancelled, for the time to stop was over
 * @MVX_LOG_SINK_ERROR_DISPATCH_FAILED: the plugin's dispatch_core has failed for good
 * @MVX_LOG_SINK_ERROR_UNDELIVERED: events were lost; the details say how many
 * @MVX_LOG_SINK_ERROR_UNEXPECTED: a plugin or a sink has broken its contract
 *
 * Errors of sink configuration (the first group) and of running sinks (the second).
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_SINK_ERROR_CONFLICT = 1,
  MVX_LOG_SINK_ERROR_DESCRIPTOR_FAILED,
  MVX_LOG_SINK_ERROR_CREATE_FAILED,
  MVX_LOG_SINK_ERROR_CLOSE_FAILED,
  MVX_LOG_SINK_ERROR_IN_USE,
  MVX_LOG_SINK_ERROR_RESOURCE_IN_USE,
  MVX_LOG_SINK_ERROR_UNKNOWN_SINK,
  MVX_LOG_SINK_ERROR_INVALID_OPTION,
  MVX_LOG_SINK_ERROR_RECONFIGURE_FAILED,

  MVX_LOG_SINK_ERROR_EVENT_LOOP_UNAVAILABLE = 100,
  MVX_LOG_SINK_ERROR_INVALID_STATE,
  MVX_LOG_SINK_ERROR_ON_STARTING_FAILED,
  MVX_LOG_SINK_ERROR_ON_STOPPED_FAILED,
  MVX_LOG_SINK_ERROR_QUEUE_OVERFLOW,
  MVX_LOG_SINK_ERROR_DISPATCHER_CANCELLED,
  MVX_LOG_SINK_ERROR_DISPATCH_FAILED,
  MVX_LOG_SINK_ERROR_UNDELIVERED,
  MVX_LOG_SINK_ERROR_UNEXPECTED
} MvxLogSinkError;

/**
 * MvxLogPluginError:
 * @MVX_LOG_PLUGIN_ERROR_INVALID_NAME: it cannot be the name of a plugin
 * @MVX_LOG_PLUGIN_ERROR_NOT_ALLOWED: it is not on the list of those that are allowed
 * @MVX_LOG_PLUGIN_ERROR_NOT_FOUND: no folder that is searched has a file of its name
 * @MVX_LOG_PLUGIN_ERROR_UNREADABLE: the file or its folder cannot be read
 * @MVX_LOG_PLUGIN_ERROR_SYMLINK: a symbolic link stands in the place of the file
 * @MVX_LOG_PLUGIN_ERROR_NOT_REGULAR: it is no regular file
 * @MVX_LOG_PLUGIN_ERROR_UNTRUSTED_OWNER: it belongs to somebody else than root and the user of the process
 * @MVX_LOG_PLUGIN_ERROR_UNTRUSTED_MODE: others can write to the file
 * @MVX_LOG_PLUGIN_ERROR_UNTRUSTED_PARENT: others can write to a folder above it, or own one
 * @MVX_LOG_PLUGIN_ERROR_CHANGED: another file stood there after loading
 * @MVX_LOG_PLUGIN_ERROR_LOAD_FAILED: it cannot be loaded; the loader's text says why
 * @MVX_LOG_PLUGIN_ERROR_NOT_A_PLUGIN: it has no `mvx_log_plugin`
 * @MVX_LOG_PLUGIN_ERROR_BAD_MAGIC: its `mvx_log_plugin` does not begin with %MVX_LOG_PLUGIN_MAGIC
 * @MVX_LOG_PLUGIN_ERROR_ABI_MISMATCH: it is built for another major, or a later minor, version of the contract
 * @MVX_LOG_PLUGIN_ERROR_BAD_STRUCT_SIZE: its structure is smaller than the least that must be there, or larger than
 *   any can be
 * @MVX_LOG_PLUGIN_ERROR_MISSING_SYMBOL: one of its three functions is missing
 * @MVX_LOG_PLUGIN_ERROR_FOREIGN_SYMBOL: a symbol was found in a dependency instead of the plugin
 * @MVX_LOG_PLUGIN_ERROR_NO_DESTROY: it has no destroy
 * @MVX_LOG_PLUGIN_ERROR_BAD_FLAGS: flags that are unknown, or that exclude each other
 * @MVX_LOG_PLUGIN_ERROR_NAME_MISMATCH: it has another name than its file's
 * @MVX_LOG_PLUGIN_ERROR_BAD_METADATA: version, summary or licence is missing or no text
 * @MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE: a row of its option table is wrong
 *
 * Why a plugin was refused. No code of the plugin has run before %MVX_LOG_PLUGIN_ERROR_LOAD_FAILED can be ruled out;
 * from %MVX_LOG_PLUGIN_ERROR_NOT_A_PLUGIN on only its ELF constructors can have.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_PLUGIN_ERROR_INVALID_NAME = 1,
  MVX_LOG_PLUGIN_ERROR_NOT_ALLOWED,
  MVX_LOG_PLUGIN_ERROR_NOT_FOUND,
  MVX_LOG_PLUGIN_ERROR_UNREADABLE,
  MVX_LOG_PLUGIN_ERROR_SYMLINK,
  MVX_LOG_PLUGIN_ERROR_NOT_REGULAR,
  MVX_LOG_PLUGIN_ERROR_UNTRUSTED_OWNER,
  MVX_LOG_PLUGIN_ERROR_UNTRUSTED_MODE,
  MVX_LOG_PLUGIN_ERROR_UNTRUSTED_PARENT,
  MVX_LOG_PLUGIN_ERROR_CHANGED,
  MVX_LOG_PLUGIN_ERROR_LOAD_FAILED,
  MVX_LOG_PLUGIN_ERROR_NOT_A_PLUGIN,
  MVX_LOG_PLUGIN_ERROR_BAD_MAGIC,
  MVX_LOG_PLUGIN_ERROR_ABI_MISMATCH,
  MVX_LOG_PLUGIN_ERROR_BAD_STRUCT_SIZE,
  MVX_LOG_PLUGIN_ERROR_MISSING_SYMBOL,
  MVX_LOG_PLUGIN_ERROR_FOREIGN_SYMBOL,
  MVX_LOG_PLUGIN_ERROR_NO_DESTROY,
  MVX_LOG_PLUGIN_ERROR_BAD_FLAGS,
  MVX_LOG_PLUGIN_ERROR_NAME_MISMATCH,
  MVX_LOG_PLUGIN_ERROR_BAD_METADATA,
  MVX_LOG_PLUGIN_ERROR_BAD_OPTION_TABLE
} MvxLogPluginError;

/**
 * MvxLogConfigError:
 * @MVX_LOG_CONFIG_ERROR_NOT_FOUND: there is no such file
 * @MVX_LOG_CONFIG_ERROR_UNREADABLE: the file cannot be read
 * @MVX_LOG_CONFIG_ERROR_UNTRUSTED: somebody else owns the file, or everybody can write to it
 * @MVX_LOG_CONFIG_ERROR_INVALID: there are mistakes in it, one per line of the message
 * @MVX_LOG_CONFIG_ERROR_APPLY_FAILED: it is right, but a sink refused; the old configuration runs on
 *
 * Errors of key-files and of applying them.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_CONFIG_ERROR_NOT_FOUND = 1,
  MVX_LOG_CONFIG_ERROR_UNREADABLE,
  MVX_LOG_CONFIG_ERROR_UNTRUSTED,
  MVX_LOG_CONFIG_ERROR_INVALID,
  MVX_LOG_CONFIG_ERROR_APPLY_FAILED
} MvxLogConfigError;

#define MVX_LOG_ERROR (mvx_log_error_quark ())
#define MVX_LOG_SINK_ERROR (mvx_log_sink_error_quark ())
#define MVX_LOG_PLUGIN_ERROR (mvx_log_plugin_error_quark ())
#define MVX_LOG_CONFIG_ERROR (mvx_log_config_error_quark ())

MVX_LOG_AVAILABLE_IN_1_0
GQuark        mvx_log_error_quark            (void);
MVX_LOG_AVAILABLE_IN_1_0
GQuark        mvx_log_sink_error_quark       (void);
MVX_LOG_AVAILABLE_IN_1_0
GQuark        mvx_log_plugin_error_quark     (void);
MVX_LOG_AVAILABLE_IN_1_0
GQuark        mvx_log_config_error_quark     (void);
MVX_LOG_AVAILABLE_IN_1_0
const char   *mvx_log_error_get_reason       (const GError *error);
MVX_LOG_AVAILABLE_IN_1_0
GVariant     *mvx_log_error_get_details      (const GError *error);
MVX_LOG_AVAILABLE_IN_1_0
const GError *mvx_log_error_get_cause        (const GError *error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean      mvx_log_error_is_recoverable   (const GError *error);
MVX_LOG_AVAILABLE_IN_1_0
gint          mvx_log_error_get_severity     (const GError *error);
MVX_LOG_AVAILABLE_IN_1_0
char         *mvx_log_error_dup_code         (const GError *error);
MVX_LOG_AVAILABLE_IN_1_0
GVariant     *mvx_log_error_to_payload       (const GError *error);

/**
 * MvxLogErrorPayloadFunc:
 * @error: an error of the domain that the function was set for
 * @data: (closure): what it was set with
 *
 * Describes an error for the log, such as the private part of an extended one. May be called on any thread; must not
 * change @error. What it logs itself goes to the diagnostics if it is called for an event.
 *
 * Returns: (nullable) (transfer full): a dictionary `a{sv}`, possibly floating, or %NULL for the usual description
 *
 * Since: 1.0
 */
typedef GVariant *(*MvxLogErrorPayloadFunc) (const GError *error,
                                             gpointer      data);

MVX_LOG_AVAILABLE_IN_1_0
void          mvx_log_error_set_payload_func (GQuark                 domain,
                                              MvxLogErrorPayloadFunc func,
                                              gpointer               data,
                                              GDestroyNotify         destroy);

G_END_DECLS
