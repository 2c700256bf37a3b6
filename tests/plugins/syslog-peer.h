/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rsyslog and syslog-ng, each with one input, and a file of JSON lines that they write what they have read to. */
#pragma once

#include <fcntl.h>
#include <sys/un.h>

#include "../broken/fixture.h"
#include "peer.h"

/* What is in a line: as both name it in their own words. */
#define RSYSLOG_LINE                                                                                                   \
  "template(name=\"line\" type=\"list\") {\n"                                                                          \
  "  constant(value=\"{\")\n"                                                                                          \
  "  property(outname=\"pri\" name=\"pri\" format=\"jsonf\") constant(value=\",\")\n"                                  \
  "  property(outname=\"time\" name=\"timereported\" dateFormat=\"rfc3339\" format=\"jsonf\") constant(value=\",\")\n" \
  "  property(outname=\"host\" name=\"hostname\" format=\"jsonf\") constant(value=\",\")\n"                            \
  "  property(outname=\"app\" name=\"app-name\" format=\"jsonf\") constant(value=\",\")\n"                             \
  "  property(outname=\"pid\" name=\"procid\" format=\"jsonf\") constant(value=\",\")\n"                               \
  "  property(outname=\"msgid\" name=\"msgid\" format=\"jsonf\") constant(value=\",\")\n"                              \
  "  property(outname=\"sd\" name=\"structured-data\" format=\"jsonf\") constant(value=\",\")\n"                       \
  "  property(outname=\"msg\" name=\"msg\" format=\"jsonf\")\n"                                                        \
  "  constant(value=\"}\\n\")\n"                                                                                       \
  "}\n"

#define SYSLOG_NG_LINE                                                                                                 \
  "template(\"$(format-json pri=$PRI time=$ISODATE host=$HOST app=$PROGRAM pid=$PID msgid=$MSGID sd=$SDATA "           \
  "msg=$MSG)\\n\")"

typedef struct
{
  Peer     peer;
  gboolean is_ng;
  char    *directory;
  char    *conf;
  char    *output;
  char    *socket;
  guint16  port; /* 0: the local socket */
  guint16  udp;  /* that port is one of UDP */
  /* How far the output has been looked at. */
  int      fd;
  guint    n_lines;
  GString *line;
  void   (*on_line) (gpointer data, const char *line);
  gpointer data;
} Syslogd;

/* Where syslog-ng is, or NULL and the test is skipped. */
static inline char *
syslogd_find_ng (void)
{
  char *path = g_test_build_filename (G_TEST_BUILT, "..", "peers", "syslog-ng", "usr", "sbin", "syslog-ng", NULL);

  if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    return path;
  g_free (path);
  return peer_find ("syslog-ng");
}

static inline void
syslogd_init (Syslogd *self,
              gboolean is_ng)
{
  *self = (Syslogd){ .is_ng = is_ng, .fd = -1 };
  self->directory = fixture_make_directory ();
  self->conf = g_build_filename (self->directory, "conf", NULL);
  self->output = g_build_filename (self->directory, "output", NULL);
  self->socket = g_build_filename (self->directory, "log", NULL);
  self->line = g_string_new (NULL);
}

/* @input in the words of the server; %s: its socket, %u: its port. */
static inline void
syslogd_configure (Syslogd    *self,
                   const char *global,
                   const char *input)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (self->is_ng)
    text = g_strdup_printf ("@version: 3.38\n"
                            "options { keep-hostname(yes); use-dns(no); log-msg-size(1048576); stats-freq(0); };\n"
                            "source input { %s };\ndestination output { file(\"%s\" " SYSLOG_NG_LINE
                            " log-fifo-size(200000)); };\n"
                            "log { source(input); destination(output); flags(flow-control); };\n",
                            input, self->output);
  else
    text = g_strdup_printf ("global(workDirectory=\"%s\" maxMessageSize=\"1m\" localHostname=\"local\"\n"
                            "  parser.escapeControlCharactersOnReceive=\"off\"%s)\n"
                            "main_queue(queue.size=\"200000\" queue.timeoutEnqueue=\"60000\" queue.timeoutShutdown=\"30000\")\n"
                            "%s\n" RSYSLOG_LINE "action(type=\"omfile\" file=\"%s\" template=\"line\")\n",
                            self->directory, global ? global : "", input, self->output);
  g_file_set_contents (self->conf, text, -1, &error);
  g_assert_no_error (error);
}

