/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stack of scopes that each thread has. A scope holds everything that is in force from it on, so that only the
 * innermost one is ever looked at.
 */
#include "context/scope-private.h"

/**
 * MvxLogScope:
 *
 * What is in force on one thread from [func@MvxLog.Scope.push_fields] to [method@MvxLog.Scope.pop]: fields, a place in a
 * trace, a task.
 *
 * Since: 1.0
 */
G_DEFINE_BOXED_TYPE (MvxLogScope, mvx_log_scope, mvx_log_scope_ref, mvx_log_scope_unref)
/**
 * MvxLogScopeCapture:
 *
 * All that was in force on a thread at one moment, to be put in force on another one. Never changes.
 *
 * Since: 1.0
 */
G_DEFINE_BOXED_TYPE (MvxLogScopeCapture, mvx_log_scope_capture, mvx_log_scope_capture_ref, mvx_log_scope_capture_unref)

MvxLogScopeCapture *
mvx_log_scope_state_new (const MvxLogScopeCapture *base)
{
  MvxLogScopeCapture *state = g_new0 (MvxLogScopeCapture, 1);

  /* Member by member: other threads may be counting references of what several of them have entered. */
  if (base)
    {
      state->trace = base->trace;
      state->fields = base->fields;
      state->untasked = base->untasked;
      state->task = base->task;
    }
  state->ref_count = 1;
  if (state->fields)
    mvx_log_field_set_ref (state->fields);
  if (state->untasked)
    mvx_log_field_set_ref (state->untasked);
  if (state->task)
    mvx_log_task_node_ref (state->task);
  return state;
}

/**
 * mvx_log_scope_capture_ref:
 * @capture: what was captured
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @capture with one more reference. Thread-safe.
 *
 * Since: 1.0
 */
MvxLogScopeCapture *
mvx_log_scope_capture_ref (MvxLogScopeCapture *capture)
{
  g_return_val_if_fail (capture != NULL, NULL);
  g_atomic_int_inc (&capture->ref_count);
  return capture;
}

/**
 * mvx_log_scope_capture_unref:
 * @capture: (transfer full): what was captured
 *
 * Drops a reference. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_scope_capture_unref (MvxLogScopeCapture *capture)
{
  g_return_if_fail (capture != NULL);

  if (!g_atomic_int_dec_and_test (&capture->ref_count))
    return;
  g_clear_pointer (&capture->fields, mvx_log_field_set_unref);
  g_clear_pointer (&capture->untasked, mvx_log_field_set_unref);
  g_clear_pointer (&capture->task, mvx_log_task_node_unref);
  g_free (capture);
}

/**
 * mvx_log_scope_capture:
 *
 * Captures what this thread gives to its events now: scoped fields with their values, the place in a trace, the task.
 * %MVX_LOG_IN_SCOPE or [func@MvxLog.Scope.enter] put it in force elsewhere: in a GTask, an idle source, a thread pool.
 * Costs a reference.
 *
 * Returns: (transfer full): what was captured
 *
 * Since: 1.0
 */
MvxLogScopeCapture *
mvx_log_scope_capture (void)
{
  const MvxLogScope *scope = mvx_log_thread_get ()->scope;

  return scope ? mvx_log_scope_capture_ref (scope->state) : mvx_log_scope_state_new (NULL);
}

/**
 * mvx_log_scope_ref:
 * @scope: a scope
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @scope with one more reference. Thread-safe.
 *
 * Since: 1.0
 */
MvxLogScope *
mvx_log_scope_ref (MvxLogScope *scope)
{
  g_return_val_if_fail (scope != NULL, NULL);
  g_atomic_int_inc (&scope->ref_count);
  return scope;
}

/**
 * mvx_log_scope_unref:
 * @scope: (transfer full): a scope
 *
 * Drops a reference, which does not end the scope. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_scope_unref (MvxLogScope *scope)
{
  g_return_if_fail (scope != NULL);

  if (!g_atomic_int_dec_and_test (&scope->ref_count))
    return;
  mvx_log_scope_capture_unref (scope->state);
  g_free (scope);
}

/* Takes the innermost scope off the stack. */
static void
mvx_log_scope_drop (MvxLogThread *thread)
{
  MvxLogScope *scope = thread->scope;

  thread->scope = scope->outer;
  scope->outer = NULL;
  scope->thread = NULL;
  mvx_log_scope_unref (scope);
}

