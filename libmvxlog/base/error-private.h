/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/error.h>

G_BEGIN_DECLS

/* Makes an error of one of the four domains. @cause is copied, a floating @details (a{sv}) is consumed; both nullable. */
GError *mvx_log_error_new       (GQuark        domain,
                                 gint          code,
                                 const GError *cause,
                                 GVariant     *details,
                                 const char   *format,
                                 ...) G_GNUC_PRINTF (5, 6);

/* For an error of one of the four domains without details; a floating @details (a{sv}) is consumed. */
void    mvx_log_error_take_details (GError    *error,
                                    GVariant  *details);

/* What a hook of the error's domain makes of it (transfer full), or NULL. Calls foreign code. */
GVariant *mvx_log_error_make_own_payload (const GError *error);

/* Replaces *@error (which must be set) by one of @domain and @code that has it as cause; its text is appended as
 * ": CAUSE". */
void    mvx_log_error_wrap      (GError      **error,
                                 GQuark        domain,
                                 gint          code,
                                 const char   *format,
                                 ...) G_GNUC_PRINTF (4, 5);

G_END_DECLS
