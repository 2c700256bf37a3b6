/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GStreamer's debugging output as events, with a GStreamer of this program's own: it exports the functions that are
 * looked up. */
#include <gmodule.h>

#include "capture-sink.h"

typedef void (*LogFunc) (gpointer category,
                         int level,
                         const char *file,
                         const char *function,
                         int line,
                         GObject *object,
                         gpointer message,
                         gpointer data);

static struct
{
  LogFunc func; /* the one that was added */
  gpointer data;
  LogFunc removed;
  guint n_added;
  guint n_texts; /* times that a text was put together */
} gst;

G_MODULE_EXPORT void gst_debug_add_log_function (LogFunc func, gpointer data, GDestroyNotify notify);
G_MODULE_EXPORT guint gst_debug_remove_log_function (LogFunc func);
G_MODULE_EXPORT const char *gst_debug_category_get_name (gpointer category);
G_MODULE_EXPORT const char *gst_debug_message_get (gpointer message);
G_MODULE_EXPORT const char *gst_debug_message_get_id (gpointer message);
G_MODULE_EXPORT void gst_debug_log_default (gpointer category,
                                            int level,
                                            const char *file,
                                            const char *function,
                                            int line,
                                            GObject *object,
                                            gpointer message,
                                            gpointer data);

void
gst_debug_add_log_function (LogFunc func, gpointer data, GDestroyNotify notify)
{
  gst.func = func;
  gst.data = data;
  gst.n_added++;
}

guint
gst_debug_remove_log_function (LogFunc func)
{
  gst.removed = func;
  return 1;
}

/* A category is its name here, and a message its text and the name of its object. */
typedef struct
{
  const char *text;
  const char *id;
} Message;

const char *
gst_debug_category_get_name (gpointer category)
{
  return category;
}

const char *
gst_debug_message_get (gpointer message)
{
  gst.n_texts++;
  return ((const Message *) message)->text;
}

const char *
gst_debug_message_get_id (gpointer message)
{
  return ((const Message *) message)->id;
}

void
gst_debug_log_default (gpointer category,
                       int level,
                       const char *file,
                       const char *function,
                       int line,
                       GObject *object,
                       gpointer message,
                       gpointer data)
{
  g_assert_not_reached ();
}

static void
say (const char *category, int level, GObject *object, const char *text, const char *id)
{
  Message message = { text, id };

  gst.func ((gpointer) category, level, "gst.c", "gst_do", 42, object, &message, gst.data);
}

/* In the place of what would print it, once. */
static void
test_install (void)
{
  g_assert_true (mvx_log_install_gstreamer_debug ());
  g_assert_nonnull (gst.func);
  g_assert_true (gst.removed == gst_debug_log_default);
  g_assert_true (mvx_log_install_gstreamer_debug ());
  g_assert_cmpuint (gst.n_added, ==, 1);
}