static void
mvx_log_scope_thread_end (MvxLogThread *thread)
{
  while (thread->scope)
    mvx_log_scope_drop (thread);
}

static gpointer
mvx_log_scope_init_once (gpointer data)
{
  mvx_log_thread_add_exit_func (mvx_log_scope_thread_end);
  return NULL;
}

MvxLogScope *
mvx_log_scope_push (MvxLogScopeCapture *state)
{
  static GOnce once = G_ONCE_INIT;
  MvxLogThread *thread = mvx_log_thread_get ();
  MvxLogScope *scope = g_new (MvxLogScope, 1);

  g_once (&once, mvx_log_scope_init_once, NULL);
  *scope = (MvxLogScope){ .ref_count = 2, .thread = thread, .outer = thread->scope, .state = state };
  thread->scope = scope;
  return scope;
}

/**
 * mvx_log_scope_pop:
 * @scope: (transfer full): a scope of this thread
 *
 * Ends a scope, and those that were begun inside it and not ended. A scope that has ended that way may still be popped.
 *
 * Since: 1.0
 */
void
mvx_log_scope_pop (MvxLogScope *scope)
{
  MvxLogThread *thread = mvx_log_thread_get ();

  g_return_if_fail (scope != NULL);
  /* What is in force on another thread is not ours to change. */
  g_return_if_fail (scope->thread == NULL || scope->thread == thread);

  while (scope->thread)
    mvx_log_scope_drop (thread);
  mvx_log_scope_unref (scope);
}

void
mvx_log_scope_borrow (MvxLogScope *scope, MvxLogScopeCapture *state)
{
  MvxLogThread *thread = mvx_log_thread_get ();

  *scope = (MvxLogScope){ .thread = thread, .outer = thread->scope, .state = state };
  thread->scope = state ? scope : NULL;
}

void
mvx_log_scope_give_back (MvxLogScope *scope)
{
  scope->thread->scope = scope->outer;
}

MvxLogFieldSet *
mvx_log_scope_add (const MvxLogFieldSet *set, const MvxLogField *fields, guint n_fields)
{
  MvxLogLimits limits = mvx_log_limits_default;

  limits.max_items = -1;
  return mvx_log_field_set_new (set, fields, n_fields, &limits);
}

/**
 * mvx_log_scope_push_fields: (skip)
 * @fields: (array length=n_fields): fields
 * @n_fields: how many
 *
 * Gives every event of this thread these fields until [method@MvxLog.Scope.pop]. They win over bound fields and those
 * of outer scopes, and lose against those of the call. The values are captured now.
 *
 * Returns: (transfer full): the scope, for the same thread to pop
 *
 * Since: 1.0
 */
MvxLogScope *
mvx_log_scope_push_fields (const MvxLogField *fields, guint n_fields)
{
  const MvxLogScopeCapture *base = mvx_log_scope_state (mvx_log_thread_get ());
  MvxLogScopeCapture *state;
  MvxLogFieldSet *all;

  g_return_val_if_fail (fields != NULL || n_fields == 0, NULL);

  /* What an adapter of a value logs or pushes meanwhile sees the scope as it was. */
  all = mvx_log_scope_add (base ? base->fields : NULL, fields, n_fields);
  state = mvx_log_scope_state_new (base);
  if (state->task)
    {
      MvxLogFieldSet *untasked = mvx_log_scope_add (state->untasked, fields, n_fields);

      g_clear_pointer (&state->untasked, mvx_log_field_set_unref);
      state->untasked = untasked;
    }
  g_clear_pointer (&state->fields, mvx_log_field_set_unref);
  state->fields = all;
  return mvx_log_scope_push (state);
}

/**
 * mvx_log_scope_push_args: (skip)
 * @callsite: keys
 * @args: values
 *
 * What %MVX_LOG_SCOPED expands to.
 *
 * Returns: (transfer full): the scope, for the same thread to pop
 *
 * Since: 1.0
 */
