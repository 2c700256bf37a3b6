/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

/**
 * MvxLogType:
 * @MVX_LOG_TYPE_NULL: nothing
 * @MVX_LOG_TYPE_BOOL: a truth value, in `u.boolean`
 * @MVX_LOG_TYPE_INT64: a signed integer, in `u.int64`
 * @MVX_LOG_TYPE_UINT64: an unsigned integer, in `u.uint64`
 * @MVX_LOG_TYPE_DOUBLE: a floating-point number, in `u.dbl`
 * @MVX_LOG_TYPE_STRING: text, in `u.string`, `size` bytes and a NUL; may be invalid UTF-8 and hold NULs
 * @MVX_LOG_TYPE_BYTES: `size` bytes, in `u.bytes`
 * @MVX_LOG_TYPE_TIME: nanoseconds since 1970-01-01 UTC, in `u.int64`
 * @MVX_LOG_TYPE_ERROR: a chain of errors, outermost first: a list of maps `domain`, `code`, `message`, `reason`,
 *   `details`, the last two if there are any
 * @MVX_LOG_TYPE_LIST: a list of values; walk it with [struct@MvxLog.ValueIter]
 * @MVX_LOG_TYPE_MAP: keys and values; walk it with [struct@MvxLog.ValueIter]
 *
 * What a field of an event can be.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_TYPE_NULL,
  MVX_LOG_TYPE_BOOL,
  MVX_LOG_TYPE_INT64,
  MVX_LOG_TYPE_UINT64,
  MVX_LOG_TYPE_DOUBLE,
  MVX_LOG_TYPE_STRING,
  MVX_LOG_TYPE_BYTES,
  MVX_LOG_TYPE_TIME,
  MVX_LOG_TYPE_ERROR,
  MVX_LOG_TYPE_LIST,
  MVX_LOG_TYPE_MAP
} MvxLogType;

/**
 * MvxLogValue:
 * @type: what it is
 * @size: bytes of a string (without its NUL), of bytes, or of an encoded list, map or error
 * @u: the value; @type says which member holds it
 *
 * A typed value as a sink sees it. It points into its event and is valid as long as that.
 *
 * Since: 1.0
 */
typedef struct
{
  MvxLogType type;
  guint32    size;
  union
  {
    gboolean      boolean;
    gint64        int64;
    guint64       uint64;
    double        dbl;
    const char   *string;
    const guint8 *bytes;
  } u;
} MvxLogValue;

/**
 * MvxLogValueIter:
 *
 * Walks a list, a map or an error chain. Lives on the stack.
 *
 * Since: 1.0
 */
typedef struct
{
  /*< private >*/
  const guint8 *position;
  const guint8 *end;
  guint32       n_left;
  guint32       type;
} MvxLogValueIter;

MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_value_iter_init (MvxLogValueIter   *iter,
                                  const MvxLogValue *value);
MVX_LOG_AVAILABLE_IN_1_0
guint    mvx_log_value_iter_n_left (const MvxLogValueIter *iter);
MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_value_iter_next (MvxLogValueIter   *iter,
                                  const char       **key,
                                  MvxLogValue       *value);

/**
 * MvxLogKind:
 * @MVX_LOG_KIND_NULL: nothing
 * @MVX_LOG_KIND_BOOL: a truth value, in `i`
 * @MVX_LOG_KIND_INT64: a signed integer, in `i`
 * @MVX_LOG_KIND_UINT64: an unsigned integer, in `u`
 * @MVX_LOG_KIND_DOUBLE: a floating-point number, in `d`
 * @MVX_LOG_KIND_STRING: NUL-terminated text, in `s`; %NULL is captured as nothing
 * @MVX_LOG_KIND_ERROR: a `GError` with its causes, in `p`
 * @MVX_LOG_KIND_VARIANT: a `GVariant`, in `p`
 * @MVX_LOG_KIND_BYTES: a `GBytes`, in `p`
 * @MVX_LOG_KIND_DATE_TIME: a `GDateTime`, in `p`
 * @MVX_LOG_KIND_OBJECT: a `GObject`, in `p`, captured by its adapter
 * @MVX_LOG_KIND_TIME: nanoseconds since 1970-01-01 UTC, in `i`
 * @MVX_LOG_KIND_FIELDS: an array of fields, in `p`, captured as a map
 * @MVX_LOG_KIND_CAUSES: a `GVariant` of type `aa{sv}`, in `p`, captured as a chain of errors
 *
 * What a logging call was given: the C type that the macros found, or that a [struct@MvxLog.Field] names. Capturing
 * turns it into a [enum@MvxLog.Type].
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_KIND_NULL,
  MVX_LOG_KIND_BOOL,
  MVX_LOG_KIND_INT64,
  MVX_LOG_KIND_UINT64,
  MVX_LOG_KIND_DOUBLE,
  MVX_LOG_KIND_STRING,
  MVX_LOG_KIND_ERROR,
  MVX_LOG_KIND_VARIANT,
  MVX_LOG_KIND_BYTES,
  MVX_LOG_KIND_DATE_TIME,
  MVX_LOG_KIND_OBJECT,
  MVX_LOG_KIND_TIME,
  MVX_LOG_KIND_FIELDS,
  MVX_LOG_KIND_CAUSES
} MvxLogKind;

/**
 * MvxLogArg:
 * @i: truth values, signed integers and points in time
 * @u: unsigned integers
 * @d: floating-point numbers
 * @s: text
 * @p: everything else
 *
 * One captured argument of a logging call; a [enum@MvxLog.Kind] says which member holds.
 *
 * Since: 1.0
 */
