/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Its constructor calls back into the program, which asks for the same plugin. */
#define BROKEN_NAME "reload"
#include "broken.h"

__attribute__ ((constructor)) static void
broken_call_back (void)
{
  const char *text = g_getenv ("MVXLOG_TEST_CALLBACK");
  void (*callback) (void) = NULL;
  guint64 address = text ? g_ascii_strtoull (text, NULL, 16) : 0;

  memcpy (&callback, &address, sizeof callback);
  if (callback)
    callback ();
}
