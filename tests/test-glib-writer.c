/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GLib's messages as events, by calling the writer as GLib does. What it does to a process is in test-glib-bridge. */
#include "capture-sink.h"
#include "rig-sink.h"

#include "context/express-private.h"

#define TEXT(key, value)                                                                                               \
  {                                                                                                                    \
    key, value, -1                                                                                                     \
  }

static void
write_array (GLogLevelFlags level, const GLogField *fields, gsize n)
{
  g_assert_cmpint (mvx_log_glib_writer (level, fields, n, NULL), ==, G_LOG_WRITER_HANDLED);
}

#define WRITE(level, ...)                                                                                              \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    const GLogField fields_[] = { __VA_ARGS__ };                                                                       \
                                                                                                                       \
    write_array (level, fields_, G_N_ELEMENTS (fields_));                                                              \
  }                                                                                                                    \
  G_STMT_END

static void
test_levels (void)
{
  static const struct
  {
    guint glib;
    gint level;
  } cases[] = {
    { G_LOG_LEVEL_CRITICAL, MVX_LOG_LEVEL_ERROR },
    { G_LOG_LEVEL_WARNING, MVX_LOG_LEVEL_WARNING },
    { G_LOG_LEVEL_MESSAGE, MVX_LOG_LEVEL_NOTICE },
    { G_LOG_LEVEL_INFO, MVX_LOG_LEVEL_INFO },
    { G_LOG_LEVEL_DEBUG, MVX_LOG_LEVEL_DEBUG },
    { G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_WARNING, MVX_LOG_LEVEL_WARNING },
    { 1 << G_LOG_LEVEL_USER_SHIFT, MVX_LOG_LEVEL_NOTICE },
  };
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  G_GNUC_UNUSED g_autoptr (MvxLogContext) context = capture_context ("writer.levels", sink);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      /* PRIORITY is the same for critical messages and warnings, and nobody looks at it. */
      WRITE (cases[i].glib, TEXT ("PRIORITY", "7"), TEXT ("MESSAGE", "m"), TEXT ("GLIB_DOMAIN", "writer.levels"));
      g_assert_cmpint (mvx_log_event_get_level (capture_last (sink)), ==, cases[i].level);
    }
  g_assert_cmpuint (sink->events->len, ==, G_N_ELEMENTS (cases));
}

static void
test_fields (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  G_GNUC_UNUSED g_autoptr (MvxLogContext) context = capture_context ("writer.fields", sink);
  const MvxLogEvent *event;
  MvxLogValue value;

  WRITE (G_LOG_LEVEL_MESSAGE, TEXT ("PRIORITY", "5"), TEXT ("CODE_FILE", "a.c"), TEXT ("CODE_LINE", "42"),
         TEXT ("CODE_FUNC", "f"), TEXT ("PEER", "10.0.0.7"), { "BLOB", "\0\1\2", 3 },
         TEXT ("MESSAGE", "half {PEER} 50%"), TEXT ("CODE_X", "own"), TEXT ("GLIB_DOMAIN", "writer.fields"));
  event = capture_last (sink);
  g_assert_cmpstr (mvx_log_event_get_context (event), ==, "writer.fields");
  g_assert_cmpstr (mvx_log_event_get_verbatim_message (event), ==, "half {PEER} 50%");
  g_assert_cmpstr (mvx_log_event_get_file (event), ==, "a.c");
  g_assert_cmpuint (mvx_log_event_get_line (event), ==, 42);
  g_assert_cmpstr (mvx_log_event_get_function (event), ==, "f");
  g_assert_cmpuint (mvx_log_event_get_n_fields (event), ==, 3);
  g_assert_cmpstr (mvx_log_event_get_string (event, "PEER"), ==, "10.0.0.7");
  g_assert_cmpstr (mvx_log_event_get_string (event, "CODE_X"), ==, "own");
  g_assert_true (mvx_log_event_get_field (event, "BLOB", &value));
  g_assert_cmpint (value.type, ==, MVX_LOG_TYPE_BYTES);
  g_assert_cmpmem (value.u.bytes, value.size, "\0\1\2", 3);

  /* The old API. */
  WRITE (G_LOG_LEVEL_MESSAGE, TEXT ("GLIB_OLD_LOG_API", "1"), TEXT ("MESSAGE", "old"), TEXT ("PRIORITY", "5"),
         TEXT ("GLIB_DOMAIN", "writer.fields"));
  g_assert_cmpuint (mvx_log_event_get_n_fields (capture_last (sink)), ==, 0);

  /* Rust gives everything a length. */
  WRITE (G_LOG_LEVEL_MESSAGE, { "MESSAGE", "shortXX", 5 }, { "CODE_FILE", "b.rsXX", 4 }, { "CODE_LINE", "178", 2 },
         { "GLIB_DOMAIN", "writer.fieldsXX", 13 });
  event = capture_last (sink);
  g_assert_cmpstr (mvx_log_event_get_verbatim_message (event), ==, "short");
  g_assert_cmpstr (mvx_log_event_get_file (event), ==, "b.rs");
  g_assert_cmpuint (mvx_log_event_get_line (event), ==, 17);

  /* Nothing but a domain; a key that is none. */
  WRITE (G_LOG_LEVEL_MESSAGE, TEXT ("GLIB_DOMAIN", "writer.fields"), TEXT (NULL, "x"));
  g_assert_null (mvx_log_event_get_verbatim_message (capture_last (sink)));
  WRITE (G_LOG_LEVEL_MESSAGE, TEXT ("GLIB_DOMAIN", "writer.fields"), { "MESSAGE", "xyz", 0 });
  g_assert_cmpstr (mvx_log_event_get_verbatim_message (capture_last (sink)), ==, "");
  g_assert_cmpuint (sink->events->len, ==, 5);
}

