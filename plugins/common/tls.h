/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TLS by GIO, for plugins that speak with a server. Their option tables have ca-file, client-certificate, client-key,
 * server-name and, if one may turn that off, verify. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef struct
{
  char *ca_file;     /* NULL: the system's authorities */
  char *certificate; /* NULL: none is shown */
  char *key;         /* NULL: in the same file */
  char *server_name; /* NULL: the host's */
  gboolean verify;
} MvxTlsOptions;

/* What both ends of a connection are known by. */
typedef struct
{
  GTlsDatabase *database;       /* NULL: the system's */
  GTlsCertificate *certificate; /* NULL: none */
} MvxTlsFiles;

/* With @used FALSE none of the options may be given, for they only count with @setting, such as "tls=true". */
gboolean
mvx_tls_options_read (MvxTlsOptions *self, MvxLogOptions *options, gboolean used, const char *setting, GError **error);
void mvx_tls_options_clear (MvxTlsOptions *self);

/* Is there TLS, and can the files be read? @option is what asks for TLS, for the message. */
gboolean mvx_tls_options_check (const MvxTlsOptions *self, const char *option, GError **error);

gboolean mvx_tls_files_read (MvxTlsFiles *self, const MvxTlsOptions *options, GError **error);
void mvx_tls_files_clear (MvxTlsFiles *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MvxTlsFiles, mvx_tls_files_clear)

/* "its certificate has expired; renew it": the gravest flaw, and what to do about it. */
const char *mvx_tls_explain (GTlsCertificateFlags flaws);

/* An encrypted stream on @base to @host, which has proven who it is. The files are read each time, so that what was
 * renewed counts. Errors are half a sentence about the server: G_TLS_ERROR_BAD_CERTIFICATE is what mvx_tls_explain()
 * says, G_IO_ERROR_TIMED_OUT the deadline, anything else what GIO says. */
GIOStream *mvx_tls_handshake (const MvxTlsOptions *options,
                              const char *host,
                              guint16 port,
                              GIOStream *base,
                              GCancellable *cancellable,
                              gint64 deadline_us,
                              GError **error);

G_END_DECLS
