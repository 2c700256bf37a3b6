/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One event against one expectation, and both as text. */
#pragma once

#include <mvxlog/event.h>

G_BEGIN_DECLS

typedef struct
{
  gint         level;            /* NOTSET: any */
  char        *message_template; /* NULL: any */
  MvxLogEvent *event;            /* has the fields */
} MvxLogTestExpectation;

/* NULL if @event is what is expected, else the first thing that differs, as half a sentence. */
char *mvx_log_test_match_differs      (const MvxLogTestExpectation *expected,
                                       const MvxLogEvent           *event);
/* Is it at least about the same? */
gboolean mvx_log_test_match_resembles (const MvxLogTestExpectation *expected,
                                       const MvxLogEvent           *event);
void  mvx_log_test_match_append       (GString                     *text,
                                       const MvxLogTestExpectation *expected);
void  mvx_log_test_match_append_event (GString                     *text,
                                       const MvxLogEvent           *event);

G_END_DECLS
