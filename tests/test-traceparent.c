/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/mvxlog.h>

#include "event/hexid-private.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"

static void
test_round_trip (void)
{
  MvxLogTraceparent traceparent;
  g_autofree char *text = NULL;
  g_autofree char *off = NULL;

  g_assert_true (mvx_log_traceparent_parse ("00-" TRACE "-" SPAN "-01", &traceparent, NULL));
  g_assert_cmpstr (traceparent.trace_id, ==, TRACE);
  g_assert_cmpstr (traceparent.span_id, ==, SPAN);
  g_assert_cmpint (traceparent.flags, ==, MVX_LOG_TRACE_SAMPLED);
  text = mvx_log_traceparent_format (&traceparent);
  g_assert_cmpstr (text, ==, "00-" TRACE "-" SPAN "-01");
  g_assert_true (mvx_log_traceparent_parse ("00-" TRACE "-" SPAN "-00", &traceparent, NULL));
  off = mvx_log_traceparent_format (&traceparent);
  g_assert_cmpstr (off, ==, "00-" TRACE "-" SPAN "-00");
}

/* Flags that level 1 does not know are neither understood nor passed on. */
static void
test_flags (void)
{
  MvxLogTraceparent traceparent;

  g_assert_true (mvx_log_traceparent_parse ("00-" TRACE "-" SPAN "-fe", &traceparent, NULL));
  g_assert_cmpint (traceparent.flags, ==, 0);
  g_assert_true (mvx_log_traceparent_parse ("00-" TRACE "-" SPAN "-ff", &traceparent, NULL));
  g_assert_cmpint (traceparent.flags, ==, MVX_LOG_TRACE_SAMPLED);
}

/* What a later version has in common with this one. */
static void
test_later_version (void)
{
  MvxLogTraceparent traceparent;

  g_assert_true (mvx_log_traceparent_parse ("01-" TRACE "-" SPAN "-01", &traceparent, NULL));
  g_assert_true (mvx_log_traceparent_parse ("cc-" TRACE "-" SPAN "-01-what-the-future-holds", &traceparent, NULL));
  g_assert_cmpstr (traceparent.trace_id, ==, TRACE);
  g_assert_cmpstr (traceparent.span_id, ==, SPAN);
}

static const struct
{
  const char *text;
  const char *fault;
} refused[] = {
  { "", "it is too short" },
  { "00", "it is too short" },
  { "00-" TRACE "-" SPAN "-0", "it is too short" },
  { "00-" TRACE "-" SPAN "-011", "it is too long" },
  { "00-" TRACE "-" SPAN "-01-", "it is too long" },
  { "00-" TRACE "-" SPAN "-01 ", "it is too long" },
  { "cc-" TRACE "-" SPAN "-01.what", "it is too long" },
  { " 00-" TRACE "-" SPAN "-01", "its four parts are not of the right lengths" },
  { "00_" TRACE "-" SPAN "-01", "its four parts are not of the right lengths" },
  { "00-" TRACE "_" SPAN "-01", "its four parts are not of the right lengths" },
  { "00-" TRACE "-" SPAN "_01", "its four parts are not of the right lengths" },
  { "ff-" TRACE "-" SPAN "-01", "its version is not one of 00 to fe in lower case" },
  { "0x-" TRACE "-" SPAN "-01", "its version is not one of 00 to fe in lower case" },
  { "AA-" TRACE "-" SPAN "-01", "its version is not one of 00 to fe in lower case" },
  { "00-0AF7651916CD43DD8448EB211C80319C-" SPAN "-01", "its trace id is not in lower-case hexadecimal digits" },
  { "00-0af7651916cd43dd8448eb211c80319g-" SPAN "-01", "its trace id is not in lower-case hexadecimal digits" },
  { "00-" TRACE "-B7AD6B7169203331-01", "its span id is not in lower-case hexadecimal digits" },
  { "00-" TRACE "-" SPAN "-0A", "its flags are not in lower-case hexadecimal digits" },
  { "00-" TRACE "-" SPAN "--1", "its flags are not in lower-case hexadecimal digits" },
  { "00-00000000000000000000000000000000-" SPAN "-01", "its trace id is zero" },
  { "00-" TRACE "-0000000000000000-01", "its span id is zero" },
};

