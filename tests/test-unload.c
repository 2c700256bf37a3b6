/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that knows nothing of the library, and a module of it that loads and unloads it: test-unload LIBRARY PATH
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gio/gio.h>
#include <mvxlog/mvxlog.h>

#define N_TIMES 1000

static guint64
resident_kb (void)
{
  g_autofree char *status = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  return g_ascii_strtoull (strstr (status, "VmRSS:\t") + strlen ("VmRSS:\t"), NULL, 10);
}

/* As a module would, from its first use of the library to its last. The worker lives on. */
static void
use (void *library, const char *path, guint turn)
{
  g_autofree char *text
      = g_strdup_printf ("[mvxlog]\nversion=1\n[sink a]\nplugin=file\npath=%s\n[context]\nsinks=a\n", path);
  gboolean (*configure) (const char *, gssize, const char *, GError **)
      = (gboolean (*) (const char *, gssize, const char *, GError **)) dlsym (library, "mvx_log_configure_from_data");
  MvxLogContext *(*get_root) (void) = (MvxLogContext * (*) (void) ) dlsym (library, "mvx_log_get_root_context");
  MvxLogSubmitResult (*submit) (MvxLogContext *, const MvxLogEventInit *, const MvxLogField *, guint, GError **)
      = (MvxLogSubmitResult (*) (MvxLogContext *, const MvxLogEventInit *, const MvxLogField *, guint,
                                 GError **)) dlsym (library, "mvx_log_event_submit");
  void (*unref) (MvxLogContext *) = (void (*) (MvxLogContext *)) dlsym (library, "mvx_log_context_unref");
  MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message = "loaded again" };
  g_autoptr (GError) error = NULL;
  MvxLogContext *root;

  g_assert_true (configure (text, -1, "test", &error));
  root = get_root ();
  g_assert_cmpint (submit (root, &init, NULL, 0, &error), ==, MVX_LOG_ACCEPTED);
  unref (root);
}

static guint
count_lines (const char *path)
{
  g_autofree char *text = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  for (const char *p = text; (p = strchr (p, '\n')); p++)
    n++;
  return n;
}

int
main (int argc, char *argv[])
{
  g_autofree char *directory = g_dir_make_tmp ("mvxlog-unload-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "app.log", NULL);
  guint64 before = 0;

  g_assert_cmpint (argc, ==, 2);
  for (guint i = 0; i < N_TIMES; i++)
    {
      void *library = dlopen (argv[1], RTLD_NOW | RTLD_LOCAL);

      g_assert_nonnull (library);
      use (library, path, i);
      if (i == N_TIMES / 10)
        before = resident_kb ();
      if (i == N_TIMES - 1)
        {
          gboolean (*flush) (gint64, GError **) = (gboolean (*) (gint64, GError **)) dlsym (library, "mvx_log_flush");

          g_assert_true (flush (-1, NULL));
        }
      g_assert_cmpint (dlclose (library), ==, 0);
    }
  g_print ("fault 26: loaded and unloaded %d times, 0 crashes, %" G_GINT64_FORMAT " kB more\n", N_TIMES,
           (gint64) (resident_kb () - before));
  g_assert_cmpuint (count_lines (path), ==, N_TIMES);
  g_assert_cmpint (unlink (path), ==, 0);
  g_assert_cmpint (rmdir (directory), ==, 0);
  return 0;
}
