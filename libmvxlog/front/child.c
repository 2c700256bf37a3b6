/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <unistd.h>

#include <mvxlog/level.h>
#include <mvxlog/renderer.h>

#include "base/atfork-private.h"
#include "base/diag-private.h"
#include "front/child-private.h"
#include "sink/fork-private.h"
#include "sink/outlet-private.h"
#include "sink/sink-private.h"

#define MVX_LOG_CHILD_TIMEOUT_MS 1000

/* Standard error with one lock, which is taken before a fork: every generation of children can go on with it. */
typedef struct
{
  GObject parent_instance;
  MvxLogRenderer *renderer;
} MvxLogChildSink;

typedef GObjectClass MvxLogChildSinkClass;

static void mvx_log_child_sink_iface_init (MvxLogSinkInterface *iface);
static GType mvx_log_child_sink_get_type (void);

G_DEFINE_TYPE_WITH_CODE (MvxLogChildSink,
                         mvx_log_child_sink,
                         G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_SINK, mvx_log_child_sink_iface_init))

static GMutex mvx_log_child_mutex; /* the outlet */
static MvxLogOutlet mvx_log_child_outlet
    = { .fd = STDERR_FILENO, .name = "stderr", .timeout_ms = MVX_LOG_CHILD_TIMEOUT_MS };
static MvxLogSink *mvx_log_child_sink;                    /* set once */
static gboolean (*mvx_log_child_reload) (GError **error); /* atomic; NULL without a configuration file */
static guint mvx_log_child_rebuilt; /* atomic: the last generation whose configuration was made anew */

static void
mvx_log_child_fork (MvxLogForkStage stage)
{
  if (stage == MVX_LOG_FORK_CHILD && mvx_log_child_sink)
    mvx_log_sink_common (mvx_log_child_sink)->generation = mvx_log_fork_generation;
}

MVX_LOG_FORK_LOCK (CHILD, &mvx_log_child_mutex, mvx_log_child_fork);

static void
mvx_log_child_sink_init (MvxLogChildSink *self)
{
  self->renderer = mvx_log_renderer_new ("pretty", NULL, NULL);
}

static void
mvx_log_child_sink_class_init (MvxLogChildSinkClass *klass)
{
}

static gboolean
mvx_log_child_sink_log (MvxLogSink *sink, const MvxLogEvent *event, GError **error)
{
  MvxLogChildSink *self = (MvxLogChildSink *) sink;
  MvxLogBuffer line = MVX_LOG_BUFFER_INIT;
  gboolean ok;

  mvx_log_renderer_render (self->renderer, event, &line);
  g_mutex_lock (&mvx_log_child_mutex);
  ok = mvx_log_outlet_write (&mvx_log_child_outlet, line.data, line.len, error) == MVX_LOG_OUTLET_WRITTEN;
  g_mutex_unlock (&mvx_log_child_mutex);
  mvx_log_buffer_clear (&line);
  return ok;
}

static void
mvx_log_child_sink_iface_init (MvxLogSinkInterface *iface)
{
  iface->log = mvx_log_child_sink_log;
}

/* TRUE for the one thread whose event is the first. What others log meanwhile goes to standard error. */
static gboolean
mvx_log_child_is_first (void)
{
  guint seen = g_atomic_int_get (&mvx_log_child_rebuilt);

  return seen != mvx_log_fork_generation
         && g_atomic_int_compare_and_exchange (&mvx_log_child_rebuilt, seen, mvx_log_fork_generation);
}

static gboolean
mvx_log_child_rebuild (void)
{
  gboolean (*reload) (GError **) = __atomic_load_n (&mvx_log_child_reload, __ATOMIC_ACQUIRE);
  g_autoptr (GError) error = NULL;

  if (reload && reload (&error))
    return TRUE;
  mvx_log_diag (MVX_LOG_LEVEL_ERROR, "fork=reinit: process %d goes on with standard error: %s", (int) getpid (),
                error ? error->message : "no configuration file has been applied");
  return FALSE;
}

static gboolean
mvx_log_child_find_heir (MvxLogForkPolicy policy, MvxLogSink **heir)
{
  *heir = policy == MVX_LOG_FORK_DROP ? NULL : mvx_log_child_sink;
  return policy == MVX_LOG_FORK_REINIT && mvx_log_child_is_first () && mvx_log_child_rebuild ();
}

void
mvx_log_child_set_reload_func (gboolean (*func) (GError **error))
{
  __atomic_store_n (&mvx_log_child_reload, func, __ATOMIC_RELEASE);
}

void
mvx_log_child_prepare (void)
{
  mvx_log_child_sink = g_object_new (mvx_log_child_sink_get_type (), NULL);
  mvx_log_sink_common (mvx_log_child_sink)->quiet = TRUE;
  mvx_log_child_rebuilt = mvx_log_fork_generation;
  mvx_log_fork_set_heir_func (mvx_log_child_find_heir);
}
