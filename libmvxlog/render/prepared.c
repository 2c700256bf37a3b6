/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/copy-private.h"
#include "base/number-private.h"
#include "render/fieldlist-private.h"
#include "render/jsonvalue-private.h"
#include "render/prepared-private.h"
#include "render/textvalue-private.h"

const char *const mvx_log_prepared_reserved[] = {
  "ts",      "level", "context", "event", "event_id", "entity", "outcome", "message",     "error",         "trace_id",
  "span_id", "file",  "line",    "func",  "pid",      "thread", "seq",     "sender_host", "sender_stream", NULL,
};

void
mvx_log_prepared_append_source (MvxLogBuffer *buffer, const char *file, guint line, const char *function)
{
  if (file)
    {
      mvx_log_buffer_append_s (buffer, ",\"file\":");
      mvx_log_jsonvalue_append_string (buffer, file, strlen (file));
    }
  if (line > 0)
    {
      mvx_log_buffer_append_s (buffer, ",\"line\":");
      mvx_log_number_append_uint64 (buffer, line);
    }
  if (function)
    {
      mvx_log_buffer_append_s (buffer, ",\"func\":");
      mvx_log_jsonvalue_append_string (buffer, function, strlen (function));
    }
}

static const char *
mvx_log_prepared_key (const MvxLogFieldEntry *entry, guint16 *len)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  char *text;

  mvx_log_buffer_append_s (&buffer, ",\"");
  for (guint i = 0; i < entry->n_fold; i++)
    mvx_log_buffer_append_s (&buffer, "field_");
  mvx_log_escape_json (&buffer, entry->key, entry->key_len);
  mvx_log_buffer_append_s (&buffer, "\":");
  /* A key that does not fit any more is written anew each time. */
  *len = buffer.len <= G_MAXUINT16 ? (guint16) buffer.len : 0;
  mvx_log_buffer_append_c (&buffer, '"');
  text = mvx_log_copy_dup (buffer.data, buffer.len);
  mvx_log_buffer_clear (&buffer);
  return text;
}

static const char *
mvx_log_prepared_pair (const MvxLogFieldEntry *entry, guint16 *len)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  char *text;

  mvx_log_buffer_append_c (&buffer, ' ');
  mvx_log_textvalue_append_key (&buffer, entry->key, entry->key_len);
  mvx_log_buffer_append_c (&buffer, '=');
  *len = buffer.len <= G_MAXUINT16 ? (guint16) buffer.len : 0;
  text = mvx_log_copy_dup (buffer.data, buffer.len);
  mvx_log_buffer_clear (&buffer);
  return text;
}

/* The names that the fields have when the event has no other fields. */
static void
mvx_log_prepared_set_keys (MvxLogPrepared *prepared, const MvxLogCallsite *site)
{
  g_autofree MvxLogFieldEntry *entries = g_new0 (MvxLogFieldEntry, MAX (site->n_fields, 1));
  MvxLogFieldList list = { .n = site->n_fields, .entries = entries };

  prepared->simple = TRUE;
  prepared->plain = TRUE;
  prepared->fields = g_new0 (MvxLogPreparedField, site->n_fields);
  for (guint i = 0; i < site->n_fields; i++)
    {
      entries[i].key = site->fields[i].key;
      entries[i].key_len = site->fields[i].key_len;
      entries[i].value.type = MVX_LOG_TYPE_BOOL;
    }
  for (guint i = 0; i < site->n_fields; i++)
    {
      prepared->fields[i].nested = mvx_log_prepared_key (&entries[i], &prepared->fields[i].nested_len);
      prepared->fields[i].pair = mvx_log_prepared_pair (&entries[i], &prepared->fields[i].pair_len);
    }
  mvx_log_fieldlist_resolve (&list, mvx_log_prepared_reserved);
  for (guint i = 0; i < site->n_fields; i++)
    {
      prepared->fields[i].flat = mvx_log_prepared_key (&entries[i], &prepared->fields[i].flat_len);
      prepared->simple = prepared->simple && !entries[i].hidden && prepared->fields[i].flat_len > 0
                         && strcmp (entries[i].key, "error") != 0 && strcmp (entries[i].key, "template") != 0;
      prepared->plain = prepared->plain && prepared->simple && entries[i].n_fold == 0
                        && prepared->fields[i].pair_len > 0 && strcmp (entries[i].key, "msg") != 0;
    }
}

