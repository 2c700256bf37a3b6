/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mqtt-topic.h"

#include <string.h>

/* Longer ones have no place in a message. */
#define MVX_MQTT_TOPIC_MAX 65535
/* Of one word. */
#define MVX_MQTT_TOPIC_WORD_MAX 1024

typedef enum
{
  MVX_MQTT_TOPIC_HOST,
  MVX_MQTT_TOPIC_CONTEXT,
  MVX_MQTT_TOPIC_LEVEL,
  MVX_MQTT_TOPIC_TEXT
} MvxMqttTopicWord;

static const char *const mvx_mqtt_topic_words[] = { "{host}", "{context}", "{level}" };

static MvxMqttTopicWord
mvx_mqtt_topic_match (const char *text)
{
  guint i = 0;

  while (i < MVX_MQTT_TOPIC_TEXT && !g_str_has_prefix (text, mvx_mqtt_topic_words[i]))
    i++;
  return (MvxMqttTopicWord) i;
}

static gboolean
mvx_mqtt_topic_refuse (const char *topic, const char *what, GError **error)
{
  g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "topic: '%s' %s", topic, what);
  return FALSE;
}

gboolean
mvx_mqtt_topic_check (const char *topic, GError **error)
{
  if (*topic == '\0')
    return mvx_mqtt_topic_refuse (topic, "is empty; give one such as 'logs/{host}/{context}/{level}'", error);
  if (strpbrk (topic, "+#"))
    return mvx_mqtt_topic_refuse (topic, "has a wildcard, '+' or '#'; those are for subscriptions", error);
  if (*topic == '$')
    return mvx_mqtt_topic_refuse (topic, "begins with '$'; such topics are the server's own", error);
  if (strlen (topic) > MVX_MQTT_TOPIC_MAX / 2 || !g_utf8_validate (topic, -1, NULL))
    return mvx_mqtt_topic_refuse (topic, "is too long, or not UTF-8; give another one", error);
  for (const char *at = topic; (at = strchr (at, '{')); at++)
    if (mvx_mqtt_topic_match (at) == MVX_MQTT_TOPIC_TEXT)
      return mvx_mqtt_topic_refuse (topic, "has a word that means nothing; there are {host}, {context} and {level}",
                                    error);
  return TRUE;
}

/* A word fills whole levels of the topic: the names of a context one each, anything else one. What a topic cannot hold
 * becomes '_'. */
static void
mvx_mqtt_topic_append_word (MvxLogBuffer *buffer, const char *word, gboolean has_levels)
{
  g_autofree char *valid = NULL;
  gboolean is_empty = TRUE;

  if (word && !g_utf8_validate (word, -1, NULL))
    word = valid = g_utf8_make_valid (word, -1);
  for (const char *at = word; at && *at && at < word + MVX_MQTT_TOPIC_WORD_MAX; at = g_utf8_next_char (at))
    if (has_levels && *at == '.')
      {
        mvx_log_buffer_append_s (buffer, is_empty ? "_/" : "/");
        is_empty = TRUE;
      }
    else
      {
        const gunichar c = g_utf8_get_char (at);
        /* Non-characters are UTF-8, but servers may hang up on them. */
        const gboolean is_bad
            = strchr ("+#/", *at) || g_unichar_iscntrl (c) || (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);

        if (is_bad || (is_empty && *at == '$'))
          mvx_log_buffer_append_c (buffer, '_');
        else
          mvx_log_buffer_append (buffer, (const guint8 *) at, (gsize) (g_utf8_next_char (at) - at));
        is_empty = FALSE;
      }
  if (is_empty)
    mvx_log_buffer_append_c (buffer, '_');
}

static void
mvx_mqtt_topic_append_level (MvxLogBuffer *buffer, gint level)
{
  const char *name = mvx_log_level_to_string (level);

  if (name)
    mvx_log_buffer_append_s (buffer, name);
  else
    mvx_log_buffer_append_printf (buffer, "%d", level);
}

static void
mvx_mqtt_topic_append_host (MvxLogBuffer *buffer, const MvxLogEvent *event)
{
  MvxLogSender sender;

  mvx_mqtt_topic_append_word (
      buffer, mvx_log_event_get_sender (event, &sender) && sender.host ? sender.host : g_get_host_name (), FALSE);
}

void
mvx_mqtt_topic_append (const char *topic, const MvxLogEvent *event, MvxLogBuffer *buffer)
{
  while (*topic)
    {
      const MvxMqttTopicWord word = mvx_mqtt_topic_match (topic);

      if (word == MVX_MQTT_TOPIC_HOST)
        mvx_mqtt_topic_append_host (buffer, event);
      else if (word == MVX_MQTT_TOPIC_CONTEXT)
        mvx_mqtt_topic_append_word (buffer, mvx_log_event_get_context (event), TRUE);
      else if (word == MVX_MQTT_TOPIC_LEVEL)
        mvx_mqtt_topic_append_level (buffer, mvx_log_event_get_level (event));
      else
        mvx_log_buffer_append_c (buffer, *topic);
      topic += word == MVX_MQTT_TOPIC_TEXT ? 1 : strlen (mvx_mqtt_topic_words[word]);
    }
  mvx_log_buffer_append_c (buffer, '\0');
}
