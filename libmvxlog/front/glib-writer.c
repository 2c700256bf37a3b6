/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GLib's messages as events. Runs within GLib's logging call, on any thread; whatever a sink logs in here does not come
 * back: on this thread GLib itself sees to that, on others MvxLogThread.depth.
 */
#include <mvxlog/facade.h>
#include <mvxlog/glib-writer.h>
#include <mvxlog/level.h>

#include "context/express-private.h"
#include "context/tree-private.h"
#include "front/bootstrap-private.h"
#include "front/glib-detour-private.h"
#include "front/glib-domain-private.h"
#include "front/glib-fatal-private.h"
#include "front/glib-message-private.h"
#include "front/glib-writer-private.h"

/* More of the program's own fields than this are data, and limited as such. */
#define MVX_LOG_GLIB_LITERAL_FIELDS 64
/* Levels that GLib shows without being asked to. */
#define MVX_LOG_GLIB_SHOWN (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE)

static gint mvx_log_glib_debug_invocation; /* atomic */

/* Whoever turned GLib's debugging output on wants to see it: sinks that nobody has given a level are not to hide it. */
void
mvx_log_glib_writer_refresh (void)
{
  gboolean invocation = g_strcmp0 (g_getenv ("DEBUG_INVOCATION"), "1") == 0;
  const char *domains = g_getenv ("G_MESSAGES_DEBUG");
  gboolean asked = (domains && *domains) || invocation || g_log_get_debug_enabled ();

  g_atomic_int_set (&mvx_log_glib_debug_invocation, invocation);
  mvx_log_glib_fatal_learn ();
  mvx_log_tree_want_level (MVX_LOG_ASKER_GLIB, asked ? MVX_LOG_LEVEL_DEBUG : MVX_LOG_LEVEL_INFO);
}

static void
mvx_log_glib_writer_begin (void)
{
  static gsize once = 0;

  if (g_once_init_enter (&once))
    {
      mvx_log_front_registry ();
      mvx_log_glib_writer_refresh ();
      g_once_init_leave (&once, 1);
    }
}

/* GLib shows informational messages and below only of the domains in G_MESSAGES_DEBUG. Here an administrator can also
 * ask for them by giving the domain's context, or one above it, a level: the root's level alone does not ask. Those
 * that GLib was told to show pass the level of their context, so that G_MESSAGES_DEBUG is enough; the sinks' own levels
 * count always. GLib is asked last, as that takes longest. */
static inline gboolean
mvx_log_glib_writer_wants (const MvxLogGlibDomain *domain, GLogLevelFlags log_level, gint level, gboolean *any_level)
{
  const MvxLogNodeFull *node = domain->node;

  *any_level = FALSE;
  if (log_level & MVX_LOG_GLIB_SHOWN || log_level >> G_LOG_LEVEL_USER_SHIFT)
    return level >= __atomic_load_n (&node->head.threshold, __ATOMIC_RELAXED);
  if (level >= __atomic_load_n (&node->named_threshold, __ATOMIC_RELAXED))
    return TRUE;
  if (level < __atomic_load_n (&node->sinks_threshold, __ATOMIC_RELAXED))
    return FALSE;
  *any_level = TRUE;
  return g_atomic_int_get (&mvx_log_glib_debug_invocation)
         || !g_log_writer_default_would_drop (log_level, domain->domain);
}

static void
mvx_log_glib_writer_submit (const MvxLogGlibMessage *message,
                            const MvxLogGlibDomain *domain,
                            MvxLogEventInit *init,
                            gboolean any_level,
                            const GLogField *fields,
                            gsize n_fields,
                            const char *domain_text)
{
  MvxLogField few[MVX_LOG_GLIB_MESSAGE_FEW + 1];
  g_autofree MvxLogField *many = NULL;
  MvxLogField *own = few;
  MvxLogParts parts = {
    .node = domain->node,
    .init = init,
    .literal = message->n_custom <= MVX_LOG_GLIB_LITERAL_FIELDS,
    .any_level = any_level,
  };

  if (message->n_custom > MVX_LOG_GLIB_MESSAGE_FEW)
    own = many = g_new (MvxLogField, message->n_custom + 1);
  if (message->n_custom > 0)
    parts.n_fields = mvx_log_glib_message_take (message, own, fields, n_fields);
  if (domain->mapped && domain_text)
    own[parts.n_fields++] = (MvxLogField){ "GLIB_DOMAIN", MVX_LOG_KIND_STRING, -1, { .s = domain_text } };
  parts.fields = own;
  if (G_UNLIKELY (__atomic_load_n (&domain->node->calls_out, __ATOMIC_RELAXED)))
    mvx_log_glib_detour_submit (&parts);
  else
    mvx_log_express_submit (&parts);
  if (message->n_custom > 0)
    mvx_log_glib_message_release (own, parts.n_fields);
}

/* The message may have a length instead of a NUL. */
static void
mvx_log_glib_writer_set_message (MvxLogEventInit *init, const GLogField *message)
{
  if (message == NULL)
    return;
  init->message = message->length == 0 ? "" : message->value;
  init->message_length = message->length > 0 ? (gsize) message->length : 0;
}

static void
mvx_log_glib_writer_log (const MvxLogGlibMessage *message,
                         const MvxLogGlibDomain *domain,
                         gint level,
                         gboolean any_level,
                         const GLogField *fields,
                         gsize n_fields,
                         const char *domain_text)
{
  char file[512];
  char function[256];
  MvxLogEventInit init = {
    .level = level,
    .file = mvx_log_glib_message_text (message->file, file, sizeof file),
    .function = mvx_log_glib_message_text (message->function, function, sizeof function),
    .line = mvx_log_glib_message_number (message->line),
  };

  mvx_log_glib_writer_set_message (&init, message->message);
  mvx_log_glib_writer_submit (message, domain, &init, any_level, fields, n_fields, domain_text);
}