/* The fields stand in the source: their number is no data. */
static void
test_many_fields (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("writer.many", sink);
  MvxLogLimits limits = { 200, 3, 1 };
  GLogField fields[101] = { TEXT ("GLIB_DOMAIN", "writer.many") };
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 1; i < G_N_ELEMENTS (fields); i++)
    {
      g_ptr_array_add (keys, g_strdup_printf ("K%u", i));
      fields[i] = (GLogField) TEXT (g_ptr_array_index (keys, i - 1), "v");
    }
  write_array (G_LOG_LEVEL_MESSAGE, fields, 31);
  g_assert_cmpuint (mvx_log_event_get_n_fields (capture_last (sink)), ==, 30);
  write_array (G_LOG_LEVEL_MESSAGE, fields, G_N_ELEMENTS (fields)); /* but a hundred of them are */
  g_assert_cmpuint (mvx_log_event_get_n_fields (capture_last (sink)), ==, 11);
  g_assert_cmpint (mvx_log_event_get_int64 (capture_last (sink), "__more__", 0), ==, 0);
  mvx_log_context_set_limits (context, &limits, NULL);
  write_array (G_LOG_LEVEL_MESSAGE, fields, 31);
  g_assert_cmpuint (mvx_log_event_get_n_fields (capture_last (sink)), ==, 4);
}

static void
test_mapped_domain (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  G_GNUC_UNUSED g_autoptr (MvxLogContext) context = capture_context ("writer-x", sink);

  WRITE (G_LOG_LEVEL_MESSAGE, TEXT ("MESSAGE", "m"), TEXT ("A", "b"), TEXT ("GLIB_DOMAIN", "writer x"));
  g_assert_cmpstr (mvx_log_event_get_context (capture_last (sink)), ==, "writer-x");
  capture_assert_fields (sink, "A=b;GLIB_DOMAIN=writer x");
}

