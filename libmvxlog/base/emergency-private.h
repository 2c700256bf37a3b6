/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who else gets what is written in an emergency. */
#pragma once

#include <mvxlog/emergency.h>

G_BEGIN_DECLS

#define MVX_LOG_EMERGENCY_MAX_FDS 16

/* A descriptor that is never closed again, so that no handler can write to what its number means by then: another file
 * takes its place. @fd is copied; -1: nobody gets anything there any more. */
typedef struct
{
  int      fd;      /* atomic: -1 while nobody uses it */
  gint     json;    /* atomic */
  int      own;     /* the number that is kept; 0: none yet */
  guint    generation; /* atomic, relaxed: a slot that is in use is set anew in the same process */
} MvxLogEmergencySlot;

extern MvxLogEmergencySlot mvx_log_emergency_slots[MVX_LOG_EMERGENCY_MAX_FDS];

/* @slot is -1 at first. Returns the slot, or -1 if there is none left or no descriptor to be had. */
int mvx_log_emergency_offer (int      slot,
                             int      fd,
                             gboolean json);

G_END_DECLS
