/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A registry, and factories that do what a test asks for. */
#pragma once

#include "base/error-private.h"
#include "dummy-sink.h"
#include "sink/descriptor-private.h"
#include "sink/registry-private.h"
#include "sink/sink-private.h"

/* What a factory of these tests does. */
typedef struct
{
  const char *type;   /* sink type, "dummy" if NULL */
  const char *config; /* configuration, none if NULL */
  const char *resource;
  const char *build_error;
  const char *create_error;
  const char *nested;       /* name to configure from inside create */
  const char *nested_build; /* name to configure from inside build */
  MvxLogRegistry *registry;
  GString *journal;
  gint n_built;         /* atomic */
  gint n_created;       /* atomic */
  GError *nested_error; /* what that said */
  GMutex mutex;         /* guards the rest */
  GCond cond;
  gboolean block; /* create waits until this is FALSE */
  guint n_blocked;
} Plan;

static void
plan_init (Plan *plan, MvxLogRegistry *registry)
{
  *plan = (Plan){ .registry = registry };
  g_mutex_init (&plan->mutex);
  g_cond_init (&plan->cond);
}

static void
plan_clear (Plan *plan)
{
  g_clear_error (&plan->nested_error);
  g_mutex_clear (&plan->mutex);
  g_cond_clear (&plan->cond);
}

/* Returns once a create waits. */
G_GNUC_UNUSED static void
plan_await_blocked (Plan *plan)
{
  g_mutex_lock (&plan->mutex);
  while (plan->n_blocked == 0)
    g_cond_wait (&plan->cond, &plan->mutex);
  g_mutex_unlock (&plan->mutex);
}

G_GNUC_UNUSED static void
plan_release (Plan *plan)
{
  g_mutex_lock (&plan->mutex);
  plan->block = FALSE;
  g_cond_broadcast (&plan->cond);
  g_mutex_unlock (&plan->mutex);
}

static MvxLogSink *configure (Plan *plan, const char *name, GError **error);

static void
plan_nest (Plan *plan, const char *name)
{
  Plan inner;

  plan_init (&inner, plan->registry);
  g_clear_error (&plan->nested_error);
  g_clear_object (&(MvxLogSink *){ configure (&inner, name, &plan->nested_error) });
  plan_clear (&inner);
}

static MvxLogSinkDescriptor *
plan_build (gpointer data, GError **error)
{
  Plan *plan = data;

  g_atomic_int_inc (&plan->n_built);
  if (plan->nested_build)
    plan_nest (plan, plan->nested_build);
  if (plan->build_error)
    {
      if (*plan->build_error)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, plan->build_error);
      return NULL;
    }
  return mvx_log_sink_descriptor_new (plan->type ? plan->type : "dummy",
                                      plan->resource ? g_variant_new_string (plan->resource) : NULL,
                                      plan->config ? g_variant_new_string (plan->config) : NULL);
}

static MvxLogSink *
plan_create (gpointer data, GError **error)
{
  Plan *plan = data;
  DummySink *sink;

  g_atomic_int_inc (&plan->n_created);
  g_mutex_lock (&plan->mutex);
  plan->n_blocked++;
  g_cond_broadcast (&plan->cond);
  while (plan->block)
    g_cond_wait (&plan->cond, &plan->mutex);
  plan->n_blocked--;
  g_mutex_unlock (&plan->mutex);
  if (plan->nested)
    plan_nest (plan, plan->nested);
  if (plan->create_error)
    {
      if (*plan->create_error)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, plan->create_error);
      return NULL;
    }
  sink = dummy_sink_new ();
  sink->journal = plan->journal;
  return MVX_LOG_SINK (sink);
}

static const MvxLogSinkFactory factory = { plan_build, plan_create };

static MvxLogSink *
configure (Plan *plan, const char *name, GError **error)
{
  return mvx_log_registry_configure (plan->registry, name, &factory, plan, error);
}

typedef struct
{
  MvxLogRegistry *registry;
  Plan plan;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->registry = mvx_log_registry_new ();
  plan_init (&fixture->plan, fixture->registry);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  plan_clear (&fixture->plan);
  mvx_log_registry_free (fixture->registry);
}

G_GNUC_UNUSED static void
assert_names (MvxLogRegistry *registry, const char *expected)
{
  g_auto (GStrv) names = mvx_log_registry_get_names (registry);
  g_autofree char *joined = g_strjoinv (" ", names);

  g_assert_cmpstr (joined, ==, expected);
}

G_GNUC_UNUSED static void
assert_error (GError **error, gint code, const char *message)
{
  g_assert_error (*error, MVX_LOG_SINK_ERROR, code);
  g_assert_cmpstr ((*error)->message, ==, message);
  g_clear_error (error);
}
