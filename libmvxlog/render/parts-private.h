/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the formats made of parts have in common: a line is a list of parts, each padded or cut to a width. */
#pragma once

#include "render/renderer-private.h"

G_BEGIN_DECLS

/* A width beyond is a slip of the finger. */
#define MVX_LOG_PARTS_MAX_WIDTH 1000

typedef enum
{
  MVX_LOG_ALIGN_RIGHT, /* padded before */
  MVX_LOG_ALIGN_LEFT,
  MVX_LOG_ALIGN_CENTRE
} MvxLogAlign;

/* What a part writes: a letter. Those that the percent style knows are its directives. */
typedef enum
{
  MVX_LOG_PART_LITERAL = 0,
  MVX_LOG_PART_TIME = 't',
  MVX_LOG_PART_STRFTIME = 'T',
  MVX_LOG_PART_LEVEL = 'l',
  MVX_LOG_PART_UPPER_LEVEL = 'L',
  MVX_LOG_PART_LEVEL_NUMBER = 'v',
  MVX_LOG_PART_CONTEXT = 'c',
  MVX_LOG_PART_EVENT = 'e',
  MVX_LOG_PART_EVENT_ID = 'I',
  MVX_LOG_PART_ENTITY = 'y',
  MVX_LOG_PART_OUTCOME = 'o',
  MVX_LOG_PART_MESSAGE = 'm',
  MVX_LOG_PART_FIELDS = 'f',
  MVX_LOG_PART_FIELD = '{',
  MVX_LOG_PART_ERROR = 'x',
  MVX_LOG_PART_FILE = 'F',
  MVX_LOG_PART_BASENAME = 'b',
  MVX_LOG_PART_MODULE = 'd',
  MVX_LOG_PART_LINE = 'n',
  MVX_LOG_PART_FUNCTION = 'M',
  MVX_LOG_PART_PROCESS = 'p',
  MVX_LOG_PART_THREAD = 'h',
  MVX_LOG_PART_SEQ = 's',
  MVX_LOG_PART_TRACE = 'r',
  MVX_LOG_PART_SPAN = 'i',
  MVX_LOG_PART_HOST = 'H'
} MvxLogPartKind;

typedef struct
{
  MvxLogPartKind kind;
  MvxLogAlign    align;
  guint16        width; /* in characters */
  guint16        most;  /* characters that are kept; 0 for all */
  char           fill[7]; /* one character, NUL-terminated; empty: a space */
  char          *text;  /* literal (escaped, with the slack of mvx_log_copy_blocks()), format of strftime, key of a field */
  gsize          len;
  char          *otherwise; /* what stands for a field that the event does not have, escaped; NULL: nothing */
} MvxLogPart;

typedef struct
{
  GArray  *list;  /* of MvxLogPart */
  gboolean quick; /* all of them can be written as render/quick does it */
  gboolean whole_message; /* what the fields have in common with the message can be taken from it */
  gsize    room;  /* that literals and widths need then */
  guint    n_head; /* parts at the front that make a head of lines (render/linehead) */
} MvxLogParts;

/* An empty list for a compiler to fill. */
GArray *mvx_log_parts_new         (void);
/* Literals come from the configuration, but must not break the line either. A tab is fine between columns. */
void    mvx_log_parts_add_literal (GArray                *list,
                                   const char            *text,
                                   gsize                  len);

/* For MvxLogFormat: takes over a filled list; tears down; renders. */
void    mvx_log_parts_set         (MvxLogRenderer        *renderer,
                                   GArray                *list);
void    mvx_log_parts_tear_down   (MvxLogRenderer        *renderer);
void    mvx_log_parts_render      (const MvxLogRenderer  *renderer,
                                   const MvxLogEvent     *event,
                                   MvxLogBuffer          *buffer);

G_END_DECLS
