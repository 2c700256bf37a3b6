/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the fast path: G_LIKELY() keeps its expectation in a variable, in which gcc loses it, and what is usual ends up
 * behind jumps. */
#pragma once

#define MVX_LOG_LIKELY(condition) __builtin_expect (!!(condition), 1)
#define MVX_LOG_UNLIKELY(condition) __builtin_expect (!!(condition), 0)

/* For a function whose loops run once or twice: put together for many rounds, they are twice as long. */
#if defined(__GNUC__) && !defined(__clang__)
#define MVX_LOG_STRAIGHT __attribute__ ((optimize ("no-tree-vectorize")))
#else
#define MVX_LOG_STRAIGHT
#endif
