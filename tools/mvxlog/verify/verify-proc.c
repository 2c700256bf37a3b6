/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "verify/verify-proc.h"

#define MVX_VERIFY_PROC_PATIENCE_US (5 * G_USEC_PER_SEC)
#define MVX_VERIFY_PROC_STEP_US 1000

static void
mvx_verify_proc_look_at (GHashTable *found, const char *folder, gboolean threads)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, threads ? "comm" : NULL, NULL);
      g_autofree char *text = NULL;

      if (threads ? !g_file_get_contents (path, &text, NULL, NULL) : !(text = g_file_read_link (path, NULL)))
        continue;
      if (threads)
        g_strchomp (text);
      if (!threads || !g_str_has_prefix (text, "pool-"))
        g_hash_table_insert (found, g_strdup (name), g_steal_pointer (&text));
    }
}

void
mvx_verify_proc_look (MvxVerifyProc *proc)
{
  proc->descriptors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  proc->threads = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  mvx_verify_proc_look_at (proc->descriptors, "/proc/self/fd", FALSE);
  mvx_verify_proc_look_at (proc->threads, "/proc/self/task", TRUE);
}

void
mvx_verify_proc_clear (MvxVerifyProc *proc)
{
  g_clear_pointer (&proc->descriptors, g_hash_table_unref);
  g_clear_pointer (&proc->threads, g_hash_table_unref);
}

/* A number of a descriptor is used again, and a thread gets its name late. The folder that is being read is open. */
static gboolean
mvx_verify_proc_is_own (const char *what)
{
  return g_str_has_prefix (what, "/proc/");
}

static GPtrArray *
mvx_verify_proc_new_ones (GHashTable *before, GHashTable *now, gboolean threads)
{
  GPtrArray *more = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer number;
  gpointer what;

  g_hash_table_iter_init (&iter, now);
  while (g_hash_table_iter_next (&iter, &number, &what))
    if (threads ? !g_hash_table_contains (before, number)
                : !mvx_verify_proc_is_own (what) && g_strcmp0 (g_hash_table_lookup (before, number), what) != 0)
      g_ptr_array_add (more, g_strdup (what));
  g_ptr_array_add (more, NULL);
  return more;
}

static char *
mvx_verify_proc_compare (const MvxVerifyProc *before, guint least)
{
  g_auto (MvxVerifyProc) now = { NULL, NULL };
  g_autoptr (GPtrArray) descriptors = NULL;
  g_autoptr (GPtrArray) threads = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  mvx_verify_proc_look (&now);
  descriptors = mvx_verify_proc_new_ones (before->descriptors, now.descriptors, FALSE);
  threads = mvx_verify_proc_new_ones (before->threads, now.threads, TRUE);
  if (descriptors->len - 1 >= least)
    {
      g_autofree char *list = g_strjoinv (", ", (char **) descriptors->pdata);

      g_string_printf (text, "%u open descriptor%s (%s)", descriptors->len - 1, descriptors->len == 2 ? "" : "s", list);
    }
  if (threads->len - 1 >= least)
    {
      g_autofree char *list = g_strjoinv (", ", (char **) threads->pdata);

      g_string_append_printf (text, "%s%u thread%s (%s)", text->len ? " and " : "", threads->len - 1,
                              threads->len == 2 ? "" : "s", list);
    }
  return text->len ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

/* A thread is listed for a moment after it was joined, and nothing tells when it is gone: so it is looked again. */
char *
mvx_verify_proc_more (const MvxVerifyProc *before, guint least)
{
  const gint64 deadline = g_get_monotonic_time () + MVX_VERIFY_PROC_PATIENCE_US;
  char *more;

  while ((more = mvx_verify_proc_compare (before, least)) && strstr (more, " thread")
         && g_get_monotonic_time () < deadline)
    {
      g_free (more);
      g_usleep (MVX_VERIFY_PROC_STEP_US);
    }
  return more;
}
