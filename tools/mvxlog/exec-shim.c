/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded into a program by `mvxlog exec`: its GLib messages become events. It does nothing before the first of them,
 * for most of what a program starts (sh, env, timeout) never logs that way.
 *
 * What the program itself asks of GLib goes on working: its writer and its handlers are called behind us. They have to
 * be caught here, for a second writer would end the program, and messages for handlers never come to a writer.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <mvxlog/mvxlog.h>

#define MVX_EXEC_EXPORT __attribute__ ((visibility ("default")))

/* What the program has set. */
typedef struct
{
  GLogWriterFunc func;
  gpointer data;
} MvxExecWriter;

typedef struct
{
  GLogFunc func;
  gpointer data;
  GDestroyNotify destroy;
} MvxExecHandler;

static void (*mvx_exec_set_writer) (GLogWriterFunc, gpointer, GDestroyNotify);
static GLogFunc (*mvx_exec_set_default) (GLogFunc, gpointer);
static guint (*mvx_exec_set_handler) (const char *, GLogLevelFlags, GLogFunc, gpointer, GDestroyNotify);

static MvxExecWriter *mvx_exec_writer;   /* atomic; set once */
static MvxExecHandler *mvx_exec_default; /* atomic */
static gboolean mvx_exec_tee;
/* The message that is on its way through a handler of the program: passed on to g_log_default_handler() it comes again.
 */
static _Thread_local const char *mvx_exec_seen;

static gpointer
mvx_exec_begin (gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!mvx_log_init (NULL, &error))
    g_printerr ("mvxlog exec: %s\n", error->message);
  return NULL;
}

static void
mvx_exec_ensure (void)
{
  static GOnce once = G_ONCE_INIT;

  g_once (&once, mvx_exec_begin, NULL);
}

/* Is it the one that a handler of the program has been given, and passes on? */
static gboolean
mvx_exec_has_seen (const GLogField *fields, gsize n_fields)
{
  for (gsize i = 0; mvx_exec_seen && i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0 && fields[i].length < 0)
      return strcmp (fields[i].value, mvx_exec_seen) == 0;
  return FALSE;
}

/* GLib's only writer. What a fatal message does is up to the program's own writer, if there is one: all sinks have it
 * before that. */
static GLogWriterOutput
mvx_exec_write (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer unused)
{
  const MvxExecWriter *own = g_atomic_pointer_get (&mvx_exec_writer);
  gboolean seen = mvx_exec_has_seen (fields, n_fields);

  mvx_exec_ensure ();
  if (own == NULL && !mvx_exec_tee)
    return seen ? G_LOG_WRITER_HANDLED : mvx_log_glib_writer (level, fields, n_fields, NULL);
  if (!seen)
    mvx_log_glib_record (level, fields, n_fields);
  return own ? own->func (level, fields, n_fields, own->data) : g_log_writer_default (level, fields, n_fields, NULL);
}

static void
mvx_exec_handle (const MvxExecHandler *own, const char *domain, GLogLevelFlags level, const char *message)
{
  const GLogField fields[] = {
    { "MESSAGE", message ? message : "(NULL) message", -1 },
    { "GLIB_OLD_LOG_API", "1", -1 },
    { "GLIB_DOMAIN", domain, -1 },
  };
  const char *outer = mvx_exec_seen;

  mvx_exec_ensure ();
  mvx_log_glib_record (level, fields, domain ? 3 : 2);
  mvx_exec_seen = fields[0].value;
  own->func (domain, level, message, own->data);
  mvx_exec_seen = outer;
}

static void
mvx_exec_handle_domain (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  mvx_exec_handle (data, domain, level, message);
}

static void
mvx_exec_handle_default (const char *domain, GLogLevelFlags level, const char *message, gpointer unused)
{
  const MvxExecHandler *own = g_atomic_pointer_get (&mvx_exec_default);

  if (own)
    mvx_exec_handle (own, domain, level, message);
  else
    g_log_default_handler (domain, level, message, NULL);
}

