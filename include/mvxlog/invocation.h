/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One event for an operation, told at each of its outcomes: invoke, then success, failed or cancelled. */
#pragma once

#include <mvxlog/log-macros.h>
#include <mvxlog/logged-error.h>
#include <mvxlog/value.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_INVOCATION (mvx_log_invocation_get_type ())

/**
 * MvxLogOutcome:
 * @MVX_LOG_OUTCOME_INVOKE: the operation begins; level DEBUG
 * @MVX_LOG_OUTCOME_SUCCESS: it has succeeded; level DEBUG
 * @MVX_LOG_OUTCOME_FAILED: it has failed; level ERROR
 * @MVX_LOG_OUTCOME_SUPPRESSED: it has failed with an error that has been logged already; level DEBUG
 * @MVX_LOG_OUTCOME_CANCELLED: it was cancelled; level INFO
 *
 * How an operation stands, and the level at which it is told unless [method@MvxLog.Invocation.set_level] says otherwise.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_OUTCOME_INVOKE,
  MVX_LOG_OUTCOME_SUCCESS,
  MVX_LOG_OUTCOME_FAILED,
  MVX_LOG_OUTCOME_SUPPRESSED,
  MVX_LOG_OUTCOME_CANCELLED
} MvxLogOutcome;

/**
 * MvxLogInvocationFieldsFunc:
 * @outcome: `invoke`, `success`, `failed` or `cancelled`
 * @data: (closure): user data
 *
 * Gives the fields of the context of an operation as they are at this outcome. Called on the thread that tells the
 * outcome.
 *
 * Returns: (nullable) (transfer full): a dictionary `a{sv}`, which may be floating, or %NULL for none
 *
 * Since: 1.0
 */
typedef GVariant *(*MvxLogInvocationFieldsFunc) (const char *outcome,
                                                 gpointer    data);

/**
 * MvxLogInvocationFormatFunc:
 * @outcome: `invoke`, `success`, `failed` or `cancelled`
 * @name: name of the event
 * @fields: the fields of the context of the operation, a dictionary `a{sv}`
 * @data: (closure): user data
 *
 * Puts the fields of the context of an operation in another form. Called on the thread that tells the outcome.
 *
 * Returns: (nullable) (transfer full): a dictionary `a{sv}`, which may be floating, or %NULL to leave @fields as they are
 *
 * Since: 1.0
 */
typedef GVariant *(*MvxLogInvocationFormatFunc) (const char *outcome,
                                                 const char *name,
                                                 GVariant   *fields,
                                                 gpointer    data);

MVX_LOG_AVAILABLE_IN_1_0
GType             mvx_log_invocation_get_type       (void) G_GNUC_CONST;
MVX_LOG_AVAILABLE_IN_1_0
MvxLogInvocation *mvx_log_invocation_new            (MvxLogContext              *context,
                                                     const char                 *name,
                                                     const char                 *entity_id,
                                                     GError                    **error);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogInvocation *mvx_log_invocation_new_for        (const MvxLogHead           *head,
                                                     const char                 *name,
                                                     const char                 *entity_id);
MVX_LOG_AVAILABLE_IN_1_0
MvxLogInvocation *mvx_log_invocation_ref            (MvxLogInvocation           *invocation);
MVX_LOG_AVAILABLE_IN_1_0
void              mvx_log_invocation_unref          (MvxLogInvocation           *invocation);
MVX_LOG_AVAILABLE_IN_1_0
void              mvx_log_invocation_set_level      (MvxLogInvocation           *invocation,
                                                     MvxLogOutcome               outcome,
                                                     gint                        level);
MVX_LOG_AVAILABLE_IN_1_0
void              mvx_log_invocation_set_fields_func (MvxLogInvocation          *invocation,
                                                     MvxLogInvocationFieldsFunc  func,
                                                     gpointer                    data,
                                                     GDestroyNotify              destroy);
MVX_LOG_AVAILABLE_IN_1_0
void              mvx_log_invocation_set_field      (MvxLogInvocation           *invocation,
                                                     const char                 *key,
                                                     GVariant                   *value);
