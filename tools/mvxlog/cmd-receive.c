/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mvxlog receive: events of many programs, to the sinks of a configuration. */
#include <signal.h>

#include <glib-unix.h>
#include <mvxlog/mvxlog.h>

#include "receive/receive-notify.h"
#include "receive/receive-syslog.h"
#include "receive/receive-zmq.h"
#include "sink/quantity-private.h"
#include "base/tool-i18n.h"
#include "tool.h"

#define MVX_RECEIVE_APP "mvxlog-receive"

static struct
{
  char **bind;
  char **connect;
  char *config;
  char *subscribe;
  char *secret_key_file;
  char *client_keys_file;
  char *max_size;
  char *timeout;
  gint64 count;
  gboolean any_client;
  gboolean once;
  gboolean json;
  gboolean quiet;
} mvx_receive_options = { .count = 0 };

static const GOptionEntry mvx_receive_entries[] = {
  { "bind", 'b', 0, G_OPTION_ARG_FILENAME_ARRAY, &mvx_receive_options.bind, N_ ("Where to listen; may be given again"),
    "ADDRESS" },
  { "connect", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &mvx_receive_options.connect,
    N_ ("Whom to connect to, for ZeroMQ; may be given again"), "ADDRESS" },
  { "config", 'c', 0, G_OPTION_ARG_FILENAME, &mvx_receive_options.config,
    N_ ("Configuration file; default: MVXLOG_CONFIG, then mvxlog-receive.conf where configurations are looked for"),
    "FILE" },
  { "subscribe", 0, 0, G_OPTION_ARG_FILENAME, &mvx_receive_options.subscribe,
    N_ ("For SUB: only topics that begin so; default: all"), "TOPIC" },
  { "curve-secret-key-file", 0, 0, G_OPTION_ARG_FILENAME, &mvx_receive_options.secret_key_file,
    N_ ("For ZeroMQ: take encrypted events only, with the secret key in this file"), "FILE" },
  { "curve-client-keys-file", 0, 0, G_OPTION_ARG_FILENAME, &mvx_receive_options.client_keys_file,
    N_ ("With it: only from those whose public keys are in this file, one a line"), "FILE" },
  { "curve-any-client", 0, 0, G_OPTION_ARG_NONE, &mvx_receive_options.any_client,
    N_ ("With it, instead: from everybody who has the public key that belongs to it"), NULL },
  { "max-size", 0, 0, G_OPTION_ARG_FILENAME, &mvx_receive_options.max_size,
    N_ ("Longest message that is taken; default: 1MiB"), "SIZE" },
  { "flush-timeout", 0, 0, G_OPTION_ARG_FILENAME, &mvx_receive_options.timeout,
    N_ ("How long to wait for delivery at the end; default: 10s, -1 for ever"), "DURATION" },
  { "count", 'n', 0, G_OPTION_ARG_INT64, &mvx_receive_options.count, N_ ("End after so many events"), "N" },
  { "once", 0, 0, G_OPTION_ARG_NONE, &mvx_receive_options.once, N_ ("End after one event"), NULL },
  { "json", 0, 0, G_OPTION_ARG_NONE, &mvx_receive_options.json, N_ ("At the end, print what has come as JSON"), NULL },
  { "quiet", 'q', 0, G_OPTION_ARG_NONE, &mvx_receive_options.quiet, N_ ("At the end, do not say what has come"), NULL },
  { NULL },
};

static const MvxToolUsage mvx_receive_usage = {
  "receive",
  "",
  N_ ("Takes events from other programs and hands them to the sinks of a configuration, until it is told to end."),
  N_ ("An ADDRESS is\n"
      "  tcp://HOST:PORT, ipc:///PATH          ZeroMQ, PULL\n"
      "  sub+tcp://HOST:PORT, sub+ipc:///PATH  ZeroMQ, SUB\n"
      "  syslog+tcp://HOST:PORT                syslog by TCP, RFC 5424 or 3164, in counted octets or lines\n"
      "  syslog+udp://HOST:PORT                the same by UDP\n"
      "where HOST is '*' for every address of this machine.\n"
      "\n"
      "SIGTERM and SIGINT end it in order, SIGHUP has it read the configuration again.\n"
      "For example: mvxlog receive --bind tcp://127.0.0.1:5010 -c /etc/mvxlog/receive.conf\n"
      "\n"
      "Exit status: 0, 1 for a configuration that is not valid or an address that cannot be bound to, 2 for a wrong "
      "command\n"
      "line, 3 if not everything was delivered in time."),
  mvx_receive_entries,
};

