/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a message of another program says: an event under construction. */
#pragma once

#include <mvxlog/mvxlog.h>

#include "base/tool-json.h"

G_BEGIN_DECLS

typedef struct
{
  MvxLogEventInit init;     /* texts are borrowed from the message, or from what is kept */
  MvxLogSender    sender;
  GArray         *fields;   /* MvxLogField, likewise */
  GPtrArray      *texts;
  GPtrArray      *variants;
} MvxReceiveEvent;

MvxReceiveEvent   *mvx_receive_event_new       (void);
void               mvx_receive_event_free      (MvxReceiveEvent    *event);
/* Forgets everything; the level is info. */
void               mvx_receive_event_reset     (MvxReceiveEvent    *event);
/* A NUL-terminated copy that lives as long as the event is not reset. */
const char        *mvx_receive_event_keep      (MvxReceiveEvent    *event,
                                                const char         *text,
                                                gsize               length);
/* @key is copied, and so is @text, which may hold anything. */
void               mvx_receive_event_add_text  (MvxReceiveEvent    *event,
                                                const char         *key,
                                                const char         *text,
                                                gsize               length);
void               mvx_receive_event_add_json  (MvxReceiveEvent    *event,
                                                const char         *key,
                                                const MvxJsonSlice *value);
/* FALSE: nanoseconds since 1970 do not reach as far. */
gboolean           mvx_receive_event_set_time  (MvxReceiveEvent    *event,
                                                gint64              seconds,
                                                gint64              ns);
/* To the nearest context that is configured for its namespace. */
MvxLogSubmitResult mvx_receive_event_submit    (MvxReceiveEvent    *event,
                                                GError            **error);
/* The context for a name that may come from anybody: itself, one above it, or the root. */
MvxLogContext     *mvx_receive_event_context   (const char         *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxReceiveEvent, mvx_receive_event_free)

G_END_DECLS
