/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>

#include "event/encode-private.h"
#include "record-maker.h"

#define N_FLIPS 20000

static const char *const keys[] = { "user", "port", "host", "load" };
static const guint8 kinds[] = { MVX_LOG_KIND_STRING, MVX_LOG_KIND_INT64, MVX_LOG_KIND_STRING, MVX_LOG_KIND_DOUBLE };

static const MvxLogCallsite *
plain_site (void)
{
  static const MvxLogCallsiteInfo info = { "{user}", "main.c", "main", keys, kinds, 7, 20, 4 };

  return mvx_log_callsite_intern (&info);
}

/* A callsite with a field that has no slot in front of a string. */
static const MvxLogCallsite *
other_site (void)
{
  static const guint8 other_kinds[] = { MVX_LOG_KIND_VARIANT, MVX_LOG_KIND_STRING };
  static const MvxLogCallsiteInfo info = { "{user}", "main.c", "main", keys, other_kinds, 8, 20, 2 };

  return mvx_log_callsite_intern (&info);
}

/* With every part a record can have and every type. */
static void
make_record (MvxLogBuffer *buffer, const MvxLogCallsite *site)
{
  g_autoptr (GVariant) variant = g_variant_ref_sink (
      g_variant_new_parsed ("{'a': <[<1>, <'x'>, <@ms nothing>]>, 'b': <(true, 1.5, b'zz')>, 'c': <@a{sv} {}>}"));
  g_autoptr (GError) error = g_error_new_literal (MVX_LOG_ERROR, 1, "broken");
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\1", 2);
  MvxLogField fields[] = {
    FIELD_INT ("i", -1),
    FIELD_UINT ("u", 1),
    FIELD_BOOL ("t", 1),
    FIELD_DOUBLE ("d", 2.5),
    FIELD_TIME ("at", 5),
    FIELD_STRING ("s", "text"),
    FIELD_STRING ("n", NULL),
    FIELD_POINTER ("v", VARIANT, variant),
    FIELD_POINTER ("e", ERROR, error),
    FIELD_POINTER ("y", BYTES, bytes),
  };
  MvxLogArg args[] = { { .s = "ann" }, { .i = 80 }, { .s = NULL }, { .d = 0.5 } };
  guint32 lengths[MVX_LOG_PLAIN_MAX_STRINGS];
  guint32 size = mvx_log_encode_plain_size (site, args, 200, lengths);
  guint n;
  gsize at;

  buffer->len = 0;
  mvx_log_buffer_reserve (buffer, sizeof (MvxLogRecord));
  buffer->len = sizeof (MvxLogRecord);
  mvx_log_buffer_append (buffer, "\0\0\0\0", 4);
  mvx_log_encode_meta (buffer, MVX_LOG_META_NAME, "bind", -1);
  mvx_log_encode_meta (buffer, MVX_LOG_META_ENTITY, "e-1xxxx", 3);
  mvx_log_encode_meta (buffer, MVX_LOG_META_OUTCOME, NULL, -1);
  mvx_log_store32 (buffer->data + sizeof (MvxLogRecord), (guint32) (buffer->len - sizeof (MvxLogRecord) - 4));
  at = buffer->len;
  mvx_log_buffer_append (buffer, "\0\0\0\0", 4);
  n = mvx_log_payload_encode (buffer, fields, G_N_ELEMENTS (fields), &mvx_log_limits_none);
  mvx_log_store32 (buffer->data + at, (guint32) (buffer->len - at - 4));
  mvx_log_encode_plain (mvx_log_buffer_reserve (buffer, size), site, args, lengths);
  buffer->len += size;
  while (buffer->len & 7)
    mvx_log_buffer_append_c (buffer, '\0');
  mvx_log_encode_header (buffer->data, (guint32) buffer->len, site->id, 1, 2, 3, 0, 20, MVX_LOG_RECORD_META, n);
}

static void
test_round_trip (void)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *expected = NULL;
  MvxLogEvent view;

  make_record (&buffer, plain_site ());
  g_assert_true (mvx_log_record_validate (buffer.data, buffer.len, plain_site (), &error));
  g_assert_no_error (error);
  mvx_log_event_view (&view, (const MvxLogRecord *) (gconstpointer) buffer.data);
  text = record_fields_to_string (&view);
  expected = g_strdup_printf ("i=-1 u=1u t=true d=2.5 at=@5 s='text' n=null "
                              "v={a:[1,'x',null],b:[true,1.5,#7a7a00],c:{}} "
                              "e=error[{domain:'%s',code:1,message:'broken',reason:'INVALID_ARGUMENT'}] y=#0001 "
                              "user='ann' port=80 host=null load=0.5",
                              g_quark_to_string (MVX_LOG_ERROR));
  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpstr (mvx_log_event_get_name (&view), ==, "bind");
  g_assert_cmpstr (mvx_log_event_get_entity_id (&view), ==, "e-1");
  g_assert_null (mvx_log_event_get_outcome (&view));
  mvx_log_buffer_clear (&buffer);
}