typedef struct
{
  MvxReceiveHub hub;
  GMainLoop *loop;
  GPtrArray *zmq;
  GPtrArray *syslog;
  gint64 timeout_us;
} MvxReceive;

static gboolean
mvx_receive_on_end (gpointer data)
{
  g_main_loop_quit (((MvxReceive *) data)->loop);
  return G_SOURCE_CONTINUE;
}

static void
mvx_receive_on_done (gpointer data)
{
  g_main_loop_quit (((MvxReceive *) data)->loop);
}

/* A file that is broken changes nothing. */
static gboolean
mvx_receive_on_reload (gpointer data)
{
  g_autoptr (GError) error = NULL;

  mvx_receive_notify_reloading ();
  if (!mvx_log_reload (&error))
    mvx_tool_error ("goes on with the configuration as it was: %s", error->message);
  mvx_receive_notify ("READY=1");
  return G_SOURCE_CONTINUE;
}

static gboolean
mvx_receive_configure (int *status)
{
  g_autoptr (GError) error = NULL;
  gboolean fine = mvx_receive_options.config ? mvx_log_configure_from_file (mvx_receive_options.config, &error)
                                             : mvx_log_init (MVX_RECEIVE_APP, &error);

  if (fine)
    return TRUE;
  mvx_tool_error ("%s", error->message);
  *status = g_error_matches (error, MVX_LOG_CONFIG_ERROR, MVX_LOG_CONFIG_ERROR_APPLY_FAILED) ? MVX_TOOL_UNREACHABLE
                                                                                             : MVX_TOOL_PROBLEM;
  return FALSE;
}

static gboolean
mvx_receive_open_one (MvxReceive *self, const MvxReceiveAddress *address, gboolean connect, GError **error)
{
  const MvxReceiveZmqOptions options = { connect, mvx_receive_options.subscribe ? mvx_receive_options.subscribe : "",
                                         mvx_receive_options.secret_key_file, mvx_receive_options.client_keys_file };
  gpointer input;

  if (address->kind == MVX_RECEIVE_SYSLOG_TCP || address->kind == MVX_RECEIVE_SYSLOG_UDP)
    {
      input = mvx_receive_syslog_open (&self->hub, address, error);
      if (input)
        g_ptr_array_add (self->syslog, input);
      return input != NULL;
    }
  input = mvx_receive_zmq_open (&self->hub, address, &options, error);
  if (input)
    g_ptr_array_add (self->zmq, input);
  return input != NULL;
}

static gboolean
mvx_receive_open (MvxReceive *self, char **texts, gboolean connect, GError **error)
{
  for (guint i = 0; texts && texts[i]; i++)
    {
      g_auto (MvxReceiveAddress) address = { 0 };

      if (!mvx_receive_address_parse (&address, texts[i], error)
          || !mvx_receive_open_one (self, &address, connect, error))
        return FALSE;
    }
  return TRUE;
}

/* What is wrong with the addresses, before anything is opened. */
static gboolean
mvx_receive_check_addresses (char **texts, gboolean connect, GError **error)
{
  for (guint i = 0; texts && texts[i]; i++)
    {
      g_auto (MvxReceiveAddress) address = { 0 };

      if (!mvx_receive_address_parse (&address, texts[i], error))
        {
          g_prefix_error (error, connect ? "--connect " : "--bind ");
          return FALSE;
        }
      if (!connect || address.kind == MVX_RECEIVE_PULL || address.kind == MVX_RECEIVE_SUB)
        continue;
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--connect '%s': senders of syslog connect to us; use --bind", texts[i]);
      return FALSE;
    }
  return TRUE;
}

