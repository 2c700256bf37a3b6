/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where an event comes from, as the last members of a JSON object, under the keys of some schema. */
#pragma once

#include "render/renderer-private.h"

G_BEGIN_DECLS

/* Each as ,"key": */
typedef struct
{
  const char *trace;
  const char *span;
  const char *file;
  const char *line;
  const char *function;
  const char *process;
  const char *thread;
  const char *seq;
} MvxLogJsonOriginKeys;

/* Ends the object and the line. */
void mvx_log_json_origin_append (const MvxLogJsonOriginKeys *keys,
                                 const MvxLogRenderer       *renderer,
                                 MvxLogBuffer               *buffer,
                                 const MvxLogEvent          *event);

G_END_DECLS