MVX_LOG_AVAILABLE_IN_1_0
gboolean          mvx_log_invocation_set_object     (MvxLogInvocation           *invocation,
                                                     GObject                    *object,
                                                     const char *const          *specs,
                                                     GError                    **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean          mvx_log_invocation_choose_arguments (MvxLogInvocation         *invocation,
                                                     const char *const          *specs,
                                                     GError                    **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean          mvx_log_invocation_choose_result  (MvxLogInvocation           *invocation,
                                                     const char *const          *specs,
                                                     GError                    **error);
MVX_LOG_AVAILABLE_IN_1_0
void              mvx_log_invocation_set_format_func (MvxLogInvocation          *invocation,
                                                     MvxLogInvocationFormatFunc  func,
                                                     gpointer                    data,
                                                     GDestroyNotify              destroy);
MVX_LOG_AVAILABLE_IN_1_0
void              mvx_log_invocation_add_error_rule (MvxLogInvocation           *invocation,
                                                     GQuark                      domain,
                                                     gint                        code,
                                                     gboolean                    full);
MVX_LOG_AVAILABLE_IN_1_0
void              mvx_log_invocation_begin_fields   (MvxLogInvocation           *invocation,
                                                     const MvxLogField          *arguments,
                                                     guint                       n_arguments);
MVX_LOG_AVAILABLE_IN_1_0
void              mvx_log_invocation_begin_variant  (MvxLogInvocation           *invocation,
                                                     GVariant                   *arguments);
MVX_LOG_AVAILABLE_IN_1_0
void              mvx_log_invocation_begin_args     (MvxLogInvocation           *invocation,
                                                     const MvxLogCallsite       *callsite,
                                                     const MvxLogArg            *args);
MVX_LOG_AVAILABLE_IN_1_0
void              mvx_log_invocation_end_ok         (MvxLogInvocation           *invocation,
                                                     GVariant                   *result);
MVX_LOG_AVAILABLE_IN_1_0
void              mvx_log_invocation_end_error      (MvxLogInvocation           *invocation,
                                                     const GError               *error);

static inline void
mvx_log_invocation_cleanup_ (MvxLogInvocation **invocation)
{
  if (*invocation)
    mvx_log_invocation_unref (*invocation);
}

/**
 * MVX_LOG_INVOCATION:
 * @id: identifier of the [struct@MvxLog.Invocation]
 * @context: a handle or a [struct@MvxLog.Context], which may be %NULL
 * @name: name of the event
 * @entity_id: (nullable): what the operation is about
 *
 * Prepares the event of an operation for the rest of the block. A name that is none is told on the diagnostics, and
 * nothing is logged.
 *
 *     MVX_LOG_INVOCATION (call, ldap, "bind", connection->id);
 *     mvx_log_invocation_begin (call, "user", user, "port", port);
 *     if (!ldap_bind (connection, user, error))
 *       {
 *         mvx_log_invocation_end_error (call, *error);
 *         return FALSE;
 *       }
 *     mvx_log_invocation_end_ok (call, NULL);
 *
 * Since: 1.0
 */
#define MVX_LOG_INVOCATION(id, context, name, entity_id)                                                               \
  __attribute__ ((cleanup (mvx_log_invocation_cleanup_))) MvxLogInvocation *id                                         \
      = mvx_log_invocation_new_for (mvx_log_resolved_ (MVX_LOG_HEAD_ (context)), name, entity_id)

/**
 * mvx_log_invocation_begin:
 * @invocation: (nullable): an operation
 * @...: 1 to 12 pairs of key and value: its arguments
 *
 * Tells that the operation begins; see [method@MvxLog.Invocation.begin_fields].
 *
 * Since: 1.0
 */
#define mvx_log_invocation_begin(invocation, ...)                                                                      \
  MVX_LOG_DISPATCH_ (MVX_LOG_PAIRS_EXPR_, MVX_LOG_ONLY_PAIRS_ (__VA_ARGS__))                                           \
  (mvx_log_invocation_begin_args (invocation, mvx_site, mvx_args), __VA_ARGS__)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogInvocation, mvx_log_invocation_unref)

G_END_DECLS
