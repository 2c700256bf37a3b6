/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/atfork-private.h"
#include "base/clock-private.h"
#include "base/error-private.h"
#include "base/hash-private.h"
#include "context/summary-timer-private.h"
#include "context/throttle-private.h"
#include "context/throttle-table-private.h"
#include "event/event-private.h"
#include "event/symbol-private.h"

#define MVX_LOG_THROTTLE_PAGE 64
#define MVX_LOG_THROTTLE_PAGES (1u << 14)
#define MVX_LOG_THROTTLE_LINE 64

typedef enum
{
  MVX_LOG_THROTTLE_CALLSITE,
  MVX_LOG_THROTTLE_FIELD,
  MVX_LOG_THROTTLE_CONTENT
} MvxLogThrottleBy;

typedef struct _MvxLogThrottleSlot MvxLogThrottleSlot;

/* Of one callsite, on a cache line of its own. */
struct _MvxLogThrottleSlot
{
  guint64 window; /* atomic, relaxed: nothing else hangs on it */
  guint64 n_held; /* atomic: whoever makes it 1 fills in the rest and puts the slot on the stack; acquire, pairs with
                     the release of whoever has taken the slot from there and makes it 0 */
  gpointer node;
  const char *context;
  const MvxLogCallsite *site;
  MvxLogThrottleSlot *next;
  guint64 since;
  gint level;
} __attribute__ ((aligned (MVX_LOG_THROTTLE_LINE)));

struct _MvxLogThrottle
{
  GObject parent_instance;
  MvxLogThrottleBy by;
  MvxLogThrottleRule rule;
  gboolean summaries;
  char *key;                  /* of the field */
  MvxLogThrottleTable *table; /* by content, and events that come from no callsite */
  MvxLogThrottleSlot *held;   /* atomic: stack of slots with n_held > 0; release to push, acquire to take all; both
                                 also the other way round, for `due` */
  guint64 due;                /* atomic, relaxed: when the first of them may be over; never before they are taken, set
                                 once one is pushed */
  MvxLogThrottleSlot **pages; /* atomic: by id of callsite; release to publish, acquire to read */
  GList link;                 /* list mutex */
};

static void mvx_log_throttle_policy_init (MvxLogEventPolicyInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MvxLogThrottle,
                               mvx_log_throttle,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_EVENT_POLICY, mvx_log_throttle_policy_init))

/* All that there are, for flushing. */
static GMutex mvx_log_throttle_list_mutex;
static GQueue mvx_log_throttle_list = G_QUEUE_INIT;

/* Also of slots that another thread had in hand just then, off the stack. */
static void
mvx_log_throttle_forget_held (MvxLogThrottle *self)
{
  self->held = NULL;
  for (guint i = 0; i < MVX_LOG_THROTTLE_PAGES && self->pages && self->summaries; i++)
    for (guint j = 0; j < MVX_LOG_THROTTLE_PAGE && self->pages[i]; j++)
      self->pages[i][j].n_held = 0;
}

/* A child goes on with its parent's windows, and tells of what it has held back itself. */
static void
mvx_log_throttle_fork (MvxLogForkStage stage)
{
  for (GList *link = mvx_log_throttle_list.head; link; link = link->next)
    {
      MvxLogThrottle *self = link->data;

      mvx_log_throttle_table_fork (self->table, stage);
      if (stage == MVX_LOG_FORK_CHILD)
        mvx_log_throttle_forget_held (self);
    }
}

MVX_LOG_FORK_LOCK (THROTTLE_LIST, &mvx_log_throttle_list_mutex, mvx_log_throttle_fork);

