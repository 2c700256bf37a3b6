/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sink/registry-entry-private.h"
#include "sink/sink-private.h"

void
mvx_log_registry_entry_free (gpointer data)
{
  MvxLogEntry *entry = data;

  g_clear_object (&entry->sink);
  mvx_log_sink_descriptor_unref (entry->descriptor);
  g_free (entry->name);
  g_free (entry);
}

MvxLogEntry *
mvx_log_registry_add_entry (MvxLogRegistry *registry, const char *name, MvxLogSinkDescriptor *descriptor)
{
  MvxLogEntry *entry = g_new0 (MvxLogEntry, 1);

  entry->name = g_strdup (name);
  entry->state = MVX_LOG_ENTRY_CREATING;
  entry->owner = g_thread_self ();
  entry->descriptor = mvx_log_sink_descriptor_ref (descriptor);
  g_hash_table_replace (registry->entries, entry->name, entry);
  return entry;
}

void
mvx_log_registry_name_sink (MvxLogSink *sink, const char *name)
{
  g_autofree char *present = mvx_log_sink_dup_name (sink);

  if (present == NULL)
    mvx_log_sink_set_name (sink, name);
}

void
mvx_log_registry_ready_entry (MvxLogRegistry *registry, MvxLogEntry *entry, MvxLogSink *sink)
{
  entry->sink = g_object_ref (sink);
  entry->state = MVX_LOG_ENTRY_READY;
  entry->owner = NULL;
  g_ptr_array_add (registry->order, entry);
  g_cond_broadcast (&registry->cond);
}

void
mvx_log_registry_remove_entry (MvxLogRegistry *registry, MvxLogEntry *entry)
{
  g_ptr_array_remove (registry->order, entry);
  g_hash_table_remove (registry->entries, entry->name);
  g_cond_broadcast (&registry->cond);
}

MvxLogEntry *
mvx_log_registry_find_ready (MvxLogRegistry *registry, const char *name)
{
  MvxLogEntry *entry = g_hash_table_lookup (registry->entries, name);

  return entry && entry->state == MVX_LOG_ENTRY_READY ? entry : NULL;
}

gboolean
mvx_log_registry_would_deadlock (MvxLogRegistry *registry, const char *name)
{
  /* From the name to who works on it, to the name that one waits for, and so on. A thread waits for one name at a time
   * and was let in only because that closed no circle, so this ends. */
  while (name)
    {
      const MvxLogEntry *entry = g_hash_table_lookup (registry->entries, name);

      if (entry == NULL || entry->owner == NULL)
        return FALSE;
      if (entry->owner == g_thread_self ())
        return TRUE;
      name = g_hash_table_lookup (registry->waiters, entry->owner);
    }
  return FALSE;
}

gboolean
mvx_log_registry_wait (MvxLogRegistry *registry, const char *name, gint64 deadline_us)
{
  gboolean in_time = TRUE;

  if (mvx_log_registry_would_deadlock (registry, name))
    return FALSE;
  g_hash_table_insert (registry->waiters, g_thread_self (), (gpointer) name);
  if (deadline_us < 0)
    g_cond_wait (&registry->cond, &registry->mutex);
  else
    in_time = g_cond_wait_until (&registry->cond, &registry->mutex, deadline_us);
  g_hash_table_remove (registry->waiters, g_thread_self ());
  return in_time;
}
