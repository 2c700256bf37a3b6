/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "base/calendar-private.h"
#include "base/copy-private.h"
#include "base/number-private.h"
#include "event/level-private.h"
#include "render/linehead-private.h"
#include "render/message-private.h"
#include "render/parts-private.h"
#include "render/quick-private.h"
#include "render/textline-private.h"
#include "render/textvalue-private.h"

#define MVX_LOG_PARTS_MAX_TIME 512
/* What a head is first written to. */
#define MVX_LOG_PARTS_HEAD_ROOM 2048
/* Where the fraction of a second stands in a time. */
#define MVX_LOG_PARTS_FRACTION 20
/* Bytes that mvx_log_parts_put_small() may need beside the level's name. */
#define MVX_LOG_PARTS_SMALL (64 + MVX_LOG_COPY_BLOCK)

static void
mvx_log_parts_clear_part (gpointer data)
{
  MvxLogPart *part = data;

  g_clear_pointer (&part->text, g_free);
  g_clear_pointer (&part->otherwise, g_free);
}

GArray *
mvx_log_parts_new (void)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (MvxLogPart));

  g_array_set_clear_func (list, mvx_log_parts_clear_part);
  return list;
}

void
mvx_log_parts_add_literal (GArray *list, const char *text, gsize len)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogPart part = { 0 };
  const char *end = text + len;

  while (text < end)
    {
      gsize n = MIN (strcspn (text, "\t"), (gsize) (end - text));

      mvx_log_escape_append (&buffer, MVX_LOG_ESCAPE_TEXT, text, n);
      text += n;
      if (text < end)
        mvx_log_buffer_append_c (&buffer, *text++);
    }
  part.len = buffer.len;
  part.text = mvx_log_copy_dup (buffer.data, buffer.len);
  mvx_log_buffer_clear (&buffer);
  g_array_append_val (list, part);
}

/* Nothing but what a few bytes hold: no text of the event's. */
static gboolean
mvx_log_parts_is_small (MvxLogPartKind kind)
{
  return strchr ("tlLvnphs", (int) kind) != NULL && kind != MVX_LOG_PART_LITERAL;
}

/* Context, message and fields each have their room once. */
static gboolean
mvx_log_parts_is_quick (const GArray *list)
{
  guint n_context = 0;
  guint n_message = 0;
  guint n_fields = 0;

  for (guint i = 0; i < list->len; i++)
    {
      MvxLogPartKind kind = g_array_index (list, MvxLogPart, i).kind;

      n_context += kind == MVX_LOG_PART_CONTEXT;
      n_message += kind == MVX_LOG_PART_MESSAGE;
      n_fields += kind == MVX_LOG_PART_FIELDS;
      if (kind != MVX_LOG_PART_CONTEXT && kind != MVX_LOG_PART_MESSAGE && kind != MVX_LOG_PART_FIELDS
          && kind != MVX_LOG_PART_LITERAL && !mvx_log_parts_is_small (kind))
        return FALSE;
    }
  return n_context <= 1 && n_message <= 1 && n_fields <= 1;
}

/* Is there a message before the fields, which is as it was made: then it has the values of those that it names. */
static gboolean
mvx_log_parts_has_whole_message (const GArray *list)
{
  for (guint i = 0; i < list->len; i++)
    {
      const MvxLogPart *part = &g_array_index (list, MvxLogPart, i);

      if (part->kind == MVX_LOG_PART_FIELDS)
        return FALSE;
      if (part->kind == MVX_LOG_PART_MESSAGE)
        return part->width == 0 && part->most == 0;
    }
  return FALSE;
}

/* Does the part stay the same for all events of a second, level and context? */
static gboolean
mvx_log_parts_is_steady (const MvxLogPart *part)
{
  return part->kind == MVX_LOG_PART_LITERAL || part->kind == MVX_LOG_PART_CONTEXT
         || (part->kind == MVX_LOG_PART_TIME && part->width == 0 && part->most == 0)
         || strchr ("lLvp", (int) part->kind) != NULL;
}

/* Steady parts at the front with at most one time. Behind them neither context nor level may stand, for which there
 * would be no room. */
