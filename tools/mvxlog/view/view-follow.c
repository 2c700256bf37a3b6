/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/inotify.h>
#endif

#include <gio/gio.h>
#include <glib-unix.h>

#include "view/view-follow.h"
#include "view/view-tail.h"

/* Only where the kernel does not tell: without inotify, or while a directory does not exist yet. */
#define MVX_VIEW_FOLLOW_SECONDS 1

struct _MvxViewFollow
{
  MvxViewFollowFuncs funcs;
  gpointer data;
  gsize limit;
  GPtrArray *tails;
  int inotify; /* -1: there is none */
  guint source;
  guint timer;
};

MvxViewFollow *
mvx_view_follow_new (const MvxViewFollowFuncs *funcs, gpointer data, gsize limit)
{
  MvxViewFollow *follow = g_new0 (MvxViewFollow, 1);

  follow->funcs = *funcs;
  follow->data = data;
  follow->limit = limit;
  follow->inotify = -1;
  follow->tails = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_view_tail_free);
  return follow;
}

void
mvx_view_follow_free (MvxViewFollow *follow)
{
  g_clear_handle_id (&follow->source, g_source_remove);
  g_clear_handle_id (&follow->timer, g_source_remove);
  if (follow->inotify >= 0)
    close (follow->inotify);
  g_ptr_array_unref (follow->tails);
  g_free (follow);
}

static void
mvx_view_follow_note (MvxViewFollow *follow, const MvxViewTail *tail, MvxViewTailChange change)
{
  g_autofree char *text = NULL;

  if (change == MVX_VIEW_TAIL_MISSING)
    text = g_strdup_printf ("'%s' is not there; waiting for it", tail->path);
  else if (change == MVX_VIEW_TAIL_TRUNCATED)
    text = g_strdup_printf ("'%s' was truncated; reading it from its beginning", tail->path);
  else if (change == MVX_VIEW_TAIL_REPLACED)
    text = g_strdup_printf ("'%s' was replaced; reading the new file", tail->path);
  else if (change == MVX_VIEW_TAIL_APPEARED)
    text = g_strdup_printf ("'%s' has appeared", tail->path);
  else if (change == MVX_VIEW_TAIL_FAILED)
    text = g_strdup_printf ("cannot read '%s': %s; waiting for that to change", tail->path, g_strerror (tail->error));
  if (text && follow->funcs.note)
    follow->funcs.note (text, follow->data);
}

#if defined(__linux__)
static gboolean
mvx_view_follow_watch_tail (MvxViewFollow *follow, const MvxViewTail *tail)
{
  g_autofree char *directory = g_path_get_dirname (tail->path);
  int watch
      = inotify_add_watch (follow->inotify, directory, IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB);

  /* The file itself, as the name may be a link to another directory; the old one, as long as it may grow. Adding a
   * watch that exists changes nothing. */
  inotify_add_watch (follow->inotify, tail->path, IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF);
  return watch >= 0;
}
#endif

static gboolean
mvx_view_follow_timeout (gpointer data)
{
  mvx_view_follow_poke (data);
  return G_SOURCE_CONTINUE;
}

/* Watches what there is to watch; if that is not all, a timer looks again. */
static void
mvx_view_follow_rewatch (MvxViewFollow *follow)
{
  gboolean all = follow->inotify >= 0;

#if defined(__linux__)
  for (guint i = 0; follow->inotify >= 0 && i < follow->tails->len; i++)
    all &= mvx_view_follow_watch_tail (follow, g_ptr_array_index (follow->tails, i));
#endif
  if (all)
    g_clear_handle_id (&follow->timer, g_source_remove);
  else if (follow->timer == 0)
    follow->timer = g_timeout_add_seconds (MVX_VIEW_FOLLOW_SECONDS, mvx_view_follow_timeout, follow);
}

/* TRUE if a name stands for another file than before, or for none. */
static gboolean
mvx_view_follow_look (MvxViewFollow *follow)
{
  gboolean changed = FALSE;

  for (guint i = 0; i < follow->tails->len; i++)
    {
      MvxViewTail *tail = g_ptr_array_index (follow->tails, i);
      MvxViewTailChange change = mvx_view_tail_poke (tail);

      mvx_view_follow_note (follow, tail, change);
      /* A file that was cut is still the one that is watched. */
      changed |= change != MVX_VIEW_TAIL_SAME && change != MVX_VIEW_TAIL_TRUNCATED;
    }
  return changed;
}

void
mvx_view_follow_poke (MvxViewFollow *follow)
{
  gboolean changed;

  do
    {
      changed = mvx_view_follow_look (follow);
      if (changed || follow->timer)
        mvx_view_follow_rewatch (follow);
      /* Once more after watching something new: nobody tells what came in between. */
    }
  while (changed);
  if (follow->funcs.idle)
    follow->funcs.idle (follow->data);
}

void
mvx_view_follow_add (MvxViewFollow *follow, const char *path, gint64 n_last)
{
  MvxViewTail *tail = mvx_view_tail_new (path, follow->limit, follow->funcs.line, follow->data);

  g_ptr_array_add (follow->tails, tail);
  if (mvx_view_tail_open (tail) && n_last >= 0)
    mvx_view_tail_last (tail, n_last);
}

#if defined(__linux__)
static gboolean
mvx_view_follow_ready (gint fd, GIOCondition condition, gpointer data)
{
  char buffer[4096] __attribute__ ((aligned (__alignof__(struct inotify_event))));

  /* What they say does not matter: a look at the files tells more, and it is right even if events were lost. */
  while (read (fd, buffer, sizeof buffer) > 0)
    ;
  mvx_view_follow_poke (data);
  return G_SOURCE_CONTINUE;
}
#endif

void
mvx_view_follow_watch (MvxViewFollow *follow)
{
#if defined(__linux__)
  follow->inotify = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  if (follow->inotify >= 0)
    follow->source = g_unix_fd_add (follow->inotify, G_IO_IN, mvx_view_follow_ready, follow);
#endif
  mvx_view_follow_rewatch (follow);
  mvx_view_follow_poke (follow);
}