/* Who sees debugging output: GLib's word, the context's, and the sink's. */
static void
test_debug (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("writer.debug", sink);
  const GLogField fields[] = { TEXT ("MESSAGE", "d"), TEXT ("GLIB_DOMAIN", "writer.debug.inner") };

  /* A level on the way from the root, the root's own excepted. */
  write_array (G_LOG_LEVEL_DEBUG, fields, 2);
  g_assert_cmpuint (sink->events->len, ==, 1);
  mvx_log_context_set_level (context, MVX_LOG_LEVEL_INFO, NULL);
  write_array (G_LOG_LEVEL_DEBUG, fields, 2);
  g_assert_cmpuint (sink->events->len, ==, 1);
  write_array (G_LOG_LEVEL_INFO, fields, 2);
  g_assert_cmpuint (sink->events->len, ==, 2);

  /* Without one GLib decides. */
  mvx_log_context_reset_level (context, NULL);
  write_array (G_LOG_LEVEL_INFO, fields, 2);
  write_array (G_LOG_LEVEL_DEBUG, fields, 2);
  g_assert_cmpuint (sink->events->len, ==, 2);
  g_log_set_debug_enabled (TRUE);
  write_array (G_LOG_LEVEL_INFO, fields, 2);
  write_array (G_LOG_LEVEL_DEBUG, fields, 2);
  g_assert_cmpuint (sink->events->len, ==, 4);

  /* The sink has its own. */
  mvx_log_sink_set_level (MVX_LOG_SINK (sink), MVX_LOG_LEVEL_INFO);
  write_array (G_LOG_LEVEL_DEBUG, fields, 2);
  g_assert_cmpuint (sink->events->len, ==, 4);
  g_log_set_debug_enabled (FALSE);

  /* Others only need the context's level. */
  mvx_log_context_set_level (context, MVX_LOG_LEVEL_ERROR, NULL);
  write_array (G_LOG_LEVEL_WARNING, fields, 2);
  g_assert_cmpuint (sink->events->len, ==, 4);
  write_array (G_LOG_LEVEL_CRITICAL, fields, 2);
  g_assert_cmpuint (sink->events->len, ==, 5);
}

static GPtrArray *dispatched;

static MvxLogDispatchResult
keep_events (MvxLogAsyncSink *sink, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  for (*n_done = 0; *n_done < n_events; (*n_done)++)
    {
      g_assert_true (mvx_log_record_validate ((const guint8 *) events[*n_done]->record, events[*n_done]->record->size,
                                              NULL, error));
      g_ptr_array_add (dispatched, mvx_log_event_copy (events[*n_done]));
    }
  return MVX_LOG_DISPATCH_OK;
}

/* Straight into a lane or by way of the scratch buffer: the same event. */
static void
test_express (void)
{
  const MvxLogAsyncConfig config = { .overflow = MVX_LOG_OVERFLOW_BLOCK };
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (CaptureSink) direct = capture_sink_new ();
  g_autoptr (MvxLogContext) context = capture_context ("writer.express", sink);
  g_autoptr (GError) error = NULL;
  MvxLogSink *both[] = { MVX_LOG_SINK (sink), MVX_LOG_SINK (direct) };
  MvxLogAsyncSinkClass *klass = MVX_LOG_ASYNC_SINK_GET_CLASS (sink);
  gpointer dispatch = klass->dispatch;
  MvxLogThread *thread = mvx_log_thread_get ();
  g_autofree char *longest = g_strnfill (40000, 'x');
  const GLogField cases[][4] = {
    { TEXT ("MESSAGE", "m"), TEXT ("CODE_FILE", "a.c"), TEXT ("CODE_LINE", "4294967295"), TEXT ("CODE_FUNC", "f") },
    { TEXT ("MESSAGE", "m"), TEXT ("A", "1"), TEXT ("B", ""), TEXT ("C", "\xff") },
    { TEXT ("MESSAGE", "m"), TEXT ("A", "1"), TEXT ("A", "2"), TEXT ("B", "3") },
    { TEXT ("MESSAGE", longest), TEXT ("A", longest), { "B", "\1", 1 }, TEXT ("C", "x") },
    { TEXT ("A", "1"), TEXT ("B", NULL), TEXT ("C", "2"), TEXT ("D", "3") },
  };

  klass->dispatch = keep_events;
  mvx_log_sink_set_level (MVX_LOG_SINK (sink), MVX_LOG_LEVEL_NOTSET);
  dispatched = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);
  WRITE (G_LOG_LEVEL_WARNING, TEXT ("GLIB_DOMAIN", "writer.express")); /* makes the lane */
  for (guint i = 0; i < 2 * G_N_ELEMENTS (cases); i++)
    {
      GLogField fields[5] = { TEXT ("GLIB_DOMAIN", "writer.express") };

      if (i == G_N_ELEMENTS (cases))
        mvx_log_context_set_sinks (context, both, 2, NULL);
      memcpy (fields + 1, cases[i % G_N_ELEMENTS (cases)], sizeof cases[0]);
      thread->scratch.len = 0;
      write_array (G_LOG_LEVEL_WARNING, fields, G_N_ELEMENTS (fields));
      g_assert_true ((thread->scratch.len == 0) == (i < 2));
    }
  g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (dispatched->len, ==, 1 + 2 * G_N_ELEMENTS (cases));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MvxLogRenderer) renderer = mvx_log_renderer_new ("logfmt", NULL, &error);
      MvxLogBuffer lines[2] = { MVX_LOG_BUFFER_INIT, MVX_LOG_BUFFER_INIT };

      for (guint j = 0; j < 2; j++)
        {
          MvxLogEvent *event = g_ptr_array_index (dispatched, 1 + i + j * G_N_ELEMENTS (cases));

          event->time_ns = 0;
          event->seq = 0;
          mvx_log_renderer_render (renderer, event, &lines[j]);
        }
      g_assert_cmpmem (lines[0].data, lines[0].len, lines[1].data, lines[1].len);
      mvx_log_buffer_clear (&lines[0]);
      mvx_log_buffer_clear (&lines[1]);
    }
  mvx_log_context_set_sinks (context, &both[1], 1, NULL);
  g_assert_true (mvx_log_sink_terminate (MVX_LOG_SINK (sink), -1, &error));
  g_clear_pointer (&dispatched, g_ptr_array_unref);
  klass->dispatch = dispatch;
}