MvxLogScope *
mvx_log_scope_push_args (const MvxLogCallsite *callsite, const MvxLogArg *args)
{
  MvxLogField fields[MVX_LOG_MAX_MACRO_FIELDS];

  g_return_val_if_fail (callsite != NULL, NULL);

  return mvx_log_scope_push_fields (fields, mvx_log_fields_from_args (fields, callsite, args));
}

/**
 * mvx_log_scope_push_variant:
 * @fields: fields as a dictionary `a{sv}`; consumed if floating
 *
 * [func@MvxLog.Scope.push_fields] for language bindings.
 *
 * Returns: (transfer full): the scope, for the same thread to pop
 *
 * Since: 1.0
 */
MvxLogScope *
mvx_log_scope_push_variant (GVariant *fields)
{
  g_autoptr (GVariant) dict = NULL;
  MvxLogScope *scope;
  MvxLogField *array;
  guint n;

  g_return_val_if_fail (g_variant_is_of_type (fields, G_VARIANT_TYPE_VARDICT), NULL);

  dict = g_variant_ref_sink (fields);
  array = mvx_log_fields_from_variant (dict, &n);
  scope = mvx_log_scope_push_fields (array, n);
  mvx_log_fields_free_variants (array, n);
  return scope;
}

/**
 * mvx_log_scope_push_trace:
 * @traceparent: (nullable): the header `traceparent` of a request, whatever it holds
 *
 * Puts every event of this thread into a new span of the trace that the header names, until [method@MvxLog.Scope.pop].
 * Without a header, or with one that [func@MvxLog.Traceparent.parse] refuses, a new trace begins. What
 * %MVX_LOG_IN_TRACE expands to.
 *
 * Returns: (transfer full): the scope, for the same thread to pop
 *
 * Since: 1.0
 */
MvxLogScope *
mvx_log_scope_push_trace (const char *traceparent)
{
  MvxLogScopeCapture *state = mvx_log_scope_state_new (mvx_log_scope_state (mvx_log_thread_get ()));
  MvxLogTraceparent parent;
  gboolean valid = traceparent && mvx_log_traceparent_parse (traceparent, &parent, NULL);

  mvx_log_traceparent_init (&state->trace, valid ? &parent : NULL);
  return mvx_log_scope_push (state);
}

/**
 * mvx_log_scope_enter:
 * @capture: what [func@MvxLog.scope_capture] returned
 *
 * Puts what was captured in force on this thread, in place of what is, until [method@MvxLog.Scope.pop]. What
 * %MVX_LOG_IN_SCOPE expands to.
 *
 * Returns: (transfer full): the scope, for the same thread to pop
 *
 * Since: 1.0
 */
MvxLogScope *
mvx_log_scope_enter (MvxLogScopeCapture *capture)
{
  g_return_val_if_fail (capture != NULL, NULL);
  return mvx_log_scope_push (mvx_log_scope_capture_ref (capture));
}

/**
 * mvx_log_scope_get_traceparent:
 * @traceparent: (out caller-allocates): the span that this thread's events belong to now
 *
 * Tells where in a trace this thread is.
 *
 * Returns: %TRUE, or %FALSE outside a trace
 *
 * Since: 1.0
 */
gboolean
mvx_log_scope_get_traceparent (MvxLogTraceparent *traceparent)
{
  const MvxLogScopeCapture *state = mvx_log_scope_state (mvx_log_thread_get ());

  g_return_val_if_fail (traceparent != NULL, FALSE);

  if (state == NULL || *state->trace.trace_id == '\0')
    return FALSE;
  *traceparent = state->trace;
  return TRUE;
}

/**
 * mvx_log_scope_dup_traceparent:
 *
 * Makes the header `traceparent` for a request that is sent from here, so that the events of the receiver belong to
 * the same trace. Of the calling thread's scope.
 *
 * Returns: (nullable) (transfer full): the header's value, or %NULL outside a trace
 *
 * Since: 1.0
 */
char *
mvx_log_scope_dup_traceparent (void)
{
  MvxLogTraceparent here;

  return mvx_log_scope_get_traceparent (&here) ? mvx_log_traceparent_format (&here) : NULL;
}
