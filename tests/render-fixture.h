/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events of any kind for the tests of renderers, and text that tries to break out of its line. */
#pragma once

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include <mvxlog/callsite.h>
#include <mvxlog/error.h>
#include <mvxlog/level.h>
#include <mvxlog/renderer.h>

#include "event/encode-private.h"
#include "event/event-private.h"
#include "event/payload-private.h"
#include "event/sender-private.h"
#include "event/symbol-private.h"
#include "record-maker.h"
#include "render/renderer-private.h"

/* 2026-11-21T12:00:00.123456789Z */
#define FIXTURE_TIME (G_GINT64_CONSTANT (1795262400) * 1000000000 + 123456789)
#define FIXTURE_PID 4242

#define FIELD_NULL(k) { (k), MVX_LOG_KIND_NULL, -1, { .i = 0 } }
#define FIELD_ERROR(k, v) { (k), MVX_LOG_KIND_ERROR, -1, { .p = (v) } }
#define FIELD_VARIANT(k, v) { (k), MVX_LOG_KIND_VARIANT, -1, { .p = (v) } }
#define FIELD_BYTES(k, v) { (k), MVX_LOG_KIND_BYTES, -1, { .p = (v) } }

/* What an event has; zero is absent. */
typedef struct
{
  const char           *context;
  gint                  level; /* 0: info */
  gint64                time;  /* 0: FIXTURE_TIME */
  const char           *message_template;
  const char           *message;
  gssize                message_len; /* 0: NUL-terminated */
  const char           *name;
  const char           *entity;
  const char           *outcome;
  const char           *id; /* of the kind of event */
  const char           *trace;
  const char           *span;
  const char           *file;
  const char           *line;
  const char           *function;
  const MvxLogField    *fields;
  guint                 n_fields;
  const MvxLogCallsite *site;
  const MvxLogArg      *args; /* of the callsite, words and strings only */
  const char           *symbol; /* the context, interned, instead of in the record */
  gboolean              bare; /* no metadata at all */
  guint                 thread;
  guint64               seq;
  const MvxLogSender   *sender; /* it comes from elsewhere */
} Fixture;

static inline void
fixture_encode_meta (MvxLogBuffer  *buffer,
                     const Fixture *fixture)
{
  gssize len = fixture->message_len ? fixture->message_len : -1;

  mvx_log_encode_meta (buffer, MVX_LOG_META_NAME, fixture->name, -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_ENTITY, fixture->entity, -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_OUTCOME, fixture->outcome, -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_MESSAGE, fixture->message, len);
  mvx_log_encode_meta (buffer, MVX_LOG_META_TEMPLATE, fixture->message_template, -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_FILE, fixture->file, -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_FUNCTION, fixture->function, -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_LINE, fixture->line, -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_TRACE, fixture->trace, -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_SPAN, fixture->span, -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_CONTEXT, fixture->context, -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_EVENT_ID, fixture->id, -1);
  if (fixture->sender)
    mvx_log_encode_sender (buffer, fixture->sender);
}

static inline void
fixture_encode_slots (MvxLogBuffer  *buffer,
                      const Fixture *fixture)
{
  guint32 lengths[MVX_LOG_PLAIN_MAX_STRINGS];
  guint32 size = mvx_log_encode_plain_size (fixture->site, fixture->args, G_MAXINT32, lengths);
  guint8 *out = mvx_log_buffer_reserve (buffer, size + 8);

  buffer->len += (gsize) (mvx_log_encode_plain (out, fixture->site, fixture->args, lengths) - out);
}

/* A block with its size in front. */
static inline gsize
fixture_begin_block (MvxLogBuffer *buffer)
{
  mvx_log_buffer_append (buffer, "\0\0\0\0", 4);
  return buffer->len;
}

static inline void
fixture_end_block (MvxLogBuffer *buffer,
                   gsize         start)
{
  mvx_log_store32 (buffer->data + start - 4, (guint32) (buffer->len - start));
}

