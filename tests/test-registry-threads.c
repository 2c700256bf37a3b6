/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "registry-fixture.h"

typedef struct
{
  Plan *plan;
  const char *name;
  MvxLogSink *sink;
  GError *error;
  gint *gate; /* nullable: start together */
} Caller;

static gpointer
call (gpointer data)
{
  Caller *caller = data;

  if (caller->gate)
    {
      g_atomic_int_add (caller->gate, -1);
      while (g_atomic_int_get (caller->gate) > 0)
        g_thread_yield ();
    }
  caller->sink = configure (caller->plan, caller->name, &caller->error);
  return NULL;
}

/* Ten threads configure one name at once: one create, one sink. */
static void
test_storm (Fixture *fixture, gconstpointer data)
{
  for (guint round = 0; round < 50; round++)
    {
      Caller callers[10];
      GThread *threads[10];
      gint gate = 10;

      fixture->plan.n_created = 0;
      for (guint i = 0; i < 10; i++)
        {
          callers[i] = (Caller){ &fixture->plan, "audit", NULL, NULL, &gate };
          threads[i] = g_thread_new ("caller", call, &callers[i]);
        }
      for (guint i = 0; i < 10; i++)
        g_thread_join (threads[i]);
      g_assert_cmpint (fixture->plan.n_created, ==, 1);
      for (guint i = 0; i < 10; i++)
        {
          g_assert_no_error (callers[i].error);
          g_assert_true (callers[i].sink == callers[0].sink);
        }
      for (guint i = 0; i < 10; i++)
        g_object_unref (callers[i].sink);
      g_assert_true (mvx_log_registry_close (fixture->registry, "audit", NULL, NULL, -1, NULL));
    }
}

/* The second caller waits; the first fails; the second tries itself and succeeds. */
static void
test_waiter_tries (Fixture *fixture, gconstpointer data)
{
  Caller first = { &fixture->plan, "audit", NULL, NULL, NULL };
  Plan good;
  Caller second = { &good, "audit", NULL, NULL, NULL };
  GThread *first_thread;
  GThread *second_thread;

  plan_init (&good, fixture->registry);
  fixture->plan.block = TRUE;
  fixture->plan.create_error = "no disk";
  first_thread = g_thread_new ("first", call, &first);
  plan_await_blocked (&fixture->plan);
  second_thread = g_thread_new ("second", call, &second);
  while (g_atomic_int_get (&good.n_built) == 0)
    g_thread_yield ();
  g_assert_cmpint (good.n_created, ==, 0);
  assert_names (fixture->registry, "");
  plan_release (&fixture->plan);
  g_thread_join (first_thread);
  g_thread_join (second_thread);
  g_assert_error (first.error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CREATE_FAILED);
  g_assert_no_error (second.error);
  g_assert_nonnull (second.sink);
  g_assert_cmpint (good.n_created, ==, 1);
  g_clear_error (&first.error);
  g_clear_object (&second.sink);
  plan_clear (&good);
}

/* A create that hangs holds up nobody but its own name. */
static void
test_blocked_create (Fixture *fixture, gconstpointer data)
{
  Caller first = { &fixture->plan, "slow", NULL, NULL, NULL };
  g_autoptr (MvxLogSink) other = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *holder = NULL;
  g_autoptr (MvxLogSinkDescriptor) wanted = mvx_log_sink_descriptor_new ("dummy", g_variant_new_string ("/x"), NULL);
  GThread *thread;
  Plan quick;

  plan_init (&quick, fixture->registry);
  fixture->plan.block = TRUE;
  fixture->plan.resource = "/x";
  thread = g_thread_new ("first", call, &first);
  plan_await_blocked (&fixture->plan);
  other = configure (&quick, "other", &error);
  g_assert_no_error (error);
  assert_names (fixture->registry, "other");
  g_assert_null (mvx_log_registry_get (fixture->registry, "slow"));
  g_assert_false (mvx_log_registry_close (fixture->registry, "slow", NULL, NULL, -1, &error));
  g_assert_no_error (error);
  g_assert_true (mvx_log_registry_close (fixture->registry, "other", NULL, NULL, -1, &error));
  /* It has its resource already. */
  holder = mvx_log_registry_find_resource (fixture->registry, wanted, NULL);
  g_assert_cmpstr (holder, ==, "slow");
  plan_release (&fixture->plan);
  g_thread_join (thread);
  g_assert_no_error (first.error);
  assert_names (fixture->registry, "slow");
  g_clear_object (&first.sink);
  plan_clear (&quick);
}

/* A reset does not wait for a create that hangs; its sink never becomes visible and is terminated. */
static void
test_reset_during_create (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) journal = g_string_new (NULL);
  Caller caller = { &fixture->plan, "slow", NULL, NULL, NULL };
  GThread *thread;

  fixture->plan.block = TRUE;
  fixture->plan.journal = journal;
  thread = g_thread_new ("caller", call, &caller);
  plan_await_blocked (&fixture->plan);
  g_assert_true (mvx_log_registry_reset (fixture->registry, NULL, -1, NULL));
  g_assert_cmpstr (journal->str, ==, "");
  plan_release (&fixture->plan);
  g_thread_join (thread);
  g_assert_null (caller.sink);
  assert_error (&caller.error, MVX_LOG_SINK_ERROR_CREATE_FAILED,
                "Sink 'slow' cannot be created: all sinks were reset in the meantime");
  g_assert_cmpstr (journal->str, ==, "slow;");
  assert_names (fixture->registry, "");
}

