/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nothing is unaccounted: the identity of a sink's ledger, for every test that moves events. */
#pragma once

#include <mvxlog/ledger.h>
#include <mvxlog/sink.h>

static inline guint64
ledger_sum (const guint64 *reasons)
{
  guint64 sum = 0;

  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    sum += reasons[i];
  return sum;
}

/* Holds at any time. */
static inline void
ledger_check_counters (const MvxLogCounters *c)
{
  g_assert_cmpuint (c->offered, ==, c->accepted + ledger_sum (c->refused));
  g_assert_cmpuint (c->accepted, ==,
                    c->delivered + c->diverted + c->pending + c->spooled + ledger_sum (c->dropped));
  g_assert_cmpuint (c->recovered, <=, c->accepted);
  g_assert_cmpuint (c->dead, <=, ledger_sum (c->dropped));
}

static inline guint64
ledger_lost (const MvxLogCounters *c, MvxLogReason reason)
{
  guint64 lost = 0;

  for (guint i = 0; i < MVX_LOG_N_LEVEL_CLASSES; i++)
    lost += c->lost[i][reason];
  return lost;
}

/* While others log: what is read later is of a slightly later moment. */
static inline MvxLogCounters
ledger_check_moving (MvxLogSink *sink)
{
  MvxLogCounters counters = { 0 };

  mvx_log_sink_get_counters (sink, &counters);
  ledger_check_counters (&counters);
  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    g_assert_cmpuint (ledger_lost (&counters, (MvxLogReason) i), >=, counters.dropped[i]);
  return counters;
}

/* While nobody does. */
static inline MvxLogCounters
ledger_check (MvxLogSink *sink)
{
  MvxLogCounters counters = { 0 };

  mvx_log_sink_get_counters (sink, &counters);
  ledger_check_counters (&counters);
  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    g_assert_cmpuint (ledger_lost (&counters, (MvxLogReason) i), ==, counters.dropped[i] + counters.refused[i]);
  return counters;
}
