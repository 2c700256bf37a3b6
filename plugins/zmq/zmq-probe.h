/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "zmq-options.h"

G_BEGIN_DECLS

/* Does each endpoint answer with the right keys, or can it be bound to? Sends nothing. */
gboolean mvx_zmq_probe (const MvxZmqOptions *options,
                        gint64               deadline_us,
                        GError             **error);

G_END_DECLS
