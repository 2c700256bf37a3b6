/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Message templates: text with {key} for the value of a field, and {{ and }} for braces. Whatever does not parse as
 * that stays as it is, and so does the name of a field that the event does not have. */
#pragma once

#include "base/escape-private.h"
#include "event/callsite-private.h"

G_BEGIN_DECLS

/* One piece of a template: a literal, or a key. @text is a part of the template; of a key it includes the braces, so
 * that it can be written as it stands. */
typedef struct
{
  const char *text;
  gsize       len;
  gboolean    is_key;
} MvxLogTemplateToken;

/* Takes the next piece from *@p (NUL-terminated). FALSE at the end. */
gboolean mvx_log_template_next (const char         **p,
                                MvxLogTemplateToken *token);

#define MVX_LOG_TEMPLATE_LITERAL (-1)
#define MVX_LOG_TEMPLATE_BY_KEY (-2)

/* The same piece compiled for a callsite. */
typedef struct
{
  const char *text;     /* in the callsite's own template */
  guint32     len;
  guint32     json_len;
  const char *json;     /* the text escaped for JSON, with the slack of mvx_log_copy_blocks() */
  gboolean    plain;    /* nothing in the text needs an escape, whichever */
  gint        field;    /* index of the callsite's field, or one of the two above */
} MvxLogTemplatePiece;

typedef struct
{
  guint                n_pieces;
  MvxLogTemplatePiece *pieces;
} MvxLogTemplate;

void mvx_log_template_compile (MvxLogTemplate       *compiled,
                               const MvxLogCallsite *site);
void mvx_log_template_clear   (MvxLogTemplate       *compiled);

G_END_DECLS
