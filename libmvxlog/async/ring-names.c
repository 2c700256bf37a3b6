/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/ring-names-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock-private.h"
#include "durable/crc32c-private.h"
#include "durable/disk-private.h"
#include "event/record-private.h"

#define MVX_LOG_RING_VERSION 1
#define MVX_LOG_RING_ORDER 0x01020304u
#define MVX_LOG_RING_NAME_HEAD 16
/* What they bring with them leaves room for those of the process itself, which has a million. */
#define MVX_LOG_RING_MAX_SITES 500000
/* A million callsites, of which few are long. */
#define MVX_LOG_RING_NAMES_MAX (512 * 1024 * 1024)

typedef enum
{
  MVX_LOG_RING_HEAD = 1,
  MVX_LOG_RING_SITE,
  MVX_LOG_RING_CONTEXT
} MvxLogRingKind;

static gsize
mvx_log_ring_names_begin (MvxLogBuffer *buffer, MvxLogRingKind kind, guint32 number)
{
  const guint32 words[] = { 0, 0, kind, number };
  gsize at = buffer->len;

  mvx_log_buffer_append (buffer, words, sizeof words);
  return at;
}

static void
mvx_log_ring_names_end (MvxLogBuffer *buffer, gsize at)
{
  const guint32 size = mvx_log_record_align (buffer->len - at);

  memset (mvx_log_buffer_reserve (buffer, 8), 0, 8);
  buffer->len = at + size;
  mvx_log_store32 (buffer->data + at, size);
  mvx_log_store32 (buffer->data + at + 4, mvx_log_crc32c (0, buffer->data + at + 8, size - 8));
}

static void
mvx_log_ring_names_put32 (MvxLogBuffer *buffer, guint32 word)
{
  mvx_log_buffer_append (buffer, &word, sizeof word);
}

/* With the NUL, so that it can be used where it lies. */
static void
mvx_log_ring_names_put_text (MvxLogBuffer *buffer, const char *prefix, const char *text)
{
  gsize len = text ? strlen (prefix) + strlen (text) : 0;

  mvx_log_ring_names_put32 (buffer, text ? (guint32) len : MVX_LOG_NULL_STRING);
  if (text == NULL)
    return;
  mvx_log_buffer_append (buffer, prefix, strlen (prefix));
  mvx_log_buffer_append (buffer, text, strlen (text) + 1);
}

void
mvx_log_ring_names_put_head (MvxLogBuffer *buffer, gsize lane_size, gsize segment_size)
{
  const MvxLogRingHead head = { .version = MVX_LOG_RING_VERSION,
                                .order = MVX_LOG_RING_ORDER,
                                .lane_size = (guint32) lane_size,
                                .segment_size = (guint32) segment_size,
                                .boot = mvx_log_disk_read_boot (),
                                .ticks = mvx_log_clock_ticks (),
                                .ns = g_get_real_time () * 1000,
                                .monotonic_us = g_get_monotonic_time (),
                                .pid = (guint32) getpid () };
  gsize at = mvx_log_ring_names_begin (buffer, MVX_LOG_RING_HEAD, 0);

  mvx_log_buffer_append (buffer, &head, sizeof head);
  mvx_log_ring_names_end (buffer, at);
}

/* Of an entry without its texts: head, words and padding. */
#define MVX_LOG_RING_NAME_REST 64
/* Of a field or a text: words, a mark, a NUL. */
#define MVX_LOG_RING_TEXT_REST 32

static gsize
mvx_log_ring_names_room (const char *text)
{
  return MVX_LOG_RING_TEXT_REST + (text ? strlen (text) : 0);
}

gboolean
mvx_log_ring_names_reserve_site (MvxLogBuffer *buffer, const MvxLogCallsite *site)
{
  gsize size = MVX_LOG_RING_NAME_REST + mvx_log_ring_names_room (site->message_template)
               + mvx_log_ring_names_room (site->file) + mvx_log_ring_names_room (site->function);

  G_STATIC_ASSERT (sizeof MVX_LOG_SECRET_ + 9 <= MVX_LOG_RING_TEXT_REST);
  G_STATIC_ASSERT (sizeof MVX_LOG_PERSONAL_ + 9 <= MVX_LOG_RING_TEXT_REST);
  for (guint i = 0; i < site->n_fields; i++)
    size += MVX_LOG_RING_TEXT_REST + site->fields[i].key_len;
  buffer->data = g_try_malloc (size);
  buffer->allocated = buffer->data ? size : 0;
  return buffer->data != NULL;
}