static gpointer
close_it (gpointer data)
{
  mvx_log_registry_close (data, "audit", NULL, NULL, -1, NULL);
  return NULL;
}

static void
hold (gpointer data)
{
  Plan *plan = data;

  g_mutex_lock (&plan->mutex);
  plan->n_blocked++;
  g_cond_broadcast (&plan->cond);
  while (plan->block)
    g_cond_wait (&plan->cond, &plan->mutex);
  plan->n_blocked--;
  g_mutex_unlock (&plan->mutex);
}

/* While one thread closes a sink, configuring the name waits, and a reset waits until its deadline. */
static void
test_closing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MvxLogSink) sink = configure (&fixture->plan, "audit", NULL);
  Plan gate;
  Plan again;
  Caller caller = { &again, "audit", NULL, NULL, NULL };
  GThread *closer;
  GThread *thread;

  plan_init (&gate, fixture->registry);
  plan_init (&again, fixture->registry);
  gate.block = TRUE;
  ((DummySink *) sink)->on_terminate = hold;
  ((DummySink *) sink)->on_terminate_data = &gate;
  closer = g_thread_new ("closer", close_it, fixture->registry);
  plan_await_blocked (&gate);
  g_assert_true (mvx_log_registry_reset (fixture->registry, NULL, g_get_monotonic_time () - 1, NULL));
  thread = g_thread_new ("caller", call, &caller);
  while (g_atomic_int_get (&again.n_built) == 0)
    g_thread_yield ();
  g_assert_cmpint (again.n_created, ==, 0);
  plan_release (&gate);
  g_thread_join (closer);
  g_thread_join (thread);
  g_assert_no_error (caller.error);
  g_assert_true (caller.sink != sink);
  g_clear_object (&caller.sink);
  plan_clear (&gate);
  plan_clear (&again);
}

/* Two threads, each of whose factories needs the other's sink: one is refused, nobody hangs. */
static void
test_crossed (Fixture *fixture, gconstpointer data)
{
  Plan plans[2];
  Caller callers[2];
  GThread *threads[2];
  guint n_refused = 0;

  for (guint i = 0; i < 2; i++)
    {
      plan_init (&plans[i], fixture->registry);
      plans[i].block = TRUE;
      plans[i].nested = i == 0 ? "b" : "a";
      callers[i] = (Caller){ &plans[i], i == 0 ? "a" : "b", NULL, NULL, NULL };
      threads[i] = g_thread_new ("caller", call, &callers[i]);
      plan_await_blocked (&plans[i]);
    }
  plan_release (&plans[0]);
  plan_release (&plans[1]);
  for (guint i = 0; i < 2; i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_no_error (callers[i].error);
      g_assert_nonnull (callers[i].sink);
      if (plans[i].nested_error)
        {
          g_assert_error (plans[i].nested_error, MVX_LOG_ERROR, MVX_LOG_ERROR_WOULD_DEADLOCK);
          n_refused++;
        }
      g_object_unref (callers[i].sink);
      plan_clear (&plans[i]);
    }
  g_assert_cmpuint (n_refused, ==, 1);
}

static gpointer
churn (gpointer data)
{
  Plan *plan = data;

  for (guint i = 0; i < 300; i++)
    {
      const char *name = i % 3 == 0 ? "x" : i % 3 == 1 ? "y" : "z";
      g_autoptr (GError) error = NULL;
      g_autoptr (MvxLogSink) sink = configure (plan, name, &error);

      if (sink == NULL)
        g_assert_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_CREATE_FAILED);
      if (i % 5 == 0)
        mvx_log_registry_close (plan->registry, name, NULL, NULL, -1, NULL);
      if (i % 50 == 0)
        mvx_log_registry_reset (plan->registry, NULL, -1, NULL);
      g_strfreev (mvx_log_registry_get_names (plan->registry));
    }
  return NULL;
}

/* Configure, close and reset from ten threads: no crash, no hang, nothing left behind. */
static void
test_churn (Fixture *fixture, gconstpointer data)
{
  GThread *threads[10];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("churn", churn, &fixture->plan);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_true (mvx_log_registry_reset (fixture->registry, NULL, -1, NULL));
  assert_names (fixture->registry, "");
}

#define ADD(path, func) g_test_add ("/registry-threads/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("storm", test_storm);
  ADD ("waiter-tries", test_waiter_tries);
  ADD ("blocked-create", test_blocked_create);
  ADD ("reset-during-create", test_reset_during_create);
  ADD ("closing", test_closing);
  ADD ("crossed", test_crossed);
  ADD ("churn", test_churn);
  return g_test_run ();
}
