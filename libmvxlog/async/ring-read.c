/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/ring-read-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "async/lane-private.h"
#include "async/ring-names-private.h"
#include "durable/disk-private.h"
#include "event/sender-private.h"

/* Bits of the number of an event that say where in its lane it is; the others say which one. */
#define MVX_LOG_RING_POSITION_BITS 44

typedef struct
{
  MvxLogSpoolHome *home;
  MvxLogRingNames *names;
  MvxLogSender sender;
  GHashTable *lanes; /* slot -> MvxLogRingMarks */
  GArray *segments;  /* of MvxLogRingSegment */
  GArray *items;
  guint64 *n_damaged;
} MvxLogRingReading;

/* What a reader goes by. The structures themselves need memory that is aligned as they are. */
typedef struct
{
  guint64 start;
  guint64 end; /* known if the producer has left it */
  guint64 first;
  guint32 size;
  guint32 lane;
  guint32 slot;
  gboolean left;
} MvxLogRingSegment;

typedef struct
{
  guint64 begin;
  guint64 position;
  guint64 taken;
  guint64 settled;
  guint32 slot;
} MvxLogRingMarks;

/* The number in "%08x.KIND"; 0: it is none. */
static guint32
mvx_log_ring_parse (const char *name, const char *kind)
{
  char *end;
  guint64 slot = g_ascii_strtoull (name, &end, 16);

  return end == name + 8 && *end == '.' && g_str_equal (end + 1, kind) ? (guint32) slot : 0;
}

static int
mvx_log_ring_open (MvxLogSpoolHome *home, guint32 slot, const char *kind)
{
  g_autofree char *name = g_strdup_printf ("%08x.%s", slot, kind);

  return mvx_log_disk_open_file (home->fd, name);
}

static gssize
mvx_log_ring_pread (MvxLogSpoolHome *home, guint32 slot, const char *kind, gpointer bytes, gsize size)
{
  int fd = mvx_log_ring_open (home, slot, kind);
  gssize n;

  if (fd < 0)
    return -1;
  n = mvx_log_disk_read (fd, bytes, size, 0);
  mvx_log_disk_close (&fd);
  return n;
}

/* As many of the @size bytes at @offset of the segment as there are (transfer full). NULL: none. */
static guint8 *
mvx_log_ring_load (MvxLogSpoolHome *home, guint32 slot, guint64 offset, gsize *size)
{
  int fd = mvx_log_ring_open (home, slot, MVX_LOG_RING_SEGMENT);
  g_autofree guint8 *bytes = NULL;
  struct stat info;
  gssize n = 0;

  if (fd < 0)
    return NULL;
  if (fstat (fd, &info) == 0 && (guint64) info.st_size > offset)
    bytes = g_try_malloc (MIN (*size, (guint64) info.st_size - offset));
  if (bytes)
    n = mvx_log_disk_read (fd, bytes, MIN (*size, (guint64) info.st_size - offset), offset);
  mvx_log_disk_close (&fd);
  *size = n > 0 ? (gsize) n : 0;
  return n > 0 ? g_steal_pointer (&bytes) : NULL;
}

static void
mvx_log_ring_read_lane (MvxLogRingReading *self, guint32 slot)
{
  MvxLogRingMarks *marks;
  MvxLogLane lane;

  /* A file that is shorter was never a lane: its process was killed while it made it. */
  if (mvx_log_ring_pread (self->home, slot, MVX_LOG_RING_LANE, &lane, sizeof lane) != (gssize) sizeof lane
      || lane.slot != slot)
    return;
  marks = g_new (MvxLogRingMarks, 1);
  *marks = (MvxLogRingMarks){ lane.begin, lane.position, lane.n_read, lane.settled, slot };
  g_hash_table_insert (self->lanes, GUINT_TO_POINTER (slot), marks);
}

