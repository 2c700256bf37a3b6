/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the logging macros of log.h expand to. Everything that ends in an underscore is private. */
#pragma once

#if !defined(MVX_LOG_INSIDE) && !defined(MVX_LOG_COMPILATION)
#error "Only <mvxlog/mvxlog.h> can be included directly."
#endif

#ifdef __cplusplus
#include <type_traits>
#endif

/* Values are named a second time to find their type; that second time they are not evaluated. */
#ifdef __clang__
#define MVX_LOG_WARNINGS_PUSH_                                                                                         \
  _Pragma ("clang diagnostic push") _Pragma ("clang diagnostic ignored \"-Wunevaluated-expression\"")
#define MVX_LOG_WARNINGS_POP_ _Pragma ("clang diagnostic pop")
#else
#define MVX_LOG_WARNINGS_PUSH_
#define MVX_LOG_WARNINGS_POP_
#endif

#define MVX_LOG_CAT2_(a, b) a##b
#define MVX_LOG_CAT_(a, b) MVX_LOG_CAT2_ (a, b)

#ifdef __cplusplus
#define MVX_LOG_ASSERT_(condition, message) static_assert (condition, message)
#else
#define MVX_LOG_ASSERT_(condition, message) _Static_assert (condition, message)
#endif

/* The level gate: two dependent loads. */
static inline gboolean
mvx_log_resolve_ (MvxLogHead *head,
                  gint        level)
{
  const MvxLogNode *node = mvx_log_handle_resolve (((MvxLogHandle *) head)->name);

  __atomic_store_n (&head->node, node, __ATOMIC_RELEASE);
  return level >= __atomic_load_n (&node->threshold, __ATOMIC_RELAXED);
}

static inline gboolean
mvx_log_passes_ (MvxLogHead *head,
                 gint        level)
{
  const MvxLogNode *node;

  if (head == NULL)
    return FALSE;
  node = __atomic_load_n (&head->node, __ATOMIC_ACQUIRE);
  if (level < __atomic_load_n (&node->threshold, __ATOMIC_RELAXED))
    return FALSE;
  return !node->unresolved || mvx_log_resolve_ (head, level);
}

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

