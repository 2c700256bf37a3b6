/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A registry of its own, diagnostics that are kept, and short ways to apply and to log. */
#pragma once

#include <string.h>

#include "base/diag-private.h"
#include "config/apply-private.h"
#include "config/exclusive-private.h"
#include "config/holder-private.h"
#include "config/load-private.h"
#include "config/steps-private.h"
#include "context/tree-private.h"
#include "fake-plugin.h"
#include "sink/host-private.h"

#define HEAD "[mvxlog]\nversion=1\n"

static MvxLogRegistry *registry;
static GString *diagnostics;

G_GNUC_UNUSED static MvxLogSink *
lookup (const char *name)
{
  return mvx_log_registry_get (registry, name);
}

G_GNUC_UNUSED static void
on_diagnostic (gint level, const char *message, gpointer data)
{
  g_mutex_lock (&fake.mutex);
  g_string_append_printf (diagnostics, "%s\n", message);
  g_mutex_unlock (&fake.mutex);
}

G_GNUC_UNUSED static void
set_up (void)
{
  registry = mvx_log_registry_new ();
  mvx_log_sink_host_set_lookup (lookup);
  diagnostics = g_string_new (NULL);
  mvx_log_diag_set_func (on_diagnostic, NULL, NULL);
  g_hash_table_remove_all (fake.events);
  fake.n_created = fake.n_destroyed = fake.n_clashes = fake.n_reconfigured = 0;
  fake.fail_create = fake.fail_reconfigure = NULL;
  fake.on_create = NULL;
}

G_GNUC_UNUSED static void
tear_down (void)
{
  g_autoptr (GError) error = NULL;
  MvxLogContextSettings root = { .name = "" };

  mvx_log_tree_apply (&root, 1);
  mvx_log_registry_reset (registry, NULL, -1, &error);
  g_assert_no_error (error);
  mvx_log_registry_free (registry);
  registry = NULL;
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_string_free (diagnostics, TRUE);
}

G_GNUC_UNUSED static gboolean
apply_with (const char *data, const char *const *known, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (MvxLogPlan) plan = mvx_log_plan_load_data (data, -1, "F", known, &local);
  gboolean applied;

  g_assert_no_error (local);
  if (!mvx_log_config_begin (error))
    return FALSE;
  applied = mvx_log_config_apply (plan, registry, error);
  mvx_log_config_end ();
  return applied;
}

G_GNUC_UNUSED static void
apply (const char *data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (apply_with (data, NULL, &error));
  g_assert_no_error (error);
}

G_GNUC_UNUSED static void
assert_fails (const char *data, const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (apply_with (data, NULL, &error));
  g_assert_error (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_APPLY_FAILED);
  g_assert_cmpstr (error->message, ==, expected);
}

G_GNUC_UNUSED static void
log_to (const char *context, const char *text)
{
  g_autoptr (MvxLogContext) handle = mvx_log_tree_configure (context, NULL);
  MvxLogEventInit init = { .level = 20, .message_template = text };

  mvx_log_event_submit (handle, &init, NULL, 0, NULL);
}

G_GNUC_UNUSED static void
assert_events (const char *path, const char *expected)
{
  g_autofree char *text = NULL;
  GPtrArray *list;

  g_mutex_lock (&fake.mutex);
  list = fake_events (path);
  g_ptr_array_add (list, NULL);
  text = g_strjoinv (",", (char **) list->pdata);
  g_ptr_array_remove_index (list, list->len - 1);
  g_mutex_unlock (&fake.mutex);
  g_assert_cmpstr (text, ==, expected);
}

G_GNUC_UNUSED static void
assert_names (const char *expected)
{
  g_auto (GStrv) names = mvx_log_registry_get_names (registry);
  g_autofree char *text = g_strjoinv (",", names);

  g_assert_cmpstr (text, ==, expected);
}

/* Borrowed: the registry has it. */
G_GNUC_UNUSED static MvxLogSink *
peek (const char *name)
{
  g_autoptr (MvxLogSink) sink = mvx_log_registry_get (registry, name);

  return sink;
}

#define ONE HEAD "[sink a]\nplugin=fake\npath=/a\n[context]\nsinks=a\n"

/* While the sink is being made again somebody logs. */
G_GNUC_UNUSED static void
log_while_creating (const char *path)
{
  log_to ("", "during");
  log_to ("x", "also");
}

G_GNUC_UNUSED static MvxLogSink *
make_by_api (const char *name, const char *plugin_name, const char *path)
{
  const MvxLogStaticPlugin *plugin = mvx_log_plugin_get (plugin_name, NULL);
  g_autoptr (MvxLogOptions) options = mvx_log_plugin_new_options (plugin);
  g_autoptr (MvxLogSinkDescriptor) descriptor = NULL;
  g_autoptr (MvxLogSink) sink = NULL;
  g_autoptr (MvxLogSink) old = NULL;
  g_autoptr (GError) error = NULL;

  mvx_log_options_set (options, "path", path, NULL);
  descriptor = mvx_log_plugin_describe (plugin, name, options, &error);
  g_assert_no_error (error);
  sink = mvx_log_plugin_create_sink (plugin, name, options, &error);
  g_assert_no_error (error);
  old = mvx_log_registry_exchange (registry, name, sink, descriptor);
  g_assert_null (old);
  return peek (name);
}