static inline MvxLogEvent *
fixture_event (Fixture fixture)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogRecord record = { .flags = MVX_LOG_RECORD_REALTIME };
  MvxLogEvent view;
  MvxLogEvent *event;
  gsize block;

  record.context = fixture.symbol ? mvx_log_symbol_intern (fixture.symbol)->id : 0;
  record.level = (gint16) (fixture.level ? fixture.level : MVX_LOG_LEVEL_INFO);
  record.thread = fixture.thread;
  record.callsite = fixture.site ? fixture.site->id : 0;
  mvx_log_buffer_append (&buffer, &record, sizeof record);
  if (fixture.sender)
    record.flags |= MVX_LOG_RECORD_REMOTE;
  if (!fixture.bare)
    {
      record.flags |= MVX_LOG_RECORD_META;
      block = fixture_begin_block (&buffer);
      fixture_encode_meta (&buffer, &fixture);
      fixture_end_block (&buffer, block);
    }
  if (fixture.n_fields > 0)
    {
      block = fixture_begin_block (&buffer);
      for (guint i = 0; i < fixture.n_fields; i++)
        mvx_log_payload_encode_field (&buffer, &fixture.fields[i], &mvx_log_limits_none);
      fixture_end_block (&buffer, block);
      record.n_inline = (guint16) fixture.n_fields;
    }
  if (fixture.site && fixture.args)
    fixture_encode_slots (&buffer, &fixture);
  else
    record.flags |= MVX_LOG_RECORD_NO_SLOTS;
  while (buffer.len & 7)
    mvx_log_buffer_append_c (&buffer, '\0');
  record.size = (guint32) buffer.len;
  memcpy (buffer.data, &record, sizeof record);
  g_assert_true (mvx_log_record_validate (buffer.data, buffer.len, fixture.site, NULL));

  mvx_log_event_view (&view, (const MvxLogRecord *) (gconstpointer) buffer.data);
  view.time_ns = fixture.time ? fixture.time : FIXTURE_TIME;
  view.seq = fixture.seq;
  event = mvx_log_event_copy (&view);
  mvx_log_buffer_clear (&buffer);
  return event;
}

static inline MvxLogRenderer *
fixture_renderer (const char        *format,
                  const char *const *settings)
{
  g_autoptr (GError) error = NULL;
  MvxLogRenderer *renderer = mvx_log_renderer_new (format, settings, &error);

  g_assert_no_error (error);
  mvx_log_renderer_set_pid (renderer, FIXTURE_PID);
  return renderer;
}

/* Renders into a buffer that holds something already; exactly one line is added. Returns it without its newline. */
static inline char *
fixture_line (MvxLogRenderer    *renderer,
              const MvxLogEvent *event)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  char *line;

  mvx_log_buffer_append_s (&buffer, "before");
  mvx_log_renderer_render (renderer, event, &buffer);
  g_assert_cmpint (memcmp (buffer.data, "before", 6), ==, 0);
  g_assert_cmpuint (buffer.len, >, 6);
  g_assert_cmpint (buffer.data[buffer.len - 1], ==, '\n');
  g_assert_null (memchr (buffer.data, '\n', buffer.len - 1));
  g_assert_null (memchr (buffer.data, '\r', buffer.len));
  g_assert_null (memchr (buffer.data, '\0', buffer.len));
  line = g_strndup ((const char *) buffer.data + 6, buffer.len - 7);
  g_assert_true (g_utf8_validate (line, -1, NULL));
  mvx_log_buffer_clear (&buffer);
  return line;
}

static inline char *
fixture_render (const char        *format,
                const char *const *settings,
                Fixture            fixture)
{
  g_autoptr (MvxLogRenderer) renderer = fixture_renderer (format, settings);
  g_autoptr (MvxLogEvent) event = fixture_event (fixture);

  return fixture_line (renderer, event);
}

#define assert_renders(format, settings, expected, ...)                                                                \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *line_ = fixture_render (format, settings, (Fixture){ __VA_ARGS__ });                              \
    g_assert_cmpstr (line_, ==, expected);                                                                             \
  }                                                                                                                    \
  G_STMT_END

static inline void
fixture_add_hostile (GPtrArray  *list,
                     const char *text,
                     gsize       len)
{
  g_ptr_array_add (list, g_bytes_new (text, len));
}

static inline void
fixture_add_controls (GPtrArray *list)
{
  static const gunichar ranges[][2] = {
    { 0x00, 0x1f },     { 0x7f, 0x9f },     { 0x2028, 0x2029 }, { 0x202a, 0x202e },
    { 0x2066, 0x2069 }, { 0x200e, 0x200f }, { 0x061c, 0x061c }, { 0xfffe, 0xffff },
  };

  for (guint i = 0; i < G_N_ELEMENTS (ranges); i++)
    for (gunichar c = ranges[i][0]; c <= ranges[i][1]; c++)
      {
        char text[16] = "a";
        gint n = g_unichar_to_utf8 (c, text + 1);

        text[1 + n] = 'b';
        fixture_add_hostile (list, text, (gsize) n + 2);
      }
}

static inline void
fixture_add_bytes (GPtrArray *list)
{
  static const char *const samples[] = {
    "\xed\xa0\x80",                 /* a surrogate, encoded */
    "\xed\xa0\xbd\xed\xb8\x80",     /* a pair of them */
    "\xc0\xaf", "\xc1\xbf",         /* overlong */
    "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf", "\xf0\x8f\xbf\xbf",
    "\xf4\x90\x80\x80",             /* behind the last character */
    "\xf8\x88\x80\x80\x80", "\xfe", "\xff",
    "\xc3", "a\xe2\x82", "\xf0\x9f\x98", "\xf0\x9f" "b", "\xe2" "\xe2\x82\xac", /* cut short */
    "\x80", "\xbf\xbf\xbf",         /* nothing before them */
    "a\xf1\x80\x80\xe1\x80\xc2" "b\x80" "c\x80\xbf" "d", /* the Unicode standard's own example */
    "caf\xe9",                      /* Latin-1 */
  };

  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    fixture_add_hostile (list, samples[i], strlen (samples[i]));
}

