/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define BROKEN_NAME "create-block"
#define BROKEN_NO_CREATE
#include "misbehaving.h"

/* Until the test has seen that nobody else has to wait. */
gpointer
create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  while (g_getenv ("MVXLOG_TEST_UNBLOCK") == NULL)
    g_usleep (1000);
  return g_new0 (int, 1);
}
