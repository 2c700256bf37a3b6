/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing/test-batches-private.h"

typedef struct
{
  MvxLogEvent *const *events;
  guint n_events;
} MvxLogTestBatch;

void
mvx_log_test_batches_clear (MvxLogTestBatches *batches)
{
  g_clear_pointer (&batches->open, g_array_unref);
  g_clear_pointer (&batches->broken, g_free);
}

void
mvx_log_test_batches_give (MvxLogTestBatches *batches, MvxLogEvent *const *batch, guint n_events)
{
  const MvxLogTestBatch given = { batch, n_events };

  if (batches->open == NULL)
    batches->open = g_array_new (FALSE, FALSE, sizeof (MvxLogTestBatch));
  g_array_append_val (batches->open, given);
}

/* Its number of events, or 0 if it is not there. */
static guint
mvx_log_test_batches_take (MvxLogTestBatches *batches, MvxLogEvent *const *batch)
{
  for (guint i = 0; batches->open && i < batches->open->len; i++)
    {
      const MvxLogTestBatch found = g_array_index (batches->open, MvxLogTestBatch, i);

      if (found.events == batch)
        {
          g_array_remove_index (batches->open, i);
          return found.n_events;
        }
    }
  return 0;
}

static gboolean
mvx_log_test_batches_break (MvxLogTestBatches *batches, char *text)
{
  if (batches->broken == NULL)
    batches->broken = text;
  else
    g_free (text);
  return FALSE;
}

void
mvx_log_test_batches_settled (MvxLogTestBatches *batches, MvxLogEvent *const *batch)
{
  if (mvx_log_test_batches_take (batches, batch) == 0)
    mvx_log_test_batches_break (batches, g_strdup ("it completed a batch and did not answer PENDING for it"));
}

void
mvx_log_test_batches_give_up (MvxLogTestBatches *batches)
{
  if (batches->open)
    g_array_set_size (batches->open, 0);
}

gboolean
mvx_log_test_batches_complete (MvxLogTestBatches *batches,
                               MvxLogEvent *const *batch,
                               MvxLogDispatchResult result,
                               guint n_done,
                               const GError *error)
{
  const guint n_events = mvx_log_test_batches_take (batches, batch);

  if (n_events == 0)
    return mvx_log_test_batches_break (batches,
                                       g_strdup ("it completed a batch that was not pending: never given to it, "
                                                 "or completed before"));
  if ((guint) result >= MVX_LOG_DISPATCH_PENDING)
    return mvx_log_test_batches_break (
        batches, g_strdup_printf ("it completed a batch with %d, which is no result", (int) result));
  if (n_done > n_events || (result == MVX_LOG_DISPATCH_OK && n_done != n_events))
    return mvx_log_test_batches_break (
        batches,
        g_strdup_printf ("it completed a batch with %d, but settled %u of %u events", (int) result, n_done, n_events));
  if (result != MVX_LOG_DISPATCH_OK && error == NULL)
    return mvx_log_test_batches_break (
        batches, g_strdup_printf ("it completed a batch with %d and gave no reason", (int) result));
  return TRUE;
}
