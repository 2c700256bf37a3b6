/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drafts as a boxed type, for language bindings: whatever a callback keeps of one is a copy that stands by itself. */
#include "event/draft-private.h"

G_DEFINE_BOXED_TYPE (MvxLogDraft, mvx_log_draft, mvx_log_draft_copy, mvx_log_draft_free)

/**
 * mvx_log_draft_copy:
 * @draft: a draft
 *
 * Keeps what has become of an event so far. What is done to the copy changes nothing but the copy.
 *
 * Returns: (transfer full): a draft that is valid as long as its owner wants, on any thread
 *
 * Since: 1.0
 */
MvxLogDraft *
mvx_log_draft_copy (const MvxLogDraft *draft)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  MvxLogDraft *copy;
  MvxLogEvent view;

  g_return_val_if_fail (draft != NULL, NULL);

  mvx_log_event_view (&view, mvx_log_draft_encode (draft, &buffer));
  view.time_ns = draft->event->time_ns;
  view.seq = draft->event->seq;
  copy = g_new (MvxLogDraft, 1);
  mvx_log_draft_init (copy, mvx_log_event_copy (&view), draft->max_string);
  mvx_log_buffer_clear (&buffer);
  return copy;
}

/**
 * mvx_log_draft_free:
 * @draft: (transfer full): a draft from [method@MvxLog.Draft.copy]
 *
 * Frees a copy.
 *
 * Since: 1.0
 */
void
mvx_log_draft_free (MvxLogDraft *draft)
{
  g_return_if_fail (draft != NULL);

  mvx_log_draft_clear (draft);
  mvx_log_event_free ((MvxLogEvent *) draft->event);
  g_free (draft);
}
