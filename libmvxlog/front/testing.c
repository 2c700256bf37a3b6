/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "front/testing-private.h"

#include "base/clock-private.h"
#include "context/name-private.h"
#include "context/override-private.h"
#include "context/summary-timer-private.h"
#include "event/event-private.h"
#include "front/bootstrap-private.h"
#include "plugin/plugin-private.h"
#include "render/textvalue-private.h"

static gpointer
mvx_log_testing_begin_capture (const char *context, MvxLogSink *sink)
{
  mvx_log_front_registry ();
  return mvx_log_override_begin (context, sink, MVX_LOG_LEVEL_NOTSET);
}

static void
mvx_log_testing_end_capture (gpointer capture)
{
  mvx_log_override_end (capture);
}

static gboolean
mvx_log_testing_is_context (const char *name)
{
  return mvx_log_context_check_name (name, NULL);
}

static MvxLogEvent *
mvx_log_testing_make_event (const char *context,
                            gint level,
                            const char *message_template,
                            const MvxLogField *fields,
                            guint n_fields)
{
  return mvx_log_event_new (context, level, mvx_log_clock_now_ns (), message_template, fields, n_fields);
}

static MvxLogEvent *
mvx_log_testing_make_event_from_args (const char *context,
                                      gint level,
                                      const char *message_template,
                                      const MvxLogCallsite *site,
                                      const MvxLogArg *args)
{
  MvxLogField fields[MVX_LOG_MAX_MACRO_FIELDS];
  guint n = site ? mvx_log_fields_from_args (fields, site, args) : 0;

  return mvx_log_testing_make_event (context, level, message_template, fields, n);
}

static MvxLogEvent *
mvx_log_testing_make_event_from_variant (const char *context,
                                         gint level,
                                         const char *message_template,
                                         GVariant *fields)
{
  guint n;
  MvxLogField *array = mvx_log_fields_from_variant (fields, &n);
  MvxLogEvent *event = mvx_log_testing_make_event (context, level, message_template, array, n);

  mvx_log_fields_free_variants (array, n);
  return event;
}

static void
mvx_log_testing_append_pair (GString *text, const char *key, const MvxLogValue *value)
{
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;

  mvx_log_textvalue_append_pair (&buffer, 0, key, strlen (key), 0, value);
  g_string_append_len (text, (const char *) buffer.data, (gssize) buffer.len);
  mvx_log_buffer_clear (&buffer);
}

/* What policies held back until now is told when the caller goes on, not some time later by another thread. */
static void
mvx_log_testing_set_clock (gint64 ns)
{
  mvx_log_clock_begin_era ();
  mvx_log_clock_set_fake (ns);
  mvx_log_submit_due_summaries ();
  mvx_log_summary_timer_wake ();
  mvx_log_summary_timer_settle (g_get_monotonic_time () + MVX_LOG_FRONT_TIMEOUT_US);
}

static void
mvx_log_testing_end_clock (void)
{
  mvx_log_clock_begin_era ();
  mvx_log_clock_end_fake ();
  mvx_log_summary_timer_wake ();
}

const MvxLogTestingHooks *
mvx_log_testing_hooks_ (void)
{
  static const MvxLogTestingHooks hooks = {
    .size = sizeof hooks,
    .begin_capture = mvx_log_testing_begin_capture,
    .end_capture = mvx_log_testing_end_capture,
    .is_context = mvx_log_testing_is_context,
    .make_event = mvx_log_testing_make_event,
    .make_event_from_args = mvx_log_testing_make_event_from_args,
    .make_event_from_variant = mvx_log_testing_make_event_from_variant,
    .append_pair = mvx_log_testing_append_pair,
    .set_clock = mvx_log_testing_set_clock,
    .end_clock = mvx_log_testing_end_clock,
    .make_host = mvx_log_sink_host_new,
    .free_host = mvx_log_sink_host_free,
    .cancel_host = mvx_log_sink_host_cancel,
    .get_host_counts = mvx_log_sink_host_get_counts,
    .make_options = mvx_log_plugin_new_options,
    .describe = mvx_log_plugin_describe,
  };

  return &hooks;
}
