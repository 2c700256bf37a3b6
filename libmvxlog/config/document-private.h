/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Groups and keys of one or several configuration files, in whichever syntax they were written, each with its place. */
#pragma once

#include "config/problem-private.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_ENTRY_RAW,  /* key-file: escapes, lists separated by ';' */
  MVX_LOG_ENTRY_TEXT, /* JSON: one string, number or truth value */
  MVX_LOG_ENTRY_LIST  /* JSON: an array */
} MvxLogEntryForm;

typedef struct
{
  char              *key;
  MvxLogEntryForm    form;
  char              *text;  /* RAW and TEXT */
  char             **items; /* LIST */
  MvxLogConfigOrigin at;
  MvxLogConfigOrigin value_at;
} MvxLogConfigEntry;

typedef struct
{
  char              *name; /* "sink console" */
  char              *kind; /* "sink" */
  char              *id;   /* "console"; "" if the header is the kind alone */
  MvxLogConfigOrigin at;   /* of the first header */
  gboolean           malformed; /* the header is, and that was reported */
  GPtrArray         *entries;
  GHashTable        *by_key;
} MvxLogConfigGroup;

typedef struct
{
  GPtrArray  *groups; /* in order of first appearance */
  GHashTable *by_name;
  GPtrArray  *files;  /* interned, in order of reading */
} MvxLogDocument;

MvxLogDocument    *mvx_log_document_new        (void);
void               mvx_log_document_free       (MvxLogDocument           *document);
/* The origin of what is read next: @file with its number. */
MvxLogConfigOrigin mvx_log_document_add_file   (MvxLogDocument           *document,
                                                const char               *file);
/* Existing or new. */
MvxLogConfigGroup *mvx_log_document_add_group  (MvxLogDocument           *document,
                                                const char               *name,
                                                const MvxLogConfigOrigin *at);
MvxLogConfigGroup *mvx_log_document_find       (MvxLogDocument           *document,
                                                const char               *kind,
                                                const char               *id);
/* Ids of all groups of a kind, NULL-terminated (transfer container). */
const char       **mvx_log_document_ids        (MvxLogDocument           *document,
                                                const char               *kind);
MvxLogConfigEntry *mvx_log_config_entry_new    (const char               *key,
                                                MvxLogEntryForm           form,
                                                const MvxLogConfigOrigin *at,
                                                const MvxLogConfigOrigin *value_at);
void               mvx_log_config_entry_free   (MvxLogConfigEntry        *entry);
/* Adds, or overrides what an earlier file said. Takes @entry. */
void               mvx_log_config_group_set    (MvxLogConfigGroup        *group,
                                                MvxLogConfigEntry        *entry);
MvxLogConfigEntry *mvx_log_config_group_find   (const MvxLogConfigGroup  *group,
                                                const char               *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogDocument, mvx_log_document_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogConfigEntry, mvx_log_config_entry_free)

G_END_DECLS
