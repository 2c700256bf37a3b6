/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections to a server, kept alive, and the requests that go over them. */
#pragma once

#include <libsoup/soup.h>

#include "http-options.h"

G_BEGIN_DECLS

typedef struct
{
  SoupSession *soup;
  MvxHttpOptions *options;
  GTlsCertificate *certificate; /* NULL: none is shown */
  GMainContext *context;
  gint n_open; /* atomic: connections that are not gone yet */
} MvxHttpSession;

/* Reads the files of the options. For the thread's default context. */
MvxHttpSession *mvx_http_session_new         (MvxHttpOptions       *options,
                                              GError              **error);
/* Closes the connections, too, which takes iterations of the context. */
void            mvx_http_session_free        (MvxHttpSession       *self);
/* One more connection. */
void            mvx_http_session_watch       (MvxHttpSession       *self,
                                              GIOStream            *connection);
/* A request with the credentials of the options. @body: nullable, for POST; compressed already if the options say so. */
SoupMessage    *mvx_http_session_new_message (MvxHttpSession       *self,
                                              const char           *method,
                                              GBytes               *body,
                                              GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxHttpSession, mvx_http_session_free)

G_END_DECLS
