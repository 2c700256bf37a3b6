/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the C or C++ type of a macro's argument to a kind and a value. Everything that ends in an underscore is private.
 */
#pragma once

#if !defined(MVX_LOG_INSIDE) && !defined(MVX_LOG_COMPILATION)
#error "Only <mvxlog/mvxlog.h> can be included directly."
#endif

#include <mvxlog/log.h>

#ifdef __cplusplus
#include <type_traits>
#endif

static inline MvxLogHead *
mvx_log_head_of_handle_ (MvxLogHandle *handle)
{
  return &handle->head;
}

/* A context begins with its head. */
static inline MvxLogHead *
mvx_log_head_of_context_ (MvxLogContext *context)
{
  return (MvxLogHead *) context;
}

static inline MvxLogArg
mvx_log_arg_i_ (gint64 v)
{
  MvxLogArg a;
  a.i = v;
  return a;
}

static inline MvxLogArg
mvx_log_arg_u_ (guint64 v)
{
  MvxLogArg a;
  a.u = v;
  return a;
}

static inline MvxLogArg
mvx_log_arg_d_ (double v)
{
  MvxLogArg a;
  a.d = v;
  return a;
}

static inline MvxLogArg
mvx_log_arg_s_ (const char *v)
{
  MvxLogArg a;
  a.s = v;
  return a;
}

static inline MvxLogArg
mvx_log_arg_p_ (gconstpointer v)
{
  MvxLogArg a;
  a.p = v;
  return a;
}

static inline MvxLogArg
mvx_log_arg_bool_ (MvxLogBoolArg v)
{
  return mvx_log_arg_i_ (v.value);
}

static inline MvxLogArg
mvx_log_arg_object_ (MvxLogObjectArg v)
{
  return mvx_log_arg_p_ (v.value);
}

static inline MvxLogArg
mvx_log_arg_time_ (MvxLogTimeArg v)
{
  return mvx_log_arg_i_ (v.value);
}

#ifndef __cplusplus

#define MVX_LOG_HEAD_(context)                                                                                         \
  _Generic ((context), MvxLogHandle *: mvx_log_head_of_handle_, MvxLogContext *: mvx_log_head_of_context_) (context)

#define MVX_LOG_WRITE_NAMED_(name)                                                                                     \
  _Generic ((name), const MvxLogEventId *: mvx_log_write_event_id, default: mvx_log_write_named)

#define MVX_LOG_KIND_(v)                                                                                               \
  _Generic ((v),                                                                                                       \
      _Bool: MVX_LOG_KIND_BOOL,                                                                                        \
      char: MVX_LOG_KIND_INT64,                                                                                        \
      signed char: MVX_LOG_KIND_INT64,                                                                                 \
      short: MVX_LOG_KIND_INT64,                                                                                       \
      int: MVX_LOG_KIND_INT64,                                                                                         \
      long: MVX_LOG_KIND_INT64,                                                                                        \
      long long: MVX_LOG_KIND_INT64,                                                                                   \
      unsigned char: MVX_LOG_KIND_UINT64,                                                                              \
      unsigned short: MVX_LOG_KIND_UINT64,                                                                             \
      unsigned int: MVX_LOG_KIND_UINT64,                                                                               \
      unsigned long: MVX_LOG_KIND_UINT64,                                                                              \
      unsigned long long: MVX_LOG_KIND_UINT64,                                                                         \
      float: MVX_LOG_KIND_DOUBLE,                                                                                      \
      double: MVX_LOG_KIND_DOUBLE,                                                                                     \
      long double: MVX_LOG_KIND_DOUBLE,                                                                                \
      char *: MVX_LOG_KIND_STRING,                                                                                     \
      const char *: MVX_LOG_KIND_STRING,                                                                               \
      unsigned char *: MVX_LOG_KIND_STRING,                                                                            \
      const unsigned char *: MVX_LOG_KIND_STRING,                                                                      \
      GError *: MVX_LOG_KIND_ERROR,                                                                                    \
      const GError *: MVX_LOG_KIND_ERROR,                                                                              \
      GVariant *: MVX_LOG_KIND_VARIANT,                                                                                \
      GBytes *: MVX_LOG_KIND_BYTES,                                                                                    \
      GDateTime *: MVX_LOG_KIND_DATE_TIME,                                                                             \
      MvxLogBoolArg: MVX_LOG_KIND_BOOL,                                                                                \
      MvxLogObjectArg: MVX_LOG_KIND_OBJECT,                                                                            \
      MvxLogTimeArg: MVX_LOG_KIND_TIME)

