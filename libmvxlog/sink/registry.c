/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/level.h>

#include "base/diag-private.h"
#include "base/error-private.h"
#include "sink/descriptor-private.h"
#include "sink/registry-entry-private.h"
#include "sink/registry-private.h"

MvxLogRegistry *
mvx_log_registry_new (void)
{
  MvxLogRegistry *registry = g_new0 (MvxLogRegistry, 1);

  g_mutex_init (&registry->mutex);
  g_cond_init (&registry->cond);
  registry->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, mvx_log_registry_entry_free);
  registry->order = g_ptr_array_new ();
  registry->waiters = g_hash_table_new (NULL, NULL);
  return registry;
}

void
mvx_log_registry_free (MvxLogRegistry *registry)
{
  g_ptr_array_unref (registry->order);
  g_hash_table_unref (registry->entries);
  g_hash_table_unref (registry->waiters);
  g_mutex_clear (&registry->mutex);
  g_cond_clear (&registry->cond);
  g_free (registry);
}

gboolean
mvx_log_registry_check_name (const char *name, GError **error)
{
  const char *p = name;

  g_return_val_if_fail (name != NULL, FALSE);

  if (g_ascii_isalpha (*p))
    while (g_ascii_isalnum (*p) || *p == '_' || *p == '-')
      p++;
  if (*p == '\0' && p > name)
    return TRUE;
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME,
               "'%s' is not a sink name; use a letter, then letters, digits, '_' and '-'", name);
  return FALSE;
}

static MvxLogSinkDescriptor *
mvx_log_registry_build (const char *name, const MvxLogSinkFactory *factory, gpointer data, GError **error)
{
  g_autoptr (GError) local = NULL;
  MvxLogSinkDescriptor *descriptor = factory->build (data, &local);

  if (descriptor)
    return descriptor;
  if (!g_error_matches (local, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DESCRIPTOR_FAILED))
    {
      mvx_log_error_wrap (&local, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DESCRIPTOR_FAILED,
                          "Sink '%s' cannot be described", name);
      mvx_log_error_take_details (local, g_variant_new_parsed ("{'sink-name': <%s>}", name));
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

static void
mvx_log_registry_set_conflict (const MvxLogEntry *entry, const MvxLogSinkDescriptor *requested, GError **error)
{
  g_autofree char *existing_text = mvx_log_sink_descriptor_to_string (entry->descriptor);
  g_autofree char *requested_text = mvx_log_sink_descriptor_to_string (requested);
  g_autofree char *difference = mvx_log_sink_descriptor_describe_difference (entry->descriptor, requested);
  GVariant *details = g_variant_new_parsed ("{'sink-name': <%s>, 'existing': <%s>, 'requested': <%s>}", entry->name,
                                            existing_text, requested_text);

  g_propagate_error (error, mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CONFLICT, NULL, details,
                                               "Sink '%s' exists with another configuration: %s. Existing: %s. "
                                               "Requested: %s. Close it first or use another name",
                                               entry->name, difference, existing_text, requested_text));
}

/* With the lock held: waits until nobody else works on @name. FALSE with an error if that would be for ever. */
static gboolean
mvx_log_registry_settle (MvxLogRegistry *registry, const char *name, GError **error)
{
  const MvxLogEntry *entry;

  while ((entry = g_hash_table_lookup (registry->entries, name)) && entry->state != MVX_LOG_ENTRY_READY)
    {
      const char *doing = entry->state == MVX_LOG_ENTRY_CREATING ? "created" : "closed";

      if (mvx_log_registry_wait (registry, name, -1))
        continue;
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK,
                   "Sink '%s' is being %s by this very thread or by one that waits for it; it cannot be configured "
                   "from there",
                   name, doing);
      return FALSE;
    }
  return TRUE;
}

