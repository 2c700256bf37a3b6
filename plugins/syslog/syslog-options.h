/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the options of the syslog plugin mean. */
#pragma once

#include "../common/link.h"

G_BEGIN_DECLS

typedef struct
{
  MvxLinkOptions     link;

  /* Reloadable. */
  gboolean           is_5424;
  guint              facility;
  char              *app_name;
  char              *hostname;
  char              *msgid;       /* NULL: that of the event */
  char              *sd_id;
  gboolean           bom;
  gsize              max_size;
  MvxLogRenderer    *renderer;    /* NULL: the message as it is */
} MvxSyslogOptions;

extern const MvxLogOptionSpec mvx_syslog_option_table[];

MvxSyslogOptions *mvx_syslog_options_new  (MvxLogOptions     *options,
                                           GError           **error);
void              mvx_syslog_options_free (MvxSyslogOptions  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxSyslogOptions, mvx_syslog_options_free)

G_END_DECLS