#define MVX_LOG_ARG_(v)                                                                                                \
  _Generic ((v),                                                                                                       \
      _Bool: mvx_log_arg_i_,                                                                                           \
      char: mvx_log_arg_i_,                                                                                            \
      signed char: mvx_log_arg_i_,                                                                                     \
      short: mvx_log_arg_i_,                                                                                           \
      int: mvx_log_arg_i_,                                                                                             \
      long: mvx_log_arg_i_,                                                                                            \
      long long: mvx_log_arg_i_,                                                                                       \
      unsigned char: mvx_log_arg_u_,                                                                                   \
      unsigned short: mvx_log_arg_u_,                                                                                  \
      unsigned int: mvx_log_arg_u_,                                                                                    \
      unsigned long: mvx_log_arg_u_,                                                                                   \
      unsigned long long: mvx_log_arg_u_,                                                                              \
      float: mvx_log_arg_d_,                                                                                           \
      double: mvx_log_arg_d_,                                                                                          \
      long double: mvx_log_arg_d_,                                                                                     \
      char *: mvx_log_arg_s_,                                                                                          \
      const char *: mvx_log_arg_s_,                                                                                    \
      unsigned char *: mvx_log_arg_p_,                                                                                 \
      const unsigned char *: mvx_log_arg_p_,                                                                           \
      GError *: mvx_log_arg_p_,                                                                                        \
      const GError *: mvx_log_arg_p_,                                                                                  \
      GVariant *: mvx_log_arg_p_,                                                                                      \
      GBytes *: mvx_log_arg_p_,                                                                                        \
      GDateTime *: mvx_log_arg_p_,                                                                                     \
      MvxLogBoolArg: mvx_log_arg_bool_,                                                                                \
      MvxLogObjectArg: mvx_log_arg_object_,                                                                            \
      MvxLogTimeArg: mvx_log_arg_time_) (v)

#else /* C++ */

template <typename T, bool is_enum = std::is_enum<T>::value, bool is_integral = std::is_integral<T>::value>
struct MvxLogKindOf_;

/* An enumeration is what its values are kept in, as in C. */
template <typename T> struct MvxLogKindOf_<T, true, false>
{
  static constexpr guint8 kind = MvxLogKindOf_<typename std::underlying_type<T>::type>::kind;
};

template <typename T> struct MvxLogKindOf_<T, false, true>
{
  static constexpr guint8 kind = std::is_same<T, bool>::value    ? MVX_LOG_KIND_BOOL
                                 : std::is_signed<T>::value      ? MVX_LOG_KIND_INT64
                                                                 : MVX_LOG_KIND_UINT64;
};

#define MVX_LOG_KIND_OF_(T, K)                                                                                         \
  template <> struct MvxLogKindOf_<T, false, false>                                                                    \
  {                                                                                                                    \
    static constexpr guint8 kind = K;                                                                                  \
  };

