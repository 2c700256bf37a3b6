/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each allocation that a logging call makes fails once: the event is delivered, or refused and counted, and the program
 * goes on. And the allocator of the program logs itself. */
#include <string.h>
#include <sys/wait.h>

#include "capture-sink.h"
#include "rig-sink.h"
#include "test-size.h"

#ifndef TEST_SIZE_SANITIZED

#include "malloc-rig.h"

/* Of this thread: how many more allocations succeed, -1: all do. And how many there were. */
static __thread gint left = -1;
static __thread guint n_asked;
static gboolean forever; /* not only one fails, but all from there on */

/* Where the allocator logs, or NULL. */
static MvxLogContext *hooked;
static char long_text[30000];
static gint n_hooked; /* atomic */
static __thread gboolean in_hook;
static __thread guint n_before; /* it does not log of so many */

static gboolean
malloc_rig_fails (void)
{
  n_asked++;
  if (hooked && !in_hook && n_asked > n_before)
    {
      in_hook = TRUE;
      mvx_error (hooked, "allocation {text}", "text", long_text);
      g_atomic_int_inc (&n_hooked);
      in_hook = FALSE;
    }
  if (left < 0)
    return FALSE;
  if (left > 0)
    {
      left--;
      return FALSE;
    }
  if (!forever)
    left = -1;
  errno = ENOMEM;
  return TRUE;
}

#define N_EVENTS 4

static void
log_plain (MvxLogContext *context)
{
  for (guint i = 0; i < N_EVENTS; i++)
    mvx_info (context, "event {n} of {name}", "n", i, "name", "plain");
}

/* More than what a lane has left after some of them. */
static void
log_large (MvxLogContext *context)
{
  static char text[40000];

  memset (text, 'x', sizeof text - 1);
  for (guint i = 0; i < N_EVENTS; i++)
    mvx_info (context, "event {n} of {text}", "n", i, "text", text);
}

/* An error goes past the fast path. */
static void
log_errors (MvxLogContext *context)
{
  for (guint i = 0; i < N_EVENTS; i++)
    mvx_error (context, "event {n} of {name}", "n", i, "name", "errors");
}

static __thread MvxLogScope *scope;

