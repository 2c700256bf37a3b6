/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration that is valid: what is to be, with nothing done yet. Immutable. */
#pragma once

#include <mvxlog/context.h>
#include <mvxlog/plugin-abi.h>

#include "base/clock-private.h"
#include "config/document-private.h"
#include "event/level-private.h"
#include "sink/processor-type-private.h"
#include "sink/shape-private.h"

G_BEGIN_DECLS

typedef struct
{
  MvxLogLevelSpec    spec; /* first: a list of these is a list of MvxLogLevelSpec */
  MvxLogConfigOrigin at;
} MvxLogPlanLevel;

typedef struct
{
  char                     *name;
  MvxLogConfigOrigin        at;
  const MvxLogStaticPlugin *plugin;
  MvxLogOptions            *options;
  MvxLogSinkDescriptor     *descriptor;
  char                    **members; /* sinks it forwards to; NULL for none */
  MvxLogShape              *shape;   /* NULL: nothing is done to events */
} MvxLogPlanSink;

typedef struct
{
  char              *name; /* "" is the root */
  MvxLogConfigOrigin at;
  gboolean           has_level;
  gint               level;
  char             **sinks;  /* NULL: inherited */
  char             **policies; /* NULL: none */
  MvxLogErrorPolicy  error_policy;
  gboolean           has_limits;
  MvxLogLimits       limits; /* complete: what is not given here is that of the nearest ancestor */
  GPtrArray         *processors; /* NULL: inherited */
  char             **processor_names;
} MvxLogPlanContext;

typedef struct
{
  char              *name;
  MvxLogConfigOrigin at;
  const MvxLogProcessorType *type;
  MvxLogOptions     *options;
  MvxLogProcessor   *processor;
} MvxLogPlanProcessor;

typedef struct
{
  guint              number;
  MvxLogConfigOrigin at;
  gboolean           allow;
  char             **events; /* NULL: any */
  char             **contexts;
  char             **names;
  char             **entity_ids;
  char             **source_paths;
  char             **source_functions;
} MvxLogPlanRule;

/* In the order of the words in the file. */
typedef enum
{
  MVX_LOG_PLAN_PATTERN,
  MVX_LOG_PLAN_RATE_LIMIT,
  MVX_LOG_PLAN_SAMPLE,
  MVX_LOG_PLAN_REPEAT
} MvxLogPlanPolicyType;

typedef struct
{
  char              *name;
  MvxLogConfigOrigin at;
  MvxLogPlanPolicyType type;
  gboolean           default_allow;
  GPtrArray         *rules; /* MvxLogPlanRule, by number */
  MvxLogEventPolicy *policy;
} MvxLogPlanPolicy;

typedef struct _MvxLogPlan MvxLogPlan;

struct _MvxLogPlan
{
  gatomicrefcount ref_count;
  gboolean        strict;
  char          **plugin_path;   /* nullable */
  char          **allow_plugins; /* NULL: any */
  MvxLogClockSource clock;       /* UNSET: auto */
  gint            fork_policy;   /* MvxLogForkPolicy; -1: nothing is said */
  gboolean        status;        /* others may ask how the sinks are */
  GPtrArray      *levels;        /* MvxLogPlanLevel */
  GPtrArray      *sinks;         /* MvxLogPlanSink, members before their groups */
  GPtrArray      *contexts;      /* MvxLogPlanContext */
  GPtrArray      *policies;      /* MvxLogPlanPolicy */
  GPtrArray      *processors;    /* MvxLogPlanProcessor */
  MvxLogDocument *document;      /* what was written, with its places */
};

MvxLogPlan       *mvx_log_plan_new         (void);
MvxLogPlan       *mvx_log_plan_ref         (MvxLogPlan        *plan);
void              mvx_log_plan_unref       (MvxLogPlan        *plan);
/* NULL if there is none. */
MvxLogPlanSink   *mvx_log_plan_find_sink   (const MvxLogPlan  *plan,
                                            const char        *name);
MvxLogPlanContext *mvx_log_plan_find_context (const MvxLogPlan *plan,
                                             const char       *name);
MvxLogPlanPolicy *mvx_log_plan_find_policy (const MvxLogPlan  *plan,
                                            const char        *name);
MvxLogPlanProcessor *mvx_log_plan_find_processor (const MvxLogPlan *plan,
                                                  const char       *name);
/* The merged configuration as a key-file, each key with the place it comes from as a comment; secrets as "***". */
char             *mvx_log_plan_dump        (const MvxLogPlan  *plan);
/* What is different, one per line: "+ sink a", "- context b", "~ policy c"; empty if nothing is. (transfer full) */
char            **mvx_log_plan_diff        (const MvxLogPlan  *before,
                                            const MvxLogPlan  *after);

/* Of which nothing is given yet. */
MvxLogPlanContext *mvx_log_plan_context_new (const char               *name,
                                             const MvxLogConfigOrigin *at);
void              mvx_log_plan_level_free   (MvxLogPlanLevel   *level);
void              mvx_log_plan_sink_free    (MvxLogPlanSink    *sink);
void              mvx_log_plan_context_free (MvxLogPlanContext *context);
void              mvx_log_plan_processor_free (MvxLogPlanProcessor *processor);
void              mvx_log_plan_rule_free    (MvxLogPlanRule    *rule);
void              mvx_log_plan_policy_free  (MvxLogPlanPolicy  *policy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogPlan, mvx_log_plan_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogPlanLevel, mvx_log_plan_level_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogPlanSink, mvx_log_plan_sink_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogPlanContext, mvx_log_plan_context_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogPlanRule, mvx_log_plan_rule_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogPlanPolicy, mvx_log_plan_policy_free)

G_END_DECLS
