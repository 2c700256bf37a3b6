/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From options to the settings of the runtime. */
#pragma once

#include <mvxlog/options.h>

#include "async/async-config-private.h"

G_BEGIN_DECLS

/* @options have those of an asynchronous sink; @name is borrowed. */
void mvx_log_async_options_read  (MvxLogAsyncConfig *config,
                                  const char        *name,
                                  MvxLogOptions     *options);
/* Do the options of a sink go together? @acknowledges: it says what has been delivered. @plugin: for the message.
 * INVALID_OPTION "Option 'NAME': REASON". */
gboolean mvx_log_async_options_check (MvxLogOptions *options,
                                      const char    *plugin,
                                      gboolean       is_async,
                                      gboolean       acknowledges,
                                      GError       **error);

G_END_DECLS
