/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/level.h>

#include "async/breaker-private.h"
#include "async/fallback-private.h"
#include "base/diag-private.h"

#define MVX_LOG_BREAKER_PAUSE_US (5 * G_USEC_PER_SEC)
/* A destination may come back while its sink stops; nobody waits for it after that. */
#define MVX_LOG_BREAKER_HURRY_US (G_USEC_PER_SEC / 2)

gint64
mvx_log_breaker_back_off (MvxLogDispatcher *self, gint64 first_us, guint n_failures)
{
  gint64 max = self->config.retry_max_us;
  gint64 delay = first_us;

  if (self->hurry && !mvx_log_fallback_exists (self))
    max = MIN (max, MVX_LOG_BREAKER_HURRY_US);
  for (guint i = 0; i < n_failures && delay < max; i++)
    delay *= 2;
  delay = MIN (delay, max);
  return delay / 2 + (gint64) (g_rand_double (self->jitter) * (double) (delay / 2));
}

/* The health of a sink that stops is told by who stops it. */
static void
mvx_log_breaker_tell (MvxLogDispatcher *self, MvxLogSinkHealth health)
{
  if (self->common && !self->hurry)
    mvx_log_sink_set_health (self->common, health, self->probe_at);
}

static void
mvx_log_breaker_set_trouble (MvxLogDispatcher *self, const char *why)
{
  g_autofree char *old = NULL;
  char *trouble = g_strdup (why);

  g_mutex_lock (&self->queue->mutex);
  old = self->trouble;
  self->trouble = trouble;
  g_mutex_unlock (&self->queue->mutex);
}

char *
mvx_log_breaker_dup_trouble (MvxLogDispatcher *self)
{
  char *trouble;

  g_mutex_lock (&self->queue->mutex);
  trouble = g_strdup (self->trouble);
  g_mutex_unlock (&self->queue->mutex);
  return trouble;
}

void
mvx_log_breaker_reset (MvxLogDispatcher *self)
{
  self->hurry = FALSE;
  self->open = FALSE;
  self->failures = 0;
  self->probe_at = 0;
  mvx_log_breaker_set_trouble (self, NULL);
  mvx_log_breaker_tell (self, MVX_LOG_SINK_HEALTH_UP);
}

void
mvx_log_breaker_note_success (MvxLogDispatcher *self)
{
  if (G_LIKELY (self->failures == 0))
    return;
  if (self->open)
    mvx_log_diag (MVX_LOG_LEVEL_NOTICE, "Sink '%s' delivers again", self->name);
  self->failures = 0;
  self->open = FALSE;
  self->probe_at = 0;
  mvx_log_breaker_set_trouble (self, NULL);
  mvx_log_breaker_tell (self, MVX_LOG_SINK_HEALTH_UP);
}

static void
mvx_log_breaker_open (MvxLogDispatcher *self, const char *why)
{
  g_autofree char *fallback = mvx_log_fallback_dup_name (self);

  self->open = TRUE;
  __atomic_store_n (&self->n_opened, self->n_opened + 1, __ATOMIC_RELAXED);
  mvx_log_diag (MVX_LOG_LEVEL_WARNING, "Sink '%s' has failed %u times in a row and rests; its events %s%s%s: %s",
                self->name, self->failures, fallback ? "go to '" : "wait", fallback ? fallback : "",
                fallback ? "'" : "", why);
}

/* A sink that stops has no time for several attempts, if others can have its events. */
void
mvx_log_breaker_note_failure (MvxLogDispatcher *self, gint64 now, const char *why)
{
  guint limit = self->config.breaker_failures;
  gint64 pause = self->config.breaker_pause_us > 0 ? self->config.breaker_pause_us : MVX_LOG_BREAKER_PAUSE_US;

  self->failures++;
  mvx_log_breaker_set_trouble (self, why);
  if (!self->open && ((limit > 0 && self->failures >= limit) || (self->hurry && mvx_log_fallback_exists (self))))
    mvx_log_breaker_open (self, why);
  if (self->open)
    self->probe_at = now + mvx_log_breaker_back_off (self, pause, self->failures > limit ? self->failures - limit : 0);
  mvx_log_breaker_tell (self, self->open ? MVX_LOG_SINK_HEALTH_OPEN : MVX_LOG_SINK_HEALTH_RETRYING);
}

gboolean
mvx_log_breaker_diverts (MvxLogDispatcher *self, gint64 now)
{
  return self->open && now < self->probe_at && mvx_log_fallback_exists (self);
}

void
mvx_log_breaker_try_now (MvxLogDispatcher *self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->open)
    {
      self->probe_at = now;
      mvx_log_breaker_tell (self, MVX_LOG_SINK_HEALTH_OPEN);
    }
  if (self->retry_at > 0)
    mvx_log_dispatch_state_wait_until (self, now);
}