static void
enter_scope (void)
{
  char text[1000];
  const MvxLogField fields[] = { { "scoped", MVX_LOG_KIND_STRING, -1, { .s = text }, 0 },
                                 { "also", MVX_LOG_KIND_STRING, -1, { .s = text }, 0 } };

  memset (text, 's', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  scope = mvx_log_scope_push_fields (fields, G_N_ELEMENTS (fields));
}

/* Longer than the limit on texts, which cuts them, in a scope. */
static void
log_long (MvxLogContext *context)
{
  static char text[3000];

  memset (text, 'z', sizeof text - 1);
  for (guint i = 0; i < N_EVENTS; i++)
    mvx_info (context, "event {n} of {text}", "n", i, "text", text, "again", text, "and", text, "and so on", text);
}

/* As what has no place of its own does: fields of all simple kinds, a finished message, somebody else's. */
static void
log_submitted (MvxLogContext *context)
{
  static char text[3000];
  MvxLogField fields[] = {
    { "n", MVX_LOG_KIND_INT64, -1, { .i = 0 }, 0 },          { "text", MVX_LOG_KIND_STRING, -1, { .s = text }, 0 },
    { "piece", MVX_LOG_KIND_STRING, 500, { .s = text }, 0 }, { "none", MVX_LOG_KIND_STRING, -1, { .s = NULL }, 0 },
    { "ratio", MVX_LOG_KIND_DOUBLE, -1, { .d = 0.5 }, 0 },
  };
  const MvxLogSender sender = { .host = "elsewhere", .pid = 1, .stream = 2, .seq = 3 };
  const MvxLogEventInit init
      = { .level = MVX_LOG_LEVEL_INFO, .message = text, .file = "file.c", .line = 7, .sender = &sender };

  memset (text, 'y', sizeof text - 1);
  for (guint i = 0; i < N_EVENTS; i++)
    {
      fields[0].value.i = i;
      mvx_log_event_submit (context, &init, fields, G_N_ELEMENTS (fields), NULL);
    }
}

typedef struct
{
  const char *name;
  void (*log) (MvxLogContext *context);
  MvxLogOverflow overflow;
  gboolean scoped; /* with fields of a scope */
} Case;

static const Case cases[] = {
  { "plain", log_plain, MVX_LOG_OVERFLOW_DROP_NEWEST },   { "large", log_large, MVX_LOG_OVERFLOW_DROP_NEWEST },
  { "errors", log_errors, MVX_LOG_OVERFLOW_DROP_NEWEST }, { "raise", log_plain, MVX_LOG_OVERFLOW_RAISE },
  { "raise-errors", log_errors, MVX_LOG_OVERFLOW_RAISE }, { "submitted", log_submitted, MVX_LOG_OVERFLOW_RAISE },
  { "long", log_long, MVX_LOG_OVERFLOW_RAISE },           { "scoped", log_long, MVX_LOG_OVERFLOW_RAISE, TRUE },
};

typedef struct
{
  const Case *this;
  MvxLogContext *context;
  gint point;
  guint n_asked;
} Job;

/* A thread that has not logged before. */
static gpointer
log_short_of_memory (gpointer data)
{
  Job *job = data;

  if (job->this->scoped)
    enter_scope ();
  n_asked = 0;
  left = job->point;
  job->this->log (job->context);
  left = -1;
  job->n_asked = n_asked;
  g_clear_pointer (&scope, mvx_log_scope_pop);
  return NULL;
}

/* Returns how many allocations there were. */
static guint
run_point (const Case *this, gint point)
{
  MvxLogAsyncConfig config = { .name = "rig", .overflow = this->overflow, .queue_max_size = 100 };
  g_autoptr (RigSink) sink = NULL;
  g_autoptr (MvxLogContext) context = NULL;
  Job job = { this, NULL, point, 0 };
  MvxLogCounters c;

  sink = rig_sink_new (&config);
  context = job.context = capture_context ("memory", sink);
  g_assert_true (start (sink, NULL));
  this->log (context); /* what is made once in a process is there */
  g_thread_join (g_thread_new ("short", log_short_of_memory, &job));
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (terminate (sink, NULL));
  c = ledger_check_moving (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.offered, ==, 2 * N_EVENTS);
  g_assert_cmpuint (c.pending, ==, 0);
  return job.n_asked;
}

/* In a process of its own, for it may end. */
static gboolean
survives (const char *program, guint which, gint point, guint *n)
{
  g_autofree char *case_text = g_strdup_printf ("%u", which);
  g_autofree char *point_text = g_strdup_printf ("%d", point);
  const char *argv[] = { program, "--point", case_text, point_text, forever ? "all" : "one", NULL };
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  int status;

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, 0, NULL, NULL, &out, &err, &status, NULL));
  *n = (guint) strtoul (out, NULL, 10);
  if (status != 0)
    g_test_message ("%s %s at %d: status %x: %s", cases[which].name, argv[4], point, (guint) status, err);
  return status == 0;
}

static const char *program;

static void
test_points (gconstpointer data)
{
  const guint which = GPOINTER_TO_UINT (data) / 2;
  guint n_points;
  guint n_aborts = 0;
  guint n;

  forever = GPOINTER_TO_UINT (data) % 2;
  g_assert_true (survives (program, which, -1, &n_points));
  g_assert_cmpuint (n_points, >, 0);
  for (guint i = 0; i < n_points; i++)
    n_aborts += !survives (program, which, (gint) i, &n);
  g_test_message ("%s: %u points, %u aborts", cases[which].name, n_points, n_aborts);
  g_assert_cmpuint (n_aborts, ==, 0);
}

