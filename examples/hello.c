/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/mvxlog.h>

MVX_LOG_CONTEXT (hello, "org.example.hello")

int
main (void)
{
  g_autoptr (GError) error = NULL;

  if (!mvx_log_init ("hello", &error))
    g_printerr ("%s\n", error->message);
  mvx_info (hello, "hello {user}", "user", g_get_user_name ());
  return mvx_log_shutdown (g_get_monotonic_time () + G_USEC_PER_SEC, NULL) ? 0 : 1;
}
