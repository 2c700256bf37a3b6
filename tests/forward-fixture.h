/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sinks a, b and c, and an instance of a plugin that forwards to them. */
#pragma once

#include "dummy-sink.h"
#include "base/error-private.h"
#include "sink/builtin-private.h"
#include "sink/descriptor-private.h"
#include "sink/host-private.h"
#include "sink/sink-private.h"

static DummySink *members[3];

typedef struct
{
  const MvxLogStaticPlugin *plugin;
  MvxLogOptions            *options;
  MvxLogSinkHost           *host;
  gpointer                  instance;
  GPtrArray                *diagnostics;
} ForwardFixture;

static inline MvxLogSink *
forward_look_up (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_autofree char *own = mvx_log_sink_dup_name (MVX_LOG_SINK (members[i]));

      if (g_str_equal (own, name))
        return MVX_LOG_SINK (g_object_ref (members[i]));
    }
  return NULL;
}

static inline void
forward_diagnose (gpointer    data,
                  gint        level,
                  const char *message)
{
  ForwardFixture *fixture = data;

  g_ptr_array_add (fixture->diagnostics, g_strdup_printf ("%d %s", level, message));
}

static inline void
forward_set (ForwardFixture *fixture,
             const char     *name,
             const char     *value)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_options_set (fixture->options, name, value, &error));
  g_assert_no_error (error);
}

/* The sinks, and options of @data, a plugin; no instance yet. */
static inline void
forward_set_up (ForwardFixture *fixture,
                gconstpointer   data)
{
  static const char *const names[] = { "a", "b", "c" };
  static const MvxLogHostFuncs funcs = { .diagnose = forward_diagnose };

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      members[i] = dummy_sink_new ();
      mvx_log_sink_set_name (MVX_LOG_SINK (members[i]), names[i]);
    }
  mvx_log_sink_host_set_lookup (forward_look_up);
  fixture->plugin = data;
  fixture->diagnostics = g_ptr_array_new_with_free_func (g_free);
  fixture->options = mvx_log_options_new (fixture->plugin->plugin->options);
  fixture->host = mvx_log_sink_host_new ("f", &funcs, fixture);
}

static inline void
forward_create (ForwardFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->instance = fixture->plugin->create (fixture->options, fixture->host, &error);
  g_assert_no_error (error);
  g_assert_nonnull (fixture->instance);
}

static inline void
forward_tear_down (ForwardFixture *fixture,
                   gconstpointer   data)
{
  if (fixture->instance)
    fixture->plugin->plugin->destroy (fixture->instance);
  mvx_log_sink_host_free (fixture->host);
  mvx_log_options_unref (fixture->options);
  mvx_log_sink_host_set_lookup (NULL);
  g_ptr_array_unref (fixture->diagnostics);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      g_assert_cmpuint (G_OBJECT (members[i])->ref_count, ==, 1);
      g_assert_cmpint (mvx_log_sink_common (MVX_LOG_SINK (members[i]))->users, ==, 0);
      g_object_unref (members[i]);
    }
}

static inline MvxLogDispatchResult
forward_deliver (ForwardFixture *fixture,
                 MvxLogEvent    *event,
                 GError        **error)
{
  guint n_done = 7;
  MvxLogDispatchResult result = fixture->plugin->dispatch_core (fixture->instance, &event, 1, &n_done, error);

  g_assert_cmpuint (n_done, ==, result == MVX_LOG_DISPATCH_OK ? 1 : 0);
  return result;
}

/* An event @text that somebody takes. */
static inline void
forward_send (ForwardFixture *fixture,
              const char     *text)
{
  g_autoptr (MvxLogEvent) event = dummy_event (MVX_LOG_LEVEL_INFO, text);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (forward_deliver (fixture, event, &error), ==, MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
}

/* What the three have got, as "x,y|z|". */
static inline void
forward_assert (const char *expected)
{
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    for (guint j = 0; j <= members[i]->texts->len; j++)
      if (j < members[i]->texts->len)
        g_string_append_printf (all, "%s%s", j > 0 ? "," : "", (const char *) g_ptr_array_index (members[i]->texts, j));
      else if (i + 1 < G_N_ELEMENTS (members))
        g_string_append_c (all, '|');
  g_assert_cmpstr (all->str, ==, expected);
}

static inline void
forward_set_health (guint            i,
                    MvxLogSinkHealth health,
                    gint64           probe_us)
{
  mvx_log_sink_set_health (mvx_log_sink_common (MVX_LOG_SINK (members[i])), health, probe_us);
}
