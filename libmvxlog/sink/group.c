/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hands every event to several sinks, each with its own level, queue and ledger. */
#include <mvxlog/error.h>

#include "base/error-private.h"
#include "sink/builtin-private.h"
#include "sink/group-private.h"

typedef struct
{
  MvxLogSinkHost *host;
  GMutex mutex;
  GPtrArray *members; /* of MvxLogSink; never changed, only replaced */
} MvxLogGroup;

typedef gboolean (*MvxLogGroupFunc) (MvxLogSink *member, gconstpointer data, GError **error);

static const MvxLogOptionSpec mvx_log_group_options[] = {
  { "sinks",
    MVX_LOG_OPTION_STRV,
    MVX_LOG_OPTION_REQUIRED | MVX_LOG_OPTION_RELOADABLE,
    NULL,
    0,
    0,
    NULL,
    "Names of the member sinks, separated by ';'",
    { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static MvxLogSinkDescriptor *
mvx_log_group_build_descriptor (MvxLogOptions *options, GError **error)
{
  const char *const *names = mvx_log_options_get_strv (options, "sinks");

  if (names[0] == NULL)
    {
      g_set_error_literal (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                           "Option 'sinks': a group needs at least one sink");
      return NULL;
    }
  for (guint i = 0; names[i]; i++)
    for (guint j = 0; j < i; j++)
      if (g_str_equal (names[i], names[j]))
        {
          g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                       "Option 'sinks': '%s' is listed twice; it would get every event twice", names[i]);
          return NULL;
        }
  return mvx_log_sink_descriptor_new ("group", g_variant_new_strv (names, -1), NULL);
}

static GPtrArray *
mvx_log_group_resolve (MvxLogSinkHost *host, MvxLogOptions *options, GError **error)
{
  const char *const *names = mvx_log_options_get_strv (options, "sinks");
  g_autoptr (GPtrArray) members = g_ptr_array_new_with_free_func (g_object_unref);

  for (; *names; names++)
    {
      MvxLogSink *member = mvx_log_sink_host_ref_sink (host, *names, error);

      if (member == NULL)
        return NULL;
      g_ptr_array_add (members, member);
    }
  return g_steal_pointer (&members);
}

static gpointer
mvx_log_group_create (MvxLogOptions *options, MvxLogSinkHost *host, GError **error)
{
  GPtrArray *members = mvx_log_group_resolve (host, options, error);
  MvxLogGroup *self;

  if (members == NULL)
    return NULL;
  self = g_new0 (MvxLogGroup, 1);
  self->host = host;
  g_mutex_init (&self->mutex);
  self->members = members;
  return self;
}

static void
mvx_log_group_destroy (gpointer instance)
{
  MvxLogGroup *self = instance;

  g_ptr_array_unref (self->members);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

static GPtrArray *
mvx_log_group_ref_members (MvxLogGroup *self)
{
  GPtrArray *members;

  g_mutex_lock (&self->mutex);
  members = g_ptr_array_ref (self->members);
  g_mutex_unlock (&self->mutex);
  return members;
}

static void
mvx_log_group_take_members (MvxLogGroup *self, GPtrArray *members)
{
  GPtrArray *old;

  g_mutex_lock (&self->mutex);
  old = self->members;
  self->members = members;
  g_mutex_unlock (&self->mutex);
  g_ptr_array_unref (old);
}

/* Calls @func for every member, whatever the others answer; the error tells all that failed. No lock is held. */
static gboolean
mvx_log_group_each (MvxLogGroup *self, MvxLogGroupFunc func, gconstpointer data, const char *what, GError **error)
{
  g_autoptr (GPtrArray) members = mvx_log_group_ref_members (self);
  g_autoptr (GString) text = NULL;
  g_autoptr (GError) first = NULL;
  guint n_failed = 0;

  for (guint i = 0; i < members->len; i++)
    {
      MvxLogSink *member = g_ptr_array_index (members, i);
      g_autoptr (GError) local = NULL;
      g_autofree char *name = NULL;

      if (func (member, data, &local))
        continue;
      name = mvx_log_sink_dup_name (member);
      if (text == NULL)
        text = g_string_new (NULL);
      g_string_append_printf (text, "%s'%s': %s", n_failed++ ? "; " : "", name ? name : "unnamed", local->message);
      if (first == NULL)
        first = g_steal_pointer (&local);
    }
  if (n_failed > 0)
    g_propagate_error (error,
                       mvx_log_error_new (MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_DISPATCH_FAILED, first, NULL,
                                          "%u of the %u sinks of group '%s' failed to %s: %s", n_failed, members->len,
                                          mvx_log_sink_host_get_name (self->host), what, text->str));
  return n_failed == 0;
}

static gboolean
mvx_log_group_log_member (MvxLogSink *member, gconstpointer data, GError **error)
{
  return mvx_log_sink_log (member, data, error);
}

static gboolean
mvx_log_group_flush_member (MvxLogSink *member, gconstpointer data, GError **error)
{
  return mvx_log_sink_flush (member, *(const gint64 *) data, error);
}

static gboolean
mvx_log_group_reopen_member (MvxLogSink *member, gconstpointer data, GError **error)
{
  return mvx_log_sink_reopen (member, error);
}

/* Delivered means: every member took it. Otherwise the event is dropped in the group's own ledger, and the caller hears
 * of it; the members' ledgers tell who has it. */
static MvxLogDispatchResult
mvx_log_group_dispatch (gpointer instance, MvxLogEvent *const *events, guint n_events, guint *n_done, GError **error)
{
  gboolean complete = TRUE;

  *n_done = 0;
  for (guint i = 0; i < n_events; i++)
    {
      if (!mvx_log_group_each (instance, mvx_log_group_log_member, events[i], "take the event",
                               complete ? error : NULL))
        complete = FALSE;
      if (complete)
        (*n_done)++;
    }
  return complete ? MVX_LOG_DISPATCH_OK : MVX_LOG_DISPATCH_DROP;
}

static gboolean
mvx_log_group_flush (gpointer instance, gint64 deadline_us, GError **error)
{
  return mvx_log_group_each (instance, mvx_log_group_flush_member, &deadline_us, "flush", error);
}

static gboolean
mvx_log_group_reopen (gpointer instance, GError **error)
{
  return mvx_log_group_each (instance, mvx_log_group_reopen_member, NULL, "reopen", error);
}

static gboolean
mvx_log_group_reconfigure (gpointer instance, MvxLogOptions *options, GError **error)
{
  MvxLogGroup *self = instance;
  GPtrArray *members = mvx_log_group_resolve (self->host, options, error);

  if (members == NULL)
    return FALSE;
  mvx_log_group_take_members (self, members);
  return TRUE;
}

gboolean
mvx_log_group_replace_member (gpointer instance, MvxLogSink *old, MvxLogSink *replacement)
{
  g_autoptr (GPtrArray) before = mvx_log_group_ref_members (instance);
  g_autoptr (GPtrArray) members = g_ptr_array_new_with_free_func (g_object_unref);

  if (!g_ptr_array_find (before, old, NULL))
    return FALSE;
  for (guint i = 0; i < before->len; i++)
    {
      MvxLogSink *member = g_ptr_array_index (before, i);

      g_ptr_array_add (members, g_object_ref (member == old ? replacement : member));
    }
  mvx_log_group_take_members (instance, g_steal_pointer (&members));
  return TRUE;
}

static const MvxLogPlugin mvx_log_group_data = {
  .magic = MVX_LOG_PLUGIN_MAGIC,
  .abi = MVX_LOG_PLUGIN_ABI,
  .struct_size = sizeof (MvxLogPlugin),
  .name = "group",
  .version = MVX_LOG_VERSION_S,
  .summary = "Hands every event to several sinks",
  .licence = "LGPL-2.1-or-later",
  .options = mvx_log_group_options,
  .destroy = mvx_log_group_destroy,
  .flush = mvx_log_group_flush,
  .reopen = mvx_log_group_reopen,
  .reconfigure = mvx_log_group_reconfigure,
};

const MvxLogStaticPlugin mvx_log_group_plugin = {
  &mvx_log_group_data,
  mvx_log_group_build_descriptor,
  mvx_log_group_create,
  mvx_log_group_dispatch,
};
