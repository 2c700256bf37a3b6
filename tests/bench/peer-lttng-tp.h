/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tracepoint of peer-lttng: a header that lttng includes several times. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER bench
#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "peer-lttng-tp.h"

#if !defined(BENCH_PEER_LTTNG_TP_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define BENCH_PEER_LTTNG_TP_H

#include <lttng/tracepoint.h>

LTTNG_UST_TRACEPOINT_EVENT (
    bench,
    request,
    LTTNG_UST_TP_ARGS (int64_t, id, const char *, client, double, ms),
    LTTNG_UST_TP_FIELDS (
        lttng_ust_field_integer (int64_t, id, id)
        lttng_ust_field_string (client, client)
        lttng_ust_field_float (double, ms, ms)
    )
)
LTTNG_UST_TRACEPOINT_LOGLEVEL (bench, request, LTTNG_UST_TRACEPOINT_LOGLEVEL_INFO)

#endif

#include <lttng/tracepoint-event.h>
