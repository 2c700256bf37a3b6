/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "receive-fixture.h"
#include "receive/receive-rfc.h"

/* 2026-11-21T12:00:00Z */
#define NOW_NS (G_GINT64_CONSTANT (1795262400) * 1000000000)
#define N_FLIPS 20000

static void
assert_read (const char *text, const char *expected)
{
  g_autoptr (MvxReceiveEvent) event = mvx_receive_event_new ();

  g_assert_cmpstr (mvx_receive_rfc_read (event, text, strlen (text), NOW_NS), ==, NULL);
  fixture_assert (event, expected);
}

static void
assert_fault (const char *text, const char *expected)
{
  g_autoptr (MvxReceiveEvent) event = mvx_receive_event_new ();

  g_assert_cmpstr (mvx_receive_rfc_read (event, text, strlen (text), NOW_NS), ==, expected);
}

static void
test_new (void)
{
  assert_read (
      "<34>1 2026-11-21T12:00:00.003Z web1 su 42 ID47 - \xef\xbb\xbf'su root' failed\n",
      "50 ns=1795262400003000000 context=su event=ID47 host=web1 pid=42 [facility=auth] message='su root' failed");
  assert_read ("<165>1 2026-11-21T13:00:00.123456+01:00 - app - - [a@1 x=\"1\" y=\"\\\"\\]\\\\\"][b] hello",
               "22 ns=1795262400123456000 context=app [facility=local4] [a@1.x=1] [a@1.y=\"]\\] message=hello");
  assert_read ("<14>1 - h a x - [opentelemetry trace_id=\"0af7651916cd43dd8448eb211c80319c\" "
               "span_id=\"b7ad6b7169203331\"]",
               "20 context=a trace=0af7651916cd43dd8448eb211c80319c span=b7ad6b7169203331 host=h [facility=user] "
               "[procid=x] message=");
  assert_read ("<7>1 - - - - - -", "10 [facility=kern] message=");
}

/* From the plugin syslog: as it was, but for types. */
static void
test_own (void)
{
  assert_read ("<14>1 2026-11-21T12:00:00.123456Z web1 shop 42 bind [mvx@32473 context=\"org.example\" level=\"trace\" "
               "event=\"bind\" entity=\"e\" outcome=\"failed\" file=\"a.c\" line=\"7\" func=\"f\" tid=\"43\" "
               "ts_ns=\"1795262400123456789\" seq=\"9\"][f-mvx@32473 user=\"ann\" level=\"1\"] m",
               "5 ns=1795262400123456789 context=org.example event=bind entity=e outcome=failed file=a.c line=7 func=f "
               "host=web1 pid=42 thread=43 seq=9 [facility=user] [user=ann] [level=1] message=m");
  assert_read ("<14>1 - h a - - [mvx@1 level=\"loud\" line=\"-1\" tid=\"99999999999\" ts_ns=\"x\" more=\"y\"] m",
               "20 context=a host=h [facility=user] message=m");
}

static void
test_old (void)
{
  g_setenv ("TZ", "UTC", TRUE);
  assert_read ("<13>Nov 21 11:59:58 web1 cron[77]: (root) CMD",
               "22 ns=1795262398000000000 context=cron host=web1 pid=77 [facility=user] message=(root) CMD");
  /* Of the year before. */
  assert_read ("<13>Dec  1 00:00:00 web1 a: b",
               "22 ns=1764547200000000000 context=a host=web1 [facility=user] message=b");
  assert_read ("<13>just text: with a colon", "22 [facility=user] message=just text: with a colon");
  assert_read ("<13>tag: text", "22 context=tag [facility=user] message=text");
  assert_read ("<13>tag[x", "22 [facility=user] message=tag[x");
  assert_read ("<13>", "22 [facility=user] message=");
}

static void
test_faults (void)
{
  static const char priority[] = "it does not begin with a priority from <0> to <191>";
  static const char header[] = "its header is not one of RFC 5424: <PRI>1 TIME HOST APP PROCID MSGID";
  static const char data[] = "its structured data does not end, or is none";

  assert_fault ("", priority);
  assert_fault ("hello", priority);
  assert_fault ("<192>1 - - - - - -", priority);
  assert_fault ("<>a", priority);
  assert_fault ("<12", priority);
  assert_fault ("<12345>a", priority);
  assert_fault ("<13>1 - -", header);
  assert_fault ("<13>1 - -  - - -", header);
  assert_fault ("<13>1 yesterday h a - - - m", "its time is not one of RFC 3339");
  assert_fault ("<13>1 2726-11-21T12:00:00Z h a - - - m", "its time is not one of RFC 3339");
  assert_fault ("<13>1 - h a - - [x y=\"1] m", data);
  assert_fault ("<13>1 - h a - - [x y] m", data);
  assert_fault ("<13>1 - h a - - [] m", data);
  assert_fault ("<13>1 - h a - - nothing", data);
}

/* Read in its own bounds, whatever it is: the copies end where it does. */
static void
test_flips (void)
{
  static const char text[]
      = "<165>1 2026-11-21T13:00:00.123456+01:00 h app 7 id [a@1 x=\"1\" y=\"\\\"\\]\\\\\"][b c=\"\"] hello [x";
  g_autoptr (MvxReceiveEvent) event = mvx_receive_event_new ();
  guint n_fine = 0;

  for (guint i = 0; i < N_FLIPS; i++)
    {
      gsize length = (gsize) g_test_rand_int_range (0, sizeof text);
      g_autofree char *copy = g_memdup2 (text, sizeof text);

      if (i % 2)
        length = sizeof text - 1;
      copy[g_test_rand_int_range (0, sizeof text)] = (char) g_test_rand_int ();
      copy[g_test_rand_int_range (0, sizeof text)] = " []\"<>=\\"[g_test_rand_int_range (0, 8)];
      n_fine += mvx_receive_rfc_read (event, copy, length, NOW_NS) == NULL;
    }
  g_assert_cmpuint (n_fine, >, N_FLIPS / 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/receive-rfc/new", test_new);
  g_test_add_func ("/receive-rfc/own", test_own);
  g_test_add_func ("/receive-rfc/old", test_old);
  g_test_add_func ("/receive-rfc/faults", test_faults);
  g_test_add_func ("/receive-rfc/flips", test_flips);
  return g_test_run ();
}
