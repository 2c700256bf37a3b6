/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands behind a context's name: immortal, one per name. Its effective settings are replaced as a whole
 * (copy on write) and read inside the quiesce region.
 */
#pragma once

#include <mvxlog/head.h>
#include <mvxlog/policy.h>

#include "async/queue-private.h"
#include "context/fieldset-private.h"
#include "context/throttle-private.h"
#include "event/symbol-private.h"
#include "sink/sink-private.h"

G_BEGIN_DECLS

/* The lean path wants as much room in the lane, whatever it takes of it. */
#define MVX_LOG_LEAN_SLOTS 1024

/* More than so many sinks are served the other way. */
#define MVX_LOG_MAX_FAST_TARGETS 8

typedef struct
{
  MvxLogSink       *sink;
  MvxLogSinkCommon *common;
  MvxLogQueue      *queue; /* NULL: delivers in the caller's thread */
} MvxLogTarget;

/* Effective, immutable. */
typedef struct
{
  /* What most logging calls read, in one cache line. */
  MvxLogQueue       *lean_queue;   /* of the only target, if n_fast is 1 */
  guint32            lean_slots;   /* slots of fewer bytes need no look at a limit; 0: the lean path is off */
  guint32            lean_bound;   /* nor do bound fields of so many, beside such slots */
  guint              n_fast;       /* the fast path: so many targets, all with queues, nothing in between; else 0 */
  guint32            plain_string; /* bytes of a string that need no counting of characters */

  gint               ref_count;
  gboolean           disabled;
  gboolean           held;         /* events wait for a configuration */
  gint               level;
  gboolean           level_named;  /* it is set on the context or an ancestor other than the root */
  MvxLogErrorPolicy  error_policy;
  MvxLogLimits       limits;
  GPtrArray         *processors;   /* of MvxLogProcessor, nullable */
  gboolean           shaped;       /* there are such, or a sink wants events shaped */
  gint               macro_fields; /* fields of a macro call that are kept, -1 for all: max_items only if it was set */
  MvxLogEventPolicy *policy;
  MvxLogThrottle    *throttle;     /* the policy, if it can be asked inside the region */
  gboolean           calls_out;    /* foreign code runs in the caller's thread: policy, processors, a sink that may log */
  guint              n_targets;
  MvxLogTarget       targets[];
} MvxLogSettings;

/* What is set on a context itself. */
typedef struct
{
  gboolean           has_level;
  gint               level;
  GPtrArray         *sinks; /* NULL: inherited */
  MvxLogEventPolicy *policy;
  MvxLogErrorPolicy  error_policy;
  gboolean           has_limits;
  MvxLogLimits       limits;
  GPtrArray         *processors; /* NULL: inherited */
} MvxLogLocal;

typedef struct _MvxLogNodeFull MvxLogNodeFull;

struct _MvxLogNodeFull
{
  MvxLogNode          head;     /* what the macros read */
  gint                named_threshold; /* atomic: as head.threshold, but OFF unless the level is a named one */
  gint                sinks_threshold; /* atomic: least level that a sink wants, whatever the context says */
  gint                calls_out; /* atomic: as in the settings */
  gint                printed;  /* atomic: an error was printed since the last success */
  guint32             symbol;   /* of the name */
  MvxLogSettings     *settings; /* atomic: release when published, acquire inside the region */
  const char         *name;
  MvxLogNodeFull     *parent;   /* NULL for the root */
  MvxLogContext      *context;  /* the one without bound fields */

  /* tree mutex */
  MvxLogNodeFull     *first_child; /* the last that was made */
  MvxLogNodeFull     *next_sibling;
  gboolean            registered;
  gboolean            disabled; /* with all that is below it, whatever else is set */
  gboolean            has_rule; /* of the run-time level rules, which count before local.level */
  gint                rule;
  MvxLogLocal         local;
};

struct _MvxLogContext
{
  MvxLogHead      head; /* bound: MvxLogFieldSet or NULL */
  gint            ref_count;
};

/* Past the level gate, which has acquired what it points to; another thread may store the same pointer just now. */
static inline MvxLogNodeFull *
mvx_log_node_full (const MvxLogHead *head)
{
  return (MvxLogNodeFull *) (gconstpointer) __atomic_load_n (&head->node, __ATOMIC_RELAXED);
}

/* A reference to the settings as they are now. */
MvxLogSettings *mvx_log_settings_get   (MvxLogNodeFull        *node);
void            mvx_log_settings_unref (MvxLogSettings        *settings);
/* The same for a logging call, which is a user of every target until it says otherwise. */
MvxLogSettings *mvx_log_settings_use   (MvxLogNodeFull        *node);
/* Of one target alone. FALSE: the settings of @node are other ones by now. */
gboolean        mvx_log_settings_use_one (MvxLogNodeFull      *node,
                                        MvxLogSettings        *settings,
                                        guint                  target);
/* Which of the targets is @sink, or the one that has taken its place and its name; n_targets if there is none. */
guint           mvx_log_settings_find_successor (const MvxLogSettings *settings,
                                        MvxLogSink            *sink);
/* Computes what holds for @node out of its own and its ancestors' local settings. Tree mutex. */
MvxLogSettings *mvx_log_settings_build (const MvxLogNodeFull  *node);
/* Least level that one of the targets wants, from the context's own level on. */
gint            mvx_log_settings_threshold (const MvxLogSettings *settings);
/* Into the words of @node that are read outside the region. Tree mutex. */
void            mvx_log_settings_publish_words (const MvxLogSettings  *settings,
                                                MvxLogNodeFull        *node);

void            mvx_log_local_clear    (MvxLogLocal           *local);

/* A context of @node; takes over @bound, which is nullable. */
MvxLogContext  *mvx_log_node_view        (MvxLogNodeFull      *node,
                                          MvxLogFieldSet      *bound);
/* The one without bound fields, with a reference. */
MvxLogContext  *mvx_log_node_ref_context (MvxLogNodeFull      *node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogSettings, mvx_log_settings_unref)

G_END_DECLS
