/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The formats as data. A format is one regular expression for the head of a line, which every line has, and some for
 * the details that its text may hold. Their named groups become fields. */
#pragma once

#include "loghub-parse.h"

G_BEGIN_DECLS

/* A syslog line does not say its year. */
#define LOGHUB_SYSLOG_YEAR 2015

#define LOGHUB_MAX_KEYS 6

typedef struct
{
  const char *pattern;
  const char *keys[LOGHUB_MAX_KEYS]; /* its named groups that become fields */
} LoghubPattern;

typedef struct
{
  const char          *context; /* NULL: the head names it */
  LoghubPattern        head;
  const LoghubPattern *details; /* the last has no pattern */
} LoghubFormatInfo;

const LoghubFormatInfo *loghub_format_get_info (LoghubFormat  format);
MvxLogKind              loghub_format_get_kind (const char   *key);

G_END_DECLS
