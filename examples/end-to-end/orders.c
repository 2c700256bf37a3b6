/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `orders CONFIG COUNT RATE`: a program that logs COUNT orders, RATE of them a second (0: as fast as it goes), and ends
 * when its sink has nothing left, or at SIGTERM. Ten times a second, and at the end, it prints the sink's ledger as a
 * line of JSON, with the seconds since its start and what CPU time it has taken. */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <glib-unix.h>
#include <mvxlog/mvxlog.h>

#define ORDERS_PACE_MS 10
#define ORDERS_SAMPLE_MS 100

MVX_LOG_CONTEXT (orders, "org.example.orders")

typedef struct
{
  GMainLoop *loop;
  MvxLogSink *sink;
  gint64 begin;
  gint64 count;
  gint64 rate;
  gint64 logged;
  const char *till;
} Orders;

static void
orders_log (Orders *self, gint64 upto)
{
  for (; self->logged < upto; self->logged++)
    mvx_info (orders, "order {order} of till {till}: {amount} cents", "order", self->logged, "till", self->till,
              "amount", self->logged * 7919 % 100000);
}

static guint64
orders_sum (const guint64 *reasons)
{
  guint64 sum = 0;

  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    sum += reasons[i];
  return sum;
}

static double
orders_cpu (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
         + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / G_USEC_PER_SEC;
}

/* TRUE if all has been logged and nothing is on its way. */
static gboolean
orders_print (Orders *self)
{
  MvxLogCounters counters;

  mvx_log_sink_get_counters (self->sink, &counters);
  g_print ("{\"t\":%.3f,\"cpu\":%.3f,\"logged\":%" G_GINT64_FORMAT ",\"accepted\":%" G_GUINT64_FORMAT
           ",\"delivered\":%" G_GUINT64_FORMAT ",\"pending\":%" G_GUINT64_FORMAT ",\"spooled\":%" G_GUINT64_FORMAT
           ",\"dropped\":%" G_GUINT64_FORMAT ",\"refused\":%" G_GUINT64_FORMAT ",\"retried\":%" G_GUINT64_FORMAT
           ",\"opened\":%" G_GUINT64_FORMAT "}\n",
           (double) (g_get_monotonic_time () - self->begin) / G_USEC_PER_SEC, orders_cpu (), self->logged,
           counters.accepted, counters.delivered, counters.pending, counters.spooled, orders_sum (counters.dropped),
           orders_sum (counters.refused), counters.retried, counters.opened);
  return self->logged >= self->count && counters.pending + counters.spooled == 0;
}

static gboolean
orders_pace (gpointer data)
{
  Orders *self = data;
  gint64 due = (gint64) ((double) (g_get_monotonic_time () - self->begin) * (double) self->rate / G_USEC_PER_SEC);

  orders_log (self, self->rate > 0 ? MIN (due, self->count) : self->count);
  return self->logged < self->count ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean
orders_sample (gpointer data)
{
  Orders *self = data;

  if (!orders_print (self))
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
orders_stop (gpointer data)
{
  g_main_loop_quit (((Orders *) data)->loop);
  return G_SOURCE_CONTINUE;
}

static void
orders_run (Orders *self)
{
  self->loop = g_main_loop_new (NULL, FALSE);
  self->begin = g_get_monotonic_time ();
  g_unix_signal_add (SIGTERM, orders_stop, self);
  g_timeout_add (ORDERS_PACE_MS, orders_pace, self);
  g_timeout_add (ORDERS_SAMPLE_MS, orders_sample, self);
  g_main_loop_run (self->loop);
  g_main_loop_unref (self->loop);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Orders self = { .till = g_get_host_name () };

  if (argc != 4 || (self.count = g_ascii_strtoll (argv[2], NULL, 10)) <= 0)
    {
      g_printerr ("usage: orders CONFIG COUNT RATE\n");
      return 2;
    }
  self.rate = g_ascii_strtoll (argv[3], NULL, 10);
  if (g_getenv ("TILL"))
    self.till = g_getenv ("TILL");
  if (!mvx_log_configure_from_file (argv[1], &error))
    {
      g_printerr ("orders: %s\n", error->message);
      return 1;
    }
  self.sink = mvx_log_get_sink ("out");
  if (self.sink == NULL)
    {
      g_printerr ("orders: %s: there is no sink 'out'\n", argv[1]);
      return 1;
    }
  orders_run (&self);
  mvx_log_shutdown (g_get_monotonic_time () + 10 * G_USEC_PER_SEC, NULL);
  orders_print (&self);
  g_object_unref (self.sink);
  return 0;
}