void
mvx_log_ring_names_put_site (MvxLogBuffer *buffer, const MvxLogCallsite *site)
{
  gsize at = mvx_log_ring_names_begin (buffer, MVX_LOG_RING_SITE, site->id);

  mvx_log_ring_names_put32 (buffer, (guint32) (gint32) site->level);
  mvx_log_ring_names_put32 (buffer, site->line);
  mvx_log_ring_names_put32 (buffer, site->n_fields);
  mvx_log_ring_names_put_text (buffer, "", site->message_template);
  mvx_log_ring_names_put_text (buffer, "", site->file);
  mvx_log_ring_names_put_text (buffer, "", site->function);
  for (guint i = 0; i < site->n_fields; i++)
    {
      const MvxLogCallsiteField *field = &site->fields[i];
      const char *mark = field->flags & MVX_LOG_FIELD_SECRET     ? MVX_LOG_SECRET_
                         : field->flags & MVX_LOG_FIELD_PERSONAL ? MVX_LOG_PERSONAL_
                                                                 : "";

      mvx_log_ring_names_put32 (buffer, field->kind);
      mvx_log_ring_names_put_text (buffer, mark, field->key);
    }
  mvx_log_ring_names_end (buffer, at);
}

void
mvx_log_ring_names_put_symbol (MvxLogBuffer *buffer, const MvxLogSymbol *symbol)
{
  gsize at = mvx_log_ring_names_begin (buffer, MVX_LOG_RING_CONTEXT, symbol->id);

  mvx_log_ring_names_put_text (buffer, "", symbol->text);
  mvx_log_ring_names_end (buffer, at);
}

/* The payload of an entry; reading behind its end gives zeros. The CRC says that it is what was written. */
typedef struct
{
  const guint8 *p;
  const guint8 *end;
} MvxLogRingReader;

static guint32
mvx_log_ring_names_get32 (MvxLogRingReader *reader)
{
  guint32 word = 0;

  if ((gsize) (reader->end - reader->p) < sizeof word)
    {
      reader->p = reader->end;
      return 0;
    }
  word = mvx_log_load32 (reader->p);
  reader->p += sizeof word;
  return word;
}

static const char *
mvx_log_ring_names_get_text (MvxLogRingReader *reader)
{
  guint32 len = mvx_log_ring_names_get32 (reader);
  const char *text = (const char *) reader->p;

  if (len == MVX_LOG_NULL_STRING || (gsize) (reader->end - reader->p) <= len || text[len] != '\0')
    return NULL;
  reader->p += len + 1;
  return text;
}

static void
mvx_log_ring_names_add_site (MvxLogRingNames *self, guint32 number, MvxLogRingReader *reader)
{
  MvxLogCallsiteInfo info = { .level = (gint16) (gint32) mvx_log_ring_names_get32 (reader),
                              .line = mvx_log_ring_names_get32 (reader),
                              .n_fields = (guint16) mvx_log_ring_names_get32 (reader) };
  g_autofree const char **keys = NULL;
  g_autofree guint8 *kinds = NULL;

  /* More fields than there are bytes for, or more places than a process may have. */
  if (info.n_fields > (gsize) (reader->end - reader->p) / 8 || mvx_log_callsite_from_id (MVX_LOG_RING_MAX_SITES))
    return;
  keys = g_new0 (const char *, info.n_fields + 1);
  kinds = g_new0 (guint8, info.n_fields + 1);
  info.message_template = mvx_log_ring_names_get_text (reader);
  info.file = mvx_log_ring_names_get_text (reader);
  info.function = mvx_log_ring_names_get_text (reader);
  for (guint i = 0; i < info.n_fields; i++)
    {
      kinds[i] = (guint8) mvx_log_ring_names_get32 (reader);
      keys[i] = mvx_log_ring_names_get_text (reader);
    }
  info.keys = keys;
  info.kinds = kinds;
  g_hash_table_insert (self->sites, GUINT_TO_POINTER (number), (gpointer) mvx_log_callsite_intern (&info));
}

static void
mvx_log_ring_names_add (MvxLogRingNames *self, MvxLogRingKind kind, guint32 number, MvxLogRingReader *reader)
{
  const char *text;

  switch (kind)
    {
    case MVX_LOG_RING_HEAD:
      if ((gsize) (reader->end - reader->p) >= sizeof self->head)
        memcpy (&self->head, reader->p, sizeof self->head);
      break;
    case MVX_LOG_RING_SITE:
      mvx_log_ring_names_add_site (self, number, reader);
      break;
    case MVX_LOG_RING_CONTEXT:
      text = mvx_log_ring_names_get_text (reader);
      if (text)
        g_hash_table_insert (self->contexts, GUINT_TO_POINTER (number), (gpointer) mvx_log_symbol_intern (text));
      break;
    default:
      break;
    }
}