/* Only a subscriber chooses; a filter that has no effect would let everything in. */
static gboolean
mvx_receive_check_subscribe (char **binds, char **connects, GError **error)
{
  char **const lists[] = { binds, connects };

  if (mvx_receive_options.subscribe == NULL)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    for (guint j = 0; lists[i] && lists[i][j]; j++)
      if (g_str_has_prefix (lists[i][j], "sub+"))
        return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "--subscribe: none of the addresses begins with 'sub+', and others take everything");
  return FALSE;
}

/* To have the public key of a receiver is no right to write to its files. */
static gboolean
mvx_receive_check_keys (GError **error)
{
  const gboolean names = mvx_receive_options.client_keys_file != NULL;

  if (mvx_receive_options.secret_key_file == NULL && (names || mvx_receive_options.any_client))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: there is no --curve-secret-key-file",
                 names ? "--curve-client-keys-file" : "--curve-any-client");
  else if (names && mvx_receive_options.any_client)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--curve-any-client: there is a --curve-client-keys-file, too; give one of them");
  else if (mvx_receive_options.secret_key_file && !names && !mvx_receive_options.any_client)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--curve-secret-key-file: whoever has the public key could send; give --curve-client-keys-file, or "
                 "--curve-any-client");
  else
    return TRUE;
  return FALSE;
}

static gboolean
mvx_receive_prepare (MvxReceive *self, GError **error)
{
  const char *size = mvx_receive_options.max_size ? mvx_receive_options.max_size : "1MiB";
  const char *timeout = mvx_receive_options.timeout ? mvx_receive_options.timeout : "10s";
  guint64 max_size;

  if (mvx_receive_options.bind == NULL && mvx_receive_options.connect == NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "give at least one --bind or --connect");
  else if (mvx_log_quantity_parse_size (size, &max_size) != MVX_LOG_QUANTITY_OK || max_size == 0
           || max_size > G_MAXINT32)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--max-size: '%s' is not a size up to 2GiB; use one such as 64KiB or 1MiB", size);
  else if (mvx_log_quantity_parse_duration (timeout, &self->timeout_us) != MVX_LOG_QUANTITY_OK)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--flush-timeout: '%s' is not a duration; use one such as 250ms, 5s, 2min, or -1 to wait for ever",
                 timeout);
  else if (mvx_receive_options.count < 0)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--count: give a number over 0");
  else if (mvx_receive_check_keys (error) && mvx_receive_check_addresses (mvx_receive_options.bind, FALSE, error)
           && mvx_receive_check_addresses (mvx_receive_options.connect, TRUE, error)
           && mvx_receive_check_subscribe (mvx_receive_options.bind, mvx_receive_options.connect, error))
    {
      mvx_receive_hub_init (&self->hub, (gsize) max_size,
                            mvx_receive_options.once ? 1 : (guint64) mvx_receive_options.count);
      return TRUE;
    }
  return FALSE;
}

static void
mvx_receive_report (MvxReceive *self, guint64 n_undelivered)
{
  const MvxReceiveHub *hub = &self->hub;
  MvxReceiveMissing missing;
  const char *format
      = mvx_receive_options.json
            ? "{\"received\":%" G_GUINT64_FORMAT ",\"filtered\":%" G_GUINT64_FORMAT ",\"refused\":%" G_GUINT64_FORMAT
              ",\"undelivered\":%" G_GUINT64_FORMAT ",\"malformed\":%" G_GUINT64_FORMAT
              ",\"streams\":%" G_GUINT64_FORMAT ",\"shared\":%" G_GUINT64_FORMAT ",\"missing\":%" G_GUINT64_FORMAT
              ",\"earlier\":%" G_GUINT64_FORMAT ",\"duplicates\":%" G_GUINT64_FORMAT "}"
            : "%" G_GUINT64_FORMAT " events received, %" G_GUINT64_FORMAT " of them filtered, %" G_GUINT64_FORMAT
              " refused, %" G_GUINT64_FORMAT " not delivered; %" G_GUINT64_FORMAT
              " malformed messages; of %" G_GUINT64_FORMAT " streams (%" G_GUINT64_FORMAT " shared) %" G_GUINT64_FORMAT
              " events missing, %" G_GUINT64_FORMAT " from before, %" G_GUINT64_FORMAT " twice";
  g_autofree char *text = NULL;

  mvx_receive_streams_get (hub->streams, &missing);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  text = g_strdup_printf (format, hub->n_received, hub->n_filtered, hub->n_refused, n_undelivered, hub->n_malformed,
                          missing.n_streams, missing.n_shared, missing.n_missing, missing.n_earlier,
                          missing.n_duplicates);
#pragma GCC diagnostic pop
  if (mvx_receive_options.json)
    mvx_tool_outf ("%s\n", text);
  else if (!mvx_receive_options.quiet)
    mvx_tool_error ("%s", text);
}

