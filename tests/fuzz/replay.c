/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands in for libFuzzer: every file of a folder, as it is and cut off at each of its first bytes. */
#include "fuzz.h"

#define REPLAY_MOST_CUTS 512

/* In a block of its own size, so that reading behind it is seen. */
static void
replay_run (const char *data, gsize size)
{
  g_autofree guint8 *copy = g_memdup2 (data, size);

  LLVMFuzzerTestOneInput (copy ? copy : (const guint8 *) "", size);
}

static void
replay_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, &error))
    g_error ("%s", error->message);
  for (gsize cut = 0; cut < MIN (size, REPLAY_MOST_CUTS); cut++)
    replay_run (data, cut);
  replay_run (data, size);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) folder = g_dir_open (argv[1], 0, &error);
  const char *name;
  guint n = 0;

  if (folder == NULL)
    g_error ("%s", error->message);
  while ((name = g_dir_read_name (folder)))
    {
      g_autofree char *path = g_build_filename (argv[1], name, NULL);

      replay_file (path);
      n++;
    }
  g_print ("%u inputs\n", n);
  return n > 0 ? 0 : 1;
}
