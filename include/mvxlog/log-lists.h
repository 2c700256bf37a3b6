/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Taking the arguments of a macro apart: how many pairs, and their keys, kinds and values as lists. Everything that ends
 * in an underscore is private.
 */
#pragma once

#if !defined(MVX_LOG_INSIDE) && !defined(MVX_LOG_COMPILATION)
#error "Only <mvxlog/mvxlog.h> can be included directly."
#endif

#include <mvxlog/log-values.h>

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
