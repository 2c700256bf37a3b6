/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A piece of work between its Begin and End events. */
#include <mvxlog/log.h>

#include "context/compose-private.h"

static void
mvx_log_life_log (const MvxLogLife *life, const char *message, const MvxLogField *fields, guint n_fields)
{
  MvxLogEventInit init = { .level = life->level, .message = message };
  MvxLogParts parts = {
    .node = mvx_log_node_full (&life->head),
    .bound = life->head.bound,
    .init = &init,
    .fields = fields,
    .n_fields = n_fields,
  };

  mvx_log_submit_parts (&parts, NULL);
}

/**
 * mvx_log_life_begin: (skip)
 * @life: a piece of work, on the stack
 * @head: a context or a resolved handle
 * @level: severity of its events
 * @what: what it is; must live as long as @life
 *
 * Logs "Begin: WHAT". What %MVX_LOG_LIFE expands to.
 *
 * Since: 1.0
 */
void
mvx_log_life_begin (MvxLogLife *life, const MvxLogHead *head, gint level, const char *what)
{
  g_autofree char *message = NULL;

  g_return_if_fail (life != NULL);
  g_return_if_fail (head != NULL);
  g_return_if_fail (what != NULL);

  life->head = *head;
  if (head->bound)
    mvx_log_field_set_ref ((MvxLogFieldSet *) head->bound);
  life->level = level;
  life->what = what;
  life->active = TRUE;
  message = g_strconcat ("Begin: ", what, NULL);
  mvx_log_life_log (life, message, NULL, 0);
  life->begin_us = g_get_monotonic_time ();
}

/**
 * mvx_log_life_error: (skip)
 * @life: a piece of work
 * @error: (nullable): what went wrong
 *
 * Logs "Error in WHAT" with the error. The caller's error is left alone.
 *
 * Since: 1.0
 */
void
mvx_log_life_error (MvxLogLife *life, const GError *error)
{
  MvxLogField field = { "error", MVX_LOG_KIND_ERROR, -1, { .p = error } };
  g_autofree char *message = NULL;

  g_return_if_fail (life != NULL);

  if (!life->active)
    return;
  message = g_strconcat ("Error in ", life->what, NULL);
  mvx_log_life_log (life, message, &field, error ? 1 : 0);
}

/**
 * mvx_log_life_end: (skip)
 * @life: a piece of work
 *
 * Logs "End (SECONDS): WHAT" with the seconds as field `duration`. Once.
 *
 * Since: 1.0
 */
void
mvx_log_life_end (MvxLogLife *life)
{
  g_autofree char *message = NULL;
  MvxLogField field = { "duration", MVX_LOG_KIND_DOUBLE, -1, { 0 } };
  char seconds[G_ASCII_DTOSTR_BUF_SIZE];

  g_return_if_fail (life != NULL);

  if (!life->active)
    return;
  field.value.d = (double) (g_get_monotonic_time () - life->begin_us) / G_USEC_PER_SEC;
  g_ascii_formatd (seconds, sizeof seconds, "%.2f", field.value.d);
  message = g_strdup_printf ("End (%s): %s", seconds, life->what);
  mvx_log_life_log (life, message, &field, 1);
  life->active = FALSE;
  if (life->head.bound)
    mvx_log_field_set_unref ((MvxLogFieldSet *) life->head.bound);
}
