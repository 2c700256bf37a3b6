/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/event.h>

G_BEGIN_DECLS

/**
 * MvxLogDraft:
 *
 * An event on its way to a sink, while processors may still change it. Every sink has its own: nobody sees what is done
 * for another. Valid for the call that it is passed to, on that thread; [method@MvxLog.Draft.copy] keeps it.
 *
 * Since: 1.0
 */
typedef struct _MvxLogDraft MvxLogDraft;

/**
 * MvxLogSourceFlags:
 * @MVX_LOG_SOURCE_FILE: the source file
 * @MVX_LOG_SOURCE_LINE: the line in it
 * @MVX_LOG_SOURCE_FUNCTION: the function
 *
 * Parts of where an event was logged.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_SOURCE_FILE = 1 << 0,
  MVX_LOG_SOURCE_LINE = 1 << 1,
  MVX_LOG_SOURCE_FUNCTION = 1 << 2
} MvxLogSourceFlags;

#define MVX_LOG_TYPE_DRAFT (mvx_log_draft_get_type ())

MVX_LOG_AVAILABLE_IN_1_0
GType              mvx_log_draft_get_type     (void) G_GNUC_CONST;
MVX_LOG_AVAILABLE_IN_1_0
MvxLogDraft       *mvx_log_draft_copy         (const MvxLogDraft  *draft);
MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_draft_free         (MvxLogDraft        *draft);

MVX_LOG_AVAILABLE_IN_1_0
const MvxLogEvent *mvx_log_draft_get_event    (const MvxLogDraft  *draft);
MVX_LOG_AVAILABLE_IN_1_0
const char        *mvx_log_draft_get_template (const MvxLogDraft  *draft);
MVX_LOG_AVAILABLE_IN_1_0
const char        *mvx_log_draft_get_message  (const MvxLogDraft  *draft);
MVX_LOG_AVAILABLE_IN_1_0
guint              mvx_log_draft_get_n_fields (const MvxLogDraft  *draft);
MVX_LOG_AVAILABLE_IN_1_0
const char        *mvx_log_draft_get_nth      (const MvxLogDraft  *draft,
                                               guint               n,
                                               MvxLogValue        *value);
MVX_LOG_AVAILABLE_IN_1_0
gboolean           mvx_log_draft_get_field    (const MvxLogDraft  *draft,
                                               const char         *key,
                                               MvxLogValue        *value);

MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_draft_set_template (MvxLogDraft        *draft,
                                               const char         *message_template);
MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_draft_set_message  (MvxLogDraft        *draft,
                                               const char         *message);
MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_draft_set_field    (MvxLogDraft        *draft,
                                               const MvxLogField  *field);
MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_draft_set_variant  (MvxLogDraft        *draft,
                                               const char         *key,
                                               GVariant           *value);
MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_draft_set_string   (MvxLogDraft        *draft,
                                               const char         *key,
                                               const char         *text);
MVX_LOG_AVAILABLE_IN_1_0
gboolean           mvx_log_draft_remove       (MvxLogDraft        *draft,
                                               const char         *key);
MVX_LOG_AVAILABLE_IN_1_0
gboolean           mvx_log_draft_rename       (MvxLogDraft        *draft,
                                               const char         *key,
                                               const char         *new_key);
MVX_LOG_AVAILABLE_IN_1_0
void               mvx_log_draft_keep_source  (MvxLogDraft        *draft,
                                               MvxLogSourceFlags   parts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogDraft, mvx_log_draft_free)

G_END_DECLS
