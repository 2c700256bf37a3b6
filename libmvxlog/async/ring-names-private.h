/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the numbers in the records of a crash ring mean, as its process wrote it down before it used them. A file of entries:
 * { u32 size of all, a multiple of eight, u32 CRC of what follows, u32 kind, u32 number, payload, zeros }. The first one
 * is the head. */
#pragma once

#include <mvxlog/buffer.h>

#include "event/callsite-private.h"
#include "event/symbol-private.h"

G_BEGIN_DECLS

#define MVX_LOG_RING_NAMES "names"

/* Of the process; all numbers in native byte order, for it is read on the same machine. */
typedef struct
{
  guint32 version;
  guint32 order;        /* 0x01020304 */
  guint32 lane_size;    /* of the structures, which are read as they lie there */
  guint32 segment_size;
  guint64 boot;
  guint64 ticks;        /* of the clock, at the same time as … */
  gint64  ns;           /* … this one: nanoseconds since 1970, */
  gint64  monotonic_us; /* and this one, which nobody sets */
  guint32 pid;
  guint32 reserved;
} MvxLogRingHead;

typedef struct
{
  MvxLogRingHead head;
  GHashTable    *sites;    /* number there -> const MvxLogCallsite of this process */
  GHashTable    *contexts; /* number there -> const MvxLogSymbol of this process */
  double         ns_per_tick; /* 0: not known */
} MvxLogRingNames;

/* @lane_size and @segment_size: of the structures as whoever writes them, or reads them, knows them. */
void             mvx_log_ring_names_put_head   (MvxLogBuffer         *buffer,
                                                gsize                 lane_size,
                                                gsize                 segment_size);
/* Room for it in an empty @buffer. FALSE: there is no memory. */
gboolean         mvx_log_ring_names_reserve_site (MvxLogBuffer       *buffer,
                                                const MvxLogCallsite *site);
void             mvx_log_ring_names_put_site   (MvxLogBuffer         *buffer,
                                                const MvxLogCallsite *site);
void             mvx_log_ring_names_put_symbol (MvxLogBuffer         *buffer,
                                                const MvxLogSymbol   *symbol);
/* Reads the file of that name in @dir, which is called @path. */
MvxLogRingNames *mvx_log_ring_names_read       (int                   dir,
                                                const char           *path,
                                                gsize                 lane_size,
                                                gsize                 segment_size,
                                                GError              **error);
/* Nanoseconds since 1970 of a raw reading of the clock there. */
gint64           mvx_log_ring_names_convert    (const MvxLogRingNames *self,
                                                guint64               raw);
void             mvx_log_ring_names_free       (MvxLogRingNames      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogRingNames, mvx_log_ring_names_free)

G_END_DECLS
