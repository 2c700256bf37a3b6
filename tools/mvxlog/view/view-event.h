/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line of a log as an event: JSON Lines of our renderer, other JSON objects, or what --parse made of it. */
#pragma once

#include "sink/predicate-private.h"
#include "base/tool-json.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_VIEW_TS,
  MVX_VIEW_LEVEL,
  MVX_VIEW_CONTEXT,
  MVX_VIEW_EVENT,
  MVX_VIEW_ENTITY,
  MVX_VIEW_OUTCOME,
  MVX_VIEW_MESSAGE,
  MVX_VIEW_ERROR,
  MVX_VIEW_TRACE,
  MVX_VIEW_SPAN,
  MVX_VIEW_FILE,
  MVX_VIEW_LINE,
  MVX_VIEW_FUNC,
  MVX_VIEW_PID,
  MVX_VIEW_THREAD,
  MVX_VIEW_SEQ,
  MVX_VIEW_TEMPLATE,
  MVX_VIEW_N_ROLES,
  MVX_VIEW_USER = MVX_VIEW_N_ROLES /* a field of the user */
} MvxViewRole;

typedef struct
{
  char        *key;
  MvxViewRole  role;
  MvxJsonKind  kind;
  char        *text;   /* what a string means, else as it is written; NUL-terminated */
  gsize        length;
} MvxViewField;

typedef struct
{
  GArray       *fields; /* in the order of the line */
  gint          by_role[MVX_VIEW_N_ROLES]; /* index, -1 for none */
  gboolean      has_level;
  gint          level;
  gboolean      has_time;
  gint64        time_us; /* since 1970 */
  const char   *line;    /* borrowed */
  gsize         line_length;
  gboolean      is_json; /* line is a JSON object */
  GString      *scratch;
} MvxViewEvent;

MvxViewEvent       *mvx_view_event_new      (void);
void                mvx_view_event_free     (MvxViewEvent       *event);
/* Forgets everything, so that the next line can be read into it. */
void                mvx_view_event_reset    (MvxViewEvent       *event);
/* FALSE: the line is no JSON object. */
gboolean            mvx_view_event_read     (MvxViewEvent       *event,
                                             const char         *line,
                                             gsize               length);
/* Adds a field; a standard key takes its role. */
void                mvx_view_event_add      (MvxViewEvent       *event,
                                             const char         *key,
                                             MvxJsonKind         kind,
                                             const char         *text,
                                             gsize               length);
/* Fills in level and time from the fields. */
void                mvx_view_event_settle   (MvxViewEvent       *event);
const MvxViewField *mvx_view_event_get      (const MvxViewEvent *event,
                                             MvxViewRole         role);
/* By key. */
const MvxViewField *mvx_view_event_find     (const MvxViewEvent *event,
                                             const char         *key);
/* For predicates; @data is the event. "a.b" also finds the member b of the object a. */
extern const MvxLogPredicateFuncs mvx_view_event_funcs;

/* Names, numbers and the abbreviations that other programs write. */
gboolean            mvx_view_level_parse    (const char         *text,
                                             gint               *level);
gboolean            mvx_view_time_parse     (const char         *text,
                                             gint64             *time_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxViewEvent, mvx_view_event_free)

G_END_DECLS