/* Beyond what the queue takes whole. */
static void
log_huge (MvxLogContext *context)
{
  static char text[100000];
  const MvxLogEventInit init = { .level = MVX_LOG_LEVEL_INFO, .message = text };

  memset (text, 'h', sizeof text - 1);
  for (guint i = 0; i < N_EVENTS; i++)
    mvx_log_event_submit (context, &init, NULL, 0, NULL);
}

static GError *failure;
static GVariant *dict;
static GVariant *causes;

static void
log_failure (MvxLogContext *context)
{
  for (guint i = 0; i < N_EVENTS; i++)
    mvx_error (context, "event {n}: {error}", "n", i, "error", failure);
}

static void
log_variant (MvxLogContext *context)
{
  for (guint i = 0; i < N_EVENTS; i++)
    mvx_log_context_log_variant (context, MVX_LOG_LEVEL_INFO, "event {n}", dict, NULL);
}

static void
log_dictionaries (MvxLogContext *context)
{
  for (guint i = 0; i < N_EVENTS / 2; i++)
    {
      mvx_log_context_submit_variant (context, MVX_LOG_LEVEL_INFO, dict, dict, NULL);
      mvx_log_context_submit_causes (context, MVX_LOG_LEVEL_INFO, NULL, causes, NULL, NULL);
    }
}

/* What needs memory of GLib is refused where there is none; what needs none goes on. */
static const struct
{
  const char *name;
  void (*log) (MvxLogContext *context);
  gboolean shaped;
  gboolean refused;
} dry_cases[] = {
  { "plain", log_plain, FALSE, FALSE },
  { "errors", log_errors, FALSE, FALSE },
  { "submitted", log_submitted, FALSE, FALSE },
  { "long", log_long, FALSE, FALSE },
  { "shaped", log_plain, TRUE, TRUE },
  { "shaped-errors", log_errors, TRUE, TRUE },
  { "cut", log_huge, FALSE, TRUE },
  { "failure", log_failure, FALSE, TRUE },
  { "variant", log_variant, FALSE, TRUE },
  { "dictionaries", log_dictionaries, FALSE, TRUE },
};

static gboolean
want_all (const MvxLogDraft *draft, gpointer data, GError **error)
{
  return TRUE;
}

/* The second time there is none. */
static int
run_dry (guint which)
{
  MvxLogAsyncConfig config = { .name = "rig", .overflow = MVX_LOG_OVERFLOW_RAISE, .queue_max_size = 100 };
  const guint n_refused = dry_cases[which].refused ? N_EVENTS : 0;
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (MvxLogContext) context = NULL;
  MvxLogCounters c;

  if (dry_cases[which].shaped)
    mvx_log_sink_set_filter_func (MVX_LOG_SINK (sink), want_all, NULL, NULL);
  failure = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "no such server");
  dict = g_variant_ref_sink (g_variant_new_parsed ("{'name': <'started'>}"));
  causes = g_variant_ref_sink (g_variant_new_parsed ("[{'domain': <'d'>, 'code': <1>, 'message': <'failed'>}]"));
  context = capture_context ("memory", sink);
  g_assert_true (start (sink, NULL));
  dry_cases[which].log (context);
  g_assert_true (flush (sink, NULL));
  forever = TRUE;
  left = 0;
  dry_cases[which].log (context);
  left = -1;
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (terminate (sink, NULL));
  c = ledger_check (MVX_LOG_SINK (sink));
  g_assert_cmpuint (c.offered, ==, 2 * N_EVENTS);
  g_assert_cmpuint (c.refused[MVX_LOG_REASON_QUEUE_FULL], ==, n_refused);
  g_assert_cmpuint (c.delivered, ==, 2 * N_EVENTS - n_refused);
  g_clear_error (&failure);
  g_clear_pointer (&dict, g_variant_unref);
  g_clear_pointer (&causes, g_variant_unref);
  return 0;
}

