/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as the body of a request. */
#pragma once

#include "http-options.h"

G_BEGIN_DECLS

typedef struct
{
  const MvxHttpOptions *options;
  MvxLogRenderer *renderer; /* NULL for OTLP */
  MvxLogBuffer out;
  MvxLogBuffer text;   /* of one value */
  GArray      *fields; /* of one event */
  guint        n;      /* events in it */

  /* What is open in it, and closed before something else begins. */
  char *scope;         /* OTLP: the context; Loki: the level */
  char *host;          /* OTLP: of a received event */
  guint pid;
  gboolean is_remote;
} MvxHttpBody;

void        mvx_http_body_init   (MvxHttpBody          *self,
                                  const MvxHttpOptions *options);
void        mvx_http_body_clear  (MvxHttpBody          *self);
/* FALSE: it would become too large, and there are others in it already. */
gboolean    mvx_http_body_add    (MvxHttpBody          *self,
                                  const MvxLogEvent    *event);
/* What was added since the last time, compressed if the options say so. */
GBytes     *mvx_http_body_finish (MvxHttpBody          *self);
const char *mvx_http_body_get_type (const MvxHttpOptions *options);
/* A JSON string. */
void        mvx_http_body_append_string (MvxLogBuffer  *buffer,
                                         const char    *text,
                                         gsize          size);

G_END_DECLS
