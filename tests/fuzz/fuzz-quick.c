/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as callsites make them: the quick way to a line leads to the same bytes as the one that takes everything,
 * within the room that it has reserved. Parts: letters for callsite, context and level, the time, then a value for each
 * field. */
#include "fuzz.h"

#include "../render-fixture.h"

#define MOST_FIELDS 6

typedef struct
{
  const char *message_template;
  const char *keys[MOST_FIELDS];
  const char *kinds; /* a letter for each: s string, i integer, u unsigned, d double, b boolean, t time */
} Site;

/* The last one has keys that the formats have themselves. */
static const Site sites[] = {
  { "{i} {u}{d}: {b} {t} {{{s}", { "i", "u", "d", "b", "t", "s" }, "iudbts" },
  { "{a}{b}{a}\x01{c}", { "a", "b", "c" }, "sss" },
  { "words", { "odd \"key\"", "k=v", "\xff" }, "sds" },
  { "{ts} {message}", { "ts", "level", "message", "error" }, "tsss" },
};

static MvxLogRenderer *renderers[5];

static MvxLogKind
kind_of (char letter)
{
  switch (letter)
    {
    case 'i':
      return MVX_LOG_KIND_INT64;
    case 'u':
      return MVX_LOG_KIND_UINT64;
    case 'd':
      return MVX_LOG_KIND_DOUBLE;
    case 'b':
      return MVX_LOG_KIND_BOOL;
    case 't':
      return MVX_LOG_KIND_TIME;
    default:
      return MVX_LOG_KIND_STRING;
    }
}

static MvxLogArg
arg_of (char letter, const FuzzPart *part)
{
  if (letter == 's')
    return (MvxLogArg){ .s = part->text };
  if (letter == 'd')
    return (MvxLogArg){ .d = g_ascii_strtod (part->text, NULL) };
  if (letter == 'b')
    return (MvxLogArg){ .i = part->len & 1 };
  return (MvxLogArg){ .i = g_ascii_strtoll (part->text, NULL, 10) };
}

/* They are for ever. */
static const MvxLogCallsite *
intern (const Site *site)
{
  MvxLogCallsiteInfo info
      = { site->message_template, "dir/a \"b\".c", "f\x01", site->keys, NULL, 7, MVX_LOG_LEVEL_INFO };
  guint8 kinds[MOST_FIELDS];

  for (info.n_fields = 0; site->kinds[info.n_fields]; info.n_fields++)
    kinds[info.n_fields] = (guint8) kind_of (site->kinds[info.n_fields]);
  info.kinds = kinds;
  return mvx_log_callsite_intern (&info);
}

static void
set_up (void)
{
  static const char *const pattern[] = { "pattern", "%t|%-9L|%3.2l|%12c|%m|%f|%p|%h|%n|%s|%%\t", NULL };
  static const char *const brace[] = { "template", "{time} {level:*>8.3} {context:^9} {message:.5} {fields}", NULL };

  if (renderers[0])
    return;
  renderers[0] = fixture_renderer ("json", NULL);
  renderers[1] = fixture_renderer ("logfmt", NULL);
  renderers[2] = fixture_renderer ("pretty", NULL);
  renderers[3] = fixture_renderer ("pattern", pattern);
  renderers[4] = fixture_renderer ("template", brace);
}

/* Into an empty buffer: what there is has been reserved for this line. */
static char *
render (MvxLogRenderer *renderer, const MvxLogEvent *event)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  mvx_log_renderer_render (renderer, event, &buffer);
  g_assert_cmpuint (buffer.len, <=, buffer.allocated);
  mvx_log_buffer_append_c (&buffer, '\0');
  return (char *) buffer.data;
}

/* An event with a block of metadata, even an empty one, goes the general way. */
static void
check (Fixture fixture)
{
  g_autoptr (MvxLogEvent) general = fixture_event (fixture);
  g_autoptr (MvxLogEvent) quick = NULL;

  fixture.bare = TRUE;
  quick = fixture_event (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (renderers); i++)
    {
      g_autofree char *expected = render (renderers[i], general);

      /* The second time some of it is kept from the first. */
      for (guint j = 0; j < 2; j++)
        {
          g_autofree char *line = render (renderers[i], quick);

          g_assert_cmpstr (line, ==, expected);
        }
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const char *const symbols[] = { NULL, "org.example.a", "odd \"\n", "\x01\x02\x03\x04\x05\x06\x07\x08" };
  FuzzInput input = { (const char *) data, (const char *) data + size };
  g_auto (FuzzPart) settings = fuzz_take (&input);
  g_auto (FuzzPart) time = fuzz_take (&input);
  guchar letters[3] = { 0 };
  FuzzPart texts[MOST_FIELDS];
  MvxLogArg args[MOST_FIELDS];
  const Site *site;

  set_up ();
  memcpy (letters, settings.text, MIN (settings.len, sizeof letters));
  site = &sites[letters[0] % G_N_ELEMENTS (sites)];
  for (guint i = 0; i < strlen (site->kinds); i++)
    {
      texts[i] = fuzz_take (&input);
      args[i] = arg_of (site->kinds[i], &texts[i]);
    }
  check ((Fixture){ .site = intern (site),
                    .args = args,
                    .symbol = symbols[letters[1] % G_N_ELEMENTS (symbols)],
                    .level = letters[2],
                    .time = g_ascii_strtoll (time.text, NULL, 10),
                    .thread = letters[1],
                    .seq = letters[2] });
  for (guint i = 0; i < strlen (site->kinds); i++)
    fuzz_part_clear (&texts[i]);
  return 0;
}