static guint
mvx_log_parts_count_head (const GArray *list)
{
  guint n_times = 0;
  guint n;

  for (n = 0; n < list->len && mvx_log_parts_is_steady (&g_array_index (list, MvxLogPart, n)); n++)
    {
      n_times += g_array_index (list, MvxLogPart, n).kind == MVX_LOG_PART_TIME;
      if (n_times > 1)
        break;
    }
  for (guint i = n; i < list->len; i++)
    if (strchr ("clL", (int) g_array_index (list, MvxLogPart, i).kind) != NULL
        && g_array_index (list, MvxLogPart, i).kind != MVX_LOG_PART_LITERAL)
      return 0;
  return n;
}

void
mvx_log_parts_set (MvxLogRenderer *renderer, GArray *list)
{
  MvxLogParts *parts = g_new0 (MvxLogParts, 1);

  parts->list = list;
  parts->quick = mvx_log_parts_is_quick (list);
  parts->whole_message = mvx_log_parts_has_whole_message (list);
  parts->n_head = mvx_log_parts_count_head (list);
  for (guint i = 0; i < list->len; i++)
    {
      const MvxLogPart *part = &g_array_index (list, MvxLogPart, i);

      parts->room += part->len + part->width * MAX (strlen (part->fill), 1) + MVX_LOG_PARTS_SMALL;
    }
  renderer->data = parts;
}

void
mvx_log_parts_tear_down (MvxLogRenderer *renderer)
{
  MvxLogParts *parts = renderer->data;

  g_array_unref (parts->list);
  g_free (parts);
}

static guint8 *
mvx_log_parts_put_number (guint8 *out, guint64 number)
{
  return number > 0 ? out + mvx_log_number_put_uint64 (out, number) : out;
}

static inline guint8 *
mvx_log_parts_put_small (guint8 *out, MvxLogPartKind kind, const MvxLogRenderer *renderer, const MvxLogEvent *event)
{
  gboolean local = renderer->settings.zone == MVX_LOG_ZONE_LOCAL;

  switch (kind)
    {
    case MVX_LOG_PART_TIME:
      return mvx_log_calendar_put (out, mvx_log_calendar_get (local), event->time_ns, local);
    case MVX_LOG_PART_LEVEL:
    case MVX_LOG_PART_UPPER_LEVEL:
      return mvx_log_textline_put_level (out, event->record->level, kind == MVX_LOG_PART_UPPER_LEVEL);
    case MVX_LOG_PART_LEVEL_NUMBER:
      return out + mvx_log_number_put_int64 (out, event->record->level);
    case MVX_LOG_PART_LINE:
      return mvx_log_parts_put_number (out, mvx_log_event_get_line (event));
    case MVX_LOG_PART_PROCESS:
      if (G_UNLIKELY (mvx_log_event_is_remote (event)))
        return mvx_log_parts_put_number (out, mvx_log_renderer_pid_of (renderer, event));
      return mvx_log_renderer_put_pid (out, renderer);
    case MVX_LOG_PART_THREAD:
      return mvx_log_parts_put_number (out, event->record->thread);
    case MVX_LOG_PART_SEQ:
    default:
      return mvx_log_parts_put_number (out, mvx_log_event_seq (event));
    }
}

static void
mvx_log_parts_append_string (MvxLogBuffer *buffer, const char *text)
{
  if (text)
    mvx_log_escape_append (buffer, MVX_LOG_ESCAPE_TEXT, text, strlen (text));
}

static void
mvx_log_parts_append_strftime (MvxLogBuffer *buffer, const char *format, gint64 ns, gboolean local)
{
  char text[MVX_LOG_PARTS_MAX_TIME];

  mvx_log_escape_append (buffer, MVX_LOG_ESCAPE_TEXT, text,
                         mvx_log_calendar_format (text, sizeof text, format, ns, local));
}

static void
mvx_log_parts_append_field (MvxLogBuffer *buffer, const MvxLogPart *part, const MvxLogFieldList *fields)
{
  const MvxLogValue *value = mvx_log_fieldlist_find (fields, part->text, part->len);

  if (value)
    mvx_log_textvalue_append (buffer, MVX_LOG_ESCAPE_TEXT, value);
  else if (part->otherwise)
    mvx_log_buffer_append_s (buffer, part->otherwise);
}

