/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a task is, without what it logs: its place in the tree and its numbers. */
#include "base/error-private.h"
#include "context/task-node-private.h"

#define MVX_LOG_TASK_MAX_PATH 1024

void
mvx_log_task_node_unref (MvxLogTask *task)
{
  if (!g_atomic_int_dec_and_test (&task->ref_count))
    return;
  if (task->head.bound)
    mvx_log_field_set_unref ((MvxLogFieldSet *) task->head.bound);
  g_clear_pointer (&task->parent, mvx_log_task_node_unref);
  g_free (task->path);
  g_free (task->what);
  g_free (task->success);
  g_free (task);
}

char *
mvx_log_task_next_path (MvxLogTask *task)
{
  return g_strdup_printf ("%s/%u", task->path, __atomic_add_fetch (&task->n_children, 1, __ATOMIC_RELAXED));
}

void
mvx_log_task_print_key (MvxLogTask *task, MvxLogBuffer *buffer)
{
  char number[16];
  guint32 len;

  g_snprintf (number, sizeof number, "%u@", __atomic_fetch_add (&task->n_records, 1, __ATOMIC_RELAXED));
  len = (guint32) (strlen (number) + strlen (task->path));
  mvx_log_buffer_append (buffer, &len, sizeof len);
  mvx_log_buffer_append (buffer, number, strlen (number));
  mvx_log_buffer_append (buffer, task->path, strlen (task->path) + 1);
}

/* UUID, then numbers from 1: it comes from outside and goes into every record. */
gboolean
mvx_log_task_check_path (const char *path, GError **error)
{
  g_autofree char *uuid = g_strndup (path, 36);
  gboolean valid = g_uuid_string_is_valid (uuid) && strlen (path) <= MVX_LOG_TASK_MAX_PATH;

  for (const char *p = valid ? path + 36 : ""; *p && valid;)
    {
      gsize digits = strspn (p + 1, "0123456789");

      valid = *p == '/' && digits > 0 && digits <= 10 && p[1] != '0';
      p += 1 + digits;
    }
  if (!valid)
    g_set_error (
        error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
        "'%s' is not the id of a task; use what mvx_log_task_export() gave the other process, a UUID and numbers "
        "such as 6ba7b810-9dad-41d1-80b4-00c04fd430c8/1/3",
        path);
  return valid;
}

gboolean
mvx_log_task_reaches (const MvxLogTask *task, const MvxLogTask *innermost)
{
  const MvxLogTask *at = innermost;

  while (at && at != task && !at->innermost)
    at = at->parent;
  return at == task;
}
