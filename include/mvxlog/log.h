/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The logging macros. Their only run-time cost below the level is two dependent loads and a compare.
 *
 *     MVX_LOG_CONTEXT (net, "org.example.shop.net")
 *     mvx_info (net, "request {path} took {ms} ms", "path", path, "ms", 12.5);
 *
 * Template and keys are string literals (anything else does not compile), values are typed by C11 _Generic or C++
 * overloads. The context is evaluated once, the values once and only if the event passes the level.
 */
#pragma once

#include <mvxlog/callsite.h>
#include <mvxlog/context.h>
#include <mvxlog/event-id.h>
#include <mvxlog/head.h>
#include <mvxlog/level.h>
#include <mvxlog/value.h>

G_BEGIN_DECLS

/**
 * MvxLogHandle:
 * @head: what it has in common with a context
 * @name: the context's name
 *
 * A context that a source file names once with %MVX_LOG_CONTEXT. Lives in the file's own memory; only the file's own
 * code writes to it.
 *
 * Since: 1.0
 */
typedef struct
{
  MvxLogHead  head;
  const char *name;
} MvxLogHandle;

MVX_LOG_AVAILABLE_IN_1_0
const MvxLogNode  mvx_log_unresolved_node;
MVX_LOG_AVAILABLE_IN_1_0
const MvxLogNode *mvx_log_handle_resolve   (const char           *name);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogContext    *mvx_log_handle_context   (MvxLogHandle         *handle);
MVX_LOG_AVAILABLE_IN_1_0
void              mvx_log_write            (const MvxLogHead     *head,
                                            gint                  level,
                                            const MvxLogCallsite *callsite,
                                            const MvxLogArg      *args);
MVX_LOG_AVAILABLE_IN_1_0
void              mvx_log_write_named      (const MvxLogHead     *head,
                                            gint                  level,
                                            const char           *event_name,
                                            const MvxLogCallsite *callsite,
                                            const MvxLogArg      *args);
MVX_LOG_AVAILABLE_IN_1_0
void              mvx_log_write_event_id   (const MvxLogHead     *head,
                                            gint                  level,
                                            const MvxLogEventId  *event,
                                            const MvxLogCallsite *callsite,
                                            const MvxLogArg      *args);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogContext    *mvx_log_bind_args        (const MvxLogHead     *head,
                                            const MvxLogCallsite *callsite,
                                            const MvxLogArg      *args);

/**
 * MvxLogBoolArg:
 * @value: the value
 *
 * What %MVX_LOG_BOOL makes: a truth value with a type of its own.
 *
 * Since: 1.0
 */
typedef struct { gboolean value; } MvxLogBoolArg;
/**
 * MvxLogObjectArg:
 * @value: the object
 *
 * What %MVX_LOG_OBJECT makes: an object with a type of its own.
 *
 * Since: 1.0
 */
typedef struct { gpointer value; } MvxLogObjectArg;
/**
 * MvxLogTimeArg:
 * @value: nanoseconds since 1970-01-01 UTC
 *
 * What %MVX_LOG_TIME makes: a point in time with a type of its own.
 *
 * Since: 1.0
 */
typedef struct { gint64 value; } MvxLogTimeArg;

static inline MvxLogBoolArg
mvx_log_bool_arg_ (gboolean v)
{
  MvxLogBoolArg a;
  a.value = v;
  return a;
}

static inline MvxLogObjectArg
mvx_log_object_arg_ (gpointer v)
{
  MvxLogObjectArg a;
  a.value = v;
  return a;
}

static inline MvxLogTimeArg
mvx_log_time_arg_ (gint64 v)
{
  MvxLogTimeArg a;
  a.value = v;
  return a;
}

/**
 * MVX_LOG_BOOL:
 * @v: a gboolean
 *
 * A truth value: a gboolean is an int, so it has to be said.
 *
 * Since: 1.0
 */
#define MVX_LOG_BOOL(v) mvx_log_bool_arg_ ((v) != 0)
/**
 * MVX_LOG_INT:
 * @v: an integer, possibly a bit-field
 *
 * An integer.
 *
 * Since: 1.0
 */
#define MVX_LOG_INT(v) ((gint64) (v))
/**
 * MVX_LOG_OBJECT:
 * @v: (nullable): a GObject
 *
 * An object, captured by the adapter of its type.
 *
 * Since: 1.0
 */
#define MVX_LOG_OBJECT(v) mvx_log_object_arg_ ((gpointer) (v))
/**
 * MVX_LOG_TIME:
 * @v: nanoseconds since 1970-01-01 UTC
 *
 * A point in time.
 *
 * Since: 1.0
 */
#define MVX_LOG_TIME(v) mvx_log_time_arg_ ((gint64) (v))

/**
 * MVX_LOG_SECRET:
 * @key: a key, a string literal
 *
 * Marks the field of a pair as nobody's business: its value is masked for every sink that does not say otherwise, in
 * the message, too.
 *
 *     mvx_info (db, "connected as {user}", "user", user, MVX_LOG_SECRET ("password"), password);
 *
 * For arrays of fields there is %MVX_LOG_FIELD_SECRET.
 *
 * Since: 1.0
 */
#define MVX_LOG_SECRET(key) MVX_LOG_SECRET_ key
/**
 * MVX_LOG_PERSONAL:
 * @key: a key, a string literal
 *
 * Marks the field of a pair as one that tells of a person: a sink may mask, hash or drop it.
 *
 * For arrays of fields there is %MVX_LOG_FIELD_PERSONAL.
 *
 * Since: 1.0
 */
#define MVX_LOG_PERSONAL(key) MVX_LOG_PERSONAL_ key

/**
 * MVX_LOG_LEVEL_FLOOR:
 *
 * Calls below this level are not compiled in. Define it before including the header; everything is kept by default.
 *
 * Since: 1.0
 */
#ifndef MVX_LOG_LEVEL_FLOOR
#define MVX_LOG_LEVEL_FLOOR (-32768)
#endif

/**
 * MVX_LOG_NO_SOURCE:
 *
 * Define it before including the header to leave file, line and function out of the program.
 *
 * Since: 1.0
 */
#ifdef MVX_LOG_NO_SOURCE
#define MVX_LOG_FILE_ NULL
#define MVX_LOG_LINE_ 0
#define MVX_LOG_FUNCTION_ NULL
#else
#ifdef __FILE_NAME__
#define MVX_LOG_FILE_ __FILE_NAME__
#else
#define MVX_LOG_FILE_ __FILE__
#endif
#define MVX_LOG_LINE_ __LINE__
#define MVX_LOG_FUNCTION_ __func__
#endif

G_END_DECLS
