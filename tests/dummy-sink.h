/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A sink for tests: remembers what it got, fails and blocks as told. */
#pragma once

#include <mvxlog/error.h>
#include <mvxlog/level.h>
#include <mvxlog/sink.h>

#include "event/event-private.h"

typedef struct
{
  GObject    parent;
  GMutex     mutex;
  GPtrArray *texts;            /* templates of the events it took */
  char      *log_error;        /* NULL to succeed */
  char      *flush_error;
  char      *reopen_error;
  char      *terminate_error;
  gboolean   silent;           /* fail without an error */
  guint      n_flushed;
  guint      n_reopened;
  guint      n_terminated;
  gint64     deadline_us;      /* of the last flush or terminate */
  GString   *journal;          /* borrowed: names of terminated sinks in order */
  void     (*on_terminate) (gpointer data);
  gpointer   on_terminate_data;
} DummySink;

typedef GObjectClass DummySinkClass;

static GType dummy_sink_get_type (void);
static void  dummy_sink_iface_init (MvxLogSinkInterface *iface);

G_DEFINE_TYPE_WITH_CODE (DummySink, dummy_sink, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_SINK, dummy_sink_iface_init))

static gboolean
dummy_sink_answer (DummySink  *self,
                   const char *message,
                   GError    **error)
{
  if (self->silent)
    return FALSE;
  if (message == NULL)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, message);
  return FALSE;
}

static gboolean
dummy_sink_log (MvxLogSink        *sink,
                const MvxLogEvent *event,
                GError           **error)
{
  DummySink *self = (DummySink *) sink;
  gboolean ok;

  g_mutex_lock (&self->mutex);
  ok = dummy_sink_answer (self, self->log_error, error);
  if (ok)
    g_ptr_array_add (self->texts, g_strdup (mvx_log_event_get_template (event)));
  g_mutex_unlock (&self->mutex);
  return ok;
}

static gboolean
dummy_sink_flush (MvxLogSink *sink,
                  gint64      deadline_us,
                  GError    **error)
{
  DummySink *self = (DummySink *) sink;

  self->n_flushed++;
  self->deadline_us = deadline_us;
  return dummy_sink_answer (self, self->flush_error, error);
}

static gboolean
dummy_sink_reopen (MvxLogSink *sink,
                   GError    **error)
{
  DummySink *self = (DummySink *) sink;

  self->n_reopened++;
  return dummy_sink_answer (self, self->reopen_error, error);
}

static gboolean
dummy_sink_terminate (MvxLogSink *sink,
                      gint64      deadline_us,
                      GError    **error)
{
  DummySink *self = (DummySink *) sink;
  g_autofree char *name = mvx_log_sink_dup_name (sink);

  self->n_terminated++;
  self->deadline_us = deadline_us;
  if (self->journal)
    g_string_append_printf (self->journal, "%s;", name);
  if (self->on_terminate)
    self->on_terminate (self->on_terminate_data);
  return dummy_sink_answer (self, self->terminate_error, error);
}

static void
dummy_sink_iface_init (MvxLogSinkInterface *iface)
{
  iface->log = dummy_sink_log;
  iface->flush = dummy_sink_flush;
  iface->reopen = dummy_sink_reopen;
  iface->terminate = dummy_sink_terminate;
}

static void
dummy_sink_finalize (GObject *object)
{
  DummySink *self = (DummySink *) object;

  g_ptr_array_unref (self->texts);
  g_free (self->log_error);
  g_free (self->flush_error);
  g_free (self->reopen_error);
  g_free (self->terminate_error);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (dummy_sink_parent_class)->finalize (object);
}

static void
dummy_sink_class_init (DummySinkClass *klass)
{
  klass->finalize = dummy_sink_finalize;
}

static void
dummy_sink_init (DummySink *self)
{
  g_mutex_init (&self->mutex);
  self->texts = g_ptr_array_new_with_free_func (g_free);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DummySink, g_object_unref)

G_GNUC_UNUSED static DummySink *
dummy_sink_new (void)
{
  return g_object_new (dummy_sink_get_type (), NULL);
}

G_GNUC_UNUSED static MvxLogEvent *
dummy_event (gint        level,
             const char *text)
{
  return mvx_log_event_new ("org.example", level, 1, text, NULL, 0);
}
