/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/sink.h>

#include "base/atfork-private.h"

G_BEGIN_DECLS

#define MVX_LOG_SINK_LEVEL_UNSET G_MININT

/* What every sink has beside its own type; attached at first use, freed with the sink. The counters are those of sinks
 * that deliver in the caller's thread; asynchronous ones keep their own and answer get_counters. */
typedef struct
{
  gint    level;   /* atomic; MVX_LOG_SINK_LEVEL_UNSET if nobody has given it one */
  gint    enabled; /* atomic */
  gint    users;   /* atomic: logging calls that are about to hand it an event, see below */
  gboolean quiet;  /* set at birth: nothing in it ever logs by itself */
  GMutex  mutex;   /* name, shape */
  char   *name;
  struct _MvxLogShape *shape; /* atomic to look whether there is one */
  gboolean transparent;       /* a group: shaping is its members' business, unless it has a shape of its own */
  guint64  filtered;          /* atomic: kept away by shape or context */
  gint     health;            /* atomic: MvxLogSinkHealth of the sink itself, HALF_OPEN being OPEN after probe_us */
  gint64   probe_us;          /* atomic: g_get_monotonic_time() */
  struct _MvxLogMembers *members; /* set at birth: where it forwards to; NULL for most */
  guint    generation;        /* set at birth: mvx_log_fork_generation of that time */
  gpointer sink;              /* whose it is; not owned */
  MvxLogCounters counters; /* atomic, relaxed */
} MvxLogSinkCommon;

/* Made before the fork that made this process: its locks and its thread are gone, and nothing of it may be touched. */
static inline gboolean
mvx_log_sink_is_inherited (const MvxLogSinkCommon *common)
{
  return G_UNLIKELY (common->generation != mvx_log_fork_generation);
}

MvxLogSinkCommon *mvx_log_sink_common           (MvxLogSink *sink);
/* A sink that says FALSE owes an error. */
void              mvx_log_sink_ensure_error     (MvxLogSink *sink,
                                                 const char *what,
                                                 GError    **error);
void              mvx_log_sink_set_name         (MvxLogSink *sink,
                                                 const char *name);
/* Level and enabled as one threshold: MVX_LOG_LEVEL_OFF if disabled. Lock-free. */
gint              mvx_log_sink_threshold        (const MvxLogSinkCommon *common);
/* Level of the sinks that were given none: INFO, or less while somebody asks for more than that of some contexts. */
void              mvx_log_sink_set_default_level (gint level);
/* Back to that. */
void              mvx_log_sink_reset_level      (MvxLogSink *sink);
/* A logging call that has left the quiesce region still counts as a user of each of its sinks until that has the event.
 * Begin inside the region. */
void              mvx_log_sink_begin_use        (MvxLogSinkCommon *common);
void              mvx_log_sink_end_use          (MvxLogSinkCommon *common);
/* For a sink that no settings name any more: waits until nobody is about to hand it an event. */
gboolean          mvx_log_sink_wait_unused      (MvxLogSink *sink,
                                                 gint64      deadline_us);
/* Called whenever a sink's threshold (with NULL, that of many) or its shape changes; the context floor recomputes what
 * it has derived. */
void              mvx_log_sink_set_changed_func (void      (*func) (MvxLogSink *sink, gboolean shape));

/* (transfer full) (nullable) */
struct _MvxLogShape *mvx_log_sink_ref_shape    (MvxLogSinkCommon    *common);
/* Takes over @shape, which is nullable. */
void              mvx_log_sink_take_shape       (MvxLogSink *sink,
                                                 struct _MvxLogShape *shape);
/* mvx_log_sink_log() for an event that has the sink's shape already. */
gboolean          mvx_log_sink_log_shaped       (MvxLogSink        *sink,
                                                 const MvxLogEvent *event,
                                                 GError           **error);
void              mvx_log_sink_count_filtered   (MvxLogSinkCommon  *common);
/* mvx_log_sink_log() for an event that another sink has taken already: a level that nobody gave @sink does not count. */
gboolean          mvx_log_sink_log_handed_on    (MvxLogSink        *sink,
                                                 const MvxLogEvent *event,
                                                 GError           **error);

/* What the sink itself knows; @probe_us is for OPEN. */
void              mvx_log_sink_set_health       (MvxLogSinkCommon  *common,
                                                 MvxLogSinkHealth   health,
                                                 gint64             probe_us);
/* When an open circuit is to be probed: g_get_monotonic_time(); 0 if it is closed. */
gint64            mvx_log_sink_get_probe_time   (MvxLogSinkCommon  *common);
/* Is it worth handing it an event? Enabled, and UP or HALF_OPEN. */
gboolean          mvx_log_sink_is_usable        (MvxLogSink        *sink);

G_END_DECLS
