/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the options of the journald plugin mean. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef struct
{
  char   *path; /* of the socket */

  /* Reloadable. */
  char   *identifier;
  char   *prefix;
  guint   max_names;
  gint64  timeout_us;
} MvxJournaldOptions;

extern const MvxLogOptionSpec mvx_journald_option_table[];

MvxJournaldOptions *mvx_journald_options_new  (MvxLogOptions       *options,
                                               GError             **error);
void                mvx_journald_options_free (MvxJournaldOptions  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxJournaldOptions, mvx_journald_options_free)

G_END_DECLS
