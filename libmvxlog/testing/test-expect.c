/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing/test-expect-private.h"

#define MVX_LOG_TEST_NONE G_MAXUINT

typedef struct
{
  GPtrArray *expected;
  GPtrArray *events;
  gboolean any_order;
  gboolean allow_others;
  guint *event_of; /* by expectation */
  gboolean *taken; /* by event */
  guint n_missing;
  guint n_unexpected;
} MvxLogTestComparison;

MvxLogTestExpectation *
mvx_log_test_expectation_new (gint level, const char *message_template, MvxLogEvent *event)
{
  MvxLogTestExpectation *self = g_new0 (MvxLogTestExpectation, 1);

  self->level = level;
  self->message_template = g_strdup (message_template);
  self->event = event;
  return self;
}

void
mvx_log_test_expectation_free (gpointer expectation)
{
  MvxLogTestExpectation *self = expectation;

  mvx_log_event_free (self->event);
  g_free (self->message_template);
  g_free (self);
}

static guint
mvx_log_test_expect_find (const MvxLogTestComparison *self, const MvxLogTestExpectation *expected, guint from)
{
  for (guint i = from; i < self->events->len; i++)
    {
      g_autofree char *difference = NULL;

      if (self->taken[i])
        continue;
      difference = mvx_log_test_match_differs (expected, g_ptr_array_index (self->events, i));
      if (difference == NULL)
        return i;
    }
  return MVX_LOG_TEST_NONE;
}

/* In order, an expectation takes the first event behind the one before it. */
static void
mvx_log_test_expect_assign (MvxLogTestComparison *self)
{
  guint next = 0;

  for (guint i = 0; i < self->expected->len; i++)
    {
      guint at = mvx_log_test_expect_find (self, g_ptr_array_index (self->expected, i), self->any_order ? 0 : next);

      self->event_of[i] = at;
      if (at == MVX_LOG_TEST_NONE)
        {
          self->n_missing++;
          continue;
        }
      self->taken[at] = TRUE;
      next = at + 1;
    }
  for (guint i = 0; i < self->events->len; i++)
    self->n_unexpected += !self->taken[i] && !self->allow_others;
}

/* Why one is missing: it came too early, or something like it came. */
static void
mvx_log_test_expect_explain (const MvxLogTestComparison *self, GString *text, const MvxLogTestExpectation *expected)
{
  guint early = mvx_log_test_expect_find (self, expected, 0);

  g_string_append (text, "  <- missing");
  if (early != MVX_LOG_TEST_NONE)
    {
      g_string_append_printf (text, "; it was logged too early, as %u.", early + 1);
      return;
    }
  for (guint i = 0; i < self->events->len; i++)
    {
      const MvxLogEvent *event = g_ptr_array_index (self->events, i);

      if (!self->taken[i] && mvx_log_test_match_resembles (expected, event))
        {
          g_autofree char *difference = mvx_log_test_match_differs (expected, event);

          g_string_append_printf (text, "; in %u. %s", i + 1, difference);
          return;
        }
    }
}

static void
mvx_log_test_expect_append_count (GString *text, guint n, const char *what)
{
  if (n > 0)
    g_string_append_printf (text, "%s%u %s %s", g_str_has_suffix (text->str, ": ") ? "" : ", ", n,
                            n == 1 ? "event is" : "events are", what);
}

static char *
mvx_log_test_expect_report (const MvxLogTestComparison *self, const char *context)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "'%s' did not log what was expected: ", *context ? context : "<root>");
  mvx_log_test_expect_append_count (text, self->n_missing, "missing");
  mvx_log_test_expect_append_count (text, self->n_unexpected, "unexpected");
  g_string_append_printf (text, "\n  expected:%s", self->expected->len == 0 ? " nothing" : "");
  for (guint i = 0; i < self->expected->len; i++)
    {
      const MvxLogTestExpectation *expected = g_ptr_array_index (self->expected, i);

      g_string_append_printf (text, "\n    %u. ", i + 1);
      mvx_log_test_match_append (text, expected);
      if (self->event_of[i] == MVX_LOG_TEST_NONE)
        mvx_log_test_expect_explain (self, text, expected);
    }
  g_string_append_printf (text, "\n  logged:%s", self->events->len == 0 ? " nothing" : "");
  for (guint i = 0; i < self->events->len; i++)
    {
      g_string_append_printf (text, "\n    %u. ", i + 1);
      mvx_log_test_match_append_event (text, g_ptr_array_index (self->events, i));
      if (!self->taken[i] && !self->allow_others)
        g_string_append (text, "  <- unexpected");
    }
  return g_string_free (text, FALSE);
}

char *
mvx_log_test_expect_compare (const char *context,
                             GPtrArray *expected,
                             GPtrArray *events,
                             gboolean any_order,
                             gboolean allow_others)
{
  g_autofree guint *event_of = g_new0 (guint, expected->len);
  g_autofree gboolean *taken = g_new0 (gboolean, events->len);
  MvxLogTestComparison self = { expected, events, any_order, allow_others, event_of, taken, 0, 0 };

  mvx_log_test_expect_assign (&self);
  return self.n_missing > 0 || self.n_unexpected > 0 ? mvx_log_test_expect_report (&self, context) : NULL;
}
