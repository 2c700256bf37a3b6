/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A logging call is no cancellation point: a thread that pthread_cancel() ends there would leave locks taken and events
 * half counted. Around whatever writes, waits or calls foreign code. */
#pragma once

#include <pthread.h>

/* Returns what mvx_log_cancel_allow() is to restore. */
static inline int
mvx_log_cancel_defer (void)
{
  int before;

  pthread_setcancelstate (PTHREAD_CANCEL_DISABLE, &before);
  return before;
}

static inline void
mvx_log_cancel_allow (int before)
{
  int unused;

  pthread_setcancelstate (before, &unused);
}
