/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that are cancelled. */
#pragma once

#include <pthread.h>

#include <glib.h>

void __asan_handle_no_return (void) __attribute__ ((weak));

/* Where a thread ends that has been cancelled. AddressSanitizer does not see how its frames are left, and takes what was
 * out of scope in them for out of scope in the frames of what is called then: it has to be told. */
static inline void
cancel_here (void)
{
  if (__asan_handle_no_return)
    __asan_handle_no_return ();
  pthread_testcancel ();
}
