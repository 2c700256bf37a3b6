/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fields of an event for plugins that send them one by one. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef struct
{
  const char *key;
  MvxLogValue value;
} MvxField;

/* Fills @fields, an array of MvxField. Of several with one key the last counts; the event's own error goes to @error, and
 * is none of them. FALSE: it has no error. */
gboolean mvx_fields_collect (GArray            *fields,
                             const MvxLogEvent *event,
                             MvxLogValue       *error);

G_END_DECLS
