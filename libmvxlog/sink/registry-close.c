/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error-private.h"
#include "sink/registry-entry-private.h"
#include "sink/registry-private.h"

/* What went wrong with which sink. */
typedef struct
{
  GString *text;
  GVariantBuilder details; /* aa{sv} */
  GError *first;
  guint n;
} MvxLogRegistryFailures;

static void
mvx_log_registry_note_failure (MvxLogRegistryFailures *failures, const char *name, GError *error)
{
  const char *reason = mvx_log_error_get_reason (error);

  g_string_append_printf (failures->text, "%s'%s': %s", failures->n++ ? "; " : "", name, error->message);
  g_variant_builder_open (&failures->details, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&failures->details, "{sv}", "sink-name", g_variant_new_string (name));
  g_variant_builder_add (&failures->details, "{sv}", "reason", g_variant_new_string (reason ? reason : ""));
  g_variant_builder_add (&failures->details, "{sv}", "message", g_variant_new_string (error->message));
  g_variant_builder_close (&failures->details);
  if (failures->first == NULL)
    failures->first = g_error_copy (error);
}

/* Terminates what was taken out of sight before, then frees the name; without the lock. */
static void
mvx_log_registry_terminate (MvxLogRegistry *registry,
                            MvxLogEntry *entry,
                            gint64 deadline_us,
                            MvxLogRegistryFailures *failures)
{
  /* So that its finalizer does not run under the lock. */
  g_autoptr (MvxLogSink) sink = g_object_ref (entry->sink);
  g_autoptr (GError) error = NULL;

  if (!mvx_log_sink_terminate (sink, deadline_us, &error))
    mvx_log_registry_note_failure (failures, entry->name, error);
  g_mutex_lock (&registry->mutex);
  mvx_log_registry_remove_entry (registry, entry);
  g_mutex_unlock (&registry->mutex);
}

static void
mvx_log_registry_failures_init (MvxLogRegistryFailures *failures)
{
  *failures = (MvxLogRegistryFailures){ 0 };
  failures->text = g_string_new (NULL);
  g_variant_builder_init (&failures->details, G_VARIANT_TYPE ("aa{sv}"));
}

/* Turns the failures into an error if there are any. */
static gboolean
mvx_log_registry_failures_end (MvxLogRegistryFailures *failures, guint n_sinks, GError **error)
{
  gboolean ok = failures->n == 0;

  if (!ok && error)
    {
      g_autofree char *count
          = n_sinks == 1 ? g_strdup ("The sink is") : g_strdup_printf ("%u of %u sinks are", failures->n, n_sinks);
      GVariant *details = g_variant_new_parsed ("{'errors': <%*>}", g_variant_builder_end (&failures->details));

      *error = mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CLOSE_FAILED, failures->first, details,
                                  "%s closed, but not cleanly: %s", count, failures->text->str);
    }
  g_variant_builder_clear (&failures->details);
  g_clear_error (&failures->first);
  g_string_free (failures->text, TRUE);
  return ok;
}

static void
mvx_log_registry_set_in_use (const char *name, char **contexts, GError **error)
{
  g_autofree char *list = g_strjoinv (", ", contexts);
  GVariant *details = g_variant_new_parsed ("{'sink-name': <%s>, 'contexts': <%^as>}", name, contexts);

  g_propagate_error (error,
                     mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_IN_USE, NULL, details,
                                        "Sink '%s' is in use by the %s %s; give %s other sinks first", name,
                                        contexts[1] ? "contexts" : "context", list, contexts[1] ? "them" : "it"));
}

gboolean
mvx_log_registry_close (MvxLogRegistry *registry,
                        const char *name,
                        MvxLogSinkUsersFunc users,
                        gpointer data,
                        gint64 deadline_us,
                        GError **error)
{
  g_autoptr (MvxLogSink) sink = mvx_log_registry_get (registry, name);
  g_auto (GStrv) contexts = NULL;
  MvxLogRegistryFailures failures;
  MvxLogEntry *entry;

  if (sink == NULL)
    return FALSE;
  contexts = users ? users (sink, data) : NULL;
  if (contexts && contexts[0])
    {
      mvx_log_registry_set_in_use (name, contexts, error);
      return FALSE;
    }

  g_mutex_lock (&registry->mutex);
  entry = mvx_log_registry_find_ready (registry, name);
  /* While the users were asked, another thread may have closed or replaced it. */
  if (entry && entry->sink == sink)
    {
      entry->state = MVX_LOG_ENTRY_CLOSING;
      entry->owner = g_thread_self ();
    }
  else
    entry = NULL;
  g_mutex_unlock (&registry->mutex);
  if (entry == NULL)
    return FALSE;

  mvx_log_registry_failures_init (&failures);
  mvx_log_registry_terminate (registry, entry, deadline_us, &failures);
  return mvx_log_registry_failures_end (&failures, 1, error);
}

/* With the lock held: takes everything out of sight; what is still being created is terminated by its creator. */
static GPtrArray *
mvx_log_registry_take_all (MvxLogRegistry *registry)
{
  GPtrArray *taken = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  for (guint i = 0; i < registry->order->len; i++)
    {
      MvxLogEntry *entry = g_ptr_array_index (registry->order, i);

      if (entry->state != MVX_LOG_ENTRY_READY)
        continue;
      entry->state = MVX_LOG_ENTRY_CLOSING;
      entry->owner = g_thread_self ();
      g_ptr_array_add (taken, entry);
    }
  g_hash_table_iter_init (&iter, registry->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((MvxLogEntry *) value)->state == MVX_LOG_ENTRY_CREATING)
      ((MvxLogEntry *) value)->doomed = TRUE;
  return taken;
}

/* With the lock held: waits for what other threads are closing, since the caller believes all is gone afterwards. */
static void
mvx_log_registry_await_closing (MvxLogRegistry *registry, gint64 deadline_us)
{
  guint i = 0;

  while (i < registry->order->len)
    {
      const MvxLogEntry *entry = g_ptr_array_index (registry->order, i);
      g_autofree char *name = g_strdup (entry->name);

      if (entry->state != MVX_LOG_ENTRY_CLOSING || mvx_log_registry_would_deadlock (registry, name))
        i++;
      else if (!mvx_log_registry_wait (registry, name, deadline_us))
        return;
      else
        i = 0;
    }
}

gboolean
mvx_log_registry_reset (MvxLogRegistry *registry, MvxLogSinkBeginFunc begin, gint64 deadline_us, GError **error)
{
  g_autoptr (GPtrArray) taken = NULL;
  MvxLogRegistryFailures failures;

  g_mutex_lock (&registry->mutex);
  taken = mvx_log_registry_take_all (registry);
  g_mutex_unlock (&registry->mutex);

  for (guint i = taken->len; begin && i > 0; i--)
    begin (((MvxLogEntry *) g_ptr_array_index (taken, i - 1))->sink, deadline_us);
  mvx_log_registry_failures_init (&failures);
  for (guint i = taken->len; i > 0; i--)
    mvx_log_registry_terminate (registry, g_ptr_array_index (taken, i - 1), deadline_us, &failures);

  g_mutex_lock (&registry->mutex);
  mvx_log_registry_await_closing (registry, deadline_us);
  g_mutex_unlock (&registry->mutex);
  return mvx_log_registry_failures_end (&failures, taken->len, error);
}
