/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What killed programs have left in their crash rings. */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

/**
 * MvxLogRecoverFunc:
 * @events: (array length=n_events): events, oldest first; valid for the call
 * @n_events: how many
 * @user_data: data
 *
 * Gets events that a program had accepted before it was killed, on the thread that recovers them.
 *
 * Returns: %FALSE to stop: these and what follows is left where it is
 *
 * Since: 1.0
 */
typedef gboolean (*MvxLogRecoverFunc) (MvxLogEvent *const *events,
                                       guint               n_events,
                                       gpointer            user_data);

/**
 * MvxLogRecoverFlags:
 * @MVX_LOG_RECOVER_TAKE: what @func has got is removed
 * @MVX_LOG_RECOVER_KEEP: everything stays where it is
 *
 * What becomes of recovered events in the end.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_RECOVER_TAKE = 0,
  MVX_LOG_RECOVER_KEEP = 1 << 0
} MvxLogRecoverFlags;

/**
 * MvxLogRecoverLedger:
 * @n_events: how many events were given to the function, and taken by it
 * @n_again: how many of them may have been delivered before, as the sink had them when its program was killed: one
 *   batch, or as many as it had in flight
 * @n_damaged: how many places could not be read, each of them an event or the rest of a file
 *
 * What became of what killed programs have left.
 *
 * Since: 1.0
 */
typedef struct
{
  guint64 n_events;
  guint64 n_again;
  guint64 n_damaged;
} MvxLogRecoverLedger;

MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_recover (const char          *directory,
                          MvxLogRecoverFlags   flags,
                          MvxLogRecoverFunc    func,
                          gpointer             user_data,
                          MvxLogRecoverLedger *ledger,
                          GError             **error);

G_END_DECLS
