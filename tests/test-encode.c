/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fast path: what it writes is what the accessors read, and what the slow path would have said. */
#include <sys/mman.h>
#include <unistd.h>

#include "event/encode-private.h"
#include "record-maker.h"

#define MAX_FIELDS 10

static const char *const keys[MAX_FIELDS] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" };

/* As a lane does it. Returns NULL if the fast path declines. */
static MvxLogEvent *
encode (const MvxLogCallsite *site, const MvxLogArg *args, guint32 max_string)
{
  guint32 lengths[MVX_LOG_PLAIN_MAX_STRINGS];
  guint32 slots = mvx_log_encode_plain_size (site, args, max_string, lengths);
  guint32 size = mvx_log_record_align (sizeof (MvxLogRecord) + slots);
  g_autofree guint8 *bytes = NULL;
  MvxLogEvent view;
  guint8 *p;

  if (slots == MVX_LOG_TOO_LONG)
    return NULL;
  bytes = g_malloc0 (size);
  p = mvx_log_encode_header (bytes, size, site->id, 11, 12, 13, 0, 20, 0, 0);
  g_assert_true (p == bytes + 40);
  p = mvx_log_encode_plain (p, site, args, lengths);
  g_assert_true (p == bytes + 40 + slots);
  g_assert_cmpuint (size % 8, ==, 0);
  mvx_log_event_view (&view, (const MvxLogRecord *) (gconstpointer) bytes);
  view.time_ns = 0;
  view.seq = 0;
  record_assert_valid (&view);
  return mvx_log_event_copy (&view);
}

static const MvxLogCallsite *
site_of (const guint8 *kinds, guint16 n, guint32 line)
{
  MvxLogCallsiteInfo info = { "m", "main.c", "main", keys, kinds, line, 20, n };

  return mvx_log_callsite_intern (&info);
}

static void
test_words (void)
{
  static const guint8 kinds[]
      = { MVX_LOG_KIND_BOOL, MVX_LOG_KIND_INT64, MVX_LOG_KIND_UINT64, MVX_LOG_KIND_DOUBLE, MVX_LOG_KIND_TIME };
  MvxLogArg args[] = { { .i = 1 }, { .i = -2 }, { .u = G_MAXUINT64 }, { .d = 0.25 }, { .i = 5 } };
  g_autoptr (MvxLogEvent) event = encode (site_of (kinds, 5, 1), args, 200);
  g_autofree char *text = record_fields_to_string (event);

  g_assert_cmpstr (text, ==, "a=true b=-2 c=18446744073709551615u d=0.25 e=@5");
  g_assert_cmpuint (event->record->size, ==, 80);
  g_assert_cmpuint (event->record->stamp, ==, 11);
  g_assert_cmpuint (event->record->number, ==, 12);
  g_assert_cmpuint (event->record->thread, ==, 13);
}

static void
test_none (void)
{
  g_autoptr (MvxLogEvent) event = encode (site_of (NULL, 0, 2), NULL, 200);

  g_assert_cmpuint (event->record->size, ==, 40);
  g_assert_cmpuint (mvx_log_event_get_n_fields (event), ==, 0);
}

static void
test_strings (void)
{
  static const guint8 kinds[] = { MVX_LOG_KIND_STRING, MVX_LOG_KIND_INT64, MVX_LOG_KIND_STRING };

  /* All remainders of eight. */
  for (guint n = 0; n < 20; n++)
    {
      g_autofree char *string = g_strnfill (n, 'x');
      g_autofree char *expected = g_strdup_printf ("a='%s' b=7 c='y'", string);
      MvxLogArg args[] = { { .s = string }, { .i = 7 }, { .s = "y" } };
      g_autoptr (MvxLogEvent) event = encode (site_of (kinds, 3, 3), args, 200);
      g_autofree char *text = record_fields_to_string (event);

      g_assert_cmpstr (text, ==, expected);
    }
}

