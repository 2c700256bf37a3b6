/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configuration, what it names, and plugins. */
#pragma once

#include <glib/gstdio.h>

#include "memory-calls.h"

static char *config_before;
static char *config_text;

/* As a whole or not at all. */
static void
config_check (gboolean done)
{
  g_autofree char *now = world_snapshot ();
  g_autofree char *whole = NULL;

  if (!done)
    {
      g_assert_cmpstr (now, ==, config_before);
      return;
    }
  g_assert_cmpstr (now, !=, config_before);
  g_assert_true (mvx_log_configure_from_data (config_text, -1, "other.conf", NULL));
  whole = world_snapshot ();
  g_assert_cmpstr (now, ==, whole);
}

static void
config_remember (void)
{
  config_before = world_snapshot ();
  config_text = world_config (TRUE);
}

static void
config_write_other (void)
{
  config_remember ();
  g_assert_true (g_file_set_contents (world.config_path, config_text, -1, NULL));
  g_assert_no_errno (g_chmod (world.config_path, 0600));
}

static gboolean
config_data (GError **error)
{
  return mvx_log_configure_from_data (config_text, -1, "other.conf", error);
}

static gboolean
config_file (GError **error)
{
  return mvx_log_configure_from_file (world.config_path, error);
}

static gboolean
config_reload (GError **error)
{
  return mvx_log_reload (error);
}

static gboolean
config_check_file (GError **error)
{
  g_autoptr (GVariant) report = NULL;

  return mvx_log_check_config_file (world.config_path, FALSE, &report, error);
}

static gboolean
config_wrong (GError **error)
{
  static const char wrong[] = WORLD_HEAD "[sink file]\nplugin=file\nformat=nonsense\n[context]\nsinks=nobody\n";
  g_autoptr (GError) why = NULL;

  g_assert_false (mvx_log_configure_from_data (wrong, -1, "wrong.conf", &why));
  return why != NULL;
}

static gboolean
config_sink (GError **error)
{
  g_autofree char *path = g_build_filename (world.directory, "own", NULL);
  GVariant *options = g_variant_new_parsed ("{'path': <%s>, 'format': <'pretty'>}", path);
  g_autoptr (MvxLogSink) sink = mvx_log_configure_sink ("own", "file", options, error);

  return sink != NULL;
}

static void
config_make_sink (void)
{
  g_assert_true (config_sink (NULL));
}

static gboolean
config_close_sink (GError **error)
{
  g_autoptr (MvxLogSink) sink = mvx_log_get_sink ("own");

  return sink == NULL || mvx_log_close_sink ("own", error);
}

static gboolean
config_enable (GError **error)
{
  return mvx_log_enable_sink ("file", FALSE, error) && mvx_log_enable_sink ("file", TRUE, error)
         && mvx_log_enable_context ("app.part", FALSE, error) && mvx_log_enable_context ("app", TRUE, error);
}

static gboolean
config_levels (GError **error)
{
  g_autofree char *levels = NULL;

  if (!mvx_log_set_levels ("app.part=trace,app.third=error", error))
    return FALSE;
  levels = mvx_log_dup_levels ();
  return TRUE;
}

static gboolean
config_names (GError **error)
{
  g_auto (GStrv) sinks = mvx_log_get_sink_names ();
  g_auto (GStrv) contexts = mvx_log_get_context_names ();
  g_autofree char *path = mvx_log_dup_config_path ();
  g_autoptr (MvxLogSinkDescriptor) descriptor = mvx_log_get_sink_descriptor ("file");
  g_autofree char *text = mvx_log_sink_descriptor_to_string (descriptor);
  g_autoptr (GVariant) options = mvx_log_get_sink_options ("file");

  return mvx_log_has_sinks () && mvx_log_has_context ("app.part") && sinks && contexts && path && text && options;
}

static gboolean
config_reset (GError **error)
{
  gboolean done = mvx_log_reset (error);

  if (done)
    world_configure ();
  return done;
}

static gboolean
config_reset_contexts (GError **error)
{
  mvx_log_reset_contexts ();
  world_configure ();
  return TRUE;
}

static MvxLogDispatchResult
config_dispatch (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  *n_done = n_events;
  return MVX_LOG_DISPATCH_OK;
}

/* The file plugin under another name. */
static gboolean
config_plugin (GError **error)
{
  static MvxLogPlugin description;
  static MvxLogStaticPlugin plugin;

  if (plugin.plugin == NULL)
    {
      plugin = mvx_static_plugin_file;
      description = *plugin.plugin;
      description.name = "other-file";
      plugin.plugin = &description;
      plugin.dispatch_core = config_dispatch;
    }
  return mvx_log_register_static_plugin (&plugin, error);
}

static gboolean
config_search (GError **error)
{
  const char *const allowed[] = { "file", "memory", "group", "good", "stream", NULL };
  g_auto (GStrv) folders = NULL;
  g_auto (GStrv) names = NULL;

  mvx_log_add_plugin_path (world.directory);
  mvx_log_set_allowed_plugins (allowed);
  folders = mvx_log_get_plugin_path ();
  names = mvx_log_list_plugins ();
  mvx_log_set_allowed_plugins (NULL);
  return mvx_log_find_plugin ("file", error) != NULL;
}

/* A file with a plugin. */
static void
config_copy_plugin (void)
{
  g_autofree char *from = g_build_filename (g_getenv ("G_TEST_BUILDDIR"), "broken", "libmvxlog-good.so", NULL);
  g_autofree char *to = g_build_filename (world.directory, "libmvxlog-good.so", NULL);
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (from, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (to, bytes, (gssize) size, NULL));
  g_assert_no_errno (g_chmod (to, 0644));
  mvx_log_add_plugin_path (world.directory);
}

static gboolean
config_load (GError **error)
{
  g_autofree char *path = mvx_log_locate_plugin ("good", error);

  return path && mvx_log_load_plugin_file (path, error);
}

static gboolean
config_find (GError **error)
{
  return mvx_log_find_plugin ("good", error) != NULL;
}

static gboolean
config_init (GError **error)
{
  if (!mvx_log_init ("shop", error))
    return FALSE;
  mvx_log_hold ();
  mvx_log_release ();
  mvx_log_set_fork_policy (mvx_log_get_fork_policy ());
  return TRUE;
}

static const MemoryCall config_calls[] = {
  { "init", config_init },
  { "configure-from-data", config_data, config_remember, config_check },
  { "configure-from-file", config_file, config_write_other, config_check },
  { "reload", config_reload, config_write_other, config_check },
  { "check-config-file", config_check_file, config_write_other },
  { "wrong", config_wrong },
  { "configure-sink", config_sink },
  { "close-sink", config_close_sink, config_make_sink },
  { "enable", config_enable },
  { "levels", config_levels },
  { "names", config_names },
  { "reset", config_reset },
  { "reset-contexts", config_reset_contexts },
  { "register-plugin", config_plugin },
  { "search-path", config_search },
  { "load-plugin-file", config_load, config_copy_plugin },
  { "find-plugin", config_find, config_copy_plugin },
};
