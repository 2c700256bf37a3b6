/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sink/host-private.h"
#include "sink/members-private.h"
#include "sink/sink-private.h"

struct _MvxLogMembers
{
  GMutex mutex;
  GPtrArray *list; /* of MvxLogSink; never changed, only replaced, under the mutex */
  gboolean aside;
};

static GPtrArray *
mvx_log_members_new_list (void)
{
  return g_ptr_array_new_with_free_func (g_object_unref);
}

static GPtrArray *
mvx_log_members_resolve (MvxLogSinkHost *host, const char *const *names, GError **error)
{
  g_autoptr (GPtrArray) list = mvx_log_members_new_list ();

  for (; *names; names++)
    {
      MvxLogSink *member = mvx_log_sink_host_ref_sink (host, *names, error);

      if (member == NULL)
        return NULL;
      g_ptr_array_add (list, member);
    }
  return g_steal_pointer (&list);
}

MvxLogMembers *
mvx_log_members_new (MvxLogSinkHost *host, const char *const *names, gboolean aside, GError **error)
{
  GPtrArray *list = mvx_log_members_resolve (host, names, error);
  MvxLogMembers *self;

  if (list == NULL)
    return NULL;
  self = g_atomic_rc_box_new0 (MvxLogMembers);
  g_mutex_init (&self->mutex);
  self->list = list;
  self->aside = aside;
  mvx_log_sink_host_take_members (host, mvx_log_members_ref (self), (GDestroyNotify) mvx_log_members_unref);
  return self;
}

MvxLogMembers *
mvx_log_members_ref (MvxLogMembers *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
mvx_log_members_dispose (gpointer data)
{
  MvxLogMembers *self = data;

  g_ptr_array_unref (self->list);
  g_mutex_clear (&self->mutex);
}

void
mvx_log_members_unref (MvxLogMembers *self)
{
  g_atomic_rc_box_release_full (self, mvx_log_members_dispose);
}

static void
mvx_log_members_take_list (MvxLogMembers *self, GPtrArray *list)
{
  GPtrArray *old;

  g_mutex_lock (&self->mutex);
  old = self->list;
  self->list = list;
  g_mutex_unlock (&self->mutex);
  g_ptr_array_unref (old);
}

gboolean
mvx_log_members_set (MvxLogMembers *self, MvxLogSinkHost *host, const char *const *names, GError **error)
{
  GPtrArray *list = mvx_log_members_resolve (host, names, error);

  if (list)
    mvx_log_members_take_list (self, list);
  return list != NULL;
}

void
mvx_log_members_clear (MvxLogMembers *self)
{
  mvx_log_members_take_list (self, mvx_log_members_new_list ());
}

gboolean
mvx_log_members_are_aside (MvxLogMembers *self)
{
  return self->aside;
}

guint
mvx_log_members_get_length (MvxLogMembers *self)
{
  guint length;

  g_mutex_lock (&self->mutex);
  length = self->list->len;
  g_mutex_unlock (&self->mutex);
  return length;
}

MvxLogSink *
mvx_log_members_use (MvxLogMembers *self, guint index)
{
  MvxLogSink *member = NULL;

  g_mutex_lock (&self->mutex);
  if (index < self->list->len)
    {
      member = g_object_ref (g_ptr_array_index (self->list, index));
      mvx_log_sink_begin_use (mvx_log_sink_common (member));
    }
  g_mutex_unlock (&self->mutex);
  return member;
}

void
mvx_log_members_end_use (MvxLogSink *member)
{
  mvx_log_sink_end_use (mvx_log_sink_common (member));
  g_object_unref (member);
}

GPtrArray *
mvx_log_members_list (MvxLogMembers *self)
{
  GPtrArray *list;

  g_mutex_lock (&self->mutex);
  list = g_ptr_array_ref (self->list);
  g_mutex_unlock (&self->mutex);
  return list;
}

GPtrArray *
mvx_log_members_use_all (MvxLogMembers *self)
{
  GPtrArray *list;

  g_mutex_lock (&self->mutex);
  list = g_ptr_array_ref (self->list);
  for (guint i = 0; i < list->len; i++)
    mvx_log_sink_begin_use (mvx_log_sink_common (g_ptr_array_index (list, i)));
  g_mutex_unlock (&self->mutex);
  return list;
}

gboolean
mvx_log_members_replace (MvxLogMembers *self, MvxLogSink *old, MvxLogSink *replacement)
{
  g_autoptr (GPtrArray) before = mvx_log_members_list (self);
  GPtrArray *list;

  if (!g_ptr_array_find (before, old, NULL))
    return FALSE;
  list = mvx_log_members_new_list ();
  for (guint i = 0; i < before->len; i++)
    {
      MvxLogSink *member = g_ptr_array_index (before, i);

      g_ptr_array_add (list, g_object_ref (member == old ? replacement : member));
    }
  mvx_log_members_take_list (self, list);
  return TRUE;
}
