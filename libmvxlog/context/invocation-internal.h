/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by the rooms of invocations only: what an invocation is, and where its fields come from. */
#pragma once

#include <mvxlog/invocation.h>

#include "event/fieldspec-private.h"

G_BEGIN_DECLS

/* A function of the program with its data. */
typedef struct
{
  GCallback      func; /* nullable */
  gpointer       data;
  GDestroyNotify destroy;
} MvxLogInvocationCall;

struct _MvxLogInvocation
{
  gint ref_count;
  gint ended; /* atomic: whoever sets it tells the outcome */
  MvxLogContext *context;
  char *name;
  char *entity_id;
  gint levels[MVX_LOG_OUTCOME_CANCELLED + 1];
  gboolean quiet; /* the policy, asked once, wants neither the beginning nor a success */
  GArray *rules;  /* MvxLogErrorRule */
  MvxLogScopeCapture *scope; /* what was in force where it was made */

  /* Of fields; nullable but the first. */
  GArray *fields; /* MvxLogInvocationField */
  MvxLogInvocationCall ask;
  MvxLogInvocationCall format;
  GObject *object;
  GPtrArray *object_specs;
  GPtrArray *argument_specs;
  GPtrArray *result_specs;
};

/* Fields, and what they point into. Start from zeros. */
typedef struct
{
  GArray *fields; /* MvxLogField */
  GArray *values; /* GValue */
} MvxLogInvocationFields;

extern const char *const mvx_log_invocation_outcomes[];

void mvx_log_invocation_fields_init      (MvxLogInvocation       *invocation);
void mvx_log_invocation_fields_end       (MvxLogInvocation       *invocation);
void mvx_log_invocation_fields_clear     (MvxLogInvocationFields *collected);
/* Those of the operation's context, as they are now. */
void mvx_log_invocation_fields_context   (MvxLogInvocation       *invocation,
                                          MvxLogOutcome           outcome,
                                          MvxLogInvocationFields *collected);
/* What is wanted of the arguments. */
void mvx_log_invocation_fields_arguments (MvxLogInvocation       *invocation,
                                          const MvxLogField      *arguments,
                                          guint                   n_arguments,
                                          MvxLogInvocationFields *collected);
/* What is wanted of the items of a result; nothing if it has none. */
void mvx_log_invocation_fields_result    (MvxLogInvocation       *invocation,
                                          GVariant               *result,
                                          MvxLogInvocationFields *collected);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MvxLogInvocationFields, mvx_log_invocation_fields_clear)

G_END_DECLS