static void
warn_in_dispatch (gpointer sink)
{
  WRITE (G_LOG_LEVEL_WARNING, TEXT ("MESSAGE", "from the sink"), TEXT ("GLIB_DOMAIN", "writer.recursion"));
}

/* A sink that warns feeds the diagnostics, not itself. */
static void
test_recursion (void)
{
  const MvxLogAsyncConfig config = { .overflow = MVX_LOG_OVERFLOW_BLOCK };
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  G_GNUC_UNUSED g_autoptr (MvxLogContext) context = capture_context ("writer.recursion", sink);
  g_autoptr (GError) error = NULL;

  capture_diag_begin ();
  sink->in_dispatch = warn_in_dispatch;
  WRITE (G_LOG_LEVEL_WARNING, TEXT ("MESSAGE", "first"), TEXT ("GLIB_DOMAIN", "writer.recursion"));
  g_assert_true (mvx_log_sink_flush (MVX_LOG_SINK (sink), -1, &error));
  g_assert_true (mvx_log_sink_terminate (MVX_LOG_SINK (sink), -1, &error));
  g_assert_cmpuint (rig_sink_n_delivered (sink), ==, 1);
  capture_assert_diag (0, "logged inside a sink, context 'writer.recursion': from the sink");
  g_assert_cmpuint (capture_diag->len, ==, 1);
  capture_diag_end ();
}

/* For whoever decides about the rest: a fatal message ends nothing here. */
static void
test_record (void)
{
  g_autoptr (CaptureSink) sink = capture_sink_new ();
  G_GNUC_UNUSED g_autoptr (MvxLogContext) context = capture_context ("writer.record", sink);
  const GLogField fields[] = { TEXT ("MESSAGE", "not the end"), TEXT ("GLIB_DOMAIN", "writer.record") };

  mvx_log_glib_record (G_LOG_LEVEL_ERROR | G_LOG_FLAG_FATAL, fields, G_N_ELEMENTS (fields));
  g_assert_cmpuint (sink->events->len, ==, 1);
  g_assert_cmpint (mvx_log_event_get_level (capture_last (sink)), ==, MVX_LOG_LEVEL_CRITICAL);
}

static void
test_no_gstreamer (void)
{
  g_assert_false (mvx_log_install_gstreamer_debug ());
  g_assert_false (mvx_log_install_gstreamer_debug ());
}

int
main (int argc, char **argv)
{
  g_setenv ("MVXLOG_AUTOINIT", "0", TRUE);
  g_unsetenv ("G_MESSAGES_DEBUG");
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  g_test_add_func ("/glib-writer/levels", test_levels);
  g_test_add_func ("/glib-writer/fields", test_fields);
  g_test_add_func ("/glib-writer/many-fields", test_many_fields);
  g_test_add_func ("/glib-writer/mapped-domain", test_mapped_domain);
  g_test_add_func ("/glib-writer/debug", test_debug);
  g_test_add_func ("/glib-writer/express", test_express);
  g_test_add_func ("/glib-writer/recursion", test_recursion);
  g_test_add_func ("/glib-writer/record", test_record);
  g_test_add_func ("/glib-writer/no-gstreamer", test_no_gstreamer);
  return g_test_run ();
}
