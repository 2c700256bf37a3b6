/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* -F key=text and -F key:=json. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef struct
{
  GArray    *fields; /* MvxLogField, borrowing from what follows */
  GPtrArray *texts;
  GPtrArray *variants;
  gboolean   has_container; /* a list or a map is among them */
} MvxEmitFields;

MvxEmitFields *mvx_emit_fields_new  (void);
void           mvx_emit_fields_free (MvxEmitFields *fields);
/* The message is for people and shows the field. */
gboolean       mvx_emit_fields_add  (MvxEmitFields *fields,
                                     const char    *argument,
                                     GError       **error);
/* Severity behind a syslog prefix ("<3>text" is an error); skips it. FALSE: there is none. */
gboolean       mvx_emit_prefix      (const char   **line,
                                     gsize         *length,
                                     gint          *level);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxEmitFields, mvx_emit_fields_free)

G_END_DECLS
