/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/scope.h>

#include "base/quiesce-private.h"
#include "context/task-node-private.h"

G_BEGIN_DECLS

/* What is in force at one place of a thread's stack of scopes. Immutable once it stands there: to capture it is to count
 * a reference. */
struct _MvxLogScopeCapture
{
  gint               ref_count;
  MvxLogTraceparent  trace;    /* trace_id is empty outside a trace */
  MvxLogFieldSet    *fields;   /* nullable: of all scopes and tasks up to here */
  MvxLogFieldSet    *untasked; /* nullable: the same without what tasks gave */
  MvxLogTask        *task;     /* nullable: the innermost one */
};

/* Counted by its thread's stack and by who pushed it. */
struct _MvxLogScope
{
  gint                ref_count;
  MvxLogThread       *thread; /* NULL once it has ended */
  MvxLogScope        *outer;
  MvxLogScopeCapture *state;
};

static inline const MvxLogScopeCapture *
mvx_log_scope_state (const MvxLogThread *thread)
{
  const MvxLogScope *scope = thread->scope;

  return scope ? scope->state : NULL;
}

/* A copy of @base (nullable) to change before it is pushed. */
MvxLogScopeCapture *mvx_log_scope_state_new  (const MvxLogScopeCapture *base);
/* Takes @state. */
MvxLogScope        *mvx_log_scope_push       (MvxLogScopeCapture       *state);

/* Lets one event be logged as if @state (nullable) were in force, from whatever thread; @scope lives on the stack. */
void                mvx_log_scope_borrow     (MvxLogScope              *scope,
                                              MvxLogScopeCapture       *state);
void                mvx_log_scope_give_back  (MvxLogScope              *scope);

/* @set (nullable) and what is captured of @fields; all of it is context, so that no number of items is too many. */
MvxLogFieldSet     *mvx_log_scope_add        (const MvxLogFieldSet     *set,
                                              const MvxLogField        *fields,
                                              guint                     n_fields);

G_END_DECLS
