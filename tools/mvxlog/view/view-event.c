/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "view/view-event.h"

typedef struct
{
  const char *key;
  MvxViewRole role;
} MvxViewKey;

/* Ours, and behind them what stands for them in the JSON of other programs, if ours is not there. */
static const MvxViewKey mvx_view_keys[] = {
  { "ts", MVX_VIEW_TS },           { "level", MVX_VIEW_LEVEL },       { "context", MVX_VIEW_CONTEXT },
  { "event", MVX_VIEW_EVENT },     { "entity", MVX_VIEW_ENTITY },     { "outcome", MVX_VIEW_OUTCOME },
  { "message", MVX_VIEW_MESSAGE }, { "error", MVX_VIEW_ERROR },       { "trace_id", MVX_VIEW_TRACE },
  { "span_id", MVX_VIEW_SPAN },    { "file", MVX_VIEW_FILE },         { "line", MVX_VIEW_LINE },
  { "func", MVX_VIEW_FUNC },       { "pid", MVX_VIEW_PID },           { "thread", MVX_VIEW_THREAD },
  { "seq", MVX_VIEW_SEQ },         { "template", MVX_VIEW_TEMPLATE },
};

static const MvxViewKey mvx_view_aliases[] = {
  { "timestamp", MVX_VIEW_TS }, { "@timestamp", MVX_VIEW_TS },  { "time", MVX_VIEW_TS },
  { "msg", MVX_VIEW_MESSAGE },  { "logger", MVX_VIEW_CONTEXT }, { "severity", MVX_VIEW_LEVEL },
  { "lvl", MVX_VIEW_LEVEL },
};

static void
mvx_view_field_clear (gpointer data)
{
  MvxViewField *field = data;

  g_free (field->key);
  g_free (field->text);
}

void
mvx_view_event_reset (MvxViewEvent *event)
{
  g_array_set_size (event->fields, 0);
  for (guint i = 0; i < MVX_VIEW_N_ROLES; i++)
    event->by_role[i] = -1;
  event->has_level = FALSE;
  event->has_time = FALSE;
  event->line = NULL;
  event->line_length = 0;
  event->is_json = FALSE;
}

MvxViewEvent *
mvx_view_event_new (void)
{
  MvxViewEvent *event = g_new0 (MvxViewEvent, 1);

  event->fields = g_array_new (FALSE, FALSE, sizeof (MvxViewField));
  event->scratch = g_string_new (NULL);
  g_array_set_clear_func (event->fields, mvx_view_field_clear);
  mvx_view_event_reset (event);
  return event;
}

void
mvx_view_event_free (MvxViewEvent *event)
{
  g_array_unref (event->fields);
  g_string_free (event->scratch, TRUE);
  g_free (event);
}

void
mvx_view_event_add (MvxViewEvent *event, const char *key, MvxJsonKind kind, const char *text, gsize length)
{
  MvxViewField field = { NULL, MVX_VIEW_USER, kind, NULL, length };

  for (guint i = 0; i < G_N_ELEMENTS (mvx_view_keys); i++)
    if (strcmp (key, mvx_view_keys[i].key) == 0 && event->by_role[mvx_view_keys[i].role] < 0)
      {
        field.role = mvx_view_keys[i].role;
        event->by_role[field.role] = (gint) event->fields->len;
      }
  /* "error" is ours only as a chain; "line" only as a number. */
  if ((field.role == MVX_VIEW_ERROR && kind != MVX_JSON_ARRAY)
      || (field.role == MVX_VIEW_LINE && kind != MVX_JSON_NUMBER))
    {
      event->by_role[field.role] = -1;
      field.role = MVX_VIEW_USER;
    }
  field.key = g_strdup (key);
  field.text = g_malloc (length + 1);
  memcpy (field.text, text, length);
  field.text[length] = '\0';
  g_array_append_val (event->fields, field);
}

static void
mvx_view_event_add_members (MvxViewEvent *event, const MvxJsonSlice *object, guint depth)
{
  g_autoptr (GString) name = g_string_new (NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  MvxJsonSlice key = { 0 };
  MvxJsonSlice value;
  MvxJsonIter iter;

  mvx_json_iter_init (&iter, object);
  while (mvx_json_iter_next (&iter, &key, &value))
    {
      g_string_truncate (name, 0);
      g_string_truncate (text, 0);
      mvx_json_unquote (&key, name);
      if (depth == 0 && value.kind == MVX_JSON_OBJECT && strcmp (name->str, "fields") == 0)
        {
          mvx_view_event_add_members (event, &value, 1);
          continue;
        }
      if (value.kind == MVX_JSON_STRING)
        mvx_json_unquote (&value, text);
      else
        g_string_append_len (text, value.start, (gssize) value.length);
      mvx_view_event_add (event, name->str, value.kind, text->str, text->len);
    }
}

gboolean
mvx_view_event_read (MvxViewEvent *event, const char *line, gsize length)
{
  MvxJsonSlice object;

  mvx_view_event_reset (event);
  /* Most lines that are no JSON are seen to be none by their first byte. */
  if (length == 0 || !(*line == '{' || g_ascii_isspace (*line)) || !mvx_json_check (line, length, &object, NULL)
      || object.kind != MVX_JSON_OBJECT)
    return FALSE;
  event->line = line;
  event->line_length = length;
  event->is_json = TRUE;
  mvx_view_event_add_members (event, &object, 0);
  mvx_view_event_settle (event);
  return TRUE;
}

void
mvx_view_event_settle (MvxViewEvent *event)
{
  const MvxViewField *field;

  for (guint i = 0; i < G_N_ELEMENTS (mvx_view_aliases); i++)
    for (guint j = 0; j < event->fields->len && event->by_role[mvx_view_aliases[i].role] < 0; j++)
      {
        MvxViewField *other = &g_array_index (event->fields, MvxViewField, j);

        if (other->role == MVX_VIEW_USER && strcmp (other->key, mvx_view_aliases[i].key) == 0)
          {
            other->role = mvx_view_aliases[i].role;
            event->by_role[other->role] = (gint) j;
          }
      }
  field = mvx_view_event_get (event, MVX_VIEW_LEVEL);
  event->has_level = field && mvx_view_level_parse (field->text, &event->level);
  field = mvx_view_event_get (event, MVX_VIEW_TS);
  event->has_time = field && mvx_view_time_parse (field->text, &event->time_us);
}

const MvxViewField *
mvx_view_event_get (const MvxViewEvent *event, MvxViewRole role)
{
  gint i = event->by_role[role];

  return i < 0 ? NULL : &g_array_index (event->fields, MvxViewField, i);
}

const MvxViewField *
mvx_view_event_find (const MvxViewEvent *event, const char *key)
{
  for (guint i = 0; i < event->fields->len; i++)
    {
      const MvxViewField *field = &g_array_index (event->fields, MvxViewField, i);

      if (strcmp (field->key, key) == 0)
        return field;
    }
  /* "message" also finds a "msg". */
  for (guint i = 0; i < G_N_ELEMENTS (mvx_view_keys); i++)
    if (strcmp (key, mvx_view_keys[i].key) == 0)
      return mvx_view_event_get (event, mvx_view_keys[i].role);
  return NULL;
}