/* Bytes that end where their memory ends, so that a checker of memory sees whoever reads on. */
static gboolean
validate_exact (const guint8 *bytes, gsize size, const MvxLogCallsite *site)
{
  g_autofree guint8 *copy = g_memdup2 (bytes, size);
  gboolean valid = mvx_log_record_validate (copy, size, site, NULL);

  if (valid)
    {
      MvxLogEvent view;
      g_autofree char *text = NULL;

      mvx_log_event_view (&view, (const MvxLogRecord *) (gconstpointer) copy);
      text = record_fields_to_string (&view);
      g_assert_nonnull (text);
      mvx_log_event_get_span_id (&view);
      mvx_log_event_get_context (&view);
      mvx_log_event_get_line (&view);
    }
  return valid;
}

static void
test_truncated (void)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  make_record (&buffer, plain_site ());
  for (gsize size = 0; size < buffer.len; size++)
    {
      MvxLogRecord record;

      g_assert_false (validate_exact (buffer.data, size, plain_site ()));
      if (size < sizeof record)
        continue;
      /* Also when the header says that this is all. */
      memcpy (&record, buffer.data, sizeof record);
      mvx_log_store32 (buffer.data, (guint32) size);
      validate_exact (buffer.data, size, plain_site ());
      memcpy (buffer.data, &record, sizeof record);
    }
  g_assert_true (validate_exact (buffer.data, buffer.len, plain_site ()));
  mvx_log_buffer_clear (&buffer);
}

static void
test_bit_flips (void)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  g_autoptr (GRand) rand = g_rand_new_with_seed (20261121);
  guint n_valid = 0;

  make_record (&buffer, plain_site ());
  for (guint i = 0; i < N_FLIPS; i++)
    {
      g_autofree guint8 *copy = g_memdup2 (buffer.data, buffer.len);
      gint n = g_rand_int_range (rand, 1, 5);

      for (gint j = 0; j < n; j++)
        copy[g_rand_int_range (rand, j == 0 ? 40 : 0, (gint32) buffer.len)]
            ^= (guint8) (1u << g_rand_int_range (rand, 0, 8));
      n_valid += validate_exact (copy, buffer.len, plain_site ());
    }
  /* Flips in texts and numbers leave it well-formed: the other half of the check has run, too. */
  g_assert_cmpuint (n_valid, >, N_FLIPS / 100);
  g_assert_cmpuint (n_valid, <, N_FLIPS);
  mvx_log_buffer_clear (&buffer);
}

static void
test_random_bytes (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint i = 0; i < 2000; i++)
    {
      guint32 words[64];
      guint n = (guint) g_rand_int_range (rand, 10, 64) & ~1u;

      for (guint j = 0; j < n; j++)
        words[j] = g_rand_int_range (rand, 0, 4) == 0 ? g_rand_int (rand) : (guint32) g_rand_int_range (rand, 0, 64);
      words[0] = 4 * n;
      words[1] = 0;
      validate_exact ((const guint8 *) words, 4 * n, NULL);
    }
}

static void
assert_fault (const MvxLogBuffer *buffer, gsize size, const MvxLogCallsite *site, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (mvx_log_record_validate (buffer->data, size, site, &error));
  g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_RECORD);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_faults (void)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogRecord *record;
  const MvxLogCallsite *site = plain_site ();

  make_record (&buffer, site);
  record = (MvxLogRecord *) (gpointer) buffer.data;
  assert_fault (&buffer, 39, site, "Not a record: it is shorter than a record's header");
  assert_fault (&buffer, 0, site, "Not a record: it is shorter than a record's header");
  assert_fault (&buffer, buffer.len - 8, site, "Not a record: its length does not match");
  assert_fault (&buffer, buffer.len, NULL, "Not a record: its callsite is unknown");
  assert_fault (&buffer, buffer.len, other_site (), "Not a record: its callsite is unknown");
  record->flags |= 0x100;
  assert_fault (&buffer, buffer.len, site, "Not a record: it has unknown flags");
  record->flags = MVX_LOG_RECORD_META;
  record->n_inline++;
  assert_fault (&buffer, buffer.len, site, "Not a record: its fields are damaged");
  record->n_inline -= 2;
  assert_fault (&buffer, buffer.len, site, "Not a record: its fields are damaged");
  record->n_inline++;
  record->flags |= MVX_LOG_RECORD_NO_SLOTS;
  assert_fault (&buffer, buffer.len, site, "Not a record: bytes are left over");
  record->flags = MVX_LOG_RECORD_META;
  buffer.data[sizeof *record + 5]++; /* length of the first entry of the metadata */
  assert_fault (&buffer, buffer.len, site, "Not a record: its metadata is damaged");
  buffer.data[sizeof *record + 5]--;
  g_assert_true (mvx_log_record_validate (buffer.data, buffer.len, site, NULL));
  mvx_log_buffer_clear (&buffer);
}

