/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "alarm.h"

/* It is off before it rings: what sets it from now on makes it ring again. */
static gboolean
mvx_alarm_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  MvxAlarmFunc func = (MvxAlarmFunc) callback;

  g_source_set_ready_time (source, -1);
  func (data);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs mvx_alarm_funcs = { .dispatch = mvx_alarm_dispatch };

GSource *
mvx_alarm_new (GMainContext *context, const char *name, MvxAlarmFunc func, gpointer data)
{
  GSource *self = g_source_new (&mvx_alarm_funcs, sizeof (GSource));

  g_source_set_callback (self, G_SOURCE_FUNC (func), data, NULL);
  g_source_set_static_name (self, name);
  g_source_attach (self, context);
  return self;
}

void
mvx_alarm_set (GSource *source, gint64 at_us)
{
  g_source_set_ready_time (source, at_us);
}
