/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A message of two parts, a topic of system, kind and encoding, and a body. */
#pragma once

#include "receive/receive-hub.h"

G_BEGIN_DECLS

void mvx_receive_message (MvxReceiveHub *hub,
                          const char    *from,
                          GBytes *const *parts,
                          guint          n_parts);

G_END_DECLS
