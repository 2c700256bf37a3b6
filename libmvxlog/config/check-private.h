/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what is written to what is meant: the checks of each kind of group. All problems are collected. */
#pragma once

#include "config/plan-private.h"

G_BEGIN_DECLS

typedef struct
{
  MvxLogPlan         *plan; /* being filled */
  MvxLogDocument     *document;
  MvxLogProblems     *problems;
  const char *const  *known_sinks; /* sinks that exist outside the file; nullable */
} MvxLogCheck;

/* [A-Za-z][A-Za-z0-9_-]* */
gboolean mvx_log_check_is_name     (const char              *name);
/* Reports @entry as unknown, with what it may have been meant to be. */
void     mvx_log_check_unknown_key (MvxLogCheck             *check,
                                    const MvxLogConfigGroup *group,
                                    const MvxLogConfigEntry *entry,
                                    const char *const       *keys);
/* Reports all keys that are not among @keys. */
void     mvx_log_check_keys        (MvxLogCheck             *check,
                                    const MvxLogConfigGroup *group,
                                    const char *const       *keys);
/* Reports that @reason is wrong with the value of @entry. */
void     mvx_log_check_value       (MvxLogCheck             *check,
                                    const MvxLogConfigGroup *group,
                                    const MvxLogConfigEntry *entry,
                                    const char              *reason);
/* The value of @key, or NULL if it is not there or was reported. */
char    *mvx_log_check_text        (MvxLogCheck             *check,
                                    const MvxLogConfigGroup *group,
                                    const char              *key);
/* The same for a list, which must have items, none of them empty. */
char   **mvx_log_check_list        (MvxLogCheck             *check,
                                    const MvxLogConfigGroup *group,
                                    const char              *key);
/* Parses the value strictly as @spec says, in normal form; NULL if it is not there or was reported. (transfer full) */
GVariant *mvx_log_check_parse      (MvxLogCheck             *check,
                                    const MvxLogConfigGroup *group,
                                    const MvxLogOptionSpec  *spec);
/* Index of the value among @choices, or -1. */
gint     mvx_log_check_choice      (MvxLogCheck             *check,
                                    const MvxLogConfigGroup *group,
                                    const char              *key,
                                    const char *const       *choices);

/* The processors that @key of @group names, in order; NULL if there is no such key or it was reported.
 * (transfer full) */
GPtrArray *mvx_log_check_processor_list (MvxLogCheck             *check,
                                         const MvxLogConfigGroup *group);
/* Options with what @group says of them, but for @except. Everything wrong is reported. */
void     mvx_log_check_options     (MvxLogCheck             *check,
                                    const MvxLogConfigGroup *group,
                                    const char              *except,
                                    MvxLogOptions           *options);

/* Reports "Option 'NAME': REASON", or "NAME: REASON" as plugins say it, where that option is. FALSE: @message is of no
 * option, and not reported. */
gboolean mvx_log_check_option_error (MvxLogCheck             *check,
                                    const MvxLogConfigGroup *group,
                                    MvxLogOptions           *options,
                                    const char              *message);

void     mvx_log_check_general     (MvxLogCheck             *check);
/* First: everything else may name the levels of the file. */
void     mvx_log_check_levels      (MvxLogCheck             *check);
void     mvx_log_check_sinks       (MvxLogCheck             *check);
void     mvx_log_check_processors  (MvxLogCheck             *check);
void     mvx_log_check_policies    (MvxLogCheck             *check);
/* Makes @policy, whose type is one of those that count. */
void     mvx_log_check_throttle    (MvxLogCheck             *check,
                                    const MvxLogConfigGroup *group,
                                    MvxLogPlanPolicy        *policy);
void     mvx_log_check_contexts    (MvxLogCheck             *check);
/* The list of "CONTEXT=LEVEL"; called for the contexts. */
void     mvx_log_check_level_rules (MvxLogCheck             *check);
/* Puts members before their groups; reports cycles and unknown members. */
void     mvx_log_check_order       (MvxLogCheck             *check);

G_END_DECLS