/* GST_LEVEL_NONE to GST_LEVEL_MEMDUMP, and what may come. */
static void
test_levels (void)
{
  static const struct
  {
    int gst;
    gint level;
  } cases[] = {
    { 1, MVX_LOG_LEVEL_ERROR },  { 2, MVX_LOG_LEVEL_WARNING },      { 3, MVX_LOG_LEVEL_NOTICE },
    { 4, MVX_LOG_LEVEL_INFO },   { 5, MVX_LOG_LEVEL_DEBUG },        { 6, MVX_LOG_LEVEL_TRACE },
    { 7, MVX_LOG_LEVEL_TRACE },  { 9, MVX_LOG_LEVEL_TRACE },        { 0, MVX_LOG_LEVEL_TRACE },
    { -1, MVX_LOG_LEVEL_TRACE }, { G_MAXINT, MVX_LOG_LEVEL_TRACE },
  };
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("gst.levels", sink);

  /* What GST_DEBUG lets through passes by the level of its context. */
  g_assert_true (mvx_log_context_set_level (context, MVX_LOG_LEVEL_CRITICAL, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      say ("levels", cases[i].gst, NULL, "text", NULL);
      g_assert_cmpuint (sink->events->len, ==, i + 1);
      g_assert_cmpint (mvx_log_event_get_level (capture_last (sink)), ==, cases[i].level);
    }
  mvx_log_context_reset_sinks (context, NULL);
}

static void
test_event (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("gst.event", sink);
  g_autoptr (GObject) object = g_object_new (G_TYPE_OBJECT, NULL);
  Message message = { "negative", NULL };
  const MvxLogEvent *event;

  say ("event", 4, object, "50% of {this}", "<sink0>");
  event = capture_last (sink);
  g_assert_cmpstr (mvx_log_event_get_context (event), ==, "gst.event");
  g_assert_cmpstr (mvx_log_event_get_verbatim_message (event), ==, "50% of {this}");
  g_assert_cmpstr (mvx_log_event_get_file (event), ==, "gst.c");
  g_assert_cmpstr (mvx_log_event_get_function (event), ==, "gst_do");
  g_assert_cmpuint (mvx_log_event_get_line (event), ==, 42);
  capture_assert_fields (sink, "object=<sink0>");
  say ("event", 4, object, "no name", NULL);
  capture_assert_fields (sink, "");
  say ("event", 4, NULL, "no object", "<nobody>");
  capture_assert_fields (sink, "");
  say ("event", 4, NULL, NULL, NULL);
  g_assert_null (mvx_log_event_get_verbatim_message (capture_last (sink)));
  gst.func ((gpointer) "event", 4, NULL, NULL, -1, NULL, &message, gst.data);
  g_assert_null (mvx_log_event_get_file (capture_last (sink)));
  g_assert_cmpuint (mvx_log_event_get_line (capture_last (sink)), ==, 0);
  mvx_log_context_reset_sinks (context, NULL);
}

/* What a context's name cannot hold. */
static void
test_category (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("gst", sink);
  g_autofree char *long_name = g_strnfill (300, 'x');
  g_autofree char *kept = g_strnfill (127 - 4, 'x');
  g_autofree char *expected = g_strconcat ("gst.", kept, NULL);

  say ("GST PADS", 4, NULL, "text", NULL);
  g_assert_cmpstr (mvx_log_event_get_context (capture_last (sink)), ==, "gst.GST-PADS");
  say ("", 4, NULL, "text", NULL);
  g_assert_cmpstr (mvx_log_event_get_context (capture_last (sink)), ==, "gst");
  say (long_name, 4, NULL, "text", NULL);
  g_assert_cmpstr (mvx_log_event_get_context (capture_last (sink)), ==, expected);
  mvx_log_context_reset_sinks (context, NULL);
}

/* The text is only put together for a sink that takes it. */
static void
test_unwanted (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("gst.unwanted", sink);

  mvx_log_sink_set_level (MVX_LOG_SINK (sink), MVX_LOG_LEVEL_WARNING);
  gst.n_texts = 0;
  say ("unwanted", 3, NULL, "text", NULL);
  g_assert_cmpuint (gst.n_texts, ==, 0);
  g_assert_cmpuint (sink->events->len, ==, 0);
  say ("unwanted", 2, NULL, "text", NULL);
  g_assert_cmpuint (gst.n_texts, ==, 1);
  g_assert_cmpuint (sink->events->len, ==, 1);
  mvx_log_context_reset_sinks (context, NULL);
}

/* Sinks that nobody has given a level take all of it. */
static void
test_bootstrap (void)
{
  if (g_test_subprocess ())
    {
      g_assert_true (mvx_log_install_gstreamer_debug ());
      say ("boot", 9, NULL, "a dump of memory", NULL);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*TRACE*gst.boot: a dump of memory*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gstreamer/install", test_install);
  g_test_add_func ("/gstreamer/levels", test_levels);
  g_test_add_func ("/gstreamer/event", test_event);
  g_test_add_func ("/gstreamer/category", test_category);
  g_test_add_func ("/gstreamer/unwanted", test_unwanted);
  g_test_add_func ("/gstreamer/bootstrap", test_bootstrap);
  return g_test_run ();
}
