/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin that is told later what became of a batch: what it answers, from one to six events at a time. */
#pragma once

#include <mvxlog/test-host.h>

#include "store-fixture.h"

#define ACK_PATIENCE_US (60 * G_USEC_PER_SEC)

static inline MvxLogTestHost *
ack_start (StoreFixture *store,
           const char   *name)
{
  g_autoptr (GVariant) options = mvx_log_options_to_variant (store->options);
  g_autoptr (GError) error = NULL;
  MvxLogTestHost *host = mvx_log_test_host_new (store->plugin, name, options, &error);

  g_assert_no_error (error);
  g_assert_true (mvx_log_test_host_start (host, &error));
  g_assert_no_error (error);
  return host;
}

static inline void
ack_stop (MvxLogTestHost *host)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_test_host_stop (host, &error));
  g_assert_no_error (error);
  g_object_unref (host);
}

static inline MvxLogDispatchResult
ack_try (MvxLogTestHost     *host,
         MvxLogEvent *const *events,
         guint               n,
         guint              *n_done,
         GError            **error)
{
  MvxLogDispatchResult result = mvx_log_test_host_dispatch (host, events, n, n_done, error);

  if (result != MVX_LOG_DISPATCH_PENDING)
    return result;
  return mvx_log_test_host_wait_completed (host, g_get_monotonic_time () + ACK_PATIENCE_US, n_done, error);
}

/* "one" to "six"; what becomes of them. A '*' in the message stands for whatever server was asked. */
static inline void
ack_assert_outcome (MvxLogTestHost      *host,
                    MvxLogDispatchResult expected,
                    guint                expected_done,
                    const char          *message)
{
  static const char *const texts[] = { "one", "two", "three", "four", "five", "six" };
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);
  g_autoptr (GError) error = NULL;
  MvxLogDispatchResult result;
  guint n_done = 99;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_ptr_array_add (events, mvx_log_event_new ("org.example", MVX_LOG_LEVEL_INFO, i + 1, texts[i], NULL, 0));
  result = ack_try (host, (MvxLogEvent *const *) events->pdata, events->len, &n_done, &error);
  if (error && message && g_pattern_match_simple (message, error->message))
    g_clear_error (&error);
  else
    g_assert_cmpstr (error ? error->message : NULL, ==, message);
  g_assert_cmpint (result, ==, expected);
  g_assert_cmpuint (n_done, ==, expected_done);
}

/* All of it, with a newline between them. */
static inline void
ack_assert_diagnostics (MvxLogTestHost *host,
                        const char     *expected)
{
  g_auto (GStrv) lines = mvx_log_test_host_get_diagnostics (host);
  g_autofree char *text = g_strjoinv ("\n", lines);

  g_assert_cmpstr (text, ==, expected);
}

/* One event, until it is taken. */
static inline void
ack_send_until_taken (MvxLogTestHost *host,
                      const char     *message)
{
  g_autoptr (MvxLogEvent) event = mvx_log_event_new ("a", MVX_LOG_LEVEL_INFO, 1, message, NULL, 0);
  const gint64 deadline = g_get_monotonic_time () + ACK_PATIENCE_US;
  g_autoptr (GError) error = NULL;
  guint n_done;

  while (ack_try (host, &event, 1, &n_done, &error) != MVX_LOG_DISPATCH_OK)
    {
      if (g_get_monotonic_time () > deadline)
        g_assert_no_error (error);
      g_clear_error (&error);
      g_usleep (10000);
    }
}
