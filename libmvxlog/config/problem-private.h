/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that is wrong with a configuration, collected, so that it can be reported at once. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where something stands. Lines and columns (characters) count from 1; 0 if unknown. */
typedef struct
{
  const char *file;  /* interned */
  guint       order; /* of the file among those read */
  guint       line;
  guint       column;
} MvxLogConfigOrigin;

typedef struct _MvxLogProblems MvxLogProblems;

MvxLogProblems *mvx_log_problems_new         (void);
void            mvx_log_problems_free        (MvxLogProblems           *problems);
/* One more file was read. */
void            mvx_log_problems_add_file    (MvxLogProblems           *problems);
/* @group and @key are nullable. */
void            mvx_log_problems_add         (MvxLogProblems           *problems,
                                              const MvxLogConfigOrigin *at,
                                              const char               *group,
                                              const char               *key,
                                              const char               *format,
                                              ...) G_GNUC_PRINTF (5, 6);
/* One that strict=no turns into a warning. */
void            mvx_log_problems_add_lenient (MvxLogProblems           *problems,
                                              const MvxLogConfigOrigin *at,
                                              const char               *group,
                                              const char               *key,
                                              const char               *format,
                                              ...) G_GNUC_PRINTF (5, 6);
gboolean        mvx_log_problems_is_full     (MvxLogProblems           *problems);
guint           mvx_log_problems_get_n       (MvxLogProblems           *problems);
/* Without the lenient ones. */
guint           mvx_log_problems_get_n_hard  (MvxLogProblems           *problems);
/* Says the lenient ones as diagnostics and forgets them. */
void            mvx_log_problems_warn        (MvxLogProblems           *problems);
/* NULL if there are none. INVALID, sorted by file and line, one per line of the message; details: "problems",
 * a(suusss): file, line, column, group, key, reason; "files", u: how many were read. */
GError         *mvx_log_problems_to_error    (MvxLogProblems           *problems);
/* "; did you mean 'X'?", or "", also if so much is wrong that nobody will read it. (transfer full) */
char           *mvx_log_problems_hint        (MvxLogProblems           *problems,
                                              const char               *word,
                                              const char *const        *candidates);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogProblems, mvx_log_problems_free)

G_END_DECLS