static inline gboolean
syslogd_listens (const char *path,
                 int         type)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, type | SOCK_CLOEXEC, 0);
  gboolean listens;

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  listens = connect (fd, (struct sockaddr *) &address, sizeof address) == 0;
  close (fd);
  return listens;
}

static inline gboolean
syslogd_is_ready (gpointer data)
{
  Syslogd *self = data;
  struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_port = htons (self->port), .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  gboolean taken;
  int fd;

  if (self->port == 0)
    return syslogd_listens (self->socket, SOCK_DGRAM) || syslogd_listens (self->socket, SOCK_STREAM);
  if (!self->udp)
    return peer_accepts (self->port);
  fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  taken = bind (fd, (struct sockaddr *) &address, sizeof address) != 0;
  close (fd);
  return taken;
}

static inline void
syslogd_start (Syslogd *self)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autofree char *log = g_build_filename (self->directory, "said", NULL);
  g_autofree char *pid = g_build_filename (self->directory, "pid", NULL);
  g_autofree char *program = self->is_ng ? syslogd_find_ng () : peer_find ("rsyslogd");

  unlink (self->socket);
  unlink (pid);
  if (self->is_ng)
    {
      g_autofree char *absolute = g_canonicalize_filename (program, NULL);
      g_autofree char *root = g_canonicalize_filename ("../../..", absolute);
      g_autofree char *libraries = g_build_filename (root, "usr", "lib", "syslog-ng", NULL);
      g_autofree char *modules = g_build_filename (libraries, "3.38", NULL);
      g_autofree char *persist = g_build_filename (self->directory, "persist", NULL);
      g_autofree char *control = g_build_filename (self->directory, "control", NULL);
      const char *const argv[] = { program, "-F", "--no-caps", "-f", self->conf, "-p", pid, "-R", persist, "-c",
                                   control, "--module-path", modules, NULL };

      g_subprocess_launcher_setenv (launcher, "LD_LIBRARY_PATH", libraries, TRUE);
      peer_spawn_with (&self->peer, launcher, log, argv);
    }
  else
    {
      const char *const argv[] = { program, "-n", "-f", self->conf, "-i", pid, NULL };

      peer_spawn_with (&self->peer, launcher, log, argv);
    }
  peer_wait (&self->peer, syslogd_is_ready, self);
}

static inline void
syslogd_clear (Syslogd *self)
{
  peer_clear (&self->peer);
  fixture_remove (self->directory);
  if (self->fd >= 0)
    close (self->fd);
  g_string_free (self->line, TRUE);
  g_free (self->directory);
  g_free (self->conf);
  g_free (self->output);
  g_free (self->socket);
}

/* Looks at what is new in the output. */
static inline void
syslogd_read (Syslogd *self)
{
  char data[65536];
  gssize n;

  if (self->fd < 0)
    self->fd = open (self->output, O_RDONLY | O_CLOEXEC);
  while (self->fd >= 0 && (n = read (self->fd, data, sizeof data)) > 0)
    for (const char *p = data, *end = data + n; p < end;)
      {
        const char *eol = memchr (p, '\n', (gsize) (end - p));

        g_string_append_len (self->line, p, (eol ? eol : end) - p);
        if (eol == NULL)
          break;
        self->n_lines++;
        self->on_line (self->data, self->line->str);
        g_string_truncate (self->line, 0);
        p = eol + 1;
      }
}
