/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has to be done to each sink to get from what is registered to what is planned. Deciding changes nothing. */
#pragma once

#include "config/plan-private.h"
#include "sink/registry-private.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_LOG_STEP_KEEP,        /* equal */
  MVX_LOG_STEP_RECONFIGURE, /* only RELOADABLE options, level or enabled differ */
  MVX_LOG_STEP_NEW,
  MVX_LOG_STEP_SWAP,        /* make the new one beside the old one, then change over */
  MVX_LOG_STEP_REPLACE,     /* the resource is the same: the old one has to go first */
  MVX_LOG_STEP_REMOVE       /* was made by an earlier file, is not in this one */
} MvxLogStepAction;

typedef struct _MvxLogStep MvxLogStep;

struct _MvxLogStep
{
  MvxLogStepAction      action;
  char                 *name;
  const MvxLogPlanSink *want;       /* NULL for REMOVE */
  gboolean              late;       /* NEW, SWAP: made only when those that are taken down early are gone */
  gboolean              early;      /* REMOVE: taken down before others are made, for its resource */
  MvxLogStep           *heir;       /* the one that gets what is logged to an early REMOVE meanwhile */

  MvxLogSink           *old;
  MvxLogSinkDescriptor *old_descriptor;
  const MvxLogStaticPlugin *old_plugin;
  MvxLogOptions        *old_options;

  /* What has been done, for the way back. */
  MvxLogSink           *made;
  MvxLogSink           *holder;     /* in the place of old */
  gboolean              taken_down;
  gboolean              reconfigured;
};

/* Was the sink made by a configuration file? */
gboolean    mvx_log_steps_is_from_file (MvxLogSink     *sink);
void        mvx_log_steps_mark         (MvxLogSink     *sink);
/* Elements: MvxLogStep; the planned ones in dependency order, then what is to be removed. */
GPtrArray  *mvx_log_steps_decide       (MvxLogPlan     *plan,
                                        MvxLogRegistry *registry,
                                        GError        **error);
/* Replaces *@error by APPLY_FAILED with the place of the sink in the file. */
void        mvx_log_steps_fail         (const MvxLogStep *step,
                                        GError        **error);

G_END_DECLS
