/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Levels by name of context: "info" for the root, "org.example.net=debug" for a context and what is below it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char *context; /* "" is the root */
  gint  level;
} MvxLogLevelRule;

typedef GPtrArray MvxLogLevelRules;

MvxLogLevelRules *mvx_log_level_rules_new       (void);
/* Adds one more. Takes @context. */
void              mvx_log_level_rules_take      (MvxLogLevelRules       *rules,
                                                 char                   *context,
                                                 gint                    level);
/* Adds what @text says: one rule. A context that is there already is INVALID_ARGUMENT. */
gboolean          mvx_log_level_rules_parse     (MvxLogLevelRules       *rules,
                                                 const char             *text,
                                                 GError                **error);
/* Joined by commas; the root's first. (transfer full) */
char             *mvx_log_level_rules_to_string (const MvxLogLevelRules *rules);
/* OFF if there is none. */
gint              mvx_log_level_rules_least     (const MvxLogLevelRules *rules);

static inline const MvxLogLevelRule *
mvx_log_level_rules_get (const MvxLogLevelRules *rules,
                         guint                   i)
{
  return (const MvxLogLevelRule *) g_ptr_array_index (rules, i);
}

G_END_DECLS
