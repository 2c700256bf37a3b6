/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When to try again: back-off between attempts, and a circuit breaker that lets a destination rest which has failed
 * several times in a row. Tells the sink's health. */
#pragma once

#include "async/dispatch-state-private.h"

G_BEGIN_DECLS

/* @first, twice as long with every failure, at most retry_max_us, or half a second while the sink stops; half of it left to
 * chance, so that many programs do not come back all at once. */
gint64   mvx_log_breaker_back_off     (MvxLogDispatcher *self,
                                       gint64            first_us,
                                       guint             n_failures);
void     mvx_log_breaker_note_success (MvxLogDispatcher *self);
void     mvx_log_breaker_note_failure (MvxLogDispatcher *self,
                                       gint64            now,
                                       const char       *why);
/* Why the last dispatch failed; NULL if it did not. Thread-safe. */
char    *mvx_log_breaker_dup_trouble  (MvxLogDispatcher *self);
/* The circuit is open, and somebody else gets the events. */
gboolean mvx_log_breaker_diverts      (MvxLogDispatcher *self,
                                       gint64            now);
/* As new: the sink starts. */
void     mvx_log_breaker_reset        (MvxLogDispatcher *self);
/* What waits for a retry or a probe is due at once. */
void     mvx_log_breaker_try_now      (MvxLogDispatcher *self);

G_END_DECLS
