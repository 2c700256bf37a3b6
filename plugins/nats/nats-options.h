/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the options of the nats plugin mean. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_NATS_SUFFIX_NONE,
  MVX_NATS_SUFFIX_CONTEXT,
  MVX_NATS_SUFFIX_LEVEL
} MvxNatsSuffix;

typedef struct
{
  char   **urls;
  char    *servers; /* as given, for messages */
  char    *subject;
  char    *stream; /* NULL: whichever takes the subject */
  gint64   timeout_us;
  char    *user;
  char    *password; /* without a user: a token */
  char    *password_file;
  char    *credentials;
  gboolean tls;
  char    *ca_file;
  char    *certificate;
  char    *private_key;
  char    *server_name;

  /* Reloadable. */
  MvxNatsSuffix   suffix;
  MvxLogRenderer *renderer;
} MvxNatsOptions;

extern const MvxLogOptionSpec mvx_nats_option_table[];

MvxNatsOptions *mvx_nats_options_new         (MvxLogOptions         *options,
                                              GError               **error);
void            mvx_nats_options_free        (MvxNatsOptions        *self);
/* Can they be read? */
gboolean        mvx_nats_options_check_files (const MvxNatsOptions  *self,
                                              GError               **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxNatsOptions, mvx_nats_options_free)

G_END_DECLS
