/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An instance of a statically linked plugin, driven by the four symbols. */
#pragma once

#include <mvxlog/mvxlog.h>

#include "plugin/plugin-private.h"
#include "sink/host-private.h"

typedef struct
{
  const MvxLogStaticPlugin *plugin;
  MvxLogSinkHost           *host;
  MvxLogOptions            *options;
  gpointer                  data;
} Instance;

static inline void
instance_init (Instance                 *self,
               const MvxLogStaticPlugin *plugin)
{
  *self = (Instance){ .plugin = plugin };
  self->host = mvx_log_sink_host_new ("test", NULL, NULL);
  self->options = mvx_log_plugin_new_options (plugin);
}

static inline void
instance_set (Instance   *self,
              const char *name,
              const char *value)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (mvx_log_options_set (self->options, name, value, &error));
  g_assert_no_error (error);
}

static inline void
instance_close (Instance *self)
{
  if (self->data)
    self->plugin->plugin->destroy (self->data);
  self->data = NULL;
}

static inline void
instance_open (Instance *self)
{
  g_autoptr (GError) error = NULL;

  instance_close (self);
  self->data = self->plugin->create (self->options, self->host, &error);
  g_assert_no_error (error);
  g_assert_nonnull (self->data);
}

static inline void
instance_clear (Instance *self)
{
  instance_close (self);
  mvx_log_options_unref (self->options);
  mvx_log_sink_host_free (self->host);
}

static inline void
instance_dispatch (Instance           *self,
                   MvxLogEvent *const *events,
                   guint               n_events)
{
  g_autoptr (GError) error = NULL;
  guint n_done = 0;
  MvxLogDispatchResult result = self->plugin->dispatch_core (self->data, events, n_events, &n_done, &error);

  g_assert_no_error (error);
  g_assert_cmpint (result, ==, MVX_LOG_DISPATCH_OK);
  g_assert_cmpuint (n_done, ==, n_events);
}

/* The backend is in trouble; how many events went out nevertheless. */
static inline guint
instance_dispatch_retry (Instance           *self,
                         MvxLogEvent *const *events,
                         guint               n_events,
                         gint                code,
                         const char         *message)
{
  g_autoptr (GError) error = NULL;
  guint n_done = 0;

  g_assert_cmpint (self->plugin->dispatch_core (self->data, events, n_events, &n_done, &error), ==,
                   MVX_LOG_DISPATCH_RETRY);
  g_assert_cmpstr (error->message, ==, message);
  g_assert_error (error, G_IO_ERROR, code);
  return n_done;
}

/* Neither a descriptor nor an instance, and the same reason for both. */
static inline void
instance_assert_invalid (Instance   *self,
                         const char *message)
{
  g_autoptr (GError) first = NULL;
  g_autoptr (GError) second = NULL;

  g_assert_null (self->plugin->build_descriptor (self->options, &first));
  g_assert_cmpstr (first ? first->message : NULL, ==, message);
  g_assert_error (first, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION);
  g_assert_null (self->plugin->create (self->options, self->host, &second));
  g_assert_cmpstr (second ? second->message : NULL, ==, message);
}

static inline gint64
instance_get_count (Instance   *self,
                    const char *name)
{
  g_autoptr (GVariant) counts = mvx_log_sink_host_get_counts (self->host);
  gint64 n = 0;

  g_variant_lookup (counts, name, "x", &n);
  return n;
}
