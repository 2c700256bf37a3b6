/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

/**
 * MvxLogErrorPolicy:
 * @MVX_LOG_ERROR_POLICY_INHERIT: as the parent does
 * @MVX_LOG_ERROR_POLICY_IGNORE: drop the error
 * @MVX_LOG_ERROR_POLICY_PRINT_STDERR: print it once per context until an event succeeds (the root's default)
 * @MVX_LOG_ERROR_POLICY_RAISE: return it to the caller, where the call can; else print it
 *
 * What to do when an event cannot be handed to its sinks.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_ERROR_POLICY_INHERIT,
  MVX_LOG_ERROR_POLICY_IGNORE,
  MVX_LOG_ERROR_POLICY_PRINT_STDERR,
  MVX_LOG_ERROR_POLICY_RAISE
} MvxLogErrorPolicy;

/**
 * MvxLogEventMeta:
 * @context: name of the context
 * @name: the event's name
 * @entity_id: what the event is about
 * @source_path: source file
 * @source_function: function
 * @source_line: line in the file
 * @level: severity
 * @callsite: number of the place that logs, 0 for none
 *
 * What a policy may look at: everything but the payload. A member is %NULL (or 0) if the event does not have it.
 *
 * Since: 1.0
 */
typedef struct
{
  const char *context;
  const char *name;
  const char *entity_id;
  const char *source_path;
  const char *source_function;
  guint       source_line;
  gint        level;
  guint32     callsite;
} MvxLogEventMeta;

#define MVX_LOG_TYPE_EVENT_POLICY (mvx_log_event_policy_get_type ())

MVX_LOG_AVAILABLE_IN_1_0
G_DECLARE_INTERFACE (MvxLogEventPolicy, mvx_log_event_policy, MVX_LOG, EVENT_POLICY, GObject)

/**
 * MvxLogEventPolicyInterface:
 * @is_enabled: whether the event goes on; called on any thread, with no lock held, before any payload work
 * @accepts: (nullable): whether it still goes on, for policies that have to see the payload: called after capture, limits
 *   included, for what @is_enabled has let through
 *
 * Decides which events a context lets through, by metadata if it can. A function that sets @error has failed: the event is
 * refused, and the context's error policy says who is told.
 *
 * Since: 1.0
 */
struct _MvxLogEventPolicyInterface
{
  GTypeInterface parent_interface;

  gboolean (*is_enabled) (MvxLogEventPolicy     *policy,
                          const MvxLogEventMeta *meta,
                          GError               **error);
  gboolean (*accepts)    (MvxLogEventPolicy     *policy,
                          const MvxLogEvent     *event,
                          GError               **error);

  /*< private >*/
  gpointer reserved[4];
};

MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_event_policy_is_enabled (MvxLogEventPolicy     *policy,
                                          const MvxLogEventMeta *meta,
                                          GError               **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean mvx_log_event_policy_accepts    (MvxLogEventPolicy     *policy,
                                          const MvxLogEvent     *event,
                                          GError               **error);

/**
 * MvxLogPatternRule:
 * @allow: whether a matching event goes on
 * @events: (nullable) (array zero-terminated=1): patterns for `context.name`
 * @contexts: (nullable) (array zero-terminated=1): patterns for the context's name
 * @names: (nullable) (array zero-terminated=1): patterns for the event's name
 * @entity_ids: (nullable) (array zero-terminated=1): patterns for the entity id
 * @source_paths: (nullable) (array zero-terminated=1): patterns for the source file
 * @source_functions: (nullable) (array zero-terminated=1): patterns for the function
 *
 * One rule: all groups that are given must match (AND), in each any pattern (OR).
 *
 * Since: 1.0
 */
typedef struct
{
  gboolean           allow;
  const char *const *events;
  const char *const *contexts;
  const char *const *names;
  const char *const *entity_ids;
  const char *const *source_paths;
  const char *const *source_functions;
} MvxLogPatternRule;

#define MVX_LOG_TYPE_PATTERN_POLICY (mvx_log_pattern_policy_get_type ())

MVX_LOG_AVAILABLE_IN_1_0
G_DECLARE_FINAL_TYPE (MvxLogPatternPolicy, mvx_log_pattern_policy, MVX_LOG, PATTERN_POLICY, GObject)

MVX_LOG_AVAILABLE_IN_1_0
MvxLogEventPolicy *mvx_log_pattern_policy_new (gboolean                 default_allow,
                                               const MvxLogPatternRule *rules,
                                               guint                    n_rules,
                                               GError                 **error);

/* Ready ones, all of them selectable in a key-file, too. */
MVX_LOG_AVAILABLE_IN_1_0
MvxLogEventPolicy *mvx_log_rate_limit_policy_new (guint                      burst,
                                                  gint64                     interval_us,
                                                  GError                   **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogEventPolicy *mvx_log_field_limit_policy_new (const char               *key,
                                                  guint                      burst,
                                                  gint64                     interval_us,
                                                  GError                   **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogEventPolicy *mvx_log_sampling_policy_new   (guint                      first,
                                                  guint                      every,
                                                  gint64                     interval_us,
                                                  GError                   **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogEventPolicy *mvx_log_repeat_policy_new     (gint64                     interval_us,
                                                  GError                   **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogEventPolicy *mvx_log_policy_chain_new      (MvxLogEventPolicy *const  *policies,
                                                  guint                      n_policies);

G_END_DECLS
