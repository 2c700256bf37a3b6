/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From options to the settings of the runtime. */
#pragma once

#include <mvxlog/options.h>

#include "async/async-config-private.h"

G_BEGIN_DECLS

/* @options have those of an asynchronous sink; @name is borrowed. */
void mvx_log_async_options_read (MvxLogAsyncConfig *config,
                                 const char        *name,
                                 MvxLogOptions     *options);

G_END_DECLS
