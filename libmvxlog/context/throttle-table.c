/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "context/throttle-table-private.h"

#include "context/summary-timer-private.h"

typedef struct
{
  guint64 key; /* first: g_int64_hash */
  guint64 window;
  MvxLogSummary held; /* since the last summary */
  GList link;         /* in the order of the windows' beginnings */
} MvxLogThrottleEntry;

struct _MvxLogThrottleTable
{
  GMutex mutex;
  MvxLogThrottleRule rule;
  gboolean summaries;
  GHashTable *entries;
  GQueue by_age;
};

MvxLogThrottleTable *
mvx_log_throttle_table_new (const MvxLogThrottleRule *rule, gboolean summaries)
{
  MvxLogThrottleTable *table = g_new0 (MvxLogThrottleTable, 1);

  g_mutex_init (&table->mutex);
  table->rule = *rule;
  table->summaries = summaries;
  table->entries = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  g_queue_init (&table->by_age);
  return table;
}

void
mvx_log_throttle_table_free (MvxLogThrottleTable *table)
{
  g_hash_table_unref (table->entries);
  g_mutex_clear (&table->mutex);
  g_free (table);
}

/* With the mutex; that of the summaries is nested in it. */
static void
mvx_log_throttle_table_report (MvxLogThrottleEntry *entry, guint64 now)
{
  if (entry->held.n == 0)
    return;
  entry->held.ms = MAX (now, mvx_log_throttle_start (entry->window)) - mvx_log_throttle_start (entry->window);
  mvx_log_summary_push (&entry->held);
  entry->held = (MvxLogSummary){ 0 };
}

static guint64
mvx_log_throttle_table_end (const MvxLogThrottleTable *table, const MvxLogThrottleEntry *entry)
{
  return mvx_log_throttle_start (entry->window) + table->rule.interval_ms;
}

static void
mvx_log_throttle_table_drop (MvxLogThrottleTable *table, MvxLogThrottleEntry *entry, guint64 now)
{
  mvx_log_throttle_table_report (entry, now);
  g_queue_unlink (&table->by_age, &entry->link);
  g_hash_table_remove (table->entries, &entry->key);
}

/* Windows end in the order in which they began. */
static void
mvx_log_throttle_table_expire (MvxLogThrottleTable *table, guint64 now)
{
  while (table->by_age.head)
    {
      MvxLogThrottleEntry *entry = table->by_age.head->data;

      if (!mvx_log_throttle_is_over (&table->rule, entry->window, now))
        break;
      mvx_log_throttle_table_drop (table, entry, now);
    }
}

static MvxLogThrottleEntry *
mvx_log_throttle_table_add (MvxLogThrottleTable *table, guint64 key, guint64 now)
{
  MvxLogThrottleEntry *entry = g_new0 (MvxLogThrottleEntry, 1);

  if (table->by_age.length >= MVX_LOG_THROTTLE_TABLE_MAX)
    mvx_log_throttle_table_drop (table, table->by_age.head->data, now);
  entry->key = key;
  entry->link.data = entry;
  g_hash_table_insert (table->entries, &entry->key, entry);
  g_queue_push_tail_link (&table->by_age, &entry->link);
  return entry;
}

gboolean
mvx_log_throttle_table_admits (MvxLogThrottleTable *table,
                               guint64 key,
                               guint64 now,
                               void (*describe) (gconstpointer data, MvxLogSummary *summary),
                               gconstpointer data)
{
  MvxLogThrottleEntry *entry;
  gboolean passes;

  g_mutex_lock (&table->mutex);
  mvx_log_throttle_table_expire (table, now);
  entry = g_hash_table_lookup (table->entries, &key);
  if (entry == NULL)
    entry = mvx_log_throttle_table_add (table, key, now);
  entry->window = mvx_log_throttle_next (&table->rule, entry->window, now, &passes);
  if (!passes && table->summaries && entry->held.n++ == 0)
    {
      describe (data, &entry->held);
      mvx_log_summary_timer_want (mvx_log_throttle_table_end (table, entry));
    }
  g_mutex_unlock (&table->mutex);
  return passes;
}

guint64
mvx_log_throttle_table_collect_due (MvxLogThrottleTable *table, guint64 now)
{
  guint64 next = G_MAXUINT64;

  g_mutex_lock (&table->mutex);
  mvx_log_throttle_table_expire (table, now);
  for (GList *link = table->by_age.head; link && next == G_MAXUINT64; link = link->next)
    {
      const MvxLogThrottleEntry *entry = link->data;

      if (entry->held.n > 0)
        next = mvx_log_throttle_table_end (table, entry);
    }
  g_mutex_unlock (&table->mutex);
  return next;
}

void
mvx_log_throttle_table_collect (MvxLogThrottleTable *table, guint64 now)
{
  g_mutex_lock (&table->mutex);
  for (GList *link = table->by_age.head; link; link = link->next)
    mvx_log_throttle_table_report (link->data, now);
  g_mutex_unlock (&table->mutex);
}

void
mvx_log_throttle_table_fork (MvxLogThrottleTable *table, MvxLogForkStage stage)
{
  if (stage == MVX_LOG_FORK_PREPARE)
    {
      g_mutex_lock (&table->mutex);
      return;
    }
  for (GList *link = table->by_age.head; link && stage == MVX_LOG_FORK_CHILD; link = link->next)
    ((MvxLogThrottleEntry *) link->data)->held.n = 0;
  g_mutex_unlock (&table->mutex);
}
