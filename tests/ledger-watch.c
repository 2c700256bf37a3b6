/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Linked with every test: whatever sink a test makes, of whatever class, has to have closed its ledger when it goes,
 * and nothing may be on its way any more, for by then it has been terminated. Those that are still there at the end of
 * the program are looked at there, unless other threads could be using them. */
#include <mvxlog/mvxlog.h>

#include "ledger-check.h"

/* More of them are not looked at at the end. */
#define LEDGER_WATCH_MAX 4096

static gpointer ledger_watch_sinks[LEDGER_WATCH_MAX]; /* each atomic */
static guint ledger_watch_n;                          /* atomic */

static void
ledger_watch_on_gone (gpointer slot, GObject *sink)
{
  MvxLogCounters counters = ledger_check (MVX_LOG_SINK (sink));

  g_assert_cmpuint (counters.pending, ==, 0);
  if (slot)
    g_atomic_pointer_set ((gpointer *) slot, NULL);
}

static void
ledger_watch_constructed (GObject *object)
{
  const guint n = g_atomic_int_add (&ledger_watch_n, 1);
  gpointer *slot = n < LEDGER_WATCH_MAX ? &ledger_watch_sinks[n] : NULL;

  G_OBJECT_CLASS (g_type_class_peek (G_TYPE_OBJECT))->constructed (object);
  if (slot)
    g_atomic_pointer_set (slot, object);
  g_object_weak_ref (object, ledger_watch_on_gone, slot);
}

/* Classes that inherit from one of these inherit that, too. */
static void
ledger_watch_on_class (gpointer data, gpointer iface)
{
  const GTypeInterface *vtable = iface;
  GObjectClass *klass;

  if (vtable->g_type != MVX_LOG_TYPE_SINK)
    return;
  klass = g_type_class_ref (vtable->g_instance_type);
  g_assert_true (klass->constructed == G_OBJECT_CLASS (g_type_class_peek (G_TYPE_OBJECT))->constructed
                 || klass->constructed == ledger_watch_constructed);
  klass->constructed = ledger_watch_constructed;
  g_type_class_unref (klass);
}

static void __attribute__ ((constructor)) ledger_watch_begin (void)
{
  g_type_add_interface_check (NULL, ledger_watch_on_class);
}

static gboolean
ledger_watch_is_alone (void)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);

  return tasks && g_dir_read_name (tasks) && g_dir_read_name (tasks) == NULL;
}

static void __attribute__ ((destructor)) ledger_watch_end (void)
{
  const guint n = MIN (g_atomic_int_get (&ledger_watch_n), LEDGER_WATCH_MAX);

  if (!ledger_watch_is_alone ())
    return;
  for (guint i = 0; i < n; i++)
    if (ledger_watch_sinks[i])
      ledger_check (ledger_watch_sinks[i]);
}