/* A field without a slot takes no bytes when it is read: a record that claims one must not get through. */
static void
test_no_slot (void)
{
  guint8 bytes[64] __attribute__ ((aligned (8))) = { 0 };
  MvxLogBuffer buffer = { bytes, sizeof bytes, sizeof bytes };
  const MvxLogCallsite *site = other_site ();

  mvx_log_store64 (bytes + 40, G_GUINT64_CONSTANT (0x7fffffff7fffffff));
  mvx_log_encode_header (bytes, sizeof bytes, site->id, 1, 1, 1, 0, 20, 0, 0);
  assert_fault (&buffer, sizeof bytes, site, "Not a record: the fields of its callsite are damaged");
  mvx_log_encode_header (bytes, 40, site->id, 1, 1, 1, 0, 20, MVX_LOG_RECORD_NO_SLOTS, 0);
  g_assert_true (mvx_log_record_validate (bytes, 40, site, NULL));
}

/* Containers in containers: as deep as a record may be, and no deeper. */
static gboolean
validate_nested (guint depth)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  gsize size = 40 + 4 + 6 + 9 * depth;
  gboolean valid;

  mvx_log_buffer_reserve (&buffer, size + 8);
  memset (buffer.data, 0, size + 8);
  mvx_log_encode_header (buffer.data, mvx_log_record_align (size), 0, 1, 1, 1, 0, 20, 0, 1);
  mvx_log_store32 (buffer.data + 40, 6 + 9 * depth);
  buffer.data[44] = MVX_LOG_TYPE_LIST;
  for (guint i = 0; i < depth; i++)
    {
      guint8 *p = buffer.data + 50 + 9 * i;

      mvx_log_store32 (p, 5 + 9 * (depth - 1 - i));
      mvx_log_store32 (p + 4, 1);
      p[8] = i + 1 < depth ? MVX_LOG_TYPE_LIST : MVX_LOG_TYPE_NULL;
    }
  valid = mvx_log_record_validate (buffer.data, mvx_log_record_align (size), NULL, NULL);
  mvx_log_buffer_clear (&buffer);
  return valid;
}

static void
test_depth (void)
{
  g_assert_true (validate_nested (1));
  g_assert_true (validate_nested (64));
  g_assert_false (validate_nested (65));
  g_assert_false (validate_nested (100000));
}

static void
test_text_fit (void)
{
  g_autofree char *text = g_strnfill (MVX_LOG_MAX_TEXT + 8, 'x');

  g_assert_cmpuint (mvx_log_text_fit (text, 5), ==, 5);
  g_assert_cmpuint (mvx_log_text_fit (text, MVX_LOG_MAX_TEXT), ==, MVX_LOG_MAX_TEXT);
  g_assert_cmpuint (mvx_log_text_fit (text, MVX_LOG_MAX_TEXT + 1), ==, MVX_LOG_MAX_TEXT);
  memcpy (text + MVX_LOG_MAX_TEXT - 3, "\xf0\x9f\x98\x80", 4);
  g_assert_cmpuint (mvx_log_text_fit (text, MVX_LOG_MAX_TEXT + 1), ==, MVX_LOG_MAX_TEXT - 3);
  memset (text + MVX_LOG_MAX_TEXT - 8, 0x80, 16);
  g_assert_cmpuint (mvx_log_text_fit (text, MVX_LOG_MAX_TEXT + 1), ==, MVX_LOG_MAX_TEXT - 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/round-trip", test_round_trip);
  g_test_add_func ("/record/truncated", test_truncated);
  g_test_add_func ("/record/bit-flips", test_bit_flips);
  g_test_add_func ("/record/random-bytes", test_random_bytes);
  g_test_add_func ("/record/faults", test_faults);
  g_test_add_func ("/record/no-slot", test_no_slot);
  g_test_add_func ("/record/depth", test_depth);
  g_test_add_func ("/record/text-fit", test_text_fit);
  return g_test_run ();
}