template <typename T> struct MvxLogKindOf_<T, true, false>
{
  static constexpr guint8 kind = MVX_LOG_KIND_INT64;
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

#define MVX_LOG_HEAD_(context) mvx_log_head_cpp_ (context)
#define MVX_LOG_KIND_(v) MvxLogKindOf_<typename std::decay<decltype (v)>::type>::kind
#define MVX_LOG_ARG_(v) mvx_log_arg_cpp_ (v)

#endif

/* Key, value, key, value ... as three lists. A key is pasted between literals: anything else does not compile. */
#define MVX_LOG_KEYS_0_(...) NULL
#define MVX_LOG_KEYS_1_(k, v) "" k ""
#define MVX_LOG_KEYS_2_(k, v, ...) "" k "", MVX_LOG_KEYS_1_ (__VA_ARGS__)
#define MVX_LOG_KEYS_3_(k, v, ...) "" k "", MVX_LOG_KEYS_2_ (__VA_ARGS__)
#define MVX_LOG_KEYS_4_(k, v, ...) "" k "", MVX_LOG_KEYS_3_ (__VA_ARGS__)
#define MVX_LOG_KEYS_5_(k, v, ...) "" k "", MVX_LOG_KEYS_4_ (__VA_ARGS__)
#define MVX_LOG_KEYS_6_(k, v, ...) "" k "", MVX_LOG_KEYS_5_ (__VA_ARGS__)
#define MVX_LOG_KEYS_7_(k, v, ...) "" k "", MVX_LOG_KEYS_6_ (__VA_ARGS__)
#define MVX_LOG_KEYS_8_(k, v, ...) "" k "", MVX_LOG_KEYS_7_ (__VA_ARGS__)
#define MVX_LOG_KEYS_9_(k, v, ...) "" k "", MVX_LOG_KEYS_8_ (__VA_ARGS__)
#define MVX_LOG_KEYS_10_(k, v, ...) "" k "", MVX_LOG_KEYS_9_ (__VA_ARGS__)
#define MVX_LOG_KEYS_11_(k, v, ...) "" k "", MVX_LOG_KEYS_10_ (__VA_ARGS__)
#define MVX_LOG_KEYS_12_(k, v, ...) "" k "", MVX_LOG_KEYS_11_ (__VA_ARGS__)

#define MVX_LOG_KINDS_0_(...) 0
#define MVX_LOG_KINDS_1_(k, v) MVX_LOG_KIND_ (v)
#define MVX_LOG_KINDS_2_(k, v, ...) MVX_LOG_KIND_ (v), MVX_LOG_KINDS_1_ (__VA_ARGS__)
#define MVX_LOG_KINDS_3_(k, v, ...) MVX_LOG_KIND_ (v), MVX_LOG_KINDS_2_ (__VA_ARGS__)
#define MVX_LOG_KINDS_4_(k, v, ...) MVX_LOG_KIND_ (v), MVX_LOG_KINDS_3_ (__VA_ARGS__)
#define MVX_LOG_KINDS_5_(k, v, ...) MVX_LOG_KIND_ (v), MVX_LOG_KINDS_4_ (__VA_ARGS__)
#define MVX_LOG_KINDS_6_(k, v, ...) MVX_LOG_KIND_ (v), MVX_LOG_KINDS_5_ (__VA_ARGS__)
#define MVX_LOG_KINDS_7_(k, v, ...) MVX_LOG_KIND_ (v), MVX_LOG_KINDS_6_ (__VA_ARGS__)
#define MVX_LOG_KINDS_8_(k, v, ...) MVX_LOG_KIND_ (v), MVX_LOG_KINDS_7_ (__VA_ARGS__)
#define MVX_LOG_KINDS_9_(k, v, ...) MVX_LOG_KIND_ (v), MVX_LOG_KINDS_8_ (__VA_ARGS__)
#define MVX_LOG_KINDS_10_(k, v, ...) MVX_LOG_KIND_ (v), MVX_LOG_KINDS_9_ (__VA_ARGS__)
#define MVX_LOG_KINDS_11_(k, v, ...) MVX_LOG_KIND_ (v), MVX_LOG_KINDS_10_ (__VA_ARGS__)
#define MVX_LOG_KINDS_12_(k, v, ...) MVX_LOG_KIND_ (v), MVX_LOG_KINDS_11_ (__VA_ARGS__)

#define MVX_LOG_ARGS_0_(...) { 0 }
#define MVX_LOG_ARGS_1_(k, v) MVX_LOG_ARG_ (v)
#define MVX_LOG_ARGS_2_(k, v, ...) MVX_LOG_ARG_ (v), MVX_LOG_ARGS_1_ (__VA_ARGS__)
#define MVX_LOG_ARGS_3_(k, v, ...) MVX_LOG_ARG_ (v), MVX_LOG_ARGS_2_ (__VA_ARGS__)
#define MVX_LOG_ARGS_4_(k, v, ...) MVX_LOG_ARG_ (v), MVX_LOG_ARGS_3_ (__VA_ARGS__)
#define MVX_LOG_ARGS_5_(k, v, ...) MVX_LOG_ARG_ (v), MVX_LOG_ARGS_4_ (__VA_ARGS__)
#define MVX_LOG_ARGS_6_(k, v, ...) MVX_LOG_ARG_ (v), MVX_LOG_ARGS_5_ (__VA_ARGS__)
#define MVX_LOG_ARGS_7_(k, v, ...) MVX_LOG_ARG_ (v), MVX_LOG_ARGS_6_ (__VA_ARGS__)
#define MVX_LOG_ARGS_8_(k, v, ...) MVX_LOG_ARG_ (v), MVX_LOG_ARGS_7_ (__VA_ARGS__)
#define MVX_LOG_ARGS_9_(k, v, ...) MVX_LOG_ARG_ (v), MVX_LOG_ARGS_8_ (__VA_ARGS__)
#define MVX_LOG_ARGS_10_(k, v, ...) MVX_LOG_ARG_ (v), MVX_LOG_ARGS_9_ (__VA_ARGS__)
#define MVX_LOG_ARGS_11_(k, v, ...) MVX_LOG_ARG_ (v), MVX_LOG_ARGS_10_ (__VA_ARGS__)
#define MVX_LOG_ARGS_12_(k, v, ...) MVX_LOG_ARG_ (v), MVX_LOG_ARGS_11_ (__VA_ARGS__)

/* How many pairs follow a template (or, for the second, stand alone): a number, ODD or MANY. */
#define MVX_LOG_PICK_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19,            \
      a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, a33, a34, a35, a36, a37, a38, a39, a40,         \
      a41, a42, a43, a44, a45, a46, a47, a48, n, ...) n
