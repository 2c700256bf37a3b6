/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The catalogue of kinds of events: an id, a name, and what it means. Copied, so that no entry points into code that
 * may be unloaded; entries are never removed, so that their texts can be handed out. */
#include <mvxlog/error.h>
#include <mvxlog/event-id.h>
#include <mvxlog/level.h>

#include "base/atfork-private.h"
#include "base/diag-private.h"
#include "event/hexid-private.h"

static GMutex mvx_log_event_id_mutex;
MVX_LOG_FORK_LOCK (EVENT_ID, &mvx_log_event_id_mutex, NULL);
static GHashTable *mvx_log_event_id_table; /* id -> MvxLogEventId */

static gboolean
mvx_log_event_id_check (char *digits, const char *id, GError **error)
{
  if (mvx_log_hex_id128 (digits, id))
    return TRUE;
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_NAME,
               "'%s' is not an event id; use 32 hexadecimal digits or a UUID, such as 'journalctl --new-id128' prints",
               id);
  return FALSE;
}

/* With the mutex. What is in the catalogue under the id afterwards. */
static const MvxLogEventId *
mvx_log_event_id_add (const char *digits, const char *name, const char *text)
{
  MvxLogEventId *entry;

  if (mvx_log_event_id_table == NULL)
    mvx_log_event_id_table = g_hash_table_new (g_str_hash, g_str_equal);
  entry = g_hash_table_lookup (mvx_log_event_id_table, digits);
  if (entry == NULL)
    {
      entry = g_new (MvxLogEventId, 1);
      *entry = (MvxLogEventId){ g_strdup (digits), g_strdup (name), g_strdup (text) };
      g_hash_table_insert (mvx_log_event_id_table, (gpointer) entry->id, entry);
    }
  return entry;
}

/**
 * mvx_log_event_id_register:
 * @id: 32 hexadecimal digits or a UUID
 * @name: name of the event
 * @text: what it means and what to do
 * @error: return location for an error
 *
 * Puts a kind of event into the catalogue, as %MVX_LOG_EVENT_ID does. The same entry may be registered again.
 * Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_INVALID_NAME if it is no id, or %MVX_LOG_ERROR_INVALID_ARGUMENT if
 *   another event has it
 *
 * Since: 1.0
 */
gboolean
mvx_log_event_id_register (const char *id, const char *name, const char *text, GError **error)
{
  char digits[MVX_LOG_EVENT_ID_DIGITS + 1];
  const MvxLogEventId *entry;

  g_return_val_if_fail (id != NULL, FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (text != NULL, FALSE);

  if (!mvx_log_event_id_check (digits, id, error))
    return FALSE;
  g_mutex_lock (&mvx_log_event_id_mutex);
  entry = mvx_log_event_id_add (digits, name, text);
  g_mutex_unlock (&mvx_log_event_id_mutex);
  if (g_str_equal (entry->name, name) && g_str_equal (entry->text, text))
    return TRUE;
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
               "Event id %s of '%s' belongs to '%s' already; make a new one with 'journalctl --new-id128'", digits,
               name, entry->name);
  return FALSE;
}

/**
 * mvx_log_event_id_declare: (skip)
 * @event: a kind of event
 *
 * What %MVX_LOG_EVENT_ID does when its program or module is loaded. A mistake is told on the diagnostics. Any thread
 * may do so.
 *
 * Since: 1.0
 */
void
mvx_log_event_id_declare (const MvxLogEventId *event)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (event != NULL);

  if (!mvx_log_event_id_register (event->id, event->name, event->text, &error))
    mvx_log_diag (MVX_LOG_LEVEL_ERROR, "%s", error->message);
}

/**
 * mvx_log_event_id_lookup:
 * @id: 32 hexadecimal digits or a UUID
 * @name: (out) (optional) (transfer none): name of the event
 * @text: (out) (optional) (transfer none): what it means and what to do
 *
 * Looks a kind of event up in the catalogue. The strings live for ever. Thread-safe.
 *
 * Returns: %TRUE if it is there
 *
 * Since: 1.0
 */
gboolean
mvx_log_event_id_lookup (const char *id, const char **name, const char **text)
{
  char digits[MVX_LOG_EVENT_ID_DIGITS + 1];
  const MvxLogEventId *entry = NULL;

  g_return_val_if_fail (id != NULL, FALSE);

  if (!mvx_log_hex_id128 (digits, id))
    return FALSE;
  g_mutex_lock (&mvx_log_event_id_mutex);
  if (mvx_log_event_id_table)
    entry = g_hash_table_lookup (mvx_log_event_id_table, digits);
  g_mutex_unlock (&mvx_log_event_id_mutex);
  if (entry == NULL)
    return FALSE;
  if (name)
    *name = entry->name;
  if (text)
    *text = entry->text;
  return TRUE;
}

static gint
mvx_log_event_id_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * mvx_log_event_id_list:
 *
 * Lists the catalogue. Thread-safe.
 *
 * Returns: (transfer full) (array zero-terminated=1): all ids, 32 digits each, sorted
 *
 * Since: 1.0
 */
char **
mvx_log_event_id_list (void)
{
  GPtrArray *ids = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer id;

  g_mutex_lock (&mvx_log_event_id_mutex);
  if (mvx_log_event_id_table)
    {
      g_hash_table_iter_init (&iter, mvx_log_event_id_table);
      while (g_hash_table_iter_next (&iter, &id, NULL))
        g_ptr_array_add (ids, g_strdup (id));
    }
  g_mutex_unlock (&mvx_log_event_id_mutex);
  g_ptr_array_sort (ids, mvx_log_event_id_compare);
  g_ptr_array_add (ids, NULL);
  return (char **) g_ptr_array_free (ids, FALSE);
}
