/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the sinks have in common that hand events to others: group, failover, roundrobin, route. */
#pragma once

#include "sink/builtin-private.h"
#include "sink/members-private.h"

G_BEGIN_DECLS

typedef struct
{
  MvxLogSinkHost *host;
  const char     *kind; /* name of the plugin */
  MvxLogMembers  *members;
} MvxLogForward;

/* The row "sinks" of an option table. */
#define MVX_LOG_FORWARD_SINKS_OPTION(SUMMARY)                                                                          \
  { "sinks", MVX_LOG_OPTION_STRV, MVX_LOG_OPTION_REQUIRED | MVX_LOG_OPTION_RELOADABLE | MVX_LOG_OPTION_SINK, NULL, 0,  \
    0, NULL, SUMMARY, { NULL, NULL } }

/* A descriptor of the option "sinks", which must name some, each once. */
MvxLogSinkDescriptor *mvx_log_forward_describe_sinks (const char         *kind,
                                                      MvxLogOptions      *options,
                                                      GError            **error);
gboolean mvx_log_forward_init        (MvxLogForward      *self,
                                      const char         *kind,
                                      MvxLogSinkHost     *host,
                                      const char *const  *names,
                                      GError            **error);
void     mvx_log_forward_clear       (MvxLogForward      *self);

/* Offers the event to one member after the other until one takes it: first to those that can deliver, from @first on and
 * around, then to the rest, in whose queues it can at least wait. Which one has it, or -1 and the error tells all. */
gint     mvx_log_forward_to_one      (MvxLogForward      *self,
                                      guint               first,
                                      const MvxLogEvent  *event,
                                      GError            **error);
/* To every member; the error tells of all that failed. *@n_failed of *@n_all did. */
gboolean mvx_log_forward_to_all      (MvxLogForward      *self,
                                      const MvxLogEvent  *event,
                                      guint              *n_failed,
                                      guint              *n_all,
                                      GError            **error);

/* Hooks of plugins whose instance begins with an MvxLogForward. */
gboolean mvx_log_forward_flush       (gpointer            instance,
                                      gint64              deadline_us,
                                      GError            **error);
gboolean mvx_log_forward_reopen      (gpointer            instance,
                                      GError            **error);
/* For those whose only option is "sinks". */
gboolean mvx_log_forward_reconfigure (gpointer            instance,
                                      MvxLogOptions      *options,
                                      GError            **error);

G_END_DECLS
