/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plugins for the tests of configuration: they remember what they were given and fail as told. */
#pragma once

#include <mvxlog/error.h>
#include <mvxlog/plugin-abi.h>

#include "plugin/plugin-private.h"

typedef struct
{
  char *path;
  char *timeout; /* as text, in microseconds */
} FakeInstance;

static struct
{
  GMutex      mutex;
  GHashTable *events;    /* path -> GPtrArray of messages */
  GHashTable *open;      /* paths of live instances */
  guint       n_created;
  guint       n_destroyed;
  guint       n_clashes; /* two live instances with one path */
  guint       n_reconfigured;
  const char *fail_create;      /* path whose create fails */
  const char *fail_reconfigure; /* path whose reconfigure fails */
  const char *fail_dispatch;    /* path that nothing can be delivered to at present */
  void      (*on_create) (const char *path);
} fake;

static const char *const fake_modes[] = { "append", "truncate", NULL };

static const MvxLogOptionSpec fake_options[] = {
  { "path", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_REQUIRED, NULL, 0, 0, NULL, "Where it writes", { NULL, NULL } },
  { "size", MVX_LOG_OPTION_SIZE, 0, "1MiB", 1024, 1 << 30, NULL, "How much", { NULL, NULL } },
  { "port", MVX_LOG_OPTION_INT64, 0, NULL, 1, 65535, NULL, "Port", { NULL, NULL } },
  { "ratio", MVX_LOG_OPTION_DOUBLE, 0, NULL, 0, 1, NULL, "Share", { NULL, NULL } },
  { "mode", MVX_LOG_OPTION_ENUM, 0, "append", 0, 0, fake_modes, "How", { NULL, NULL } },
  { "timeout", MVX_LOG_OPTION_DURATION, MVX_LOG_OPTION_RELOADABLE, "1s", 0, 0, NULL, "How long", { NULL, NULL } },
  { "flag", MVX_LOG_OPTION_BOOLEAN, 0, NULL, 0, 0, NULL, "Whether", { NULL, NULL } },
  { "tags", MVX_LOG_OPTION_STRV, 0, NULL, 0, 0, NULL, "Tags", { NULL, NULL } },
  { "token", MVX_LOG_OPTION_STRING, MVX_LOG_OPTION_SECRET, NULL, 0, 0, NULL, "Secret", { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static GPtrArray *
fake_events (const char *path)
{
  GPtrArray *list = g_hash_table_lookup (fake.events, path);

  if (list == NULL)
    {
      list = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (fake.events, g_strdup (path), list);
    }
  return list;
}

static MvxLogSinkDescriptor *
fake_build (MvxLogOptions *options,
            GError       **error)
{
  const char *path = mvx_log_options_get_string (options, "path");

  if (g_str_has_prefix (path, "bad:"))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME, "'%s' is not a path", path);
      return NULL;
    }
  if (g_str_has_suffix (path, "/"))
    {
      g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION, "path: '%s' is a directory", path);
      return NULL;
    }
  return mvx_log_sink_descriptor_new ("fake", g_variant_new_string (path),
                                      g_variant_new ("(txs)", mvx_log_options_get_size (options, "size"),
                                                     mvx_log_options_get_duration (options, "timeout"),
                                                     fake_modes[mvx_log_options_get_enum (options, "mode")]));
}

static gpointer
fake_create (MvxLogOptions  *options,
             MvxLogSinkHost *host,
             GError        **error)
{
  const char *path = mvx_log_options_get_string (options, "path");
  FakeInstance *self;

  if (fake.on_create)
    fake.on_create (path);
  if (fake.fail_create && g_str_equal (path, fake.fail_create))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "Cannot open '%s': Permission denied", path);
      return NULL;
    }
  self = g_new0 (FakeInstance, 1);
  self->path = g_strdup (path);
  g_mutex_lock (&fake.mutex);
  fake.n_created++;
  if (!g_hash_table_add (fake.open, g_strdup (path)))
    fake.n_clashes++;
  g_mutex_unlock (&fake.mutex);
  return self;
}

static MvxLogDispatchResult
fake_dispatch (gpointer            instance,
               MvxLogEvent *const *events,
               guint               n_events,
               guint              *n_done,
               GError            **error)
{
  FakeInstance *self = instance;

  if (fake.fail_dispatch && g_str_equal (self->path, fake.fail_dispatch))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, "'%s' is not there", self->path);
      return MVX_LOG_DISPATCH_RETRY;
    }
  g_mutex_lock (&fake.mutex);
  for (guint i = 0; i < n_events; i++)
    g_ptr_array_add (fake_events (self->path), g_strdup (mvx_log_event_get_template (events[i])));
  g_mutex_unlock (&fake.mutex);
  *n_done = n_events;
  return MVX_LOG_DISPATCH_OK;
}

static void
fake_destroy (gpointer instance)
{
  FakeInstance *self = instance;

  g_mutex_lock (&fake.mutex);
  fake.n_destroyed++;
  g_hash_table_remove (fake.open, self->path);
  g_mutex_unlock (&fake.mutex);
  g_free (self->path);
  g_free (self->timeout);
  g_free (self);
}

static gboolean
fake_reconfigure (gpointer       instance,
                  MvxLogOptions *options,
                  GError       **error)
{
  FakeInstance *self = instance;

  if (fake.fail_reconfigure && g_str_equal (self->path, fake.fail_reconfigure))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "not now");
      return FALSE;
    }
  fake.n_reconfigured++;
  g_free (self->timeout);
  self->timeout = g_strdup_printf ("%" G_GINT64_FORMAT, mvx_log_options_get_duration (options, "timeout"));
  return TRUE;
}

#define FAKE_PLUGIN(ID, NAME, FLAGS)                                                                                   \
  static const MvxLogPlugin ID##_data = {                                                                              \
    .magic = MVX_LOG_PLUGIN_MAGIC,                                                                                     \
    .abi = MVX_LOG_PLUGIN_ABI,                                                                                         \
    .struct_size = sizeof (MvxLogPlugin),                                                                              \
    .flags = (FLAGS),                                                                                                  \
    .name = NAME,                                                                                                      \
    .version = "1",                                                                                                    \
    .summary = "For tests",                                                                                            \
    .licence = "LGPL-2.1-or-later",                                                                                    \
    .options = fake_options,                                                                                           \
    .destroy = fake_destroy,                                                                                           \
    .reconfigure = fake_reconfigure,                                                                                   \
  };                                                                                                                   \
  static const MvxLogStaticPlugin ID = { &ID##_data, fake_build, fake_create, fake_dispatch }

FAKE_PLUGIN (fake_plugin, "fake", 0);
FAKE_PLUGIN (fake_solo_plugin, "solo", MVX_LOG_PLUGIN_SINGLETON);
FAKE_PLUGIN (fake_exclusive_plugin, "exclusive", MVX_LOG_PLUGIN_EXCLUSIVE_RESOURCE);
FAKE_PLUGIN (fake_async_plugin, "fake-async", MVX_LOG_PLUGIN_ASYNC);

static void
fake_register (void)
{
  g_autoptr (GError) error = NULL;

  fake.events = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  fake.open = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  mvx_log_plugin_register_static (&fake_plugin, &error);
  g_assert_no_error (error);
  mvx_log_plugin_register_static (&fake_solo_plugin, &error);
  g_assert_no_error (error);
  mvx_log_plugin_register_static (&fake_exclusive_plugin, &error);
  g_assert_no_error (error);
  mvx_log_plugin_register_static (&fake_async_plugin, &error);
  g_assert_no_error (error);
}
