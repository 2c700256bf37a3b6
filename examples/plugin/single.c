/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that carries its plugin: udp.c is linked in, no file is looked for. Its key-file says plugin=udp as always.
 */
#include <mvxlog/mvxlog.h>

MVX_LOG_STATIC_PLUGIN_DECLARE (udp); /* udp.c, compiled with -DMVX_LOG_STATIC_PLUGIN=udp */
MVX_LOG_CONTEXT (single, "org.example.single")

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc != 2)
    g_printerr ("usage: %s KEY-FILE\n", argv[0]);
  else if (!mvx_log_register_static_plugin (&mvx_static_plugin_udp, &error)
           || !mvx_log_configure_from_file (argv[1], &error))
    g_printerr ("%s\n", error->message);
  else
    {
      mvx_info (single, "hello {user}", "user", g_get_user_name ());
      return mvx_log_shutdown (g_get_monotonic_time () + G_USEC_PER_SEC, NULL) ? 0 : 1;
    }
  return 2;
}