/* Makes an event of it, if it is wanted; @unheard: there is no sink at all. */
static void
mvx_log_glib_writer_make (GLogLevelFlags log_level,
                          const MvxLogGlibMessage *message,
                          const GLogField *fields,
                          gsize n_fields,
                          gboolean *unheard)
{
  const MvxLogGlibDomain *domain;
  char room[256];
  const char *domain_text;
  gboolean any_level;
  gint level = mvx_log_glib_message_level (log_level);

  mvx_log_glib_writer_begin ();
  domain_text = mvx_log_glib_message_text (message->domain, room, sizeof room);
  domain = mvx_log_glib_domain_find (domain_text);
  *unheard = FALSE;
  if (mvx_log_glib_writer_wants (domain, log_level, level, &any_level))
    mvx_log_glib_writer_log (message, domain, level, any_level, fields, n_fields, domain_text);
  else
    *unheard = __atomic_load_n (&domain->node->sinks_threshold, __ATOMIC_RELAXED) == MVX_LOG_LEVEL_OFF
               && !mvx_log_has_sinks ();
}

/* On another thread than the one that has no memory. */
static void
mvx_log_glib_writer_say (const char *text)
{
  const GLogField fields[]
      = { { "GLIB_OLD_LOG_API", "1", -1 }, { "GLIB_DOMAIN", "GLib", -1 }, { "MESSAGE", text, -1 } };
  MvxLogGlibMessage message;
  gboolean unheard;

  mvx_log_glib_message_sort (&message, fields, G_N_ELEMENTS (fields));
  mvx_log_glib_writer_make (G_LOG_LEVEL_ERROR, &message, fields, G_N_ELEMENTS (fields), &unheard);
  if (unheard)
    g_log_writer_default (G_LOG_LEVEL_ERROR, fields, G_N_ELEMENTS (fields), NULL);
}

static MvxLogGlibFate
mvx_log_glib_writer_take (GLogLevelFlags log_level, const GLogField *fields, gsize n_fields, gboolean *unheard)
{
  MvxLogGlibMessage message;
  MvxLogGlibFate fate;

  mvx_log_glib_message_sort (&message, fields, n_fields);
  if (G_UNLIKELY (mvx_log_glib_message_is_shortage (&message, log_level)))
    {
      *unheard = FALSE;
      mvx_log_glib_fatal_pass_on (mvx_log_glib_writer_say, message.message->value);
      return MVX_LOG_GLIB_FATAL;
    }
  mvx_log_glib_writer_make (log_level, &message, fields, n_fields, unheard);
  fate = mvx_log_glib_fatal_judge (log_level, message.old_api);
  if (G_UNLIKELY (fate != MVX_LOG_GLIB_HARMLESS && !*unheard))
    mvx_log_glib_fatal_flush (message.message ? message.message->value : NULL,
                              message.message ? message.message->length : 0);
  return fate;
}

/**
 * mvx_log_glib_record:
 * @log_level: level and flags
 * @fields: (array length=n_fields): the fields
 * @n_fields: how many
 *
 * Makes an event of one of GLib's messages as [func@MvxLog.glib_writer] does, and leaves all else to the caller, such
 * as a writer that also prints: a message that is fatal does not end the program here. All sinks get what they accepted
 * before this returns, though, within 200 ms. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_glib_record (GLogLevelFlags log_level, const GLogField *fields, gsize n_fields)
{
  gboolean unheard;

  g_return_if_fail (fields != NULL || n_fields == 0);

  mvx_log_glib_writer_take (log_level, fields, n_fields, &unheard);
}

/**
 * mvx_log_glib_writer:
 * @log_level: level and flags
 * @fields: (array length=n_fields): the fields
 * @n_fields: how many
 * @user_data: ignored
 *
 * A #GLogWriterFunc that makes events of GLib's messages. [func@MvxLog.install_glib_writer] installs it; a program with
 * a writer of its own calls it there.
 *
 * The level comes from @log_level, never from `PRIORITY`; the context is called like `GLIB_DOMAIN`, or is the root
 * without one. What a context's name cannot hold is replaced, and the event then has the domain in a field
 * `GLIB_DOMAIN`. `MESSAGE`, `CODE_FILE`, `CODE_LINE` and `CODE_FUNC` become message and source. All other fields stay:
 * as strings, and as bytes if they have a length. Of a message that ends the program all sinks get what they accepted
 * before this returns, within 200 ms. If there is no sink at all, GLib's default writer gets the message. Thread-safe.
 *
 * Returns: %G_LOG_WRITER_HANDLED, or what GLib's default writer returns
 *
 * Since: 1.0
 */
GLogWriterOutput
mvx_log_glib_writer (GLogLevelFlags log_level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  MvxLogGlibFate fate;
  gboolean unheard;

  g_return_val_if_fail (fields != NULL || n_fields == 0, G_LOG_WRITER_UNHANDLED);

  fate = mvx_log_glib_writer_take (log_level, fields, n_fields, &unheard);
  if (unheard)
    return g_log_writer_default (log_level, fields, n_fields, NULL);
  if (G_UNLIKELY (fate == MVX_LOG_GLIB_ABORT))
    mvx_log_glib_fatal_abort (log_level);
  return G_LOG_WRITER_HANDLED;
}
