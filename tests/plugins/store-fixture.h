/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An instance of a plugin that keeps events, driven by its four symbols; what it says and rejects is kept. */
#pragma once

#include <string.h>

#include <mvxlog/mvxlog.h>

#include "../broken/fixture.h"
#include "event/event-private.h"
#include "plugin/plugin-private.h"
#include "sink/host-private.h"

typedef struct
{
  const MvxLogStaticPlugin *plugin;
  char                     *directory;
  MvxLogSinkHost           *host;
  MvxLogOptions            *options;
  gpointer                  instance;
  GString                  *diagnostics; /* a line each */
  guint                     n_rejected;
} StoreFixture;

static inline void
store_on_diagnose (gpointer    data,
                   gint        level,
                   const char *message)
{
  StoreFixture *store = data;

  g_string_append_printf (store->diagnostics, "%s\n", message);
}

static inline void
store_on_reject (gpointer     data,
                 MvxLogEvent *event,
                 const char  *reason)
{
  StoreFixture *store = data;

  store->n_rejected++;
}

static inline void
store_set (StoreFixture *store,
           const char   *name,
           const char   *value)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_options_set (store->options, name, value, &error));
  g_assert_no_error (error);
}

static inline void
store_set_up (StoreFixture             *store,
              const MvxLogStaticPlugin *plugin)
{
  static const MvxLogHostFuncs funcs = { .diagnose = store_on_diagnose, .reject = store_on_reject };

  *store = (StoreFixture){ .plugin = plugin };
  store->directory = fixture_make_directory ();
  store->diagnostics = g_string_new (NULL);
  store->host = mvx_log_sink_host_new ("store", &funcs, store);
  store->options = mvx_log_plugin_new_options (plugin);
}

static inline void
store_close (StoreFixture *store)
{
  if (store->instance)
    store->plugin->plugin->destroy (store->instance);
  store->instance = NULL;
}

static inline void
store_tear_down (StoreFixture *store)
{
  store_close (store);
  mvx_log_options_unref (store->options);
  mvx_log_sink_host_free (store->host);
  g_string_free (store->diagnostics, TRUE);
  fixture_remove (store->directory);
  g_free (store->directory);
}

static inline void
store_open (StoreFixture *store)
{
  g_autoptr (GError) error = NULL;

  store_close (store);
  store->instance = store->plugin->create (store->options, store->host, &error);
  g_assert_no_error (error);
  g_assert_nonnull (store->instance);
}

/* It cannot be made, and says so. */
static inline void
store_assert_refused (StoreFixture *store,
                      const char   *expected)
{
  g_autoptr (GError) error = NULL;

  store_close (store);
  g_assert_null (store->plugin->create (store->options, store->host, &error));
  g_assert_nonnull (error);
  g_assert_cmpstr (error->message, ==, expected);
}

static inline void
store_assert_probe (StoreFixture *store,
                    const char   *expected)
{
  g_autoptr (GError) error = NULL;
  gboolean good
      = store->plugin->plugin->probe (store->options, g_get_monotonic_time () + 60 * G_USEC_PER_SEC, &error);

  g_assert_true (good == (error == NULL));
  g_assert_cmpstr (error ? error->message : NULL, ==, expected);
}

/* "event FIRST", and so on. */
static inline MvxLogDispatchResult
store_try (StoreFixture *store,
           guint         first,
           guint         n,
           guint        *n_done,
           GError      **error)
{
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);

  for (guint i = first; i < first + n; i++)
    {
      g_autofree char *text = g_strdup_printf ("event %u", i);

      g_ptr_array_add (events, mvx_log_event_new ("org.example", MVX_LOG_LEVEL_INFO, i + 1, text, NULL, 0));
    }
  return store->plugin->dispatch_core (store->instance, (MvxLogEvent *const *) events->pdata, n, n_done, error);
}

static inline void
store_dispatch (StoreFixture *store,
                guint         first,
                guint         n)
{
  g_autoptr (GError) error = NULL;
  MvxLogDispatchResult result;
  guint n_done = 0;

  result = store_try (store, first, n, &n_done, &error);
  g_assert_no_error (error);
  g_assert_cmpint (result, ==, MVX_LOG_DISPATCH_OK);
  g_assert_cmpuint (n_done, ==, n);
}

/* Nothing of @n events gets through. */
static inline void
store_assert_trouble (StoreFixture        *store,
                      MvxLogDispatchResult result,
                      guint                n,
                      const char          *expected)
{
  g_autoptr (GError) error = NULL;
  guint n_done = 99;

  g_assert_cmpint (store_try (store, 1000, n, &n_done, &error), ==, result);
  g_assert_nonnull (error);
  g_assert_cmpstr (error->message, ==, expected);
  g_assert_cmpuint (n_done, ==, 0);
}

static inline void
store_dispatch_one (StoreFixture *store,
                    MvxLogEvent  *event)
{
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  g_assert_cmpint (store->plugin->dispatch_core (store->instance, &event, 1, &n_done, &error), ==,
                   MVX_LOG_DISPATCH_OK);
  g_assert_no_error (error);
  g_assert_cmpuint (n_done, ==, 1);
}