/* With the lock held; gives it up over the factory. */
static MvxLogSink *
mvx_log_registry_create (MvxLogRegistry *registry,
                         const char *name,
                         MvxLogSinkDescriptor *descriptor,
                         const MvxLogSinkFactory *factory,
                         gpointer data,
                         GError **error)
{
  g_autoptr (GError) local = NULL;
  MvxLogEntry *entry = mvx_log_registry_add_entry (registry, name, descriptor);
  MvxLogSink *sink;

  g_mutex_unlock (&registry->mutex);
  sink = factory->create (data, &local);
  if (sink)
    mvx_log_registry_name_sink (sink, name);
  g_mutex_lock (&registry->mutex);

  if (sink)
    g_clear_error (&local);
  if (sink && entry->doomed)
    {
      /* The name stays taken until its sink is gone. */
      g_mutex_unlock (&registry->mutex);
      mvx_log_sink_terminate (sink, g_get_monotonic_time () + 5 * G_USEC_PER_SEC, NULL);
      g_clear_object (&sink);
      g_set_error_literal (&local, MVX_LOG_ERROR, MVX_LOG_ERROR_SHUT_DOWN, "all sinks were reset in the meantime");
      g_mutex_lock (&registry->mutex);
    }
  if (sink)
    {
      mvx_log_registry_ready_entry (registry, entry, sink);
      return sink;
    }
  mvx_log_registry_remove_entry (registry, entry);
  if (!g_error_matches (local, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CREATE_FAILED))
    {
      mvx_log_error_wrap (&local, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CREATE_FAILED, "Sink '%s' cannot be created",
                          name);
      mvx_log_error_take_details (local, g_variant_new_parsed ("{'sink-name': <%s>}", name));
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

MvxLogSink *
mvx_log_registry_configure (MvxLogRegistry *registry,
                            const char *name,
                            const MvxLogSinkFactory *factory,
                            gpointer data,
                            GError **error)
{
  g_autoptr (MvxLogSinkDescriptor) descriptor = NULL;
  const MvxLogEntry *entry;
  MvxLogSink *sink = NULL;

  if (!mvx_log_registry_check_name (name, error))
    return NULL;
  descriptor = mvx_log_registry_build (name, factory, data, error);
  if (descriptor == NULL)
    return NULL;

  g_mutex_lock (&registry->mutex);
  if (mvx_log_registry_settle (registry, name, error))
    {
      entry = mvx_log_registry_find_ready (registry, name);
      if (entry == NULL)
        sink = mvx_log_registry_create (registry, name, descriptor, factory, data, error);
      else if (mvx_log_sink_descriptor_equal (entry->descriptor, descriptor))
        sink = g_object_ref (entry->sink);
      else
        mvx_log_registry_set_conflict (entry, descriptor, error);
    }
  g_mutex_unlock (&registry->mutex);
  return sink;
}

MvxLogSink *
mvx_log_registry_get (MvxLogRegistry *registry, const char *name)
{
  const MvxLogEntry *entry;
  MvxLogSink *sink;

  g_mutex_lock (&registry->mutex);
  entry = mvx_log_registry_find_ready (registry, name);
  sink = entry ? g_object_ref (entry->sink) : NULL;
  g_mutex_unlock (&registry->mutex);
  return sink;
}

MvxLogSinkDescriptor *
mvx_log_registry_get_descriptor (MvxLogRegistry *registry, const char *name)
{
  const MvxLogEntry *entry;
  MvxLogSinkDescriptor *descriptor;

  g_mutex_lock (&registry->mutex);
  entry = mvx_log_registry_find_ready (registry, name);
  descriptor = entry ? mvx_log_sink_descriptor_ref (entry->descriptor) : NULL;
  g_mutex_unlock (&registry->mutex);
  return descriptor;
}

char **
mvx_log_registry_get_names (MvxLogRegistry *registry)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  g_mutex_lock (&registry->mutex);
  for (guint i = 0; i < registry->order->len; i++)
    {
      const MvxLogEntry *entry = g_ptr_array_index (registry->order, i);

      if (entry->state == MVX_LOG_ENTRY_READY)
        g_ptr_array_add (names, g_strdup (entry->name));
    }
  g_mutex_unlock (&registry->mutex);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_steal (names, NULL);
}

/* With the lock held. */
static MvxLogSink *
mvx_log_registry_replace (MvxLogRegistry *registry,
                          MvxLogEntry *entry,
                          MvxLogSink *sink,
                          MvxLogSinkDescriptor *descriptor)
{
  MvxLogSink *old = g_object_ref (entry->sink);

  if (sink == NULL)
    {
      mvx_log_registry_remove_entry (registry, entry);
      return old;
    }
  g_set_object (&entry->sink, sink);
  if (descriptor)
    {
      mvx_log_sink_descriptor_ref (descriptor);
      mvx_log_sink_descriptor_unref (entry->descriptor);
      entry->descriptor = descriptor;
    }
  return old;
}

MvxLogSink *
mvx_log_registry_exchange (MvxLogRegistry *registry,
                           const char *name,
                           MvxLogSink *sink,
                           MvxLogSinkDescriptor *descriptor)
{
  g_autoptr (GError) error = NULL;
  MvxLogEntry *entry;
  MvxLogSink *old = NULL;

  g_return_val_if_fail (sink == NULL || descriptor != NULL, NULL);

  if (sink)
    mvx_log_registry_name_sink (sink, name);
  g_mutex_lock (&registry->mutex);
  if (!mvx_log_registry_settle (registry, name, &error))
    {
      /* The caller terminates what it gets back: what did not come in. */
      g_mutex_unlock (&registry->mutex);
      mvx_log_diag (MVX_LOG_LEVEL_ERROR, "%s", error->message);
      return sink ? g_object_ref (sink) : NULL;
    }
  entry = mvx_log_registry_find_ready (registry, name);
  if (entry)
    old = mvx_log_registry_replace (registry, entry, sink, descriptor);
  else if (sink)
    mvx_log_registry_ready_entry (registry, mvx_log_registry_add_entry (registry, name, descriptor), sink);
  g_mutex_unlock (&registry->mutex);
  return old;
}

char *
mvx_log_registry_find_resource (MvxLogRegistry *registry, const MvxLogSinkDescriptor *descriptor, const char *except)
{
  GHashTableIter iter;
  gpointer value;
  char *name = NULL;

  g_mutex_lock (&registry->mutex);
  /* A sink in creation or on its way out has its resource too. */
  g_hash_table_iter_init (&iter, registry->entries);
  while (name == NULL && g_hash_table_iter_next (&iter, NULL, &value))
    {
      const MvxLogEntry *entry = value;

      if (g_strcmp0 (entry->name, except) != 0 && mvx_log_sink_descriptor_same_resource (entry->descriptor, descriptor))
        name = g_strdup (entry->name);
    }
  g_mutex_unlock (&registry->mutex);
  return name;
}
