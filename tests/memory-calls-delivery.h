/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All sinks together, the end of a program, and the bridge from GLib. */
#pragma once

#include "memory-calls.h"

static gboolean
delivery_flush (GError **error)
{
  mvx_info (world.context, "more");
  return mvx_log_sink_flush (world.file, -1, error) && mvx_log_flush (-1, error);
}

static gboolean
delivery_reopen (GError **error)
{
  return mvx_log_sink_reopen (world.file, error) && mvx_log_reopen (error);
}

static gboolean
delivery_shutdown (GError **error)
{
  g_autoptr (GVariant) statement = NULL;

  if (!mvx_log_shutdown (-1, &statement))
    return FALSE;
  world_configure ();
  return TRUE;
}

static void
delivery_take_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static gboolean
delivery_flush_async (GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  mvx_log_flush_async (-1, NULL, delivery_take_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return mvx_log_flush_finish (result, error);
}

static gboolean
delivery_shutdown_async (GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) statement = NULL;

  mvx_log_shutdown_async (-1, NULL, delivery_take_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return mvx_log_shutdown_finish (result, &statement, error);
}

static gboolean
delivery_emergency (GError **error)
{
  mvx_log_install_crash_handler ();
  mvx_log_emergency ("", 0);
  return TRUE;
}

static gboolean
delivery_glib (GError **error)
{
  g_message ("to the log");
  g_debug ("to nobody");
  return TRUE;
}

/* Without mvx_log_install_glib_writer(): g_log_set_handler(), which it needs, allocates with the lock that GLib's last
 * words need, and waits for itself. */
static const MemoryCall delivery_calls[] = {
  { "flush", delivery_flush },
  { "reopen", delivery_reopen },
  { "shutdown", delivery_shutdown },
  { "flush-async", delivery_flush_async },
  { "shutdown-async", delivery_shutdown_async },
  { "emergency", delivery_emergency },
  { "glib-log", delivery_glib },
};
