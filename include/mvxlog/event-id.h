/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

/**
 * MvxLogEventId:
 * @id: 128 bits, as 32 hexadecimal digits or as a UUID
 * @name: name of the event
 * @text: what it means and what to do
 *
 * A kind of event that a program names with %MVX_LOG_EVENT_ID.
 *
 * Since: 1.0
 */
typedef struct
{
  const char *id;
  const char *name;
  const char *text;
} MvxLogEventId;

MVX_LOG_AVAILABLE_IN_1_0
gboolean    mvx_log_event_id_register (const char          *id,
                                       const char          *name,
                                       const char          *text,
                                       GError             **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean    mvx_log_event_id_lookup   (const char          *id,
                                       const char         **name,
                                       const char         **text);
MVX_LOG_AVAILABLE_IN_1_0
char      **mvx_log_event_id_list     (void);
MVX_LOG_AVAILABLE_IN_1_0
void        mvx_log_event_id_declare  (const MvxLogEventId *event);

/* What stands before an id in a program's file, so that `mvxlog explain` finds it there. */
#define MVX_LOG_EVENT_ID_MARK_ "mvxlog:event-id"

/**
 * MVX_LOG_EVENT_ID:
 * @identifier: identifier to use in the source
 * @uuid: 128 bits as 32 hexadecimal digits or as a UUID, a string literal; `journalctl --new-id128` makes one
 * @name: the event's name, a string literal
 * @text: what it means and what to do, a string literal
 *
 * Names a kind of event at file level, for %mvx_event and [struct@MvxLog.EventInit]. Its text is in the catalogue
 * ([func@MvxLog.EventId.lookup]) from the start of the program, and `mvxlog explain` finds it in the program's file.
 *
 *     MVX_LOG_EVENT_ID (disk_full, "6d1c9bf2a4ad4b0f9d0ea15cf0a7d4c1", "disk-full",
 *                       "The spool has no space left. Free some, or move it with path=.")
 *
 *     mvx_event (spool, MVX_LOG_LEVEL_ERROR, disk_full, "no space for {file}", "file", file);
 *
 * Since: 1.0
 */
#define MVX_LOG_EVENT_ID(identifier, uuid, name, text)                                                                 \
  G_STATIC_ASSERT (sizeof ("" uuid "") == 33 || sizeof ("" uuid "") == 37);                                            \
  static const char mvx_event_id_text_##identifier[]                                                                   \
      = MVX_LOG_EVENT_ID_MARK_ "\0" uuid "\0" name "\0" text;                                                          \
  static const MvxLogEventId identifier[1] G_GNUC_UNUSED                                                               \
      = { { mvx_event_id_text_##identifier + sizeof (MVX_LOG_EVENT_ID_MARK_),                                          \
            mvx_event_id_text_##identifier + sizeof (MVX_LOG_EVENT_ID_MARK_) + sizeof ("" uuid ""),                    \
            mvx_event_id_text_##identifier + sizeof (MVX_LOG_EVENT_ID_MARK_) + sizeof ("" uuid "")                     \
                + sizeof ("" name "") } };                                                                             \
  __attribute__ ((constructor)) static void mvx_event_id_declare_##identifier (void)                                   \
  {                                                                                                                    \
    mvx_log_event_id_declare (identifier);                                                                             \
  }

G_END_DECLS
