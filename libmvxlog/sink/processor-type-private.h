/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processors that the library has, by type: what `[processor NAME] type=` may say. */
#pragma once

#include <mvxlog/options.h>

#include "sink/processor-private.h"

G_BEGIN_DECLS

typedef struct
{
  const char             *name;
  const char             *summary;
  const MvxLogOptionSpec *options;
  MvxLogProcessorFunc     process;
  /* Returns the data of @process. */
  gpointer              (*configure) (MvxLogOptions *options, GError **error);
  GDestroyNotify          destroy;
} MvxLogProcessorType;

extern const MvxLogProcessorType mvx_log_processor_types[]; /* the last one has no name */

const MvxLogProcessorType *mvx_log_processor_type_find  (const char                *name);
/* All names, NULL-terminated (transfer container). */
const char               **mvx_log_processor_type_names (void);
MvxLogProcessor           *mvx_log_processor_type_make  (const MvxLogProcessorType *type,
                                                         MvxLogOptions             *options,
                                                         GError                   **error);

G_END_DECLS