/* Up to what is not whole: a process was killed while it wrote that, and has not used it yet. */
static void
mvx_log_ring_names_parse (MvxLogRingNames *self, const guint8 *bytes, gsize size)
{
  while (size >= MVX_LOG_RING_NAME_HEAD)
    {
      guint32 n = mvx_log_load32 (bytes);
      MvxLogRingReader reader;

      if (n < MVX_LOG_RING_NAME_HEAD || n > size || n % 8 != 0
          || mvx_log_load32 (bytes + 4) != mvx_log_crc32c (0, bytes + 8, n - 8))
        return;
      reader = (MvxLogRingReader){ bytes + MVX_LOG_RING_NAME_HEAD, bytes + n };
      mvx_log_ring_names_add (self, mvx_log_load32 (bytes + 8), mvx_log_load32 (bytes + 12), &reader);
      bytes += n;
      size -= n;
    }
}

/* The counter goes on for as long as the machine runs: two readings of both clocks tell how fast. */
static void
mvx_log_ring_names_measure (MvxLogRingNames *self)
{
  guint64 ticks = mvx_log_clock_ticks ();
  gint64 us = g_get_monotonic_time ();

  if (self->head.boot == mvx_log_disk_read_boot () && ticks > self->head.ticks && self->head.monotonic_us >= 0
      && us > self->head.monotonic_us)
    self->ns_per_tick = (double) (us - self->head.monotonic_us) * 1e3 / (double) (ticks - self->head.ticks);
}

gint64
mvx_log_ring_names_convert (const MvxLogRingNames *self, guint64 raw)
{
  double since;
  gint64 ns;

  if (raw & MVX_LOG_CLOCK_IS_NS)
    return (gint64) (raw & ~MVX_LOG_CLOCK_IS_NS);
  /* Whatever stands there: no more than a hundred years before or after. */
  since = CLAMP ((double) (gint64) (raw - self->head.ticks) * self->ns_per_tick, -3e18, 3e18);
  return __builtin_add_overflow (self->head.ns, (gint64) since, &ns) ? self->head.ns : ns;
}

static gboolean
mvx_log_ring_names_load (MvxLogRingNames *self, int dir)
{
  int fd = mvx_log_disk_open_file (dir, MVX_LOG_RING_NAMES);
  g_autofree guint8 *bytes = NULL;
  gssize size = -1;
  struct stat info;

  if (fd < 0)
    return FALSE;
  if (fstat (fd, &info) == 0)
    {
      bytes = g_try_malloc ((gsize) MIN (info.st_size, MVX_LOG_RING_NAMES_MAX) + 1);
      errno = ENOMEM;
    }
  if (bytes)
    {
      size = mvx_log_disk_read (fd, bytes, (gsize) MIN (info.st_size, MVX_LOG_RING_NAMES_MAX), 0);
    }
  mvx_log_disk_close (&fd);
  if (size < 0)
    return FALSE;
  mvx_log_ring_names_parse (self, bytes, (gsize) size);
  return TRUE;
}

MvxLogRingNames *
mvx_log_ring_names_read (int dir, const char *path, gsize lane_size, gsize segment_size, GError **error)
{
  g_autoptr (MvxLogRingNames) self = g_new0 (MvxLogRingNames, 1);

  self->sites = g_hash_table_new (NULL, NULL);
  self->contexts = g_hash_table_new (NULL, NULL);
  if (!mvx_log_ring_names_load (self, dir))
    mvx_log_disk_set_error (error, errno, "Cannot read crash ring", path, MVX_LOG_RING_NAMES);
  else if (self->head.version != MVX_LOG_RING_VERSION || self->head.order != MVX_LOG_RING_ORDER
           || self->head.lane_size != lane_size || self->head.segment_size != segment_size)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                 "Crash ring '%s' was written by another version of libmvxlog, or is damaged; use 'mvxlog recover' of "
                 "that version, or remove it",
                 path);
  else
    {
      mvx_log_ring_names_measure (self);
      return g_steal_pointer (&self);
    }
  return NULL;
}

void
mvx_log_ring_names_free (MvxLogRingNames *self)
{
  g_hash_table_unref (self->sites);
  g_hash_table_unref (self->contexts);
  g_free (self);
}
