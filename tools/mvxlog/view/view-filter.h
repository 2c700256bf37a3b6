/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which events are shown. */
#pragma once

#include "view/view-event.h"

G_BEGIN_DECLS

/* As given on the command line; all nullable. */
typedef struct
{
  const char *level;
  const char *context;
  const char *where;
  const char *since;
  const char *until;
  const char *grep;
  const char *trace;
} MvxViewFilterOptions;

/* What events have to be like, for whoever can look for them better than one by one. */
typedef struct
{
  gboolean               has_level;
  gint                   level;
  const char            *context;  /* nullable */
  const char            *trace;    /* nullable */
  const MvxLogPredicate *where;    /* nullable */
  gint64                 since_us; /* G_MININT64 for none */
  gint64                 until_us; /* G_MAXINT64 for none */
} MvxViewFilterTerms;

typedef struct _MvxViewFilter MvxViewFilter;

/* The message names the option. @now_us: what relative times count from. */
MvxViewFilter *mvx_view_filter_new           (const MvxViewFilterOptions *options,
                                              gint64                      now_us,
                                              GError                    **error);
void           mvx_view_filter_free          (MvxViewFilter              *filter);
/* Borrowed from the filter. */
void           mvx_view_filter_get_terms     (const MvxViewFilter        *filter,
                                              MvxViewFilterTerms         *terms);
gboolean       mvx_view_filter_matches       (MvxViewFilter              *filter,
                                              MvxViewEvent               *event);
/* A line that is no event has no fields: it passes only if nothing but --grep is asked for. */
gboolean       mvx_view_filter_matches_line  (MvxViewFilter              *filter,
                                              const char                 *line,
                                              gsize                       length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxViewFilter, mvx_view_filter_free)

G_END_DECLS