#define MVX_LOG_PAIRS_(...)                                                                                            \
  MVX_LOG_PICK_ (__VA_ARGS__, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY,            \
      MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, 12, ODD, 11, ODD, 10, ODD, 9, ODD, 8, ODD, 7,        \
      ODD, 6, ODD, 5, ODD, 4, ODD, 3, ODD, 2, ODD, 1, ODD, 0, 0)
#define MVX_LOG_ONLY_PAIRS_(...)                                                                                       \
  MVX_LOG_PICK_ (__VA_ARGS__, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY,            \
      MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, MANY, 12, ODD, 11, ODD, 10, ODD, 9, ODD, 8,          \
      ODD, 7, ODD, 6, ODD, 5, ODD, 4, ODD, 3, ODD, 2, ODD, 1, ODD, 0)

/* The callsite, as `mvx_site`: laid down in the caller's memory, copied by the library at first use. The caller's own
 * code stores the result; pairs with the release in the same lines on another thread. */
#define MVX_LOG_SITE_(N, tmpl, file, line, function, ...)                                                              \
  static const MvxLogCallsite *mvx_site_slot;                                                                          \
  const MvxLogCallsite *mvx_site = __atomic_load_n (&mvx_site_slot, __ATOMIC_ACQUIRE);                                 \
  if (G_UNLIKELY (mvx_site == NULL))                                                                                   \
    {                                                                                                                  \
      static const char *const mvx_keys[] = { MVX_LOG_KEYS_##N##_ (__VA_ARGS__) };                                     \
      static const guint8 mvx_kinds[] = { MVX_LOG_KINDS_##N##_ (__VA_ARGS__) };                                        \
      const MvxLogCallsiteInfo mvx_info = { tmpl, file, function, mvx_keys, mvx_kinds, line, 0, N };                   \
      mvx_site = mvx_log_callsite_intern (&mvx_info);                                                                  \
      __atomic_store_n (&mvx_site_slot, mvx_site, __ATOMIC_RELEASE);                                                   \
    }

#define MVX_LOG_STATEMENT_(context, lvl, write, N, tmpl, ...)                                                          \
  do                                                                                                                   \
    {                                                                                                                  \
      MVX_LOG_WARNINGS_PUSH_                                                                                           \
      MvxLogHead *const mvx_head = MVX_LOG_HEAD_ (context);                                                            \
      const gint mvx_level = (lvl);                                                                                    \
      if (mvx_level >= MVX_LOG_LEVEL_FLOOR && mvx_log_passes_ (mvx_head, mvx_level))                                   \
        {                                                                                                              \
          const MvxLogArg mvx_args[] = { MVX_LOG_ARGS_##N##_ (__VA_ARGS__) };                                          \
          MVX_LOG_SITE_ (N, "" tmpl "", MVX_LOG_FILE_, MVX_LOG_LINE_, MVX_LOG_FUNCTION_, __VA_ARGS__)                  \
          write;                                                                                                       \
        }                                                                                                              \
      MVX_LOG_WARNINGS_POP_                                                                                            \
    }                                                                                                                  \
  while (0)

/* An expression of @call, in which mvx_site and mvx_args stand for the pairs. */
#define MVX_LOG_EXPRESSION_(call, N, ...)                                                                              \
  __extension__ ({                                                                                                     \
    MVX_LOG_WARNINGS_PUSH_                                                                                             \
    const MvxLogArg mvx_args[] = { MVX_LOG_ARGS_##N##_ (__VA_ARGS__) };                                                \
    MVX_LOG_SITE_ (N, NULL, NULL, 0, NULL, __VA_ARGS__)                                                                \
    MVX_LOG_WARNINGS_POP_                                                                                              \
    call;                                                                                                              \
  })

#define MVX_LOG_WRITE_ mvx_log_write (mvx_head, mvx_level, mvx_site, mvx_args)

#define MVX_LOG_DO_ODD_(...)                                                                                           \
  MVX_LOG_ASSERT_ (0, "mvxlog: every key needs a value: an odd number of arguments follows the template")
#define MVX_LOG_DO_MANY_(...) MVX_LOG_ASSERT_ (0, "mvxlog: too many fields: a macro takes at most 12 pairs")
#define MVX_LOG_DO_0_(context, level, write, tmpl) MVX_LOG_STATEMENT_ (context, level, write, 0, tmpl, 0, 0)
#define MVX_LOG_DO_1_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 1, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_2_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 2, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_3_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 3, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_4_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 4, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_5_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 5, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_6_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 6, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_7_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 7, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_8_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 8, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_9_(context, level, write, tmpl, ...)                                                                \
  MVX_LOG_STATEMENT_ (context, level, write, 9, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_10_(context, level, write, tmpl, ...)                                                               \
  MVX_LOG_STATEMENT_ (context, level, write, 10, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_11_(context, level, write, tmpl, ...)                                                               \
  MVX_LOG_STATEMENT_ (context, level, write, 11, tmpl, __VA_ARGS__)
#define MVX_LOG_DO_12_(context, level, write, tmpl, ...)                                                               \
  MVX_LOG_STATEMENT_ (context, level, write, 12, tmpl, __VA_ARGS__)

#define MVX_LOG_PAIRS_EXPR_ODD_(call, ...)                                                                             \
  __extension__ ({ MVX_LOG_ASSERT_ (0, "mvxlog: every key needs a value: the number of arguments is odd"); call; })
#define MVX_LOG_PAIRS_EXPR_MANY_(call, ...)                                                                            \
  __extension__ ({ MVX_LOG_ASSERT_ (0, "mvxlog: too many fields: a macro takes at most 12 pairs"); call; })
#define MVX_LOG_PAIRS_EXPR_1_(call, ...) MVX_LOG_EXPRESSION_ (call, 1, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_2_(call, ...) MVX_LOG_EXPRESSION_ (call, 2, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_3_(call, ...) MVX_LOG_EXPRESSION_ (call, 3, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_4_(call, ...) MVX_LOG_EXPRESSION_ (call, 4, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_5_(call, ...) MVX_LOG_EXPRESSION_ (call, 5, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_6_(call, ...) MVX_LOG_EXPRESSION_ (call, 6, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_7_(call, ...) MVX_LOG_EXPRESSION_ (call, 7, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_8_(call, ...) MVX_LOG_EXPRESSION_ (call, 8, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_9_(call, ...) MVX_LOG_EXPRESSION_ (call, 9, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_10_(call, ...) MVX_LOG_EXPRESSION_ (call, 10, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_11_(call, ...) MVX_LOG_EXPRESSION_ (call, 11, __VA_ARGS__)
#define MVX_LOG_PAIRS_EXPR_12_(call, ...) MVX_LOG_EXPRESSION_ (call, 12, __VA_ARGS__)

#define MVX_LOG_DISPATCH_(prefix, n) MVX_LOG_CAT_ (MVX_LOG_CAT_ (prefix, n), _)

/**
 * MVX_LOG_CONTEXT:
 * @id: identifier of the handle
 * @name: name of the context, a string literal; `""` is the root
 *
 * Names a context for a source file. The handle costs nothing until it is used, and is looked up once.
 */
#define MVX_LOG_CONTEXT(id, name)                                                                                      \
  static MvxLogHandle id[1] G_GNUC_UNUSED = { { { &mvx_log_unresolved_node, NULL }, "" name "" } };

/**
 * mvx_log:
 * @context: a handle or a [struct@MvxLog.Context]
 * @level: severity
 * @...: a template, then up to 12 pairs of key and value
 *
 * Logs an event. Template and keys are string literals. Nothing is evaluated but @context and @level if nobody wants
 * the level. Never fails: what goes wrong is treated as the context's error policy says.
 */
#define mvx_log(context, level, ...)                                                                                   \
  MVX_LOG_DISPATCH_ (MVX_LOG_DO_, MVX_LOG_PAIRS_ (__VA_ARGS__)) (context, level, MVX_LOG_WRITE_, __VA_ARGS__)
#define mvx_trace(context, ...) mvx_log (context, MVX_LOG_LEVEL_TRACE, __VA_ARGS__)
#define mvx_debug(context, ...) mvx_log (context, MVX_LOG_LEVEL_DEBUG, __VA_ARGS__)
#define mvx_info(context, ...) mvx_log (context, MVX_LOG_LEVEL_INFO, __VA_ARGS__)
#define mvx_notice(context, ...) mvx_log (context, MVX_LOG_LEVEL_NOTICE, __VA_ARGS__)
#define mvx_warning(context, ...) mvx_log (context, MVX_LOG_LEVEL_WARNING, __VA_ARGS__)
#define mvx_error(context, ...) mvx_log (context, MVX_LOG_LEVEL_ERROR, __VA_ARGS__)
#define mvx_critical(context, ...) mvx_log (context, MVX_LOG_LEVEL_CRITICAL, __VA_ARGS__)

/**
 * mvx_event:
 * @context: a handle or a [struct@MvxLog.Context]
 * @level: severity
 * @name: the event's name, evaluated only if the level passes
 * @...: a template, then up to 12 pairs of key and value
 *
 * Logs an event that has a name, which policies can select by.
 */
#define mvx_event(context, level, name, ...)                                                                           \
  MVX_LOG_DISPATCH_ (MVX_LOG_DO_, MVX_LOG_PAIRS_ (__VA_ARGS__))                                                        \
  (context, level, mvx_log_write_named (mvx_head, mvx_level, name, mvx_site, mvx_args), __VA_ARGS__)

/**
 * mvx_log_bind:
 * @context: a handle or a [struct@MvxLog.Context]
 * @...: 1 to 12 pairs of key and value
 *
 * Makes a view of a context whose events all have these fields, too. Values are captured now.
 *
 * Returns: (transfer full): the view
 */
#define mvx_log_bind(context, ...)                                                                                     \
  MVX_LOG_DISPATCH_ (MVX_LOG_PAIRS_EXPR_, MVX_LOG_ONLY_PAIRS_ (__VA_ARGS__))                                           \
  (mvx_log_bind_args (MVX_LOG_HEAD_ (context), mvx_site, mvx_args), __VA_ARGS__)

static inline void
mvx_log_scope_cleanup_ (gpointer *scope)
{
  mvx_log_scope_pop (*scope);
}

/**
 * MVX_LOG_SCOPED:
 * @...: 1 to 12 pairs of key and value
 *
 * Gives every event of this thread these fields until the block ends. Values are captured now.
 */
#define MVX_LOG_SCOPED(...)                                                                                            \
  __attribute__ ((cleanup (mvx_log_scope_cleanup_))) gpointer MVX_LOG_CAT_ (mvx_scope_, __LINE__) G_GNUC_UNUSED =      \
      MVX_LOG_DISPATCH_ (MVX_LOG_PAIRS_EXPR_, MVX_LOG_ONLY_PAIRS_ (__VA_ARGS__)) (                                     \
          mvx_log_scope_push_args (mvx_site, mvx_args), __VA_ARGS__)

static inline MvxLogLife
mvx_log_life_start_ (MvxLogHead *head,
                     gint        level,
                     const char *what)
{
  MvxLogLife life = { { NULL, NULL }, NULL, 0, 0, FALSE, { NULL, NULL } };

  if (mvx_log_passes_ (head, level))
    mvx_log_life_begin (&life, head, level, what);
  return life;
}

/**
 * MVX_LOG_LIFE_AS:
 * @id: identifier of the [struct@MvxLog.Life]
 * @context: a handle or a [struct@MvxLog.Context]
 * @level: severity of the events
 * @what: the piece of work; must live as long as the block
 *
 * Logs "Begin: WHAT" now and "End (SECONDS): WHAT" when the block ends; [method@MvxLog.Life.error] logs
 * "Error in WHAT" in between.
 */
#define MVX_LOG_LIFE_AS(id, context, level, what)                                                                      \
  __attribute__ ((cleanup (mvx_log_life_end))) MvxLogLife id G_GNUC_UNUSED =                                           \
      mvx_log_life_start_ (MVX_LOG_HEAD_ (context), level, what)
/**
 * MVX_LOG_LIFE:
 * @context: a handle or a [struct@MvxLog.Context]
 * @what: the piece of work; must live as long as the block
 *
 * %MVX_LOG_LIFE_AS at level INFO, for work that cannot fail.
 */
#define MVX_LOG_LIFE(context, what)                                                                                    \
  MVX_LOG_LIFE_AS (MVX_LOG_CAT_ (mvx_life_, __LINE__), context, MVX_LOG_LEVEL_INFO, what)
