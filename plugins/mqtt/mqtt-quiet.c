/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mqtt-quiet.h"

static gboolean
mvx_mqtt_quiet_is_pending (void)
{
  sigset_t pending;

  return sigpending (&pending) == 0 && sigismember (&pending, SIGPIPE) == 1;
}

void
mvx_mqtt_quiet_begin (MvxMqttQuiet *self)
{
  sigset_t pipe_set;

  sigemptyset (&pipe_set);
  sigaddset (&pipe_set, SIGPIPE);
  self->was_pending = mvx_mqtt_quiet_is_pending ();
  pthread_sigmask (SIG_BLOCK, &pipe_set, &self->old);
}

void
mvx_mqtt_quiet_end (MvxMqttQuiet *self)
{
  const struct timespec now = { 0, 0 };
  sigset_t pipe_set;

  sigemptyset (&pipe_set);
  sigaddset (&pipe_set, SIGPIPE);
  if (!self->was_pending && mvx_mqtt_quiet_is_pending ())
    sigtimedwait (&pipe_set, NULL, &now);
  pthread_sigmask (SIG_SETMASK, &self->old, NULL);
}
