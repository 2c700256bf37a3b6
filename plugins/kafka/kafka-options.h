/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the options of the kafka plugin mean. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_KAFKA_KEY_CONTEXT,
  MVX_KAFKA_KEY_TRACE,
  MVX_KAFKA_KEY_NONE
} MvxKafkaKey;

typedef struct
{
  char       *brokers; /* HOST:PORT,HOST:PORT, as librdkafka wants them */
  char       *topic;
  const char *compression;
  gsize       max_message;
  gint64      linger_us;
  gint64      delivery_us;
  gboolean    tls;
  char       *ca_file;
  char       *certificate;
  char       *private_key;
  const char *mechanism; /* of SASL; NULL: none */
  char       *user;
  char       *password;
  char       *password_file;

  /* Reloadable. */
  MvxKafkaKey     key;
  MvxLogRenderer *renderer;
  const char     *content_type;
} MvxKafkaOptions;

extern const MvxLogOptionSpec mvx_kafka_option_table[];

MvxKafkaOptions *mvx_kafka_options_new           (MvxLogOptions          *options,
                                                  GError                **error);
void             mvx_kafka_options_free          (MvxKafkaOptions        *self);
/* Can those of TLS be read? */
gboolean         mvx_kafka_options_check_files   (const MvxKafkaOptions  *self,
                                                  GError                **error);
/* (transfer full): for mvx_secret_free(); read anew if it stands in a file */
char            *mvx_kafka_options_load_password (const MvxKafkaOptions  *self,
                                                  GError                **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxKafkaOptions, mvx_kafka_options_free)

G_END_DECLS