/* Null strings anywhere, up to all of them. */
static void
test_null_strings (void)
{
  guint8 kinds[MAX_FIELDS];

  memset (kinds, MVX_LOG_KIND_STRING, sizeof kinds);
  for (guint n = 1; n <= MAX_FIELDS; n++)
    for (guint mask = 0; mask < (1u << n); mask += (n > 6 ? 37 : 1))
      {
        MvxLogArg args[MAX_FIELDS];
        g_autoptr (GString) expected = g_string_new (NULL);
        g_autoptr (MvxLogEvent) event = NULL;
        g_autofree char *text = NULL;

        for (guint i = 0; i < n; i++)
          {
            args[i].s = mask & (1u << i) ? NULL : "val";
            g_string_append_printf (expected, "%s%s=%s", i > 0 ? " " : "", keys[i], args[i].s ? "'val'" : "null");
          }
        event = encode (site_of (kinds, (guint16) n, 4), args, 200);
        text = record_fields_to_string (event);
        g_assert_cmpstr (text, ==, expected->str);
      }
}

static void
test_too_long (void)
{
  static const guint8 kinds[] = { MVX_LOG_KIND_STRING };
  g_autofree char *huge = g_strnfill (MVX_LOG_MAX_TEXT + 1, 'x');
  const MvxLogCallsite *site = site_of (kinds, 1, 5);
  MvxLogArg arg = { .s = "12345" };
  guint32 length;
  g_autoptr (MvxLogEvent) event = encode (site, &arg, 5);

  g_assert_cmpstr (mvx_log_event_get_string (event, "a"), ==, "12345");
  g_assert_null (encode (site, &arg, 4));
  g_assert_null (encode (site, &arg, 0));
  arg.s = huge;
  g_assert_cmpuint (mvx_log_encode_plain_size (site, &arg, MVX_LOG_MAX_TEXT, &length), ==, MVX_LOG_TOO_LONG);
  huge[MVX_LOG_MAX_TEXT] = '\0';
  g_assert_cmpuint (mvx_log_encode_plain_size (site, &arg, MVX_LOG_MAX_TEXT, &length), ==, MVX_LOG_MAX_TEXT + 5);
}

/* Any callsite and any arguments: both paths say the same. */
static void
test_same_as_slow (void)
{
  static const MvxLogKind choice[] = { MVX_LOG_KIND_BOOL,   MVX_LOG_KIND_INT64,  MVX_LOG_KIND_UINT64,
                                       MVX_LOG_KIND_DOUBLE, MVX_LOG_KIND_STRING, MVX_LOG_KIND_TIME };
  static const char *const strings[] = { NULL, "", "x", "a longer text", "\xff\xc3", "\xe2\x82\xac" };
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint round = 0; round < 500; round++)
    {
      guint n = (guint) g_rand_int_range (rand, 0, MAX_FIELDS + 1);
      guint8 kinds[MAX_FIELDS];
      MvxLogArg args[MAX_FIELDS];
      MvxLogField fields[MAX_FIELDS];
      g_autoptr (MvxLogEvent) event = NULL;
      g_autofree char *fast = NULL;
      g_autofree char *slow = NULL;

      for (guint i = 0; i < n; i++)
        {
          kinds[i] = (guint8) choice[g_rand_int_range (rand, 0, G_N_ELEMENTS (choice))];
          if (kinds[i] == MVX_LOG_KIND_STRING)
            args[i].s = strings[g_rand_int_range (rand, 0, G_N_ELEMENTS (strings))];
          else
            args[i].u = (guint64) g_rand_int (rand) << 32 | g_rand_int (rand);
          fields[i] = (MvxLogField){ keys[i], (MvxLogKind) kinds[i], -1, args[i] };
        }
      event = encode (site_of (kinds, (guint16) n, 100 + round), args, 200);
      fast = record_fields_to_string (event);
      slow = record_encode (fields, n, &mvx_log_limits_default);
      g_assert_cmpstr (fast, ==, slow);
    }
}