static void
mvx_log_parts_append_error (MvxLogBuffer *buffer, const MvxLogFieldList *fields)
{
  const MvxLogValue *value = mvx_log_fieldlist_find (fields, "error", strlen ("error"));

  if (value && value->type == MVX_LOG_TYPE_ERROR)
    mvx_log_textvalue_append (buffer, MVX_LOG_ESCAPE_TEXT, value);
}

static void
mvx_log_parts_append_context (MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  gsize len = 0;
  const char *context = mvx_log_event_context (event, &len);

  mvx_log_escape_append (buffer, MVX_LOG_ESCAPE_TEXT, context, context ? len : 0);
}

/* The file without its folders, as a module also without what stands behind the last dot. */
static void
mvx_log_parts_append_basename (MvxLogBuffer *buffer, const char *file, gboolean module)
{
  const char *base = file ? strrchr (file, '/') : NULL;
  const char *end;

  base = base ? base + 1 : file;
  if (base == NULL)
    return;
  end = module ? strrchr (base, '.') : NULL;
  mvx_log_escape_append (buffer, MVX_LOG_ESCAPE_TEXT, base, end && end > base ? (gsize) (end - base) : strlen (base));
}

/* The strings of an event that parts of their own write. */
static const char *
mvx_log_parts_get_string (const MvxLogEvent *event, MvxLogPartKind kind)
{
  switch (kind)
    {
    case MVX_LOG_PART_EVENT:
      return mvx_log_event_get_name (event);
    case MVX_LOG_PART_EVENT_ID:
      return mvx_log_event_get_event_id (event);
    case MVX_LOG_PART_ENTITY:
      return mvx_log_event_get_entity_id (event);
    case MVX_LOG_PART_OUTCOME:
      return mvx_log_event_get_outcome (event);
    case MVX_LOG_PART_FILE:
      return mvx_log_event_get_file (event);
    case MVX_LOG_PART_FUNCTION:
      return mvx_log_event_get_function (event);
    case MVX_LOG_PART_TRACE:
      return mvx_log_event_get_trace_id (event);
    case MVX_LOG_PART_SPAN:
      return mvx_log_event_get_span_id (event);
    case MVX_LOG_PART_HOST:
      return mvx_log_event_is_remote (event) ? mvx_log_renderer_host_of (event) : g_get_host_name ();
    default:
      return NULL;
    }
}

static void
mvx_log_parts_append (MvxLogBuffer *buffer,
                      const MvxLogPart *part,
                      const MvxLogRenderer *renderer,
                      const MvxLogEvent *event,
                      MvxLogFieldList *fields)
{
  gsize level_len = 0;
  guint8 *out;
  gsize start;

  switch (part->kind)
    {
    case MVX_LOG_PART_LITERAL:
      mvx_log_buffer_append (buffer, part->text, part->len);
      break;
    case MVX_LOG_PART_STRFTIME:
      mvx_log_parts_append_strftime (buffer, part->text, event->time_ns, renderer->settings.zone == MVX_LOG_ZONE_LOCAL);
      break;
    case MVX_LOG_PART_CONTEXT:
      mvx_log_parts_append_context (buffer, event);
      break;
    case MVX_LOG_PART_MESSAGE:
      mvx_log_message_append_text (event, fields, MVX_LOG_ESCAPE_TEXT, buffer);
      break;
    case MVX_LOG_PART_FIELDS:
      start = buffer->len;
      mvx_log_textline_append_fields (buffer, start, event, fields, NULL);
      mvx_log_textline_append_error (buffer, start, fields);
      break;
    case MVX_LOG_PART_FIELD:
      mvx_log_parts_append_field (buffer, part, fields);
      break;
    case MVX_LOG_PART_ERROR:
      mvx_log_parts_append_error (buffer, fields);
      break;
    case MVX_LOG_PART_BASENAME:
    case MVX_LOG_PART_MODULE:
      mvx_log_parts_append_basename (buffer, mvx_log_event_get_file (event), part->kind == MVX_LOG_PART_MODULE);
      break;
    default:
      if (!mvx_log_parts_is_small (part->kind))
        {
          mvx_log_parts_append_string (buffer, mvx_log_parts_get_string (event, part->kind));
          break;
        }
      mvx_log_level_name (event->record->level, &level_len);
      out = mvx_log_buffer_reserve (buffer, MVX_LOG_PARTS_SMALL + level_len);
      buffer->len += (gsize) (mvx_log_parts_put_small (out, part->kind, renderer, event) - out);
    }
}

