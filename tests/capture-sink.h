/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A sink for tests that keeps copies of the events it gets. */
#pragma once

#include <mvxlog/mvxlog.h>

#include "base/diag-private.h"
#include "context/tree-internal.h"

typedef struct
{
  GObject    parent;
  GMutex     mutex;
  GCond      cond;
  GPtrArray *events;
  const char *log_error;
  void     (*on_log) (gpointer data);
  gpointer   on_log_data;
} CaptureSink;

typedef GObjectClass CaptureSinkClass;

static GType capture_sink_get_type (void);
static void  capture_sink_iface_init (MvxLogSinkInterface *iface);

G_DEFINE_TYPE_WITH_CODE (CaptureSink, capture_sink, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_SINK, capture_sink_iface_init))

static gboolean
capture_sink_log (MvxLogSink *sink, const MvxLogEvent *event, GError **error)
{
  CaptureSink *self = (CaptureSink *) sink;

  if (self->on_log)
    self->on_log (self->on_log_data);
  if (self->log_error)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, self->log_error);
      return FALSE;
    }
  g_mutex_lock (&self->mutex);
  g_ptr_array_add (self->events, mvx_log_event_copy (event));
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  return TRUE;
}

static void
capture_sink_iface_init (MvxLogSinkInterface *iface)
{
  iface->log = capture_sink_log;
}

static void
capture_sink_finalize (GObject *object)
{
  CaptureSink *self = (CaptureSink *) object;

  g_ptr_array_unref (self->events);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  G_OBJECT_CLASS (capture_sink_parent_class)->finalize (object);
}

static void
capture_sink_class_init (CaptureSinkClass *klass)
{
  klass->finalize = capture_sink_finalize;
}

static void
capture_sink_init (CaptureSink *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->events = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_log_event_free);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CaptureSink, g_object_unref)

G_GNUC_UNUSED static CaptureSink *
capture_sink_new (void)
{
  CaptureSink *self = g_object_new (capture_sink_get_type (), NULL);

  mvx_log_sink_set_level (MVX_LOG_SINK (self), MVX_LOG_LEVEL_NOTSET);
  return self;
}

G_GNUC_UNUSED static guint
capture_count (CaptureSink *self)
{
  guint n;

  g_mutex_lock (&self->mutex);
  n = self->events->len;
  g_mutex_unlock (&self->mutex);
  return n;
}

/* Until another thread has logged, too. */
G_GNUC_UNUSED static void
capture_wait (CaptureSink *self, guint n_events)
{
  g_mutex_lock (&self->mutex);
  while (self->events->len < n_events)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
}

/* A context of its own with this one sink, from TRACE on. */
G_GNUC_UNUSED static MvxLogContext *
capture_context (const char *name, gpointer sink)
{
  g_autoptr (GError) error = NULL;
  MvxLogContext *context = mvx_log_tree_configure (name, &error);
  MvxLogSink *sinks[] = { sink };

  g_assert_no_error (error);
  g_assert_true (mvx_log_context_set_sinks (context, sinks, 1, NULL));
  g_assert_true (mvx_log_context_set_level (context, MVX_LOG_LEVEL_TRACE, NULL));
  return context;
}

G_GNUC_UNUSED static const MvxLogEvent *
capture_last (CaptureSink *sink)
{
  g_assert_cmpuint (sink->events->len, >, 0);
  return g_ptr_array_index (sink->events, sink->events->len - 1);
}

/* "key=value;…" of the last event, in order. */
G_GNUC_UNUSED static char *
capture_fields (CaptureSink *sink)
{
  GString *text = g_string_new (NULL);
  MvxLogFieldIter iter;
  const char *key;
  MvxLogValue value;

  mvx_log_field_iter_init (&iter, capture_last (sink));
  while (mvx_log_field_iter_next (&iter, &key, &value))
    {
      g_string_append_printf (text, "%s%s=", text->len ? ";" : "", key);
      if (value.type == MVX_LOG_TYPE_STRING)
        g_string_append_len (text, value.u.string, value.size);
      else if (value.type == MVX_LOG_TYPE_INT64)
        g_string_append_printf (text, "%" G_GINT64_FORMAT, value.u.int64);
      else
        g_string_append_printf (text, "<%d>", (int) value.type);
    }
  return g_string_free (text, FALSE);
}

#define capture_assert_fields(sink, expected)                                                                          \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *capture_text_ = capture_fields (sink);                                                            \
    g_assert_cmpstr (capture_text_, ==, expected);                                                                     \
  }                                                                                                                    \
  G_STMT_END

/* Texts of the diagnostics. */
static GPtrArray *capture_diag;

static void
capture_on_diag (gint level, const char *message, gpointer data)
{
  g_ptr_array_add (capture_diag, g_strdup (message));
}

G_GNUC_UNUSED static void
capture_diag_begin (void)
{
  g_clear_pointer (&capture_diag, g_ptr_array_unref);
  capture_diag = g_ptr_array_new_with_free_func (g_free);
  mvx_log_diag_set_func (capture_on_diag, NULL, NULL);
}

G_GNUC_UNUSED static void
capture_diag_end (void)
{
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_clear_pointer (&capture_diag, g_ptr_array_unref);
}

#define capture_assert_diag(i, expected)                                                                               \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_assert_cmpuint (capture_diag->len, >, i);                                                                        \
    g_assert_cmpstr (g_ptr_array_index (capture_diag, i), ==, expected);                                               \
  }                                                                                                                    \
  G_STMT_END
