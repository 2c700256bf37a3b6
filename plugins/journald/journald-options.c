/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journald-options.h"

#include <string.h>
#include <sys/un.h>

#include "journald-names.h"

#define MVX_JOURNALD_DEFAULT_PATH "/run/systemd/journal/socket"
#define MVX_JOURNALD_MAX_TIMEOUT_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
/* systemd's own limit: NAME_MAX without "systemd-journald@.service" and the like. */
#define MVX_JOURNALD_MAX_NAMESPACE 200

const MvxLogOptionSpec mvx_journald_option_table[] = {
  { "namespace",
    MVX_LOG_OPTION_STRING,
    0,
    NULL,
    0,
    0,
    NULL,
    "Journal namespace to write to, instead of the system's journal",
    { NULL, NULL } },
  { "socket-path",
    MVX_LOG_OPTION_STRING,
    0,
    NULL,
    0,
    0,
    NULL,
    "Path of journald's socket, where it is neither the usual one nor that of a namespace",
    { NULL, NULL } },
  { "identifier",
    MVX_LOG_OPTION_STRING,
    MVX_LOG_OPTION_RELOADABLE,
    NULL,
    0,
    0,
    NULL,
    "SYSLOG_IDENTIFIER of the entries; the name of the program if it is not given",
    { NULL, NULL } },
  { "field-prefix",
    MVX_LOG_OPTION_STRING,
    MVX_LOG_OPTION_RELOADABLE,
    "MVX_",
    0,
    0,
    NULL,
    "What the names of an event's own fields begin with: A to Z, 0 to 9 and _, a letter first",
    { NULL, NULL } },
  { "max-field-names",
    MVX_LOG_OPTION_INT64,
    MVX_LOG_OPTION_RELOADABLE,
    "64",
    0,
    MVX_JOURNALD_NAMES_MAX,
    NULL,
    "So many keys get a journal field of their own, first come, first served; the others share MVXLOG_FIELDS as JSON",
    { NULL, NULL } },
  { "timeout",
    MVX_LOG_OPTION_DURATION,
    MVX_LOG_OPTION_RELOADABLE,
    "5s",
    1000,
    MVX_JOURNALD_MAX_TIMEOUT_US,
    NULL,
    "How long a journald that takes nothing is waited for before events are offered again later",
    { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

static gboolean
mvx_journald_options_is_name (const char *text, gsize max)
{
  gsize n = strspn (text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_.-:@");

  return n > 0 && text[n] == '\0' && n <= max && text[0] != '.';
}

static char *
mvx_journald_options_dup_path (MvxLogOptions *options, GError **error)
{
  const char *space = mvx_log_options_get_string (options, "namespace");
  const char *path = mvx_log_options_get_string (options, "socket-path");

  if (space && path)
    g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                 "namespace and socket-path are two ways to say the same; give only one of them");
  else if (space && !mvx_journald_options_is_name (space, MVX_JOURNALD_MAX_NAMESPACE))
    g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                 "namespace: '%s' is not the name of a journal namespace; give one of letters, digits, '_', '-', '.', "
                 "':' and '@'",
                 space);
  else if (path && (!g_path_is_absolute (path) || strlen (path) >= sizeof ((struct sockaddr_un *) NULL)->sun_path))
    g_set_error (error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
                 "socket-path: '%s' cannot be the path of a socket; give an absolute one of at most %u bytes", path,
                 (guint) sizeof ((struct sockaddr_un *) NULL)->sun_path - 1);
  else if (space)
    return g_strdup_printf ("/run/systemd/journal.%s/socket", space);
  else
    return g_strdup (path ? path : MVX_JOURNALD_DEFAULT_PATH);
  return NULL;
}

static gboolean
mvx_journald_options_check_prefix (const char *prefix, GError **error)
{
  gsize n = strspn (prefix, G_CSET_A_2_Z G_CSET_DIGITS "_");

  if (n > 0 && prefix[n] == '\0' && n <= MVX_JOURNALD_PREFIX_MAX && g_ascii_isupper (prefix[0])
      && !g_str_has_prefix (prefix, "MVXLOG_"))
    return TRUE;
  g_set_error (
      error, MVX_LOG_SINK_ERROR, MVX_LOG_SINK_ERROR_INVALID_OPTION,
      "field-prefix: '%s' cannot begin the name of a journal field; give at most %u of A to Z, 0 to 9 and '_', "
      "a letter first, and not MVXLOG_",
      prefix, MVX_JOURNALD_PREFIX_MAX);
  return FALSE;
}

MvxJournaldOptions *
mvx_journald_options_new (MvxLogOptions *options, GError **error)
{
  g_autoptr (MvxJournaldOptions) self = g_new0 (MvxJournaldOptions, 1);
  const char *identifier = mvx_log_options_get_string (options, "identifier");

  self->path = mvx_journald_options_dup_path (options, error);
  if (self->path == NULL)
    return NULL;
  if (identifier == NULL)
    identifier = g_get_prgname ();
  self->identifier = g_strdup (identifier ? identifier : "");
  self->prefix = g_strdup (mvx_log_options_get_string (options, "field-prefix"));
  if (!mvx_journald_options_check_prefix (self->prefix, error))
    return NULL;
  self->max_names = (guint) mvx_log_options_get_int64 (options, "max-field-names");
  self->timeout_us = mvx_log_options_get_duration (options, "timeout");
  return g_steal_pointer (&self);
}

void
mvx_journald_options_free (MvxJournaldOptions *self)
{
  g_free (self->path);
  g_free (self->identifier);
  g_free (self->prefix);
  g_free (self);
}
