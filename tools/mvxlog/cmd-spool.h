/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between cmd-spool.c, which looks at spools, and spool-change.c, which changes them. */
#pragma once

#include "spool/spool-walk.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean json;
  gboolean dead;    /* dead letters instead of what waits */
  char    *older;   /* a duration */
  char    *config;
  char    *sink;
  char    *timeout;
  char   **paths;
} MvxSpoolOptions;

int mvx_spool_replay (const MvxSpoolOptions *options,
                      GPtrArray             *places);
int mvx_spool_repair (const MvxSpoolOptions *options,
                      GPtrArray             *places);
int mvx_spool_prune  (const MvxSpoolOptions *options,
                      GPtrArray             *places);

G_END_DECLS
