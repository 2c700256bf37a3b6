/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/error.h>

#include "base/error-private.h"
#include "sink/forward-private.h"
#include "sink/sink-private.h"

/* What members have answered, for one error that tells of all. */
typedef struct
{
  GString *text;
  GError *first;
  guint n;
} MvxLogForwardFailures;

typedef gboolean (*MvxLogForwardFunc) (MvxLogSink *member, gconstpointer data, GError **error);

MvxLogSinkDescriptor *
mvx_log_forward_describe_sinks (const char *kind, MvxLogOptions *options, GError **error)
{
  const char *const *names = mvx_log_options_get_strv (options, "sinks");

  if (names[0] == NULL)
    {
      g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                   "Option 'sinks': a %s needs at least one sink", kind);
      return NULL;
    }
  for (guint i = 0; names[i]; i++)
    if (g_strv_contains (names + i + 1, names[i]))
      {
        g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                     "Option 'sinks': '%s' is listed twice; name each sink once", names[i]);
        return NULL;
      }
  return mvx_log_sink_descriptor_new (kind, g_variant_new_strv (names, -1), NULL);
}

gboolean
mvx_log_forward_init (MvxLogForward *self,
                      const char *kind,
                      MvxLogSinkHost *host,
                      const char *const *names,
                      GError **error)
{
  self->host = host;
  self->kind = kind;
  self->members = mvx_log_members_new (host, names, FALSE, error);
  return self->members != NULL;
}

void
mvx_log_forward_clear (MvxLogForward *self)
{
  mvx_log_members_clear (self->members);
  mvx_log_members_unref (self->members);
}

/* Takes @error. */
static void
mvx_log_forward_note (MvxLogForwardFailures *failures, MvxLogSink *member, GError *error)
{
  g_autofree char *name = mvx_log_sink_dup_name (member);

  if (failures->text == NULL)
    failures->text = g_string_new (NULL);
  g_string_append_printf (failures->text, "%s'%s': %s", failures->n++ ? "; " : "", name ? name : "unnamed",
                          error->message);
  if (failures->first == NULL)
    failures->first = error;
  else
    g_error_free (error);
}

/* Sets the error if anybody failed. */
static gboolean
mvx_log_forward_judge (MvxLogForward *self,
                       MvxLogForwardFailures *failures,
                       guint n_members,
                       const char *what,
                       GError **error)
{
  gboolean fine = failures->n == 0;

  if (!fine)
    {
      g_propagate_error (
          error, mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED, failures->first, NULL,
                                    "%u of the %u sinks of %s '%s' failed to %s: %s", failures->n, n_members,
                                    self->kind, mvx_log_sink_host_get_name (self->host), what, failures->text->str));
      g_string_free (failures->text, TRUE);
      g_error_free (failures->first);
    }
  return fine;
}

/* Offers it to the member of this index. */
static gboolean
mvx_log_forward_offer (MvxLogForward *self,
                       guint index,
                       const MvxLogEvent *event,
                       gboolean usable_only,
                       gboolean *tried,
                       MvxLogForwardFailures *failures)
{
  MvxLogSink *member = mvx_log_members_use (self->members, index);
  GError *error = NULL;
  gboolean taken = FALSE;

  if (member == NULL)
    return FALSE;
  if (!usable_only || mvx_log_sink_is_usable (member))
    {
      *tried = TRUE;
      taken = mvx_log_sink_log (member, event, &error);
      if (!taken)
        mvx_log_forward_note (failures, member, error);
    }
  mvx_log_members_end_use (member);
  return taken;
}

gint
mvx_log_forward_to_one (MvxLogForward *self, guint first, const MvxLogEvent *event, GError **error)
{
  guint n = mvx_log_members_get_length (self->members);
  g_autofree gboolean *tried = g_new0 (gboolean, n);
  MvxLogForwardFailures failures = { 0 };
  gint taken = -1;

  for (guint i = 0; i < 2 * n && taken < 0; i++)
    {
      guint index = (first + i) % n;

      if (!tried[index] && mvx_log_forward_offer (self, index, event, i < n, &tried[index], &failures))
        taken = (gint) index;
    }
  mvx_log_forward_judge (self, &failures, n, "take the event", taken < 0 ? error : NULL);
  return taken;
}

/* For every member, whatever the others answer. No lock is held. */
static gboolean
mvx_log_forward_each (MvxLogForward *self, MvxLogForwardFunc func, gconstpointer data, const char *what, GError **error)
{
  g_autoptr (GPtrArray) members = mvx_log_members_list (self->members);
  MvxLogForwardFailures failures = { 0 };

  for (guint i = 0; i < members->len; i++)
    {
      MvxLogSink *member = g_ptr_array_index (members, i);
      GError *local = NULL;

      if (!func (member, data, &local))
        mvx_log_forward_note (&failures, member, local);
    }
  return mvx_log_forward_judge (self, &failures, members->len, what, error);
}

gboolean
mvx_log_forward_to_all (MvxLogForward *self, const MvxLogEvent *event, guint *n_failed, guint *n_all, GError **error)
{
  g_autoptr (GPtrArray) members = mvx_log_members_use_all (self->members);
  MvxLogForwardFailures failures = { 0 };

  for (guint i = 0; i < members->len; i++)
    {
      MvxLogSink *member = g_ptr_array_index (members, i);
      GError *local = NULL;

      if (!mvx_log_sink_log (member, event, &local))
        mvx_log_forward_note (&failures, member, local);
      mvx_log_sink_end_use (mvx_log_sink_common (member));
    }
  *n_failed = failures.n;
  *n_all = members->len;
  return mvx_log_forward_judge (self, &failures, members->len, "take the event", error);
}

static gboolean
mvx_log_forward_flush_member (MvxLogSink *member, gconstpointer data, GError **error)
{
  return mvx_log_sink_flush (member, *(const gint64 *) data, error);
}

static gboolean
mvx_log_forward_reopen_member (MvxLogSink *member, gconstpointer data, GError **error)
{
  return mvx_log_sink_reopen (member, error);
}

gboolean
mvx_log_forward_flush (gpointer instance, gint64 deadline_us, GError **error)
{
  return mvx_log_forward_each (instance, mvx_log_forward_flush_member, &deadline_us, "flush", error);
}

gboolean
mvx_log_forward_reopen (gpointer instance, GError **error)
{
  return mvx_log_forward_each (instance, mvx_log_forward_reopen_member, NULL, "reopen", error);
}

gboolean
mvx_log_forward_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxLogForward *self = instance;

  return mvx_log_members_set (self->members, self->host, mvx_log_options_get_strv (options, "sinks"), error);
}