MVX_LOG_KIND_OF_ (float, MVX_LOG_KIND_DOUBLE)
MVX_LOG_KIND_OF_ (double, MVX_LOG_KIND_DOUBLE)
MVX_LOG_KIND_OF_ (long double, MVX_LOG_KIND_DOUBLE)
MVX_LOG_KIND_OF_ (char *, MVX_LOG_KIND_STRING)
MVX_LOG_KIND_OF_ (const char *, MVX_LOG_KIND_STRING)
MVX_LOG_KIND_OF_ (unsigned char *, MVX_LOG_KIND_STRING)
MVX_LOG_KIND_OF_ (const unsigned char *, MVX_LOG_KIND_STRING)
MVX_LOG_KIND_OF_ (GError *, MVX_LOG_KIND_ERROR)
MVX_LOG_KIND_OF_ (const GError *, MVX_LOG_KIND_ERROR)
MVX_LOG_KIND_OF_ (GVariant *, MVX_LOG_KIND_VARIANT)
MVX_LOG_KIND_OF_ (GBytes *, MVX_LOG_KIND_BYTES)
MVX_LOG_KIND_OF_ (GDateTime *, MVX_LOG_KIND_DATE_TIME)
MVX_LOG_KIND_OF_ (MvxLogBoolArg, MVX_LOG_KIND_BOOL)
MVX_LOG_KIND_OF_ (MvxLogObjectArg, MVX_LOG_KIND_OBJECT)
MVX_LOG_KIND_OF_ (MvxLogTimeArg, MVX_LOG_KIND_TIME)
#undef MVX_LOG_KIND_OF_

template <typename T>
static inline typename std::enable_if<std::is_integral<T>::value || std::is_enum<T>::value, MvxLogArg>::type
mvx_log_arg_cpp_ (T v)
{
  return mvx_log_arg_i_ ((gint64) v);
}

static inline MvxLogArg mvx_log_arg_cpp_ (double v) { return mvx_log_arg_d_ (v); }
static inline MvxLogArg mvx_log_arg_cpp_ (float v) { return mvx_log_arg_d_ (v); }
static inline MvxLogArg mvx_log_arg_cpp_ (long double v) { return mvx_log_arg_d_ ((double) v); }
static inline MvxLogArg mvx_log_arg_cpp_ (const char *v) { return mvx_log_arg_s_ (v); }
static inline MvxLogArg mvx_log_arg_cpp_ (const unsigned char *v) { return mvx_log_arg_p_ (v); }
static inline MvxLogArg mvx_log_arg_cpp_ (const GError *v) { return mvx_log_arg_p_ (v); }
static inline MvxLogArg mvx_log_arg_cpp_ (GVariant *v) { return mvx_log_arg_p_ (v); }
static inline MvxLogArg mvx_log_arg_cpp_ (GBytes *v) { return mvx_log_arg_p_ (v); }
static inline MvxLogArg mvx_log_arg_cpp_ (GDateTime *v) { return mvx_log_arg_p_ (v); }
static inline MvxLogArg mvx_log_arg_cpp_ (MvxLogBoolArg v) { return mvx_log_arg_bool_ (v); }
static inline MvxLogArg mvx_log_arg_cpp_ (MvxLogObjectArg v) { return mvx_log_arg_object_ (v); }
static inline MvxLogArg mvx_log_arg_cpp_ (MvxLogTimeArg v) { return mvx_log_arg_time_ (v); }
static inline MvxLogHead *mvx_log_head_cpp_ (MvxLogHandle *handle) { return mvx_log_head_of_handle_ (handle); }
static inline MvxLogHead *mvx_log_head_cpp_ (MvxLogContext *context) { return mvx_log_head_of_context_ (context); }

static inline void
mvx_log_write_cpp_ (const MvxLogHead *head, gint level, const char *name, const MvxLogCallsite *site, const MvxLogArg *args)
{
  mvx_log_write_named (head, level, name, site, args);
}

static inline void
mvx_log_write_cpp_ (const MvxLogHead *head, gint level, const MvxLogEventId *id, const MvxLogCallsite *site, const MvxLogArg *args)
{
  mvx_log_write_event_id (head, level, id, site, args);
}

#define MVX_LOG_WRITE_NAMED_(name) mvx_log_write_cpp_
#define MVX_LOG_HEAD_(context) mvx_log_head_cpp_ (context)
#define MVX_LOG_KIND_(v) MvxLogKindOf_<typename std::decay<decltype (v)>::type>::kind
#define MVX_LOG_ARG_(v) mvx_log_arg_cpp_ (v)

#endif