static void
mvx_log_ring_read_segment (MvxLogRingReading *self, guint32 slot)
{
  MvxLogRingSegment segment;
  MvxLogSegment head;

  if (mvx_log_ring_pread (self->home, slot, MVX_LOG_RING_SEGMENT, &head, MVX_LOG_SEGMENT_HEAD)
          != (gssize) MVX_LOG_SEGMENT_HEAD
      || head.lane == 0)
    return;
  segment = (MvxLogRingSegment){ head.start, head.end, head.first, head.size, head.lane, slot, head.next != NULL };
  g_array_append_val (self->segments, segment);
}

/* FALSE: it is not what a process could have left. */
static gboolean
mvx_log_ring_read_dir (MvxLogRingReading *self, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (self->home->path, 0, error);
  const char *name;
  guint32 slot;

  if (dir == NULL)
    return FALSE;
  while ((name = g_dir_read_name (dir)))
    if ((slot = mvx_log_ring_parse (name, MVX_LOG_RING_LANE)) > 0)
      mvx_log_ring_read_lane (self, slot);
    else if ((slot = mvx_log_ring_parse (name, MVX_LOG_RING_SEGMENT)) > 0)
      mvx_log_ring_read_segment (self, slot);
  return TRUE;
}

/* The record @bytes of that process as an event of this one. NULL: it is none. */
static MvxLogEvent *
mvx_log_ring_decode (MvxLogRingReading *self, guint8 *bytes, guint64 seq)
{
  MvxLogRecord *record = (MvxLogRecord *) (gpointer) bytes;
  const MvxLogCallsite *site = NULL;
  const MvxLogSymbol *context = NULL;
  MvxLogSender sender = self->sender;
  MvxLogEvent view;

  if (record->callsite > 0)
    site = g_hash_table_lookup (self->names->sites, GUINT_TO_POINTER (record->callsite));
  if (record->context > 0)
    context = g_hash_table_lookup (self->names->contexts, GUINT_TO_POINTER (record->context));
  if ((record->callsite > 0 && site == NULL) || (record->context > 0 && context == NULL))
    return NULL;
  record->callsite = site ? site->id : 0;
  record->context = context ? context->id : 0;
  if (!(record->flags & MVX_LOG_RECORD_REALTIME))
    record->stamp = (guint64) mvx_log_ring_names_convert (self->names, record->stamp);
  record->flags |= MVX_LOG_RECORD_REALTIME;
  if (!mvx_log_record_validate (bytes, record->size, site, NULL))
    return NULL;
  mvx_log_event_view (&view, record);
  view.time_ns = (gint64) record->stamp;
  view.seq = sender.seq = seq;
  return mvx_log_event_copy_of_sender (&view, &sender);
}

/* The records between @from, of which @ordinal were before, and @end. */
static void
mvx_log_ring_walk (MvxLogRingReading *self,
                   const MvxLogRingSegment *segment,
                   MvxLogRingLane *lane,
                   guint64 from,
                   guint64 end,
                   guint64 ordinal)
{
  gsize size = end - from;
  g_autofree guint8 *bytes
      = mvx_log_ring_load (self->home, segment->slot, MVX_LOG_SEGMENT_HEAD + (from - segment->start), &size);
  gsize at = 0;

  while (bytes && size - at >= sizeof (MvxLogRecord))
    {
      const guint32 n = mvx_log_load32 (bytes + at);
      MvxLogRingItem item = { .lane = lane };

      if (n < sizeof (MvxLogRecord) || n % 8 != 0 || n > size - at)
        break;
      item.ordinal = ++ordinal;
      item.again = ordinal <= lane->taken;
      if (ordinal > lane->settled)
        {
          item.event = mvx_log_ring_decode (self, bytes + at,
                                            (guint64) lane->slot << MVX_LOG_RING_POSITION_BITS | (from + at));
          if (item.event)
            g_array_append_val (self->items, item);
          else
            (*self->n_damaged)++;
        }
      at += n;
    }
  if (at < end - from)
    (*self->n_damaged)++;
}

