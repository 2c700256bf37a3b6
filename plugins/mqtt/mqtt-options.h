/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the options of the mqtt plugin mean. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef struct
{
  char    *host;
  guint16  port;
  char    *address;   /* for people: mqtt://host:1883, or mqtts:// */
  char    *client_id; /* NULL: the server's choice */
  char    *user;
  char    *password;
  char    *password_file;
  gboolean tls;
  char    *ca_file;
  char    *certificate;
  char    *private_key;

  /* Reloadable. */
  char           *topic;
  gint64          timeout_us;
  MvxLogRenderer *renderer;
  const char     *content_type;
} MvxMqttOptions;

extern const MvxLogOptionSpec mvx_mqtt_option_table[];

MvxMqttOptions *mvx_mqtt_options_new         (MvxLogOptions         *options,
                                              GError               **error);
void            mvx_mqtt_options_free        (MvxMqttOptions        *self);
/* Can those of TLS be read? */
gboolean        mvx_mqtt_options_check_files (const MvxMqttOptions  *self,
                                              GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxMqttOptions, mvx_mqtt_options_free)

G_END_DECLS
