/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shapes out of options in text form, and what they make of an event. */
#pragma once

#include "record-maker.h"
#include "sink/options-private.h"
#include "sink/shape-private.h"

/* @options as g_variant_new_parsed() reads them. */
static inline MvxLogShape *
shape_new (const char *options, GError **error)
{
  g_autoptr (GVariant) dict = g_variant_ref_sink (g_variant_new_parsed (options));
  g_autoptr (MvxLogOptions) checked = mvx_log_options_new (mvx_log_shape_options);
  g_autoptr (GPtrArray) processors = NULL;

  if (!mvx_log_options_set_all (checked, dict, error))
    return NULL;
  processors = mvx_log_shape_find_processors (checked, error);
  return processors ? mvx_log_shape_new (checked, processors, error) : NULL;
}

/* "message|fields", "dropped" or "failed: MESSAGE". */
static inline char *
shape_event (MvxLogShape *shape, const MvxLogEvent *event)
{
  g_auto (MvxLogDraft) base = { 0 };
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  const MvxLogRecord *record = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *message = NULL;
  g_autofree char *fields = NULL;
  MvxLogShapeResult result;
  MvxLogEvent view;
  char *text;

  mvx_log_draft_init (&base, event, -1);
  result = mvx_log_shape_apply (shape, &base, &buffer, &record, &error);
  if (result == MVX_LOG_SHAPE_DROPPED)
    text = g_strdup ("dropped");
  else if (result == MVX_LOG_SHAPE_FAILED)
    text = g_strconcat ("failed: ", error->message, NULL);
  else
    {
      mvx_log_event_view (&view, record);
      view.time_ns = view.seq = 0;
      record_assert_valid (&view);
      message = mvx_log_event_dup_message (&view);
      fields = record_fields_to_string (&view);
      text = g_strdup_printf ("%s|%s", message, fields);
    }
  mvx_log_buffer_clear (&buffer);
  return text;
}

static inline void
assert_shape (const char *options, const MvxLogEvent *event, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogShape) shape = shape_new (options, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  text = shape_event (shape, event);
  g_assert_cmpstr (text, ==, expected);
}

static inline void
assert_shape_refused (const char *options, const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (shape_new (options, &error));
  g_assert_nonnull (error);
  g_assert_cmpstr (error->message, ==, expected);
}
