/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Batches of several sizes, and events that are hard on whoever writes them out. */
#include <math.h>

#include "verify/verify-send.h"

#define MVX_VERIFY_LONG_MESSAGE (256 * 1024)

MvxVerifyResult
mvx_verify_events (MvxVerify *verify)
{
  static const guint sizes[] = { 1, 2, 1000 };
  g_autoptr (MvxLogTestHost) host = NULL;
  g_autoptr (GError) error = NULL;

  mvx_verify_doing ("create and on_starting");
  host = mvx_verify_send_begin (verify, verify->options, &error);
  if (host == NULL)
    return mvx_verify_failed (verify, "create and on_starting", error);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *doing = g_strdup_printf ("dispatch_core with %u event%s", sizes[i], sizes[i] == 1 ? "" : "s");
      g_autoptr (GPtrArray) events = mvx_verify_send_make (sizes[i]);

      mvx_verify_doing ("%s", doing);
      if (mvx_verify_send (host, events, &error) != MVX_LOG_DISPATCH_OK)
        return mvx_verify_failed (verify, doing, error);
    }
  if (!mvx_log_test_host_stop (host, &error))
    return mvx_verify_failed (verify, "on_stopped", error);
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "batches of 1, 2 and 1000 are settled");
}

static GVariant *
mvx_verify_strings_deep (guint depth)
{
  GVariant *value = g_variant_new_string ("deep down");

  for (guint i = 0; i < depth; i++)
    value = g_variant_new_array (G_VARIANT_TYPE_VARIANT, (GVariant *[]){ g_variant_new_variant (value) }, 1);
  return value;
}

static GVariant *
mvx_verify_strings_many (guint n)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *key = g_strdup_printf ("key-%u", i);

      g_variant_builder_add (&builder, "{sv}", key, g_variant_new_uint32 (i));
    }
  return g_variant_builder_end (&builder);
}

static MvxLogEvent *
mvx_verify_strings_make (const char *text, const char *key)
{
  MvxLogEvent *event;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (g_utf8_validate (key, -1, NULL) && g_utf8_validate (text, -1, NULL))
    g_variant_builder_add (&builder, "{sv}", key, g_variant_new_string (text));
  g_variant_builder_add (&builder, "{sv}", "bytes", g_variant_new_bytestring (text));
  event = mvx_log_test_event_new_variant ("org.example.verify", MVX_LOG_LEVEL_WARNING, text,
                                          g_variant_builder_end (&builder));
  return event;
}

/* Numbers at their limits, and texts that only C can make. */
static void
mvx_verify_strings_add_typed (GPtrArray *events)
{
  const char *context = "org.example.verify";
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\1\xff\n\"", 5);

  g_ptr_array_add (events, mvx_log_test_event_new (context, MVX_LOG_LEVEL_DEBUG, "{text}", "text", "\xff\xfe no UTF-8",
                                                   "null", (const char *) NULL));
  g_ptr_array_add (events,
                   mvx_log_test_event_new (context, MVX_LOG_LEVEL_DEBUG, "{low} {high} {nan} {inf}", "low", G_MININT64,
                                           "high", G_MAXUINT64, "nan", (double) NAN, "inf", -(double) INFINITY));
  g_ptr_array_add (events, mvx_log_test_event_new (context, MVX_LOG_LEVEL_CRITICAL, "", "bytes", bytes));
  g_ptr_array_add (events, mvx_log_test_event_new_variant (context, MVX_LOG_LEVEL_TRACE, "{no-such} {{ }} {",
                                                           mvx_verify_strings_many (500)));
  g_ptr_array_add (
      events, mvx_log_test_event_new_variant (context, MVX_LOG_LEVEL_INFO, "deep",
                                              g_variant_new_parsed ("{'deep': <%v>}", mvx_verify_strings_deep (20))));
}

static GPtrArray *
mvx_verify_strings_all (void)
{
  static const char *const texts[] = {
    "",
    "%s%s%s%n%99999d",
    "two\nlines\r\nand a\ttab",
    "\x01\x02\x1b[31mred\x7f",
    "quotes \" ' ` and \\ back\\slashes",
    "<xml attr='x'>&amp;]]></xml>",
    "'; DROP TABLE events; --",
    "{\"json\": [1, null]}",
    "\xe2\x80\xae right to left \xe2\x80\x8b\xef\xbb\xbf",
    "\xf0\x9f\x98\x80 \xc3\xa9 e\xcc\x81 \xef\xbf\xbf",
    "\xc0\xaf\xed\xa0\x80\xff",
    "key=value [id@1 x=\"y\"] <34>1 - - -",
  };
  static const char *const keys[]
      = { "k", "a b", "x=y", "line\nfeed", "\"]", "message", "level", "MESSAGE", "_PID", "." };
  GPtrArray *events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);
  g_autofree char *large = g_strnfill (MVX_VERIFY_LONG_MESSAGE, 'm');

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_ptr_array_add (events, mvx_verify_strings_make (texts[i], keys[i % G_N_ELEMENTS (keys)]));
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_ptr_array_add (events, mvx_verify_strings_make ("plain", keys[i]));
  g_ptr_array_add (events, mvx_verify_strings_make (large, "large"));
  mvx_verify_strings_add_typed (events);
  return events;
}

/* Each may be dropped, with a reason. None may stop the sink or be in the way of the next. */
MvxVerifyResult
mvx_verify_strings (MvxVerify *verify)
{
  g_autoptr (GPtrArray) events = mvx_verify_strings_all ();
  g_autoptr (MvxLogTestHost) host = NULL;
  g_autoptr (GError) error = NULL;
  guint n_dropped = 0;

  mvx_verify_doing ("create and on_starting");
  host = mvx_verify_send_begin (verify, verify->options, &error);
  if (host == NULL)
    return mvx_verify_failed (verify, "create and on_starting", error);
  for (guint i = 0; i < events->len; i++)
    {
      g_autofree char *message = mvx_log_event_dup_message (events->pdata[i]);
      g_autofree char *doing = g_strdup_printf ("dispatch_core with the message \"%.30s\"", message);
      g_autoptr (GPtrArray) one = g_ptr_array_new ();
      g_autoptr (GError) reason = NULL;
      MvxLogDispatchResult result;

      g_ptr_array_add (one, events->pdata[i]);
      mvx_verify_doing ("%s", doing);
      result = mvx_verify_send (host, one, &reason);
      n_dropped += result == MVX_LOG_DISPATCH_DROP;
      if (result != MVX_LOG_DISPATCH_OK && result != MVX_LOG_DISPATCH_DROP)
        return mvx_verify_failed (verify, doing, reason);
      if (!mvx_verify_send_one (host, &error))
        return mvx_verify_failed (verify, "a plain event behind a naughty one", error);
    }
  if (!mvx_log_test_host_stop (host, &error))
    return mvx_verify_failed (verify, "on_stopped", error);
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "%u naughty events, %u of them dropped with a reason", events->len,
                         n_dropped);
}