/* Room for the pieces of a line that are the callsite's, whatever the format; see render/quick. */
static gsize
mvx_log_prepared_measure (const MvxLogPrepared *prepared, const MvxLogCallsite *site)
{
  gsize room = prepared->tail_len + MVX_LOG_COPY_BLOCK;

  for (guint i = 0; i < prepared->message.n_pieces; i++)
    room += MVX_LOG_ESCAPE_ROOM (prepared->message.pieces[i].len) + MVX_LOG_COPY_BLOCK;
  for (guint i = 0; i < site->n_fields; i++)
    {
      const MvxLogPreparedField *field = &prepared->fields[i];

      room += MAX (MAX (field->flat_len, field->nested_len), field->pair_len) + 2u + MVX_LOG_COPY_BLOCK;
    }
  return room;
}

/* How often a value stands in a line: among the fields, and wherever the message has it. */
static guint
mvx_log_prepared_count_copies (const MvxLogPrepared *prepared, guint n_fields)
{
  guint most = 0;

  for (guint i = 0; i < n_fields; i++)
    {
      guint n = 0;

      for (guint j = 0; j < prepared->message.n_pieces; j++)
        n += prepared->message.pieces[j].field == (gint) i;
      most = MAX (most, n);
    }
  return 1 + most;
}

static void
mvx_log_prepared_set_quick (MvxLogPrepared *prepared, const MvxLogCallsite *site)
{
  gsize room = mvx_log_prepared_measure (prepared, site);

  prepared->quick = prepared->simple && site->n_fields <= MVX_LOG_PREPARED_QUICK_FIELDS
                    && prepared->message.n_pieces <= MVX_LOG_PREPARED_QUICK_PIECES
                    && room <= MVX_LOG_PREPARED_QUICK_ROOM;
  for (guint i = 0; i < site->n_fields; i++)
    {
      prepared->quick = prepared->quick && site->fields[i].slot != MVX_LOG_SLOT_OTHER;
      prepared->fields[i].type = site->fields[i].type;
    }
  for (guint i = 0; i < prepared->message.n_pieces; i++)
    if (prepared->message.pieces[i].field >= 0)
      prepared->fields[prepared->message.pieces[i].field].in_message = TRUE;
  if (!prepared->quick)
    return;
  prepared->room = (guint32) room;
  prepared->n_copies = mvx_log_prepared_count_copies (prepared, site->n_fields);
}

static void
mvx_log_prepared_free (MvxLogPrepared *prepared, guint n_fields)
{
  mvx_log_template_clear (&prepared->message);
  for (guint i = 0; i < n_fields; i++)
    {
      g_free ((char *) prepared->fields[i].flat);
      g_free ((char *) prepared->fields[i].nested);
      g_free ((char *) prepared->fields[i].pair);
    }
  g_free (prepared->fields);
  g_free (prepared->tail);
  g_free (prepared);
}

const MvxLogPrepared *
mvx_log_prepared_make (const MvxLogCallsite *site)
{
  MvxLogPrepared *prepared = g_new0 (MvxLogPrepared, 1);
  MvxLogBuffer tail = MVX_LOG_BUFFER_INIT;
  gpointer present = NULL;

  mvx_log_template_compile (&prepared->message, site);
  mvx_log_prepared_set_keys (prepared, site);
  mvx_log_prepared_append_source (&tail, site->file, site->line, site->function);
  prepared->tail_len = tail.len;
  prepared->tail = mvx_log_copy_dup (tail.data, tail.len);
  mvx_log_buffer_clear (&tail);
  mvx_log_prepared_set_quick (prepared, site);

  /* Whoever comes first is seen by all. */
  if (__atomic_compare_exchange_n (&((MvxLogCallsite *) site)->rendering, &present, prepared, FALSE, __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE))
    return prepared;
  mvx_log_prepared_free (prepared, site->n_fields);
  return present;
}
