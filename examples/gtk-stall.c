/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A GTK program that draws frame after frame and logs 50,000 events a second, to a sink whose backend hangs.
 *
 * Logging never waits for a sink with a queue, so no frame comes late: when the queue is full events are refused, and
 * counted. For a display of its own: xvfb-run examples/gtk-stall [SECONDS]
 */
#include <stdlib.h>

#include <gtk/gtk.h>
#include <mvxlog/mvxlog.h>

#define EVENTS_PER_SECOND 50000
#define FRAME_US 16667 /* where nobody tells, as under Xvfb */

MVX_LOG_CONTEXT (shop, "org.example.shop.ui")

/* -- The backend: it takes the first events and does not come back before it is told to. */

typedef struct
{
  MvxLogAsyncSink parent;
  GMutex mutex;
  GCond cond;
  gboolean hangs;
} StuckSink;

typedef MvxLogAsyncSinkClass StuckSinkClass;

static GType stuck_sink_get_type (void);
G_DEFINE_TYPE (StuckSink, stuck_sink, MVX_LOG_TYPE_ASYNC_SINK)

static MvxLogDispatchResult
stuck_sink_dispatch (MvxLogAsyncSink *sink, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  StuckSink *self = (StuckSink *) sink;

  g_mutex_lock (&self->mutex);
  while (self->hangs)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
  *n_done = n_events;
  return MVX_LOG_DISPATCH_OK;
}

static void
stuck_sink_let_go (StuckSink *self)
{
  g_mutex_lock (&self->mutex);
  self->hangs = FALSE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

static void
stuck_sink_class_init (StuckSinkClass *klass)
{
  klass->dispatch = stuck_sink_dispatch;
}

static void
stuck_sink_init (StuckSink *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->hangs = TRUE;
}

/* -- The program. */

typedef struct
{
  GtkApplication *app;
  gint64 seconds;
  gint64 began_us; /* with the first frame */
  guint64 n_logged;
  guint source;
  gint64 frame_us; /* the last one */
  guint n_frames;
  guint n_late;
  double latest; /* in frames */
} Shop;

/* As many events as are due by now. */
static gboolean
shop_log (gpointer data)
{
  Shop *self = data;
  gint64 since = g_get_monotonic_time () - self->began_us;
  guint64 due = (guint64) since * EVENTS_PER_SECOND / G_USEC_PER_SEC;

  for (; self->n_logged < due; self->n_logged++)
    mvx_info (shop, "item {n} shown", "n", self->n_logged, "frame", self->n_frames);
  if (since < self->seconds * G_USEC_PER_SEC)
    return G_SOURCE_CONTINUE;
  g_application_quit (G_APPLICATION (self->app));
  self->source = 0;
  return G_SOURCE_REMOVE;
}

/* Late is a frame that comes more than one frame after it was due. */
static gboolean
shop_on_frame (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Shop *self = data;
  gint64 now = g_get_monotonic_time ();
  gint64 refresh = 0;
  double behind;

  gdk_frame_clock_get_refresh_info (clock, now, &refresh, NULL);
  if (self->began_us == 0)
    {
      self->began_us = now;
      self->source = g_timeout_add (1, shop_log, self);
    }
  else
    {
      behind = (double) (now - self->frame_us) / (double) (refresh > 0 ? refresh : FRAME_US) - 1;
      self->n_late += behind > 1;
      self->latest = MAX (self->latest, behind);
    }
  self->frame_us = now;
  self->n_frames++;
  gtk_widget_queue_draw (widget);
  return G_SOURCE_CONTINUE;
}

static void
shop_draw (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  const Shop *self = data;

  cairo_set_source_rgb (cr, 0.2, 0.4, 0.8);
  cairo_rectangle (cr, self->n_frames % (guint) MAX (width, 1), 0, 20, height);
  cairo_fill (cr);
}

static void
shop_activate (GtkApplication *app, gpointer data)
{
  GtkWidget *window = gtk_application_window_new (app);
  GtkWidget *area = gtk_drawing_area_new ();

  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (area), shop_draw, data, NULL);
  gtk_window_set_child (GTK_WINDOW (window), area);
  gtk_window_set_default_size (GTK_WINDOW (window), 320, 60);
  gtk_widget_add_tick_callback (area, shop_on_frame, data, NULL);
  gtk_window_present (GTK_WINDOW (window));
}

/* Does the ledger close? The sink itself adds an event that says how many it had to refuse. */
static gboolean
shop_report (const Shop *self, MvxLogSink *sink)
{
  MvxLogCounters counters;
  guint64 refused = 0;
  guint64 dropped = 0;

  mvx_log_sink_get_counters (sink, &counters);
  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    {
      refused += counters.refused[i];
      dropped += counters.dropped[i];
    }
  g_print ("frames %u, more than one frame late %u, the latest by %.2f frames\n", self->n_frames, self->n_late,
           MAX (self->latest, 0));
  g_print ("events %" G_GUINT64_FORMAT ", delivered %" G_GUINT64_FORMAT ", refused %" G_GUINT64_FORMAT
           ", dropped %" G_GUINT64_FORMAT ", pending %" G_GUINT64_FORMAT "\n",
           self->n_logged, counters.delivered, refused, dropped, counters.pending);
  return self->n_logged > 0 && counters.offered >= self->n_logged
         && counters.offered == counters.delivered + refused + dropped + counters.pending;
}

int
main (int argc, char **argv)
{
  Shop self = { .seconds = argc > 1 ? MAX (atoi (argv[1]), 1) : 5 };
  g_autoptr (MvxLogContext) context = mvx_log_configure_context ("org.example.shop.ui", NULL);
  g_autoptr (MvxLogSink) sink = g_object_new (stuck_sink_get_type (), NULL);
  gboolean closed;

  mvx_log_context_set_sinks (context, &sink, 1, NULL);
  mvx_log_context_set_error_policy (context, MVX_LOG_ERROR_POLICY_IGNORE, NULL); /* refused events are counted */
  self.app = gtk_application_new ("org.example.shop.Stall", G_APPLICATION_NON_UNIQUE);
  g_signal_connect (self.app, "activate", G_CALLBACK (shop_activate), &self);
  g_application_run (G_APPLICATION (self.app), 1, argv);
  g_clear_handle_id (&self.source, g_source_remove);
  g_object_unref (self.app);

  stuck_sink_let_go ((StuckSink *) sink);
  mvx_log_sink_flush (sink, g_get_monotonic_time () + 5 * G_USEC_PER_SEC, NULL);
  closed = shop_report (&self, sink);
  return mvx_log_shutdown (g_get_monotonic_time () + G_USEC_PER_SEC, NULL) && closed ? 0 : 1;
}
