/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identifiers in hexadecimal: of traces and spans (W3C Trace Context) and of kinds of events (128 bits, as journald's). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MVX_LOG_TRACE_ID_DIGITS 32
#define MVX_LOG_SPAN_ID_DIGITS 16
#define MVX_LOG_EVENT_ID_DIGITS 32

/* Writes @digits lower-case digits and a NUL. FALSE if @text is anything but so many digits that are not all zero. */
gboolean mvx_log_hex_id        (char       *id,
                                const char *text,
                                guint       digits);
/* The same for 128 bits, also in the form of a UUID. */
gboolean mvx_log_hex_id128     (char       *id,
                                const char *text);
/* A new one, from the kernel's random numbers: also the two sides of a fork never make the same. */
void     mvx_log_hex_id_random (char       *id,
                                guint       digits);

G_END_DECLS