static void
test_dry (gconstpointer data)
{
  g_autofree char *which = g_strdup_printf ("%u", GPOINTER_TO_UINT (data));
  const char *argv[] = { program, "--dry", which, NULL };
  g_autofree char *err = NULL;
  int status;

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, 0, NULL, NULL, NULL, &err, &status, NULL));
  if (status != 0)
    g_test_message ("status %x: %s", (guint) status, err);
  g_assert_cmpint (status, ==, 0);
}

static gint n_times[N_EVENTS]; /* atomic: how often each event has come */
static gint n_diverted;        /* atomic */

static void
count_event (gpointer sink, const MvxLogEvent *event)
{
  gint64 n = mvx_log_event_get_int64 (event, "n", -1);

  if (n >= 0)
    g_atomic_int_inc (&n_times[n]);
}

static void
on_diag (gint level, const char *message, gpointer data)
{
  g_atomic_int_add (&n_diverted, strstr (message, "logged inside a sink") != NULL);
}

/* A thread that has not logged before. */
static gpointer
log_hooked (gpointer data)
{
  Job *job = data;

  n_asked = 0;
  n_before = (guint) job->point;
  job->this->log (job->context);
  job->n_asked = n_asked;
  return NULL;
}

/* The allocator of a thread logs from allocation @point on. Returns whether there were so many. */
static gboolean
run_hooked (const Case *this, guint point)
{
  MvxLogAsyncConfig config = { .name = "rig", .overflow = this->overflow, .queue_max_size = 1000 };
  g_autoptr (RigSink) sink = rig_sink_new (&config);
  g_autoptr (MvxLogContext) context = capture_context ("memory", sink);
  Job job = { this, context, (gint) point, 0 };
  MvxLogCounters c;

  memset (n_times, 0, sizeof n_times);
  sink->in_event = count_event;
  g_assert_true (start (sink, NULL));
  hooked = context;
  g_free (g_malloc (100)); /* what is made once in a process is there */
  g_thread_join (g_thread_new ("hooked", log_hooked, &job));
  hooked = NULL;
  mvx_log_context_reset_sinks (context, NULL);
  g_assert_true (terminate (sink, NULL));
  c = ledger_check (MVX_LOG_SINK (sink));
  for (guint i = 0; i < N_EVENTS; i++)
    g_assert_cmpint (n_times[i], ==, 1);
  g_assert_cmpuint (c.delivered, ==, c.offered);
  return job.n_asked > point;
}

/* What the allocator logs is an event if the program allocates, and no more than a message if we do, on whatever
 * thread: nothing is lost of what is being logged, nobody waits for himself. */
static void
test_hooked (gconstpointer data)
{
  const Case *this = data;
  guint n_points = 0;

  memset (long_text, 'x', sizeof long_text - 1);
  n_hooked = n_diverted = 0;
  mvx_log_diag_set_func (on_diag, NULL, NULL);
  while (run_hooked (this, n_points))
    n_points++;
  mvx_log_diag_set_func (NULL, NULL, NULL);
  g_test_message ("%s: %u points, %d allocations that are logged, %d messages of them", this->name, n_points, n_hooked,
                  n_diverted);
  g_assert_cmpuint (n_points, >=, 3);
  g_assert_cmpint (n_diverted, >, 0);
}

int
main (int argc, char *argv[])
{
  program = argv[0];
  if (argc == 5 && g_str_equal (argv[1], "--point"))
    {
      forever = g_str_equal (argv[4], "all");
      g_print ("%u\n", run_point (&cases[atoi (argv[2])], atoi (argv[3])));
      return 0;
    }
  if (argc == 3 && g_str_equal (argv[1], "--dry"))
    return run_dry ((guint) atoi (argv[2]));
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (dry_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/memory/dry/", dry_cases[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_dry);
    }
  for (guint i = 0; i < 2 * G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/memory/%s/%s", i % 2 ? "all" : "one", cases[i / 2].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_points);
    }
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/memory/hooked/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_hooked);
    }
  return g_test_run ();
}

#else

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_message ("skipped: a sanitizer has an allocator of its own");
  return g_test_run ();
}

#endif