/* Bytes of the first @n characters; all of it if there are no more. What stands here is valid UTF-8. */
static gsize
mvx_log_parts_cut (const guint8 *text, gsize len, gsize n)
{
  gsize i = 0;

  for (; i < len; i++)
    if ((text[i] & 0xc0) != 0x80 && n-- == 0)
      break;
  return i;
}

static guint8 *
mvx_log_parts_put_fill (guint8 *out, const MvxLogPart *part, gsize n)
{
  gsize size = strlen (part->fill);

  if (size == 0)
    {
      memset (out, ' ', n);
      return out + n;
    }
  for (; n > 0; n--, out += size)
    memcpy (out, part->fill, size);
  return out;
}

/* Cuts and pads what stands between @text and @end, behind which there is room for the padding. */
static guint8 *
mvx_log_parts_fit (guint8 *text, guint8 *end, const MvxLogPart *part)
{
  gsize len = (gsize) (end - text);
  gsize n_fill = MAX (strlen (part->fill), 1);
  gsize n_chars = 0;
  gsize missing;
  gsize before;

  if (part->most > 0)
    len = mvx_log_parts_cut (text, len, part->most);
  for (gsize i = 0; i < len; i++)
    n_chars += (text[i] & 0xc0) != 0x80;
  if (n_chars >= part->width)
    return text + len;
  missing = part->width - n_chars;
  before = part->align == MVX_LOG_ALIGN_RIGHT ? missing : part->align == MVX_LOG_ALIGN_CENTRE ? missing / 2 : 0;
  if (before > 0)
    memmove (text + before * n_fill, text, len);
  text = mvx_log_parts_put_fill (text, part, before) + len;
  return mvx_log_parts_put_fill (text, part, missing - before);
}

/* The same for ASCII; behind @end there is also the slack of mvx_log_copy_blocks(). */
static inline guint8 *
mvx_log_parts_fit_ascii (guint8 *text, guint8 *end, const MvxLogPart *part)
{
  gsize len = (gsize) (end - text);

  if (part->align != MVX_LOG_ALIGN_LEFT || part->most > 0 || part->fill[0] != '\0')
    return mvx_log_parts_fit (text, end, part);
  for (; len < part->width; len += MVX_LOG_COPY_BLOCK)
    memset (text + len, ' ', MVX_LOG_COPY_BLOCK);
  return MAX (end, text + part->width);
}

static void
mvx_log_parts_render_any (const MvxLogRenderer *renderer, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  const GArray *list = ((const MvxLogParts *) renderer->data)->list;
  g_auto (MvxLogFieldList) fields;

  mvx_log_fieldlist_init (&fields, event);
  for (guint i = 0; i < list->len; i++)
    {
      const MvxLogPart *part = &g_array_index (list, MvxLogPart, i);
      gsize start = buffer->len;

      mvx_log_parts_append (buffer, part, renderer, event, &fields);
      if (part->width == 0 && part->most == 0)
        continue;
      mvx_log_buffer_reserve (buffer, part->width * MAX (strlen (part->fill), 1));
      buffer->len = (gsize) (mvx_log_parts_fit (buffer->data + start, buffer->data + buffer->len, part) - buffer->data);
    }
  mvx_log_buffer_append_c (buffer, '\n');
}

static inline guint8 *
mvx_log_parts_put_quick (guint8 *out,
                         const MvxLogPart *part,
                         const MvxLogRenderer *renderer,
                         const MvxLogEvent *event,
                         MvxLogQuick *quick)
{
  guint8 *text = out;

  switch (part->kind)
    {
    case MVX_LOG_PART_LITERAL:
      return mvx_log_copy_blocks (out, part->text, part->len);
    case MVX_LOG_PART_CONTEXT:
      out = mvx_log_quick_put_context (out, quick, MVX_LOG_ESCAPE_TEXT);
      break;
    case MVX_LOG_PART_MESSAGE:
      out = mvx_log_quick_put_text_message (out, quick);
      break;
    case MVX_LOG_PART_FIELDS:
      out = mvx_log_quick_put_pairs (out, quick, ((const MvxLogParts *) renderer->data)->whole_message);
      break;
    default:
      out = mvx_log_parts_put_small (out, part->kind, renderer, event);
      return part->width > 0 || part->most > 0 ? mvx_log_parts_fit_ascii (text, out, part) : out;
    }
  return part->width > 0 || part->most > 0 ? mvx_log_parts_fit (text, out, part) : out;
}

