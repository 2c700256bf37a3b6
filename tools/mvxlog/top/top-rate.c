/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "top/top-rate.h"

typedef struct
{
  gint64 offered;
  gint64 delivered;
  gint64 times[MVX_TOP_MAX_TIMES];
} MvxTopPast;

void
mvx_top_before_init (MvxTopBefore *before)
{
  before->sinks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  before->time_us = 0;
}

void
mvx_top_before_clear (MvxTopBefore *before)
{
  g_clear_pointer (&before->sinks, g_hash_table_unref);
}

/* -1 if it is not known, or another program has the number by now. */
static double
mvx_top_get_rate (gint64 now, gint64 then, gint64 interval_us)
{
  if (now < 0 || then < 0 || now < then || interval_us <= 0)
    return -1;
  return (double) (now - then) * G_USEC_PER_SEC / (double) interval_us;
}

/* As Prometheus does it: evenly spread within a class, and of the last one only the beginning is known. */
static double
mvx_top_get_percentile (const gint64 *times, guint n_times, double part, gboolean *open)
{
  double total = 0;
  double rank, sum = 0;

  *open = FALSE;
  for (guint i = 0; i < n_times; i++)
    total += (double) times[i];
  if (total == 0)
    return -1;
  rank = part * total;
  for (guint i = 0; i + 1 < n_times; i++)
    {
      double low = i == 0 ? 0 : (double) (G_GUINT64_CONSTANT (1) << (i - 1));
      double high = (double) (G_GUINT64_CONSTANT (1) << i);

      if (times[i] > 0 && sum + (double) times[i] >= rank)
        return low + (high - low) * (rank - sum) / (double) times[i];
      sum += (double) times[i];
    }
  *open = TRUE;
  return n_times < 2 ? 0 : (double) (G_GUINT64_CONSTANT (1) << (n_times - 2));
}

static void
mvx_top_get_percentiles (const MvxTopSink *sink, const MvxTopPast *past, MvxTopRates *rates)
{
  gint64 times[MVX_TOP_MAX_TIMES];
  gboolean open;

  for (guint i = 0; past && i < sink->n_times; i++)
    if (sink->times[i] < past->times[i])
      past = NULL; /* another program has the number by now */
  for (guint i = 0; i < sink->n_times; i++)
    times[i] = sink->times[i] - (past ? past->times[i] : 0);
  rates->p50_us = mvx_top_get_percentile (times, sink->n_times, 0.5, &open);
  rates->p99_us = mvx_top_get_percentile (times, sink->n_times, 0.99, &rates->p99_open);
}

static void
mvx_top_remember (const MvxTopSink *sink, const char *key, MvxTopBefore *next)
{
  MvxTopPast *past = g_new0 (MvxTopPast, 1);

  past->offered = sink->numbers[MVX_TOP_OFFERED];
  past->delivered = sink->numbers[MVX_TOP_DELIVERED];
  for (guint i = 0; i < sink->n_times; i++)
    past->times[i] = sink->times[i];
  g_hash_table_replace (next->sinks, g_strdup (key), past);
}

static void
mvx_top_add_rate (double *all, double one)
{
  if (one >= 0)
    *all = MAX (*all, 0) + one;
}

void
mvx_top_get_rates (const MvxTopProgram *program,
                   gint64 now_us,
                   const MvxTopBefore *before,
                   MvxTopBefore *next,
                   MvxTopRates *sinks,
                   MvxTopRates *all)
{
  gint64 interval_us = before->time_us > 0 ? now_us - before->time_us : 0;

  *all = (MvxTopRates){ .in_per_s = -1, .out_per_s = -1, .p50_us = -1, .p99_us = -1 };
  for (guint i = 0; i < program->sinks->len; i++)
    {
      const MvxTopSink *sink = g_ptr_array_index (program->sinks, i);
      g_autofree char *key = g_strdup_printf ("%d/%s", program->pid, sink->label);
      const MvxTopPast *past = g_hash_table_lookup (before->sinks, key);

      sinks[i].in_per_s = past ? mvx_top_get_rate (sink->numbers[MVX_TOP_OFFERED], past->offered, interval_us) : -1;
      sinks[i].out_per_s
          = past ? mvx_top_get_rate (sink->numbers[MVX_TOP_DELIVERED], past->delivered, interval_us) : -1;
      mvx_top_get_percentiles (sink, past, &sinks[i]);
      mvx_top_add_rate (&all->in_per_s, sinks[i].in_per_s);
      mvx_top_add_rate (&all->out_per_s, sinks[i].out_per_s);
      mvx_top_remember (sink, key, next);
    }
}