/* All sinks together. */
static guint64
mvx_receive_count_undelivered (GVariant *statement)
{
  GVariantIter iter;
  GVariant *sink;
  const char *name;
  guint64 all = 0;

  g_variant_iter_init (&iter, statement);
  while (g_variant_iter_next (&iter, "{&s@a{sv}}", &name, &sink))
    {
      guint64 n = 0;

      g_variant_lookup (sink, "undelivered", "t", &n);
      all += n;
      g_variant_unref (sink);
    }
  return all;
}

/* Inputs first, so that what has come is delivered, and nothing comes behind it. */
static int
mvx_receive_end (MvxReceive *self)
{
  g_autoptr (GVariant) statement = NULL;
  guint64 n_undelivered;
  gboolean complete;

  mvx_receive_notify ("STOPPING=1");
  g_ptr_array_set_size (self->zmq, 0);
  g_ptr_array_set_size (self->syslog, 0);
  mvx_receive_hub_catch_up (&self->hub);
  complete = mvx_log_shutdown (self->timeout_us < 0 ? -1 : g_get_monotonic_time () + self->timeout_us, &statement);
  n_undelivered = mvx_receive_count_undelivered (statement);
  mvx_receive_report (self, n_undelivered);
  return complete && self->hub.n_refused == 0 ? MVX_TOOL_OK : MVX_TOOL_UNREACHABLE;
}

static int
mvx_receive_run (MvxReceive *self)
{
  g_autoptr (GError) error = NULL;
  int status = MVX_TOOL_PROBLEM;

  if (!mvx_receive_configure (&status))
    return status;
  if (!mvx_receive_open (self, mvx_receive_options.bind, FALSE, &error)
      || !mvx_receive_open (self, mvx_receive_options.connect, TRUE, &error))
    {
      mvx_tool_error ("%s", error->message);
      return MVX_TOOL_PROBLEM;
    }
  self->hub.on_done = mvx_receive_on_done;
  self->hub.data = self;
  g_unix_signal_add (SIGTERM, mvx_receive_on_end, self);
  g_unix_signal_add (SIGINT, mvx_receive_on_end, self);
  g_unix_signal_add (SIGHUP, mvx_receive_on_reload, self);
  mvx_receive_notify ("READY=1");
  g_main_loop_run (self->loop);
  return mvx_receive_end (self);
}

int
mvx_tool_receive (int argc, char **argv)
{
  MvxReceive self = { 0 };
  g_autoptr (GError) error = NULL;
  int status;

  if (!mvx_tool_parse (&mvx_receive_usage, &argc, &argv, &status))
    return status;
  if (argc > 1)
    return mvx_tool_usage_error ("receive", "'%s' is too much: it takes no argument", argv[1]);
  if (!mvx_receive_prepare (&self, &error))
    return mvx_tool_usage_error ("receive", "%s", error->message);
  self.loop = g_main_loop_new (NULL, FALSE);
  self.zmq = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_receive_zmq_close);
  self.syslog = g_ptr_array_new_with_free_func ((GDestroyNotify) mvx_receive_syslog_close);
  status = mvx_receive_run (&self);
  g_ptr_array_unref (self.zmq);
  g_ptr_array_unref (self.syslog);
  g_main_loop_unref (self.loop);
  mvx_receive_hub_clear (&self.hub);
  return status;
}
