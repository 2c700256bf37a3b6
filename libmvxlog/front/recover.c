/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/recover.h>

#include "async/salvage-private.h"
#include "durable/disk-private.h"

#define MVX_LOG_RECOVER_BATCH 500

typedef struct
{
  MvxLogSalvage *salvage;
  MvxLogRecoverFlags flags;
  MvxLogRecoverFunc func;
  gpointer user_data;
  MvxLogRecoverLedger *ledger;
} MvxLogRecovery;

/* FALSE: there are no more, or @func wants no more. */
static gboolean
mvx_log_recover_batch (const MvxLogRecovery *self)
{
  MvxLogEvent *events[MVX_LOG_RECOVER_BATCH];
  guint n_again;
  guint n = 0;

  while (n < MVX_LOG_RECOVER_BATCH && (events[n] = mvx_log_salvage_take (self->salvage)))
    n++;
  n_again = mvx_log_salvage_count_again (self->salvage, n);
  if (n == 0 || !self->func (events, n, self->user_data))
    return FALSE;
  self->ledger->n_events += n;
  self->ledger->n_again += n_again;
  if (!(self->flags & MVX_LOG_RECOVER_KEEP))
    mvx_log_salvage_acknowledge (self->salvage, n);
  return TRUE;
}

/**
 * mvx_log_recover:
 * @directory: (type filename): of the crash rings of a sink
 * @flags: what becomes of the events
 * @func: (scope call): gets them
 * @user_data: data for @func
 * @ledger: (out caller-allocates) (optional): what became of it all
 * @error: return location for an error
 *
 * Reads what programs that were killed had accepted for a sink with `crash-ring=on`, and not delivered: the next run of
 * the program does so by itself, and `mvxlog recover` for whoever does not want to wait for that. Rings of programs
 * that run are left alone. With %MVX_LOG_RECOVER_TAKE each batch is done with when @func returns %TRUE, so it has to
 * have seen to it by then that the events are safe. The number and the stream of [method@MvxLog.Event.get_sender] are
 * the same when an event is recovered again. Blocks. Thread-safe.
 *
 * Returns: %FALSE if @directory cannot be read, or belongs to somebody else: a #GIOErrorEnum
 *
 * Since: 1.0
 */
gboolean
mvx_log_recover (const char *directory,
                 MvxLogRecoverFlags flags,
                 MvxLogRecoverFunc func,
                 gpointer user_data,
                 MvxLogRecoverLedger *ledger,
                 GError **error)
{
  MvxLogRecoverLedger unwanted;
  MvxLogRecovery self = { NULL, flags, func, user_data, ledger ? ledger : &unwanted };
  g_autoptr (MvxLogSalvage) salvage = NULL;
  g_autoptr (GError) local = NULL;
  int fd;

  g_return_val_if_fail (directory != NULL, FALSE);
  g_return_val_if_fail (func != NULL, FALSE);

  *self.ledger = (MvxLogRecoverLedger){ 0 };
  fd = mvx_log_disk_open_dir (directory, FALSE, error);
  if (fd < 0)
    return FALSE;
  mvx_log_disk_close (&fd);
  salvage = mvx_log_salvage_new (directory, (flags & MVX_LOG_RECOVER_KEEP) != 0, &self.ledger->n_damaged, &local);
  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  self.salvage = salvage;
  while (salvage && mvx_log_recover_batch (&self))
    ;
  return TRUE;
}
