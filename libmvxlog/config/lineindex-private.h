/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which line of a key-file is what, with columns: what GKeyFile does not tell. Same syntax, but every fault is reported
 * and nothing is silently merged. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_LINE_GROUP,
  MVX_LOG_LINE_KEY,
  MVX_LOG_LINE_BAD
} MvxLogLineKind;

typedef struct
{
  MvxLogLineKind kind;
  guint          line;
  guint          column;       /* of the group's '[', the key, or the fault; in characters */
  guint          value_column;
  char          *name;         /* of the group or key; NULL for BAD */
  char          *value;        /* as written, without leading blanks */
  char          *fault;        /* BAD: what is wrong */
  gboolean       header;       /* BAD: meant to be a group's header */
} MvxLogLine;

/* Elements: MvxLogLine; comments and empty lines are left out. Invalid UTF-8, NULs and stray carriage returns make a
 * line BAD. */
GPtrArray *mvx_log_line_index (const char *data,
                               gsize       length);

G_END_DECLS
