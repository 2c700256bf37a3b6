/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that logs: send-events CONFIG types | send-events CONFIG bulk N. Says what became of it as JSON. */
#include <math.h>
#include <string.h>

#include <mvxlog/mvxlog.h>

MVX_LOG_CONTEXT (types, "org.example.types")
MVX_LOG_CONTEXT (bulk, "org.example.bulk")

static const char hostile[]
    = "new\nline\r\t \"quoted\" \\ {brace} %s \033[31m \x01\x7f \xff\xfe\xc0 \xe2\x80\xae \xf0\x9f\x90\x8d";

static void
send_types (void)
{
  g_autoptr (GError) inner = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "timed out");
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\1\xff", 3);
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);
  g_autoptr (GVariant) map = g_variant_ref_sink (
      g_variant_new_parsed ("{'list': <[<1>, <'x'>, <-0.5>, <uint64 18446744073709551615>]>, 'b': <true>, "
                            "'none': <@ms nothing>, 'in': <{'k': <'v'>}>, 'bytes': <b'ab'>}"));
  const MvxLogField fields[] = {
    { "list", MVX_LOG_KIND_VARIANT, -1, { .p = map }, 0 },
    { "nul", MVX_LOG_KIND_STRING, 3, { .s = "a\0b" }, 0 },
    { "", MVX_LOG_KIND_STRING, -1, { .s = "empty key" }, 0 },
    { "level", MVX_LOG_KIND_STRING, -1, { .s = "mine" }, 0 },
    { "sender_host", MVX_LOG_KIND_STRING, -1, { .s = "mine" }, 0 },
    { hostile, MVX_LOG_KIND_STRING, -1, { .s = hostile }, 0 },
  };
  const MvxLogEventInit init = {
    .level = 23,
    .name = "bind",
    .entity_id = hostile,
    .outcome = "failed",
    .message = hostile,
    .file = "dir/a b.c",
    .function = "f",
    .line = 7,
    .timestamp = G_GINT64_CONSTANT (1795262400123456789),
    .trace_id = "0af7651916cd43dd8448eb211c80319c",
    .span_id = "b7ad6b7169203331",
    .event_id = "0af7651916cd43dd8448eb211c80319d",
    .event_namespace = "org.example.types.deep",
    .flags = MVX_LOG_EVENT_SKIP_LIMITS,
  };
  g_autoptr (MvxLogContext) root = mvx_log_get_root_context ();

  mvx_log_event_submit (root, &init, fields, G_N_ELEMENTS (fields), NULL);
  mvx_info (types, "numbers {min} {third}", "min", G_MININT64, "max", G_MAXUINT64, "third", 1.0 / 3, "big", 1e300,
            "tiny", 5e-324, "nan", (double) NAN, "inf", (double) -INFINITY, "whole", 2.0, "yes", MVX_LOG_BOOL (TRUE),
            "none", (const char *) NULL);
  mvx_error (types, "text {text}", "text", hostile, "empty", "", "bytes", bytes, "no-bytes", empty, "at",
             MVX_LOG_TIME (G_GINT64_CONSTANT (1795262400000000001)), "error", inner);
  mvx_trace (types, "nothing but a message");
}

static void
send_bulk (guint64 n)
{
  for (guint64 i = 0; i < n; i++)
    mvx_info (bulk, "event {i}", "i", i);
}

int
main (int argc, char **argv)
{
  g_autoptr (GVariant) statement = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gboolean complete;

  if (argc < 3 || !mvx_log_configure_from_file (argv[1], &error))
    {
      g_printerr ("%s\n", error ? error->message : "send-events CONFIG types | bulk N");
      return 2;
    }
  if (strcmp (argv[2], "types") == 0)
    send_types ();
  else
    send_bulk (g_ascii_strtoull (argv[3], NULL, 10));
  complete = mvx_log_shutdown (g_get_monotonic_time () + 60 * G_USEC_PER_SEC, &statement);
  text = g_variant_print (statement, FALSE);
  g_print ("%s\n", text);
  return complete ? 0 : 1;
}
