/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libmosquitto writes to connections that may be broken, which raises SIGPIPE, and to be spared that it has the signal
 * ignored by the whole program. That is not ours to decide: here the signal is kept from the thread, and from it alone. */
#pragma once

#include <glib.h>
#include <signal.h>

G_BEGIN_DECLS

typedef struct
{
  sigset_t old;
  gboolean was_pending;
} MvxMqttQuiet;

void mvx_mqtt_quiet_begin (MvxMqttQuiet *self);
/* As it was before, and without the signal that may have come. */
void mvx_mqtt_quiet_end   (MvxMqttQuiet *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MvxMqttQuiet, mvx_mqtt_quiet_end)

G_END_DECLS