static MvxLogThrottleSlot *
mvx_log_throttle_slot (MvxLogThrottle *self, guint32 id)
{
  guint page = id / MVX_LOG_THROTTLE_PAGE;
  MvxLogThrottleSlot *slots;
  MvxLogThrottleSlot *fresh;

  if (page >= MVX_LOG_THROTTLE_PAGES)
    return NULL;
  slots = __atomic_load_n (&self->pages[page], __ATOMIC_ACQUIRE);
  if (G_UNLIKELY (slots == NULL))
    {
      fresh = g_aligned_alloc0 (MVX_LOG_THROTTLE_PAGE, sizeof *fresh, MVX_LOG_THROTTLE_LINE);
      if (__atomic_compare_exchange_n (&self->pages[page], &slots, fresh, FALSE, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        slots = fresh;
      else
        g_aligned_free (fresh); /* another thread was first */
    }
  return &slots[id % MVX_LOG_THROTTLE_PAGE];
}

/* Without GLib's lock: in a child, another thread may have had it. NULL after a million of names. */
static const char *
mvx_log_throttle_intern (const char *context)
{
  const MvxLogSymbol *symbol = context ? mvx_log_symbol_intern (context) : NULL;

  return symbol ? symbol->text : NULL;
}

static void
mvx_log_throttle_set_due (MvxLogThrottle *self, guint64 due)
{
  guint64 present = __atomic_load_n (&self->due, __ATOMIC_RELAXED);

  while (due < present
         && !__atomic_compare_exchange_n (&self->due, &present, due, TRUE, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
    ;
}

static void
mvx_log_throttle_push (MvxLogThrottle *self, MvxLogThrottleSlot *slot)
{
  MvxLogThrottleSlot *head = __atomic_load_n (&self->held, __ATOMIC_RELAXED);
  guint64 due = slot->since + self->rule.interval_ms; /* on the stack, the slot is anybody's */

  do
    slot->next = head;
  while (!__atomic_compare_exchange_n (&self->held, &head, slot, TRUE, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
  mvx_log_throttle_set_due (self, due);
  mvx_log_summary_timer_want (due);
}

static void
mvx_log_throttle_note (MvxLogThrottle *self,
                       MvxLogThrottleSlot *slot,
                       gpointer node,
                       const char *context,
                       gint level,
                       const MvxLogCallsite *site,
                       guint64 window)
{
  if (!self->summaries || __atomic_fetch_add (&slot->n_held, 1, __ATOMIC_ACQUIRE) != 0)
    return;
  slot->node = node;
  slot->context = mvx_log_throttle_intern (context);
  slot->level = level;
  slot->site = site;
  slot->since = mvx_log_throttle_start (window);
  mvx_log_throttle_push (self, slot);
}

/* Windows that are over, or all. */
static void
mvx_log_throttle_collect (MvxLogThrottle *self, guint64 now, gboolean all)
{
  MvxLogThrottleSlot *next;

  __atomic_store_n (&self->due, G_MAXUINT64, __ATOMIC_RELAXED);
  for (MvxLogThrottleSlot *slot = __atomic_exchange_n (&self->held, NULL, __ATOMIC_ACQ_REL); slot; slot = next)
    {
      MvxLogSummary summary = {
        .ms = MAX (now, slot->since) - slot->since, .level = slot->level, .node = slot->node, .context = slot->context
      };

      next = slot->next;
      if (!all && summary.ms < self->rule.interval_ms)
        {
          mvx_log_throttle_push (self, slot);
          continue;
        }
      summary.file = slot->site->file;
      summary.function = slot->site->function;
      summary.line = slot->site->line;
      summary.like = g_strdup (slot->site->message_template);
      /* From here on somebody else may fill it in again. */
      summary.n = __atomic_exchange_n (&slot->n_held, 0, __ATOMIC_ACQ_REL);
      mvx_log_summary_push (&summary);
    }
}

guint64
mvx_log_throttle_collect_due (void)
{
  guint64 now = mvx_log_clock_steady_ms ();
  guint64 next = G_MAXUINT64;

  g_mutex_lock (&mvx_log_throttle_list_mutex);
  for (GList *link = mvx_log_throttle_list.head; link; link = link->next)
    {
      MvxLogThrottle *self = link->data;
      guint64 table;

      mvx_log_throttle_collect (self, now, FALSE);
      table = mvx_log_throttle_table_collect_due (self->table, now);
      next = MIN (next, MIN (table, __atomic_load_n (&self->due, __ATOMIC_RELAXED)));
    }
  g_mutex_unlock (&mvx_log_throttle_list_mutex);
  return next;
}

void
mvx_log_throttle_collect_all (void)
{
  guint64 now = mvx_log_clock_steady_ms ();

  g_mutex_lock (&mvx_log_throttle_list_mutex);
  for (GList *link = mvx_log_throttle_list.head; link; link = link->next)
    {
      MvxLogThrottle *self = link->data;

      mvx_log_throttle_collect (self, now, TRUE);
      mvx_log_throttle_table_collect (self->table, now);
    }
  g_mutex_unlock (&mvx_log_throttle_list_mutex);
}

MvxLogThrottle *
mvx_log_throttle_of_callsites (MvxLogEventPolicy *policy)
{
  if (policy == NULL || !MVX_LOG_IS_THROTTLE (policy) || MVX_LOG_THROTTLE (policy)->by != MVX_LOG_THROTTLE_CALLSITE)
    return NULL;
  return MVX_LOG_THROTTLE (policy);
}

gboolean
mvx_log_throttle_holds_back (MvxLogThrottle *self,
                             gpointer node,
                             const char *context,
                             gint level,
                             const MvxLogCallsite *site)
{
  MvxLogThrottleSlot *slot = mvx_log_throttle_slot (self, site->id);
  guint64 window;
  guint64 next;
  gboolean passes;

  if (G_UNLIKELY (slot == NULL))
    return FALSE;
  window = __atomic_load_n (&slot->window, __ATOMIC_RELAXED);
  next = mvx_log_throttle_next (&self->rule, window, mvx_log_clock_steady_ms (), &passes);
  /* What is counted on is taken only if nobody came in between; then the other way decides. */
  if (passes
      || (next != window
          && !__atomic_compare_exchange_n (&slot->window, &window, next, FALSE, __ATOMIC_RELAXED, __ATOMIC_RELAXED)))
    return FALSE;
  mvx_log_throttle_note (self, slot, node, context, level, site, window);
  return TRUE;
}

static gboolean
mvx_log_throttle_admits (MvxLogThrottle *self, MvxLogThrottleSlot *slot, const MvxLogEventMeta *meta, guint64 now)
{
  guint64 window = __atomic_load_n (&slot->window, __ATOMIC_RELAXED);
  guint64 next;
  gboolean passes;

  do
    next = mvx_log_throttle_next (&self->rule, window, now, &passes);
  while (next != window
         && !__atomic_compare_exchange_n (&slot->window, &window, next, FALSE, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  if (!passes)
    mvx_log_throttle_note (self, slot, mvx_log_summary_origin, meta->context, meta->level,
                           mvx_log_callsite_from_id (meta->callsite), next);
  return passes;
}

static guint64
mvx_log_throttle_hash_text (guint64 hash, const char *text)
{
  return text ? mvx_log_hash (hash, text, strlen (text)) : mvx_log_hash (hash, &hash, 1);
}

/* An event that was put together by hand is known by its names. */
static guint64
mvx_log_throttle_meta_key (const MvxLogEventMeta *meta)
{
  guint64 hash = mvx_log_throttle_hash_text ((guint64) meta->level, meta->context);

  hash = mvx_log_throttle_hash_text (hash, meta->name);
  hash = mvx_log_throttle_hash_text (hash, meta->source_path);
  return mvx_log_hash (hash, &meta->source_line, sizeof meta->source_line);
}

static void
mvx_log_throttle_describe_meta (gconstpointer data, MvxLogSummary *summary)
{
  const MvxLogEventMeta *meta = data;

  summary->level = meta->level;
  summary->node = mvx_log_summary_origin;
  summary->context = mvx_log_throttle_intern (meta->context);
  summary->like = g_strdup (meta->name);
}

static gboolean
mvx_log_throttle_is_enabled (MvxLogEventPolicy *policy, const MvxLogEventMeta *meta, GError **error)
{
  MvxLogThrottle *self = MVX_LOG_THROTTLE (policy);
  MvxLogThrottleSlot *slot = NULL;
  gboolean admitted;
  guint64 now;

  if (self->by != MVX_LOG_THROTTLE_CALLSITE)
    return TRUE;
  now = mvx_log_clock_steady_ms ();
  if (__atomic_load_n (&self->held, __ATOMIC_RELAXED) && now >= __atomic_load_n (&self->due, __ATOMIC_RELAXED))
    mvx_log_throttle_collect (self, now, FALSE);
  if (meta->callsite != 0)
    slot = mvx_log_throttle_slot (self, meta->callsite);
  admitted = slot ? mvx_log_throttle_admits (self, slot, meta, now)
                  : mvx_log_throttle_table_admits (self->table, mvx_log_throttle_meta_key (meta), now,
                                                   mvx_log_throttle_describe_meta, meta);
  mvx_log_summary_timer_check ();
  return admitted;
}

/* All but when and by which thread it was logged. */
static guint64
mvx_log_throttle_content_key (const MvxLogEvent *event)
{
  const MvxLogRecord *record = event->record;
  const guint32 head[] = { record->callsite, record->context, (guint32) record->level };

  return mvx_log_hash (mvx_log_hash (0, head, sizeof head), record + 1, record->size - sizeof *record);
}

static guint64
mvx_log_throttle_value_key (const MvxLogEvent *event, const MvxLogValue *value)
{
  guint64 hash = (guint64) event->record->context << 8 | (guint64) value->type;

  switch (value->type)
    {
    case MVX_LOG_TYPE_STRING:
      return mvx_log_hash (hash, value->u.string, value->size);
    case MVX_LOG_TYPE_BOOL:
      return mvx_log_hash (hash, &value->u.boolean, sizeof value->u.boolean);
    case MVX_LOG_TYPE_NULL:
      return mvx_log_hash (hash, NULL, 0);
    case MVX_LOG_TYPE_INT64:
    case MVX_LOG_TYPE_UINT64:
    case MVX_LOG_TYPE_DOUBLE:
    case MVX_LOG_TYPE_TIME:
      return mvx_log_hash (hash, &value->u, sizeof value->u);
    default:
      return mvx_log_hash (hash, value->u.bytes, value->size);
    }
}

static void
mvx_log_throttle_describe_event (gconstpointer data, MvxLogSummary *summary)
{
  const MvxLogEvent *event = data;

  summary->level = event->record->level;
  summary->node = mvx_log_summary_origin;
  summary->context = mvx_log_throttle_intern (mvx_log_event_get_context (event));
  summary->like = mvx_log_event_dup_message (event);
  if (event->site == NULL)
    return;
  summary->file = event->site->file;
  summary->function = event->site->function;
  summary->line = event->site->line;
}

static gboolean
mvx_log_throttle_accepts (MvxLogEventPolicy *policy, const MvxLogEvent *event, GError **error)
{
  MvxLogThrottle *self = MVX_LOG_THROTTLE (policy);
  MvxLogValue value;
  gboolean admitted;
  guint64 key;

  if (self->by == MVX_LOG_THROTTLE_CALLSITE)
    return TRUE;
  if (self->by == MVX_LOG_THROTTLE_CONTENT)
    key = mvx_log_throttle_content_key (event);
  else if (mvx_log_event_get_field (event, self->key, &value))
    key = mvx_log_throttle_value_key (event, &value);
  else
    return TRUE;
  admitted = mvx_log_throttle_table_admits (self->table, key, mvx_log_clock_steady_ms (),
                                            mvx_log_throttle_describe_event, event);
  mvx_log_summary_timer_check ();
  return admitted;
}

static void
mvx_log_throttle_policy_init (MvxLogEventPolicyInterface *iface)
{
  iface->is_enabled = mvx_log_throttle_is_enabled;
  iface->accepts = mvx_log_throttle_accepts;
}

static void
mvx_log_throttle_init (MvxLogThrottle *self)
{
  self->due = G_MAXUINT64;
  self->link.data = self;
}

/* What was held back is said all the same. */
static void
mvx_log_throttle_finalize (GObject *object)
{
  MvxLogThrottle *self = MVX_LOG_THROTTLE (object);
  guint64 now = mvx_log_clock_steady_ms ();

  g_mutex_lock (&mvx_log_throttle_list_mutex);
  g_queue_unlink (&mvx_log_throttle_list, &self->link);
  g_mutex_unlock (&mvx_log_throttle_list_mutex);
  mvx_log_throttle_collect (self, now, TRUE);
  mvx_log_throttle_table_collect (self->table, now);
  if (mvx_log_summary_is_waiting ())
    {
      mvx_log_summary_timer_want (0);
      mvx_log_summary_timer_check ();
    }
  mvx_log_throttle_table_free (self->table);
  for (guint i = 0; i < MVX_LOG_THROTTLE_PAGES && self->pages; i++)
    if (self->pages[i])
      g_aligned_free (self->pages[i]);
  g_free (self->pages);
  g_free (self->key);
  G_OBJECT_CLASS (mvx_log_throttle_parent_class)->finalize (object);
}

static void
mvx_log_throttle_class_init (MvxLogThrottleClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mvx_log_throttle_finalize;
}

static MvxLogEventPolicy *
mvx_log_throttle_new (MvxLogThrottleBy by, const char *key, const MvxLogThrottleRule *rule, gboolean summaries)
{
  MvxLogThrottle *self = g_object_new (MVX_LOG_TYPE_THROTTLE, NULL);

  self->by = by;
  self->key = g_strdup (key);
  self->rule = *rule;
  self->summaries = summaries;
  self->table = mvx_log_throttle_table_new (rule, summaries);
  if (by == MVX_LOG_THROTTLE_CALLSITE)
    self->pages = g_new0 (MvxLogThrottleSlot *, MVX_LOG_THROTTLE_PAGES);
  g_mutex_lock (&mvx_log_throttle_list_mutex);
  g_queue_push_tail_link (&mvx_log_throttle_list, &self->link);
  g_mutex_unlock (&mvx_log_throttle_list_mutex);
  return MVX_LOG_EVENT_POLICY (self);
}

static gboolean
mvx_log_throttle_check (guint count, gint64 interval_us, GError **error)
{
  if (count >= 1 && count <= MVX_LOG_THROTTLE_MAX_COUNT / 2 && interval_us >= 1000)
    return TRUE;
  g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
               "A limit of %u events in %" G_GINT64_FORMAT
               " microseconds cannot be kept; use 1 to %u events in at least "
               "1000 microseconds",
               count, interval_us, MVX_LOG_THROTTLE_MAX_COUNT / 2);
  return FALSE;
}

/**
 * mvx_log_rate_limit_policy_new:
 * @burst: events that go on in each interval
 * @interval_us: microseconds from the first of them on, at least 1000
 * @error: return location for an error
 *
 * Limits how often each place in the program logs: what is over @burst is held back, at the price of a few
 * nanoseconds, and followed by one event "suppressed N events like: …" of the same level. That comes when the
 * interval is over, and with [func@MvxLog.flush], [func@MvxLog.shutdown] and the end of the policy at the latest.
 * Events that do not come from a macro are told apart by level, name and source line. Thread-safe, and so is the
 * policy.
 *
 * Returns: (transfer full): the policy, or %NULL with %MVX_LOG_ERROR_INVALID_ARGUMENT
 *
 * Since: 1.0
 */
MvxLogEventPolicy *
mvx_log_rate_limit_policy_new (guint burst, gint64 interval_us, GError **error)
{
  const MvxLogThrottleRule rule = { (guint64) interval_us / 1000, burst, 0 };

  if (!mvx_log_throttle_check (burst, interval_us, error))
    return NULL;
  return mvx_log_throttle_new (MVX_LOG_THROTTLE_CALLSITE, NULL, &rule, TRUE);
}

/**
 * mvx_log_field_limit_policy_new:
 * @key: key of a field
 * @burst: events that go on in each interval
 * @interval_us: microseconds from the first of them on, at least 1000
 * @error: return location for an error
 *
 * Limits how often a context logs for each value of a field, whatever the place: [func@MvxLog.rate_limit_policy_new],
 * but decided after capture. Events without the field go on. 1024 values are watched at a time; one more makes the
 * oldest forgotten. Thread-safe, and so is the policy.
 *
 * Returns: (transfer full): the policy, or %NULL with %MVX_LOG_ERROR_INVALID_ARGUMENT
 *
 * Since: 1.0
 */
MvxLogEventPolicy *
mvx_log_field_limit_policy_new (const char *key, guint burst, gint64 interval_us, GError **error)
{
  const MvxLogThrottleRule rule = { (guint64) interval_us / 1000, burst, 0 };

  g_return_val_if_fail (key != NULL, NULL);

  if (*key == '\0')
    {
      g_set_error_literal (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
                           "A limit by field needs the key of a field");
      return NULL;
    }
  if (!mvx_log_throttle_check (burst, interval_us, error))
    return NULL;
  return mvx_log_throttle_new (MVX_LOG_THROTTLE_FIELD, key, &rule, TRUE);
}

/**
 * mvx_log_sampling_policy_new:
 * @first: events of each place in the program that go on at first
 * @every: then every which one does, 0 for none
 * @interval_us: microseconds after which it starts anew, at least 1000, or 0 for never
 * @error: return location for an error
 *
 * Lets a sample of the events go on. Nothing is said about the others. Thread-safe, and so is the policy.
 *
 * Returns: (transfer full): the policy, or %NULL with %MVX_LOG_ERROR_INVALID_ARGUMENT
 *
 * Since: 1.0
 */
MvxLogEventPolicy *
mvx_log_sampling_policy_new (guint first, guint every, gint64 interval_us, GError **error)
{
  const MvxLogThrottleRule rule = { (guint64) interval_us / 1000, first, every };

  if (first > MVX_LOG_THROTTLE_MAX_COUNT / 2 || every > MVX_LOG_THROTTLE_MAX_COUNT / 2
      || (interval_us != 0 && interval_us < 1000))
    {
      g_set_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
                   "A sample of the first %u and every %u in %" G_GINT64_FORMAT
                   " microseconds cannot be taken; use up to %u, and at least 1000 microseconds or 0 for no end",
                   first, every, interval_us, MVX_LOG_THROTTLE_MAX_COUNT / 2);
      return NULL;
    }
  return mvx_log_throttle_new (MVX_LOG_THROTTLE_CALLSITE, NULL, &rule, FALSE);
}

/**
 * mvx_log_repeat_policy_new:
 * @interval_us: microseconds in which an event is not repeated, at least 1000
 * @error: return location for an error
 *
 * Holds back events that say exactly what another one has said within the interval: same place, level, context, names
 * and fields. How often they were is told as by [func@MvxLog.rate_limit_policy_new]. 1024 events are watched at a
 * time. Thread-safe, and so is the policy.
 *
 * Returns: (transfer full): the policy, or %NULL with %MVX_LOG_ERROR_INVALID_ARGUMENT
 *
 * Since: 1.0
 */
MvxLogEventPolicy *
mvx_log_repeat_policy_new (gint64 interval_us, GError **error)
{
  const MvxLogThrottleRule rule = { (guint64) interval_us / 1000, 1, 0 };

  if (!mvx_log_throttle_check (1, interval_us, error))
    return NULL;
  return mvx_log_throttle_new (MVX_LOG_THROTTLE_CONTENT, NULL, &rule, TRUE);
}
