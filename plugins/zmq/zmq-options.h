/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

extern const MvxLogOptionSpec mvx_zmq_option_table[];

#define MVX_ZMQ_TOPIC_SIZE 3

typedef struct
{
  char          **endpoints;
  gboolean        bind;
  gboolean        publish;
  gboolean        binary;          /* else JSON */
  char            topic[MVX_ZMQ_TOPIC_SIZE + 1];
  gint            high_water_mark;
  gboolean        skip_slow;
  gint64          handover_us;
  char           *server_key;      /* Z85, 40 characters; nullable, as the others */
  char           *public_key;
  char           *secret_key;
  gboolean        is_server;       /* of CURVE: others come with their keys */
  char          **client_keys;     /* which may; NULL: any */
  MvxLogRenderer *renderer;        /* for JSON */
} MvxZmqOptions;

/* NULL with an error unless all options are valid. */
MvxZmqOptions *mvx_zmq_options_new  (MvxLogOptions *options,
                                     GError       **error);
void           mvx_zmq_options_free (MvxZmqOptions *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxZmqOptions, mvx_zmq_options_free)

G_END_DECLS
