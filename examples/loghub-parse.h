/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Turns lines of four well-known log formats into typed fields. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef enum
{
  LOGHUB_APACHE,
  LOGHUB_HDFS,
  LOGHUB_OPENSSH,
  LOGHUB_OPENSTACK
} LoghubFormat;

#define LOGHUB_MAX_FIELDS 24
#define LOGHUB_MAX_CONTEXT 128

/* A parsed line. Its fields point into the line that was parsed. */
typedef struct
{
  gboolean    matched; /* else there are no fields */
  gint        level;
  guint       n_fields;
  MvxLogField fields[LOGHUB_MAX_FIELDS];
  char        context[LOGHUB_MAX_CONTEXT];
} LoghubLine;

typedef struct _LoghubParser LoghubParser;

LoghubParser *loghub_parser_new  (LoghubFormat   format);
void          loghub_parser_free (LoghubParser  *parser);
gboolean      loghub_parser_read (LoghubParser  *parser,
                                  const char    *text,
                                  LoghubLine    *line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LoghubParser, loghub_parser_free)

G_END_DECLS
