/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the options of the http plugin mean. */
#pragma once

#include <mvxlog/mvxlog.h>

#include "../common/tls.h"

G_BEGIN_DECLS

/* In the order of the choices. */
typedef enum
{
  MVX_HTTP_JSON,
  MVX_HTTP_ELASTICSEARCH,
  MVX_HTTP_ECS,
  MVX_HTTP_OTLP,
  MVX_HTTP_LOKI
} MvxHttpProfile;

typedef enum
{
  MVX_HTTP_LINES,
  MVX_HTTP_ARRAY,
  MVX_HTTP_BULK
} MvxHttpFraming;

typedef struct
{
  GUri          *uri;
  char          *url;  /* the same, without user and password, for people and for requests */
  MvxHttpProfile profile;
  MvxHttpFraming framing;
  char         **labels;  /* NAME=VALUE, of Loki's streams; they are in order */
  char          *service; /* which program this is */
  gboolean       gzip;
  gsize          body_max;
  gint64         interval_us;
  gint64         timeout_us;
  gint64         batch_max; /* a batch of so many events is full */

  char  *user;
  char  *password;
  char  *password_file;
  char  *token;
  char  *token_file;
  char **headers; /* NAME: VALUE */
  char  *sent[2]; /* the secret of the last request, and how it stood there: kept to be masked; nullable */
  char  *proxy;   /* NULL: none */
  char  *proxy_sent[2]; /* of an HTTP proxy: the password, and user and password as they are sent; nullable */
  MvxTlsOptions tls;
} MvxHttpOptions;

extern const MvxLogOptionSpec mvx_http_option_table[];

MvxHttpOptions *mvx_http_options_new  (MvxLogOptions   *options,
                                       GError         **error);
void            mvx_http_options_free (MvxHttpOptions  *self);
/* Takes both; nullable. */
void            mvx_http_options_note_sent (MvxHttpOptions *self,
                                            char           *secret,
                                            char           *coded);
gboolean        mvx_http_options_is_tls (const MvxHttpOptions *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxHttpOptions, mvx_http_options_free)

G_END_DECLS