static void
mvx_exec_handler_free (gpointer data)
{
  MvxExecHandler *handler = data;

  if (handler->destroy)
    handler->destroy (handler->data);
  g_free (handler);
}

/* Behind us in the order of symbols: GLib's own. */
static gpointer
mvx_exec_next (const char *name)
{
  gpointer function = dlsym (RTLD_NEXT, name);

  if (function == NULL)
    g_error ("mvxlog exec: GLib has no %s()", name);
  return function;
}

/* Other constructors may log, or set what we catch, before ours runs. */
static void
mvx_exec_look_up (void)
{
  static gsize once = 0;

  if (!g_once_init_enter (&once))
    return;
  mvx_exec_set_writer = mvx_exec_next ("g_log_set_writer_func");
  mvx_exec_set_default = mvx_exec_next ("g_log_set_default_handler");
  mvx_exec_set_handler = mvx_exec_next ("g_log_set_handler_full");
  mvx_exec_tee = getenv ("MVXLOG_EXEC_TEE") != NULL;
  mvx_exec_set_writer (mvx_exec_write, NULL, NULL);
  g_once_init_leave (&once, 1);
}

/* As with GLib, a second time is the end of the program; its own writer does not count. */
MVX_EXEC_EXPORT void
g_log_set_writer_func (GLogWriterFunc func, gpointer user_data, GDestroyNotify user_data_free)
{
  MvxExecWriter *own = NULL;

  g_return_if_fail (func != NULL);
  mvx_exec_look_up ();
  if (func != g_log_writer_default)
    {
      own = g_new (MvxExecWriter, 1);
      *own = (MvxExecWriter){ func, user_data };
    }
  if (!g_atomic_pointer_compare_and_exchange (&mvx_exec_writer, NULL, own))
    g_error ("g_log_set_writer_func() called multiple times");
}

MVX_EXEC_EXPORT GLogFunc
g_log_set_default_handler (GLogFunc log_func, gpointer user_data)
{
  MvxExecHandler *own = NULL;
  const MvxExecHandler *before;

  mvx_exec_look_up ();
  if (log_func != g_log_default_handler)
    {
      own = g_new (MvxExecHandler, 1);
      *own = (MvxExecHandler){ log_func, user_data, NULL };
    }
  /* Another thread may be in the one before: it is never freed. */
  before = g_atomic_pointer_exchange (&mvx_exec_default, own);
  mvx_exec_set_default (own ? mvx_exec_handle_default : g_log_default_handler, own ? NULL : user_data);
  return before ? before->func : g_log_default_handler;
}

MVX_EXEC_EXPORT guint
g_log_set_handler_full (const char *log_domain,
                        GLogLevelFlags log_levels,
                        GLogFunc log_func,
                        gpointer user_data,
                        GDestroyNotify destroy)
{
  MvxExecHandler *own;

  mvx_exec_look_up ();
  if (log_func == NULL || log_func == g_log_default_handler)
    return mvx_exec_set_handler (log_domain, log_levels, log_func, user_data, destroy);
  own = g_new (MvxExecHandler, 1);
  *own = (MvxExecHandler){ log_func, user_data, destroy };
  return mvx_exec_set_handler (log_domain, log_levels, mvx_exec_handle_domain, own, mvx_exec_handler_free);
}

MVX_EXEC_EXPORT guint
g_log_set_handler (const char *log_domain, GLogLevelFlags log_levels, GLogFunc log_func, gpointer user_data)
{
  return g_log_set_handler_full (log_domain, log_levels, log_func, user_data, NULL);
}

/* A program that is linked with GStreamer will use it, and what it has to say begins with gst_init(). */
__attribute__ ((constructor)) static void
mvx_exec_load (void)
{
  mvx_exec_look_up ();
  if (g_getenv ("GST_DEBUG") && mvx_log_install_gstreamer_debug ())
    mvx_exec_ensure ();
}