typedef union
{
  gint64        i;
  guint64       u;
  double        d;
  const char   *s;
  gconstpointer p;
} MvxLogArg;

/**
 * MvxLogFieldFlags:
 * @MVX_LOG_FIELD_UNBOUNDED: all items of a list or map are kept; lengths and depth stay limited
 * @MVX_LOG_FIELD_PERSONAL: tells of a person; a sink may mask, hash or drop it
 * @MVX_LOG_FIELD_SECRET: nobody's business; masked unless a sink says otherwise
 *
 * Flags of a [struct@MvxLog.Field]. In the macros, %MVX_LOG_SECRET and %MVX_LOG_PERSONAL mark a key.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_FIELD_UNBOUNDED = 1 << 0,
  MVX_LOG_FIELD_PERSONAL = 1 << 1,
  MVX_LOG_FIELD_SECRET = 1 << 2
} MvxLogFieldFlags;

/**
 * MvxLogField:
 * @key: the key, UTF-8
 * @kind: which member of @value holds
 * @length: for strings: bytes, or -1 if NUL-terminated; else ignored
 * @value: the value, borrowed for the call
 * @flags: [flags@MvxLog.FieldFlags]
 *
 * A key and a value, for calls that take an array instead of macro arguments. Start from zeros.
 *
 * Since: 1.0
 */
typedef struct
{
  const char *key;
  MvxLogKind  kind;
  gint32      length;
  MvxLogArg   value;
  guint       flags;
} MvxLogField;

/**
 * MvxLogVerbosity:
 * @MVX_LOG_VERBOSITY_MINIMAL: what identifies a thing
 * @MVX_LOG_VERBOSITY_NORMAL: what is usually wanted
 * @MVX_LOG_VERBOSITY_MAXIMUM: everything
 *
 * How much providers and adapters are to tell; nothing else depends on it.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_VERBOSITY_MINIMAL = -1,
  MVX_LOG_VERBOSITY_NORMAL,
  MVX_LOG_VERBOSITY_MAXIMUM
} MvxLogVerbosity;

/**
 * MvxLogFieldArray:
 * @fields: (array length=n_fields): fields
 * @n_fields: how many
 *
 * The value of a field that is itself a map of fields (%MVX_LOG_KIND_FIELDS). All of them are kept, and it counts for no
 * level of containers.
 *
 * Since: 1.0
 */
typedef struct
{
  const MvxLogField *fields;
  guint              n_fields;
} MvxLogFieldArray;

/**
 * MvxLogLimits:
 * @max_string: characters of a string that are kept, -1 for all
 * @max_items: items of a list, keys of a map or of the payload that are kept, -1 for all
 * @max_depth: levels of containers that are kept, the payload itself being the first, -1 for all
 * @verbosity: how much providers and adapters are asked for
 *
 * How much of a payload is kept.
 *
 * Since: 1.0
 */
typedef struct
{
  gint            max_string;
  gint            max_items;
  gint            max_depth;
  MvxLogVerbosity verbosity;
  /*< private >*/
  gboolean        deferred; /* long texts are marked, to be cut once the event is shaped */
} MvxLogLimits;

G_END_DECLS
