/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "receive-fixture.h"
#include "receive/receive-json.h"

static void
assert_read (const char *text, const char *expected)
{
  g_autoptr (MvxReceiveEvent) event = mvx_receive_event_new ();

  g_assert_cmpstr (mvx_receive_json_read (event, text, strlen (text)), ==, NULL);
  fixture_assert (event, expected);
}

static void
assert_fault (const char *text, const char *expected)
{
  g_autoptr (MvxReceiveEvent) event = mvx_receive_event_new ();

  g_assert_cmpstr (mvx_receive_json_read (event, text, strlen (text)), ==, expected);
}

static void
test_ours (void)
{
  assert_read ("{\"ts\":\"2026-11-21T12:00:00.123456789Z\",\"level\":\"error\",\"context\":\"org.example\",\"event\":"
               "\"bind\",\"event_id\":\"6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c1\",\"entity\":\"e\",\"outcome\":\"failed\","
               "\"message\":\"m\",\"template\":\"t\",\"n\":1,\"u\":"
               "18446744073709551615,\"d\":1.0,\"b\":true,\"z\":null,\"l\":[1,\"x\"],\"s\":\"\\u0041\",\"trace_id\":"
               "\"0af7651916cd43dd8448eb211c80319c\",\"span_id\":\"b7ad6b7169203331\",\"file\":\"a.c\",\"line\":7,"
               "\"func\":\"f\",\"pid\":1,\"thread\":2,\"seq\":3,\"sender_host\":\"web1\",\"sender_stream\":"
               "\"000000000000000a\"}",
               "40 ns=1795262400123456789 context=org.example event=bind id=6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c1 entity=e "
               "outcome=failed template=t "
               "trace=0af7651916cd43dd8448eb211c80319c span=b7ad6b7169203331 file=a.c line=7 func=f host=web1 pid=1 "
               "thread=2 stream=10 seq=3 [n=int64 1] [u=uint64 18446744073709551615] [d=1.0] [b=true] [z=@mv nothing] "
               "[l=[<int64 1>, <'x'>]] [s=A] message=m");
  /* What was a user's field with the name of one of ours. */
  assert_read ("{\"field_level\":1,\"field_field_ts\":2,\"field_other\":3,\"field_error\":4,\"fields\":{\"level\":5}}",
               "20 [level=int64 1] [field_ts=int64 2] [field_other=int64 3] [error=int64 4] [level=int64 5]");
  /* Of another kind than ours would be. */
  assert_read ("{\"level\":[],\"line\":\"x\",\"pid\":-1,\"ts\":\"now\",\"message\":1}",
               "20 [level=@av []] [line=x] [pid=int64 -1] [ts=now] [message=int64 1]");
  assert_read ("{\"ts\":\"2726-11-21T12:00:00Z\"}", "20 [ts=2726-11-21T12:00:00Z]");
  assert_read ("{}", "20");
}

/* As distlog's ZmqHandler sends it. */
static void
test_python (void)
{
  assert_read (
      "{\"name\":\"shop.net\",\"msg\":\"got %s\",\"args\":null,\"levelname\":\"WARNING\",\"levelno\":30,"
      "\"pathname\":\"/srv/net.py\",\"filename\":\"net.py\",\"module\":\"net\",\"exc_info\":null,\"exc_text\":"
      "\"Traceback\\\\n  boom\",\"stack_info\":null,\"lineno\":12,\"funcName\":\"get\",\"created\":"
      "1795262400.25,\"msecs\":250.0,\"relativeCreated\":12.5,\"thread\":140000000000000,\"threadName\":"
      "\"MainThread\",\"processName\":\"MainProcess\",\"process\":4242,\"message\":\"got it\",\"asctime\":\"x\","
      "\"hostname\":\"web1\",\"context\":{\"key\":\"3@e252a11f-0000/1\",\"user\":\"ann\"},\"order\":7}",
      "30 ns=1795262400250000000 context=shop.net file=/srv/net.py line=12 func=get host=web1 pid=4242 "
      "[exception=Traceback\\n  boom] [thread_name=MainThread] [process_name=MainProcess] "
      "[task=3@e252a11f-0000/1] [user=ann] [order=int64 7] message=got it");
  assert_read ("{\"levelno\":10,\"created\":1,\"context\":null,\"exc_text\":null}", "10 ns=1000000000");
}

static void
test_faults (void)
{
  g_autofree char *deep = g_strnfill (200, '[');

  assert_fault ("", "it is no JSON");
  assert_fault ("{\"a\":}", "it is no JSON");
  assert_fault ("{} x", "it is no JSON");
  assert_fault (deep, "it is no JSON");
  assert_fault ("[1]", "it is no JSON object");
  assert_fault ("\"x\"", "it is no JSON object");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/receive-json/ours", test_ours);
  g_test_add_func ("/receive-json/python", test_python);
  g_test_add_func ("/receive-json/faults", test_faults);
  return g_test_run ();
}
