/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contexts of the process by name. */
#pragma once

#include <mvxlog/policy.h>
#include <mvxlog/sink.h>
#include <mvxlog/value.h>

#include "context/level-rules-private.h"
#include "context/name-private.h"

G_BEGIN_DECLS

/* Local settings of one context, for applying a whole configuration. What is not given is inherited. */
typedef struct
{
  const char        *name; /* "" is the root */
  gboolean           has_level;
  gint               level;
  gboolean           has_sinks;
  MvxLogSink       **sinks; /* borrowed */
  guint              n_sinks;
  MvxLogEventPolicy *policy; /* nullable, borrowed */
  MvxLogErrorPolicy  error_policy;
  gboolean           has_limits;
  MvxLogLimits       limits;
  GPtrArray         *processors; /* nullable, borrowed */
} MvxLogContextSettings;

/* Logging of others that events are made of, and that has switches of its own. */
typedef enum
{
  MVX_LOG_ASKER_GLIB,
  MVX_LOG_ASKER_GSTREAMER,
  MVX_LOG_N_ASKERS
} MvxLogAsker;

/* Existing or NULL (transfer full). */
MvxLogContext *mvx_log_tree_get           (const char                  *name);
/* Makes it and its ancestors if need be (transfer full). */
MvxLogContext *mvx_log_tree_configure     (const char                  *name,
                                           GError                     **error);
char         **mvx_log_tree_get_names     (void);
/* Replaces the level rules that count before the contexts' own levels and outlive every configuration. */
void           mvx_log_tree_set_rules     (const MvxLogLevelRules      *rules);
/* (transfer full) */
MvxLogLevelRules *mvx_log_tree_get_rules  (void);
/* Sinks that were given no level take @level, too, whatever the rules and other askers say; INFO is what they take
 * anyway. */
void           mvx_log_tree_want_level    (MvxLogAsker                  who,
                                           gint                         level);
/* Drops all but the root and its settings. */
void           mvx_log_tree_reset         (void);
/* Replaces the local settings of all contexts at once: those listed get exactly what is listed, all others none (but
 * stay registered). The root keeps its sinks if it is given none. No call sees a mixture in one context. */
void           mvx_log_tree_apply         (const MvxLogContextSettings *settings,
                                           guint                        n_settings);
/* Replaces @old by @replacement wherever it is a local sink, then waits until no logging call uses @old any more. */
void           mvx_log_tree_replace_sink  (MvxLogSink                  *old,
                                           MvxLogSink                  *replacement);
/* Every sink that is a local one anywhere, once. (transfer full) */
GPtrArray     *mvx_log_tree_list_sinks    (void);
/* MvxLogSinkUsersFunc */
char         **mvx_log_tree_get_users     (MvxLogSink                  *sink,
                                           gpointer                     unused);

G_END_DECLS
