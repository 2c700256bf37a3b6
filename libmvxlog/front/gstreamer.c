/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GStreamer's debugging output as events. Its functions are looked up in the program, so that nobody else needs it;
 * their types are those of GStreamer 1.0, whose ABI does not change. */
#include <gmodule.h>

#include <mvxlog/gstreamer.h>
#include <mvxlog/level.h>

#include "context/compose-private.h"
#include "context/tree-private.h"
#include "front/bootstrap-private.h"
#include "front/glib-domain-private.h"

#define MVX_LOG_GSTREAMER_NAME_MAX 128

typedef void (*MvxLogGstreamerFunc) (gpointer category,
                                     int level,
                                     const char *file,
                                     const char *function,
                                     int line,
                                     GObject *object,
                                     gpointer message,
                                     gpointer data);

/* Written once, before the function is added. */
static struct
{
  void (*add) (MvxLogGstreamerFunc func, gpointer data, GDestroyNotify notify);
  guint (*remove) (MvxLogGstreamerFunc func);
  const char *(*category_name) (gpointer category);
  const char *(*message_text) (gpointer message);
  const char *(*message_id) (gpointer message); /* nullable: since 1.22 */
} mvx_log_gstreamer;

/* GstDebugLevel: ERROR is 1. */
static gint
mvx_log_gstreamer_level (int level)
{
  static const gint levels[] = { MVX_LOG_LEVEL_OFF,    MVX_LOG_LEVEL_ERROR, MVX_LOG_LEVEL_WARNING,
                                 MVX_LOG_LEVEL_NOTICE, MVX_LOG_LEVEL_INFO,  MVX_LOG_LEVEL_DEBUG };

  return level > 0 && level < (int) G_N_ELEMENTS (levels) ? levels[level] : MVX_LOG_LEVEL_TRACE;
}

/* GST_DEBUG has chosen already: the level of the context does not matter, those of the sinks do. The text is put
 * together only when somebody asks for it. */
static void
mvx_log_gstreamer_log (gpointer category,
                       int gst_level,
                       const char *file,
                       const char *function,
                       int line,
                       GObject *object,
                       gpointer message,
                       gpointer data)
{
  char name[MVX_LOG_GSTREAMER_NAME_MAX];
  MvxLogEventInit init = {
    .level = mvx_log_gstreamer_level (gst_level), .file = file, .function = function, .line = (guint) MAX (line, 0)
  };
  MvxLogField field = { "object", MVX_LOG_KIND_STRING, -1, { .s = NULL } };
  MvxLogParts parts = { .init = &init, .fields = &field, .literal = TRUE, .any_level = TRUE };

  g_snprintf (name, sizeof name, "gst.%s", mvx_log_gstreamer.category_name (category));
  parts.node = mvx_log_glib_domain_find (name)->node;
  if (init.level < __atomic_load_n (&parts.node->sinks_threshold, __ATOMIC_RELAXED))
    return;
  init.message = mvx_log_gstreamer.message_text (message);
  if (object && mvx_log_gstreamer.message_id)
    field.value.s = mvx_log_gstreamer.message_id (message);
  parts.n_fields = field.value.s ? 1 : 0;
  mvx_log_submit_parts (&parts, NULL);
}

static gboolean
mvx_log_gstreamer_find (const char *name, gpointer func)
{
  static GModule *program;

  if (program == NULL)
    program = g_module_open (NULL, 0);
  return program && g_module_symbol (program, name, func);
}

static gpointer
mvx_log_gstreamer_install (gpointer data)
{
  MvxLogGstreamerFunc printer;

  if (!mvx_log_gstreamer_find ("gst_debug_add_log_function", &mvx_log_gstreamer.add)
      || !mvx_log_gstreamer_find ("gst_debug_remove_log_function", &mvx_log_gstreamer.remove)
      || !mvx_log_gstreamer_find ("gst_debug_category_get_name", &mvx_log_gstreamer.category_name)
      || !mvx_log_gstreamer_find ("gst_debug_message_get", &mvx_log_gstreamer.message_text)
      || !mvx_log_gstreamer_find ("gst_debug_log_default", &printer))
    return NULL;
  mvx_log_gstreamer_find ("gst_debug_message_get_id", &mvx_log_gstreamer.message_id);
  mvx_log_front_registry (); /* nothing else of the library may ever be called */
  mvx_log_gstreamer.remove (printer);
  mvx_log_gstreamer.add (mvx_log_gstreamer_log, NULL, NULL);
  mvx_log_tree_want_level (MVX_LOG_ASKER_GSTREAMER, MVX_LOG_LEVEL_TRACE);
  return GINT_TO_POINTER (TRUE);
}

/**
 * mvx_log_install_gstreamer_debug:
 *
 * Makes events of what GStreamer's `GST_DEBUG` asks for, *instead of* printing it: in the context `gst.CATEGORY`, with
 * file, line and function of GStreamer's source, and with the object in a field `object` (GStreamer 1.22). Its levels 1
 * to 5 become error, warning, notice, info and debug, everything below trace. What GST_DEBUG lets through does not pass
 * by the level of its context, only by those of the sinks; sinks that nobody has given a level take all of it.
 *
 * For programs that are linked with GStreamer; call it before gst_init(), or nothing of that is seen. Called again it
 * does nothing. Thread-safe.
 *
 * Returns: is GStreamer in the program?
 *
 * Since: 1.0
 */
gboolean
mvx_log_install_gstreamer_debug (void)
{
  static GOnce once = G_ONCE_INIT;

  return GPOINTER_TO_INT (g_once (&once, mvx_log_gstreamer_install, NULL));
}