static void
test_refused (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      MvxLogTraceparent traceparent = { "x", "y", 7 };
      g_autoptr (GError) error = NULL;
      g_autofree char *message
          = g_strdup_printf ("Not a traceparent: %s; it must look like 00-" TRACE "-" SPAN "-01", refused[i].fault);

      g_assert_false (mvx_log_traceparent_parse (refused[i].text, &traceparent, &error));
      g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT);
      g_assert_cmpstr (error->message, ==, message);
      g_assert_cmpstr (traceparent.trace_id, ==, "");
      g_assert_cmpstr (traceparent.span_id, ==, "");
      g_assert_cmpint (traceparent.flags, ==, 0);
    }
}

static void
test_init (void)
{
  MvxLogTraceparent root;
  MvxLogTraceparent other;
  MvxLogTraceparent child;
  g_autofree char *text = NULL;
  MvxLogTraceparent back;

  mvx_log_traceparent_init (&root, NULL);
  mvx_log_traceparent_init (&other, NULL);
  g_assert_cmpstr (root.trace_id, !=, other.trace_id);
  g_assert_cmpint (root.flags, ==, MVX_LOG_TRACE_SAMPLED);
  root.flags = 0;
  mvx_log_traceparent_init (&child, &root);
  g_assert_cmpstr (child.trace_id, ==, root.trace_id);
  g_assert_cmpstr (child.span_id, !=, root.span_id);
  g_assert_cmpint (child.flags, ==, 0);
  text = mvx_log_traceparent_format (&child);
  g_assert_true (mvx_log_traceparent_parse (text, &back, NULL));
  mvx_log_traceparent_init (&root, &root);
  g_assert_cmpstr (child.trace_id, ==, root.trace_id);
}

static void
test_hexid (void)
{
  char id[MVX_LOG_TRACE_ID_DIGITS + 1];

  g_assert_true (mvx_log_hex_id (id, "B7AD6B7169203331", 16));
  g_assert_cmpstr (id, ==, SPAN);
  g_assert_false (mvx_log_hex_id (id, "B7AD6B716920333", 16));
  g_assert_false (mvx_log_hex_id (id, "B7AD6B71692033311", 16));
  g_assert_false (mvx_log_hex_id (id, "B7AD6B716920333\xc3", 16));
  g_assert_false (mvx_log_hex_id (id, "0000000000000000", 16));
  g_assert_true (mvx_log_hex_id128 (id, TRACE));
  g_assert_true (mvx_log_hex_id128 (id, "0AF76519-16cd-43dd-8448-eb211c80319c"));
  g_assert_cmpstr (id, ==, TRACE);
  g_assert_false (mvx_log_hex_id128 (id, "0af7651-916cd-43dd-8448-eb211c80319c"));
  g_assert_false (mvx_log_hex_id128 (id, "0af76519-16cd-43dd-8448-eb211c80319"));
  g_assert_false (mvx_log_hex_id128 (id, "0af76519-16cd-43dd-8448-eb211c80319cc"));
  g_assert_false (mvx_log_hex_id128 (id, "{af76519-16cd-43dd-8448-eb211c80319c"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/traceparent/round-trip", test_round_trip);
  g_test_add_func ("/traceparent/flags", test_flags);
  g_test_add_func ("/traceparent/later-version", test_later_version);
  g_test_add_func ("/traceparent/refused", test_refused);
  g_test_add_func ("/traceparent/init", test_init);
  g_test_add_func ("/traceparent/hexid", test_hexid);
  return g_test_run ();
}