/* What room a line needs beside that of mvx_log_quick_begin(), if it is written without a head. */
static gsize
mvx_log_parts_measure (const MvxLogParts *parts, const MvxLogEvent *event, MvxLogQuick *quick)
{
  gsize level_len = 0;

  mvx_log_level_name (event->record->level, &level_len);
  return parts->room + level_len * parts->list->len + mvx_log_quick_set_context (quick, event);
}

/* An empty head is none. */
static G_NO_INLINE void
mvx_log_parts_fill_head (MvxLogLineHead *head,
                         const MvxLogRenderer *renderer,
                         const MvxLogEvent *event,
                         MvxLogQuick *quick)
{
  const MvxLogParts *parts = renderer->data;
  guint8 text[MVX_LOG_PARTS_HEAD_ROOM];
  guint8 *out = text;

  mvx_log_linehead_begin (head, renderer->owner, event);
  if (mvx_log_parts_measure (parts, event, quick) > sizeof text)
    return;
  for (guint i = 0; i < parts->n_head; i++)
    {
      const MvxLogPart *part = &g_array_index (parts->list, MvxLogPart, i);

      if (part->kind == MVX_LOG_PART_TIME)
        head->fraction = (guint16) (out - text + MVX_LOG_PARTS_FRACTION);
      out = mvx_log_parts_put_quick (out, part, renderer, event, quick);
    }
  if (out - text > MVX_LOG_LINEHEAD_MAX)
    return;
  head->len = (guint16) (out - text);
  memcpy (head->text, text, head->len);
}

/* The head for the event, or NULL. */
static inline const MvxLogLineHead *
mvx_log_parts_get_head (const MvxLogRenderer *renderer, const MvxLogEvent *event, MvxLogQuick *quick)
{
  MvxLogLineHead *head;

  /* With metadata it has no quick way, and may be another process's. */
  if (((const MvxLogParts *) renderer->data)->n_head == 0 || event->meta)
    return NULL;
  head = mvx_log_linehead_get (renderer->owner, event);
  if (G_UNLIKELY (!mvx_log_linehead_is_for (head, renderer->owner, event)))
    mvx_log_parts_fill_head (head, renderer, event, quick);
  return G_LIKELY (head->len > 0) ? head : NULL;
}

/* The same bytes as mvx_log_parts_render_any() makes. */
static gboolean
mvx_log_parts_render_quick (const MvxLogRenderer *renderer, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  const MvxLogParts *parts = renderer->data;
  const MvxLogPart *part = (const MvxLogPart *) (gconstpointer) parts->list->data;
  const MvxLogPart *end = part + parts->list->len;
  MvxLogQuick quick;
  const MvxLogLineHead *head = mvx_log_parts_get_head (renderer, event, &quick);
  gsize extra = head ? parts->room + head->len : mvx_log_parts_measure (parts, event, &quick);
  guint8 *start = mvx_log_quick_begin (&quick, event, buffer, extra);
  guint8 *out = start;

  if (out == NULL || !quick.prepared->plain)
    return FALSE;
  if (G_LIKELY (head != NULL))
    {
      out = mvx_log_linehead_put (out, head, event->time_ns);
      part += parts->n_head;
    }
  for (; part < end; part++)
    out = mvx_log_parts_put_quick (out, part, renderer, event, &quick);
  *out++ = '\n';
  buffer->len += (gsize) (out - start);
  return TRUE;
}

void
mvx_log_parts_render (const MvxLogRenderer *renderer, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  if (!((const MvxLogParts *) renderer->data)->quick || !mvx_log_parts_render_quick (renderer, event, buffer))
    mvx_log_parts_render_any (renderer, event, buffer);
}
