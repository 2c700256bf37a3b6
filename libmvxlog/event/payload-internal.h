/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by the rooms of the payload only: an item's type stands before its key and is filled in once the value has been
 * looked at; a container's size and number of items likewise. */
#pragma once

#include "event/payload-private.h"

G_BEGIN_DECLS

/* Once a buffer holds this much, what follows is only counted: a record's size has 32 bits. */
#define MVX_LOG_PAYLOAD_MAX_SIZE (256u * 1024 * 1024)

static inline gboolean
mvx_log_payload_is_full (const MvxLogBuffer *buffer)
{
  return buffer->len > MVX_LOG_PAYLOAD_MAX_SIZE;
}

/* @type with its marks; that of the key is there already. */
static inline void
mvx_log_payload_set_type (MvxLogBuffer *buffer,
                          gsize         at,
                          guint         type)
{
  buffer->data[at] |= (guint8) type;
}

/* Returns the type, and a mark if it is to be cut later. */
guint      mvx_log_payload_encode_text     (MvxLogBuffer       *buffer,
                                            const char         *text,
                                            gsize               len,
                                            const MvxLogLimits *limits);
/* Returns where the type goes. @key is NULL in a list. */
gsize      mvx_log_payload_begin_item      (MvxLogBuffer       *buffer,
                                            const char         *key,
                                            const MvxLogLimits *limits);
gsize      mvx_log_payload_begin_container (MvxLogBuffer       *buffer);
void       mvx_log_payload_end_container   (MvxLogBuffer       *buffer,
                                            gsize               at,
                                            gsize               n);
/* A whole item that no limit cuts. */
void       mvx_log_payload_string_item     (MvxLogBuffer       *buffer,
                                            const char         *key,
                                            const char         *text);
/* What stands for the @n items of a list or map that are left out. */
void       mvx_log_payload_more            (MvxLogBuffer       *buffer,
                                            gboolean            map,
                                            gsize               n);
/* How many of @n items the limits let through. */
gsize      mvx_log_payload_kept            (gsize               n,
                                            const MvxLogLimits *limits);
/* @key as it will stand in the record. */
char      *mvx_log_payload_dup_key         (const char         *key,
                                            const MvxLogLimits *limits);

/* Values without type and key; they return their type and its marks. */
guint      mvx_log_payload_encode_number   (MvxLogBuffer       *buffer,
                                            MvxLogType          type,
                                            guint64             word);
guint      mvx_log_payload_encode_bytes    (MvxLogBuffer       *buffer,
                                            gconstpointer       data,
                                            gsize               size);
/* An error and its causes. */
guint      mvx_log_payload_encode_error    (MvxLogBuffer       *buffer,
                                            const GError       *error);
guint      mvx_log_payload_encode_variant  (MvxLogBuffer       *buffer,
                                            GVariant           *variant,
                                            const MvxLogLimits *limits,
                                            gint                depth);
/* What the provider or adapter of an object gives; else its type's name. */
guint      mvx_log_payload_encode_object   (MvxLogBuffer       *buffer,
                                            gpointer            object,
                                            const MvxLogLimits *limits);

G_END_DECLS
