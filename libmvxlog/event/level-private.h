/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/level.h>

G_BEGIN_DECLS

/* Lower-case name with its length, or NULL for a number without a name. Lock-free; the text is immortal. */
const char *mvx_log_level_name (gint   level,
                                gsize *len);
/* The same in upper case; NULL also for numbers that are seldom used, 64 and more. */
const char *mvx_log_level_upper_name (gint   level,
                                      gsize *len);

/* Counts how often names of numbers have changed. */
extern guint mvx_log_level_generation;

static inline guint
mvx_log_level_get_generation (void)
{
  /* Pairs with the release in mvx_log_level_renew_labels(). */
  return __atomic_load_n (&mvx_log_level_generation, __ATOMIC_ACQUIRE);
}

/* Is it one of the levels whose numbers are fixed? */
gboolean    mvx_log_level_is_builtin (gint level);

/* A level that is not registered yet. */
typedef struct
{
  char *name;
  gint  level;
  char *colour; /* nullable */
  char *icon;   /* nullable */
} MvxLogLevelSpec;

/* Whether it can be registered. */
gboolean    mvx_log_level_check     (const MvxLogLevelSpec *spec,
                                     GError               **error);
/* What a configuration is about to register: mvx_log_level_from_string() on this thread knows these names, too, until
 * they are taken back with NULL. Borrowed: of MvxLogLevelSpec. */
void        mvx_log_level_set_draft (const GPtrArray       *specs);

G_END_DECLS
