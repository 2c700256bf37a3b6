/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "redis-key.h"

#include <string.h>

typedef enum
{
  MVX_REDIS_KEY_CONTEXT,
  MVX_REDIS_KEY_LEVEL,
  MVX_REDIS_KEY_TEXT
} MvxRedisKeyKind;

static const char *const mvx_redis_key_names[] = { "context", "level" };

typedef struct
{
  MvxRedisKeyKind kind;
  char *text;
} MvxRedisKeyPart;

struct _MvxRedisKey
{
  GArray *parts;
};

static void
mvx_redis_key_clear_part (gpointer data)
{
  g_free (((MvxRedisKeyPart *) data)->text);
}

static void
mvx_redis_key_add (MvxRedisKey *self, MvxRedisKeyKind kind, const char *text, gsize size)
{
  MvxRedisKeyPart part = { kind, g_strndup (text, size) };

  g_array_append_val (self->parts, part);
}

/* A word in braces; other braces are text, as in "{tags}:x" of clusters. */
static gsize
mvx_redis_key_match (const char *text, MvxRedisKeyKind *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (mvx_redis_key_names); i++)
    {
      const gsize n = strlen (mvx_redis_key_names[i]);

      if (strncmp (text + 1, mvx_redis_key_names[i], n) == 0 && text[n + 1] == '}')
        {
          *kind = (MvxRedisKeyKind) i;
          return n + 2;
        }
    }
  return 0;
}

MvxRedisKey *
mvx_redis_key_new (const char *text, GError **error)
{
  MvxRedisKey *self;
  const char *start = text;

  if (*text == '\0')
    {
      g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                   "key: it is empty; give a name such as 'logs' or 'logs:{context}'");
      return NULL;
    }
  self = g_new0 (MvxRedisKey, 1);
  self->parts = g_array_new (FALSE, FALSE, sizeof (MvxRedisKeyPart));
  g_array_set_clear_func (self->parts, mvx_redis_key_clear_part);
  while (*text)
    {
      MvxRedisKeyKind kind;
      gsize n = *text == '{' ? mvx_redis_key_match (text, &kind) : 0;

      if (n == 0)
        {
          text++;
          continue;
        }
      if (text > start)
        mvx_redis_key_add (self, MVX_REDIS_KEY_TEXT, start, (gsize) (text - start));
      mvx_redis_key_add (self, kind, text, n);
      start = text += n;
    }
  if (text > start)
    mvx_redis_key_add (self, MVX_REDIS_KEY_TEXT, start, (gsize) (text - start));
  return self;
}

void
mvx_redis_key_free (MvxRedisKey *self)
{
  g_array_unref (self->parts);
  g_free (self);
}

gboolean
mvx_redis_key_is_fixed (const MvxRedisKey *self)
{
  return self->parts->len == 1 && g_array_index (self->parts, MvxRedisKeyPart, 0).kind == MVX_REDIS_KEY_TEXT;
}

void
mvx_redis_key_append (const MvxRedisKey *self, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  for (guint i = 0; i < self->parts->len; i++)
    {
      const MvxRedisKeyPart *part = &g_array_index (self->parts, MvxRedisKeyPart, i);
      const gint level = event ? mvx_log_event_get_level (event) : 0;
      const char *name;

      if (part->kind == MVX_REDIS_KEY_TEXT || event == NULL)
        mvx_log_buffer_append_s (buffer, part->text);
      else if (part->kind == MVX_REDIS_KEY_CONTEXT)
        mvx_log_buffer_append_s (buffer, mvx_log_event_get_context (event));
      else if ((name = mvx_log_level_to_string (level)))
        mvx_log_buffer_append_s (buffer, name);
      else
        mvx_log_buffer_append_printf (buffer, "%d", level);
    }
}