static inline void
fixture_add_attacks (GPtrArray *list)
{
  static const char *const samples[] = {
    "", " ", "%s%n%s%n%p", "${jndi:ldap://example.org/a}", "{key}", "{{}}", "{", "}", "a=b", "a=\"b\"", "\"", "\\",
    "\\\"", "\\n", "\\x0a", "a\nINFO forged", "a\r\nforged", "\033[2J\033[31mred", "\033]0;title\a",
    "\",\"level\":\"critical",
    "key with spaces", "key=with=equals", "new\nline", "tab\there", "'quoted'", "a\vb\fc", "\\u0000", "</script>",
    "level=critical msg=\"forged\"", "\xf0\x9f\x98\x80\xe2\x82\xac\xc3\xa9",
  };
  g_autofree char *large = g_malloc (1024 * 1024);

  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    fixture_add_hostile (list, samples[i], strlen (samples[i]));
  fixture_add_hostile (list, "a\0b\0\nc", 6);
  fixture_add_hostile (list, "\0", 1);
  memset (large, 'x', 1024 * 1024);
  for (gsize i = 0; i < 1024 * 1024; i += 1000)
    large[i] = "\n\"\\\t\x01\xff"[i / 1000 % 6];
  fixture_add_hostile (list, large, 1024 * 1024);
}

static inline void
fixture_add_naughty (GPtrArray *list)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "naughty", "blns.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  JsonArray *array;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  array = json_node_get_array (json_parser_get_root (parser));
  g_assert_cmpuint (json_array_get_length (array), >, 500);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      const char *text = json_array_get_string_element (array, i);

      fixture_add_hostile (list, text, strlen (text));
    }
}

/* GBytes of all kinds. */
static inline GPtrArray *
fixture_hostile (void)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  GRand *random = g_rand_new_with_seed (20261121);

  fixture_add_controls (list);
  fixture_add_bytes (list);
  fixture_add_attacks (list);
  fixture_add_naughty (list);
  for (guint i = 0; i < 300; i++)
    {
      char text[48];
      gint n = g_rand_int_range (random, 0, sizeof text);

      for (gint j = 0; j < n; j++)
        text[j] = (char) (g_rand_boolean (random) ? g_rand_int_range (random, 0, 256)
                                                  : g_rand_int_range (random, 'a', 'e'));
      fixture_add_hostile (list, text, (gsize) n);
    }
  g_rand_free (random);
  return list;
}

/* An event that carries the text as value, key, context and message. */
static inline MvxLogEvent *
fixture_hostile_event (GBytes *bytes)
{
  gsize len;
  const char *data = g_bytes_get_data (bytes, &len);
  g_autofree char *text = g_strndup (data ? data : "", len);
  MvxLogField fields[] = {
    { "value", MVX_LOG_KIND_STRING, (gint32) len, { .s = data ? data : "" } },
    FIELD_STRING (text, text),
  };

  return fixture_event ((Fixture){
      .context = text,
      .message = data ? data : "",
      .message_len = (gssize) len,
      .name = text,
      .entity = text,
      .outcome = text,
      .file = text,
      .function = text,
      .fields = fields,
      .n_fields = strcmp (text, "value") == 0 ? 1 : 2,
  });
}

/* A setting that is called like its format. */
static inline void
fixture_assert_refused (const char *format,
                        const char *text,
                        const char *expected)
{
  const char *const settings[] = { format, text, NULL };
  g_autoptr (GError) error = NULL;

  g_assert_null (mvx_log_renderer_new (format, settings, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_TEMPLATE);
  g_assert_cmpstr (error->message, ==, expected);
}

/* Whatever an event holds, what a text format makes of it is one line that begins with time and level, and has nothing
 * that a terminal obeys. */
static inline void
fixture_assert_one_line (const char *format,
                         const char *text)
{
  const char *const settings[] = { format, text, NULL };
  g_autoptr (GPtrArray) hostile = fixture_hostile ();
  g_autoptr (MvxLogRenderer) renderer = fixture_renderer (format, settings);

  for (guint i = 0; i < hostile->len; i++)
    {
      g_autoptr (MvxLogEvent) event = fixture_hostile_event (hostile->pdata[i]);
      g_autofree char *line = fixture_line (renderer, event);

      g_assert_true (g_str_has_prefix (line, "2026-11-21T12:00:00.123456789Z info "));
      for (const char *p = line; *p; p = g_utf8_next_char (p))
        g_assert_false (g_unichar_iscntrl (g_utf8_get_char (p)));
    }
}
