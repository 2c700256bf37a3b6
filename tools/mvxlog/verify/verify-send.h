/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events for a plugin, and giving them to it as the library would. */
#pragma once

#include "verify/verify-check.h"

G_BEGIN_DECLS

/* A host of the plugin, started. NULL with @error. */
MvxLogTestHost *mvx_verify_send_begin (MvxVerify            *verify,
                                       GVariant             *options,
                                       GError              **error);
/* @n_events plain events. (transfer full), to be freed with the array */
GPtrArray      *mvx_verify_send_make  (guint                 n_events);
/* Gives all of them in one batch; what is behind n_done is offered again for a while, and a batch that is pending is
 * waited for. Anything but OK has @error. */
MvxLogDispatchResult mvx_verify_send  (MvxLogTestHost       *host,
                                       GPtrArray            *events,
                                       GError              **error);
/* One plain event; FALSE unless it is delivered. */
gboolean        mvx_verify_send_one   (MvxLogTestHost       *host,
                                       GError              **error);

G_END_DECLS
