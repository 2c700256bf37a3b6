/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds spools and reads them, without changing them. */
#pragma once

#include <mvxlog/mvxlog.h>

#include "durable/dead-letter-private.h"
#include "durable/spool-home-private.h"

#include "base/tool-progress.h"

G_BEGIN_DECLS

/* A stream, or the dead letters of a sink. */
typedef struct
{
  char    *directory; /* of the sink */
  char    *stream;    /* NULL: dead letters */
  char    *path;      /* of itself, for people */
  gboolean live;      /* a process has it */
  guint64  bytes;     /* of its files */
  guint    n_files;
} MvxSpoolPlace;

typedef struct
{
  guint64 n_events;    /* in it and not delivered; dead letters */
  guint64 n_delivered; /* in it, too */
  guint64 n_damaged;   /* places that cannot be read */
  guint64 n_unknown;   /* files that cannot be read at all */
  guint64 torn;        /* bytes of a write that was never finished */
} MvxSpoolSum;

typedef struct
{
  const MvxLogStreamId   *stream;
  guint64                 seq;
  const guint8           *bytes;
  guint32                 size;
  const MvxLogDeadLetter *letter; /* NULL for others */
} MvxSpoolEntry;

typedef struct
{
  /* For what is not delivered, in order; nullable. FALSE ends it. */
  gboolean       (*entry)   (const MvxSpoolEntry *entry, gpointer data);
  /* Nullable: something is wrong with a file. */
  void           (*problem) (const char *path, const char *text, gpointer data);
  gpointer         data;
  MvxToolProgress *progress; /* nullable: gets the bytes that have been read */
} MvxSpoolVisit;

void       mvx_spool_place_free (MvxSpoolPlace       *place);
/* Streams and dead letters of the sinks in and below @paths (NULL: where programs put them by themselves); sorted.
 * (element-type MvxSpoolPlace) */
GPtrArray *mvx_spool_find       (char *const         *paths,
                                 GError             **error);
guint64    mvx_spool_sum_bytes  (const GPtrArray     *places);
/* FALSE with an error: it cannot be read. What is damaged is no error. */
gboolean   mvx_spool_read       (const MvxSpoolPlace *place,
                                 const MvxSpoolVisit *visit,
                                 MvxSpoolSum         *sum,
                                 GError             **error);

G_END_DECLS