/* Positions before `begin` are of threads that the lane had before, whose events are settled. */
static void
mvx_log_ring_read_records (MvxLogRingReading *self, const MvxLogRingSegment *segment, MvxLogRingLane *read)
{
  const MvxLogRingMarks *lane = g_hash_table_lookup (self->lanes, GUINT_TO_POINTER (segment->lane));
  const guint64 start = segment->start;
  const guint64 end = segment->left ? segment->end : lane->position;
  const gboolean is_first = lane->begin >= start;
  const guint64 from = is_first ? lane->begin : start;

  /* The producer was about to go on there, or its former owner has left it. */
  if (end <= from)
    return;
  if (end - start > segment->size)
    {
      (*self->n_damaged)++;
      return;
    }
  mvx_log_ring_walk (self, segment, read, from, end, is_first ? 0 : segment->first);
}

static gint
mvx_log_ring_compare (gconstpointer a, gconstpointer b)
{
  const MvxLogRingSegment *x = a;
  const MvxLogRingSegment *y = b;

  if (x->lane != y->lane)
    return x->lane < y->lane ? -1 : 1;
  return (x->start > y->start) - (x->start < y->start);
}

static void
mvx_log_ring_read_all (MvxLogRingReading *self, GPtrArray *lanes)
{
  MvxLogRingLane *read = NULL;

  g_array_sort (self->segments, mvx_log_ring_compare);
  for (guint i = 0; i < self->segments->len; i++)
    {
      const MvxLogRingSegment *segment = &g_array_index (self->segments, MvxLogRingSegment, i);
      const MvxLogRingMarks *lane = g_hash_table_lookup (self->lanes, GUINT_TO_POINTER (segment->lane));

      /* One whose lane is gone is on its way to the next. */
      if (lane == NULL)
        continue;
      if (read == NULL || read->slot != lane->slot)
        {
          read = g_new0 (MvxLogRingLane, 1);
          *read = (MvxLogRingLane){ self->home, lane->slot, lane->taken, lane->settled, FALSE };
          g_ptr_array_add (lanes, read);
        }
      mvx_log_ring_read_records (self, segment, read);
    }
}

gboolean
mvx_log_ring_read (MvxLogSpoolHome *home, GPtrArray *lanes, GArray *items, guint64 *n_damaged, GError **error)
{
  MvxLogRingReading self = { .home = home, .items = items, .n_damaged = n_damaged };
  gboolean fine;

  self.lanes = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self.segments = g_array_new (FALSE, FALSE, sizeof (MvxLogRingSegment));
  fine = mvx_log_ring_read_dir (&self, error);
  /* Without a lane nothing was accepted; the names may not have been begun. */
  if (fine && g_hash_table_size (self.lanes) > 0)
    {
      self.names = mvx_log_ring_names_read (home->fd, home->path, sizeof (MvxLogLane), sizeof (MvxLogSegment), error);
      fine = self.names != NULL;
      if (fine)
        {
          self.sender = (MvxLogSender){ .host = g_get_host_name (),
                                        .pid = self.names->head.pid,
                                        .stream = mvx_log_stream_id_number (&home->stream) };
          mvx_log_ring_read_all (&self, lanes);
        }
    }
  g_clear_pointer (&self.names, mvx_log_ring_names_free);
  g_hash_table_unref (self.lanes);
  g_array_unref (self.segments);
  return fine;
}

gboolean
mvx_log_ring_lane_write (MvxLogRingLane *lane)
{
  g_autofree char *name = g_strdup_printf ("%08x." MVX_LOG_RING_LANE, lane->slot);
  struct iovec part = { &lane->settled, sizeof lane->settled };
  int fd = mvx_log_disk_open (lane->home->fd, name, O_WRONLY);
  gboolean fine = fd >= 0 && mvx_log_disk_write (fd, &part, 1, G_STRUCT_OFFSET (MvxLogLane, settled));

  mvx_log_disk_close (&fd);
  lane->dirty = !fine;
  return fine;
}

gboolean
mvx_log_ring_remove (MvxLogSpoolHome *home)
{
  g_autoptr (GDir) dir = g_dir_open (home->path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    if (mvx_log_ring_parse (name, MVX_LOG_RING_LANE) > 0 || mvx_log_ring_parse (name, MVX_LOG_RING_SEGMENT) > 0
        || g_str_equal (name, MVX_LOG_RING_NAMES))
      unlinkat (home->fd, name, 0);
  return mvx_log_spool_home_remove (home);
}
