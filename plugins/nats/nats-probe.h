/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks a server whether it would take events. */
#pragma once

#include "nats-options.h"

G_BEGIN_DECLS

gboolean mvx_nats_probe (const MvxNatsOptions  *options,
                         gint64                 timeout_us,
                         GError               **error);

G_END_DECLS
