/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/inotify.h>
#endif

#include <gio/gio.h>
#include <glib-unix.h>

#include "view/view-database-follow.h"

/* A commit can be seen only behind its last write to the disk, which is all that the kernel tells of: then the writer
 * notes it in memory that is shared, of which nothing tells. On a busy machine it may have to wait before that. So
 * there are some more looks after each sign of life, and one when a writer closes the log. */
static const guint mvx_view_database_looks_ms[] = { 20, 200, 2000, 20000 };

/* From then on it is no moment any more. */
#define MVX_VIEW_DATABASE_PATIENCE 3

/* Only where the kernel tells nothing. */
#define MVX_VIEW_DATABASE_FOLLOW_MS 1000

struct _MvxViewDatabaseFollow
{
  char *path;
  char *base;
  const MvxViewFilter *filter;
  MvxViewFollowFuncs funcs;
  gpointer data;
  gint64 n_last;
  MvxViewDatabase *database; /* NULL: there is none to read */
  gboolean had;              /* there was one before */
  char *said;                /* the last thing told */
  int inotify;               /* -1: there is none */
  guint source;
  guint timer;
  guint n_looks; /* since the last sign of life */
};

static void
mvx_view_database_follow_note (MvxViewDatabaseFollow *self, char *message)
{
  if (self->funcs.note && g_strcmp0 (message, self->said) != 0)
    self->funcs.note (message, self->data);
  g_free (self->said);
  self->said = message;
}

static void
mvx_view_database_follow_trouble (MvxViewDatabaseFollow *self, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    mvx_view_database_follow_note (self, g_strdup_printf ("'%s' is not there; waiting for it", self->path));
  /* One that is just being made, or closed, is in order a moment later; one that is locked, as soon as its owner likes.
   */
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_INITIALIZED)
           && (self->inotify < 0 || self->n_looks == G_N_ELEMENTS (mvx_view_database_looks_ms)
               || (self->n_looks >= MVX_VIEW_DATABASE_PATIENCE
                   && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY))))
    mvx_view_database_follow_note (
        self, g_strdup_printf ("cannot read '%s': %s; waiting for that to change", self->path, error->message));
}

static void
mvx_view_database_follow_open (MvxViewDatabaseFollow *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxViewDatabase) database = mvx_view_database_open (self->path, self->filter, &error);

  if (database && self->n_last >= 0)
    mvx_view_database_last (database, self->n_last, &error);
  if (error)
    {
      mvx_view_database_follow_trouble (self, error);
      return;
    }
  if (self->had)
    mvx_view_database_follow_note (self, g_strdup_printf ("'%s' was replaced; reading the new file", self->path));
  else if (self->said)
    mvx_view_database_follow_note (self, g_strdup_printf ("'%s' has appeared", self->path));
  self->had = TRUE;
  self->n_last = -1;
  self->database = g_steal_pointer (&database);
}

static void
mvx_view_database_follow_read (MvxViewDatabaseFollow *self)
{
  g_autoptr (GError) error = NULL;

  /* What could not be read now is read with the next look. */
  if (self->database && !mvx_view_database_read (self->database, self->funcs.line, NULL, self->data, &error))
    mvx_view_database_follow_trouble (self, error);
}

void
mvx_view_database_follow_poke (MvxViewDatabaseFollow *self)
{
  mvx_view_database_follow_read (self);
  if (self->database && !mvx_view_database_is_current (self->database))
    g_clear_pointer (&self->database, mvx_view_database_free);
  if (self->database == NULL)
    {
      mvx_view_database_follow_open (self);
      mvx_view_database_follow_read (self);
    }
  if (self->funcs.idle)
    self->funcs.idle (self->data);
}

static gboolean
mvx_view_database_follow_look (gpointer data)
{
  MvxViewDatabaseFollow *self = data;

  self->timer = 0;
  mvx_view_database_follow_poke (self);
  if (self->inotify < 0)
    self->timer = g_timeout_add (MVX_VIEW_DATABASE_FOLLOW_MS, mvx_view_database_follow_look, self);
  else if (self->n_looks < G_N_ELEMENTS (mvx_view_database_looks_ms))
    self->timer = g_timeout_add (mvx_view_database_looks_ms[self->n_looks++], mvx_view_database_follow_look, self);
  return G_SOURCE_REMOVE;
}

#if defined(__linux__)
/* Is it about the database, or the log beside it? */
static gboolean
mvx_view_database_follow_concerns (const MvxViewDatabaseFollow *self, const struct inotify_event *event)
{
  const gsize n = strlen (self->base);

  return event->len > 0 && strncmp (event->name, self->base, n) == 0
         && (event->name[n] == '\0' || strcmp (event->name + n, "-wal") == 0);
}

static gboolean
mvx_view_database_follow_ready (gint fd, GIOCondition condition, gpointer data)
{
  char buffer[4096] __attribute__ ((aligned (__alignof__(struct inotify_event))));
  MvxViewDatabaseFollow *self = data;
  gboolean concerns = FALSE;
  gssize n;

  while ((n = read (fd, buffer, sizeof buffer)) > 0)
    for (const char *p = buffer; p < buffer + n;)
      {
        const struct inotify_event *event = (const struct inotify_event *) (gconstpointer) p;

        concerns |= (event->mask & IN_Q_OVERFLOW) || mvx_view_database_follow_concerns (self, event);
        p += sizeof *event + event->len;
      }
  if (!concerns)
    return G_SOURCE_CONTINUE;
  g_clear_handle_id (&self->timer, g_source_remove);
  self->n_looks = 0;
  mvx_view_database_follow_look (self);
  return G_SOURCE_CONTINUE;
}
#endif

static void
mvx_view_database_follow_watch (MvxViewDatabaseFollow *self)
{
#if defined(__linux__)
  g_autofree char *directory = g_path_get_dirname (self->path);

  self->inotify = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  if (self->inotify >= 0
      && inotify_add_watch (self->inotify, directory,
                            IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_MODIFY
                                | IN_CLOSE_WRITE)
             >= 0)
    {
      self->source = g_unix_fd_add (self->inotify, G_IO_IN, mvx_view_database_follow_ready, self);
      return;
    }
  if (self->inotify >= 0)
    close (self->inotify);
  self->inotify = -1;
#endif
}

MvxViewDatabaseFollow *
mvx_view_database_follow_new (const char *path,
                              const MvxViewFilter *filter,
                              gint64 n_last,
                              const MvxViewFollowFuncs *funcs,
                              gpointer data)
{
  MvxViewDatabaseFollow *self = g_new0 (MvxViewDatabaseFollow, 1);

  self->path = g_strdup (path);
  self->base = g_path_get_basename (path);
  self->filter = filter;
  self->funcs = *funcs;
  self->data = data;
  self->n_last = n_last;
  self->inotify = -1;
  /* First the watch, then the look: nothing comes in between. */
  mvx_view_database_follow_watch (self);
  self->timer = g_timeout_add (0, mvx_view_database_follow_look, self);
  return self;
}

void
mvx_view_database_follow_free (MvxViewDatabaseFollow *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->inotify >= 0)
    close (self->inotify);
  g_clear_pointer (&self->database, mvx_view_database_free);
  g_free (self->said);
  g_free (self->base);
  g_free (self->path);
  g_free (self);
}