/* Wherever a text lies, also at the very end of what can be read. */
static void
test_length (void)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  char *memory = mmap (NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  g_assert_true (memory != MAP_FAILED);
  g_assert_cmpint (mprotect (memory + page, page, PROT_NONE), ==, 0);
  memset (memory, 'x', page);
  for (gsize behind = 0; behind < 40; behind++)
    for (gsize len = 0; len < 100; len++)
      {
        char *end = memory + page - 1 - behind;

        *end = '\0';
        g_assert_cmpuint (mvx_log_encode_length (end - len), ==, len);
        *end = 'x';
      }
  munmap (memory, 2 * page);
}

/* No byte before or behind. */
static void
test_copy (void)
{
  char text[200];
  guint8 out[220];

  for (guint i = 0; i < sizeof text; i++)
    text[i] = (char) (i + 1);
  for (gsize len = 0; len < sizeof text; len++)
    {
      memset (out, 0xee, sizeof out);
      mvx_log_encode_copy (out + 8, text, len);
      g_assert_cmpmem (out + 8, len, text, len);
      g_assert_cmpuint (out[7], ==, 0xee);
      g_assert_cmpuint (out[8 + len], ==, 0xee);
    }
}

/* In one go: the same bytes, and none too many. */
static void
test_lean (void)
{
  static const guint8 kinds[]
      = { MVX_LOG_KIND_STRING, MVX_LOG_KIND_INT64, MVX_LOG_KIND_STRING, MVX_LOG_KIND_STRING, MVX_LOG_KIND_DOUBLE };
  const MvxLogArg args[]
      = { { .s = "12345" }, { .i = -7 }, { .s = NULL }, { .s = "a text of 24 characters." }, { .d = .5 } };
  const MvxLogCallsite *site = site_of (kinds, 5, 90);
  guint32 lengths[MVX_LOG_PLAIN_MAX_STRINGS];
  gsize slots = mvx_log_encode_plain_size (site, args, 200, lengths);
  guint8 two[100] = { 0 };
  guint8 one[100] = { 0 };

  g_assert_cmpuint (slots, ==, 4 * 8 + 2 * 5 + 4 + 29 - 16);
  g_assert_true (mvx_log_encode_plain (two, site, args, lengths) == two + slots);
  g_assert_true (mvx_log_encode_lean (one, site, args, 29) == one + slots);
  g_assert_cmpmem (one, sizeof one, two, sizeof two);
  g_assert_null (mvx_log_encode_lean (one, site, args, 28));
  g_assert_null (mvx_log_encode_lean (one, site, args, 4));
}

static void
test_header (void)
{
  MvxLogRecord record;

  mvx_log_encode_header ((guint8 *) &record, 48, 1, 2, 3, 4, 5, 100000, MVX_LOG_RECORD_SKIP, 70000);
  g_assert_cmpint (record.level, ==, G_MAXINT16);
  g_assert_cmpuint (record.n_inline, ==, G_MAXUINT16);
  g_assert_cmpuint (record.flags, ==, MVX_LOG_RECORD_SKIP);
  g_assert_cmpuint (record.context, ==, 5);
  mvx_log_encode_header ((guint8 *) &record, 48, 1, 2, 3, 4, 5, -100000, 0, 3);
  g_assert_cmpint (record.level, ==, G_MININT16);
  g_assert_cmpuint (record.n_inline, ==, 3);
  g_assert_cmpuint (mvx_log_record_align (0), ==, 0);
  g_assert_cmpuint (mvx_log_record_align (41), ==, 48);
  g_assert_cmpuint (mvx_log_record_align (48), ==, 48);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/encode/words", test_words);
  g_test_add_func ("/encode/none", test_none);
  g_test_add_func ("/encode/strings", test_strings);
  g_test_add_func ("/encode/null-strings", test_null_strings);
  g_test_add_func ("/encode/too-long", test_too_long);
  g_test_add_func ("/encode/same-as-slow", test_same_as_slow);
  g_test_add_func ("/encode/length", test_length);
  g_test_add_func ("/encode/copy", test_copy);
  g_test_add_func ("/encode/lean", test_lean);
  g_test_add_func ("/encode/header", test_header);
  return g_test_run ();
}
