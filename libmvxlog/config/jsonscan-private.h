/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tokens of JSON (RFC 8259) with their places. json-glib is lenient (comments, duplicates), recurses without a limit
 * and does not say where a member stands. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_JSON_END,
  MVX_LOG_JSON_STRING, /* with its quotes */
  MVX_LOG_JSON_NUMBER,
  MVX_LOG_JSON_WORD,   /* true, false, null */
  MVX_LOG_JSON_PUNCT,  /* one of {}[]:, */
  MVX_LOG_JSON_BAD
} MvxLogJsonKind;

typedef struct
{
  MvxLogJsonKind kind;
  const char    *start;
  gsize          length;
  guint          line;
  guint          column;
  const char    *fault; /* BAD */
} MvxLogJsonToken;

typedef struct
{
  const char *p;
  const char *end;
  guint       line;
  guint       column;
} MvxLogJsonScan;

/* @data must be valid UTF-8. */
void mvx_log_json_scan_init (MvxLogJsonScan  *scan,
                             const char      *data,
                             gsize            length);
void mvx_log_json_scan_next (MvxLogJsonScan  *scan,
                             MvxLogJsonToken *token);
/* Goes on to @to. */
void mvx_log_json_scan_skip (MvxLogJsonScan  *scan,
                             const char      *to);

G_END_DECLS
