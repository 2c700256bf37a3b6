/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For plugins whose library reads files of TLS, and would say only with the first connection that one is not there. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

/* @path: (nullable): what the option @option names; NULL is well */
gboolean mvx_readable_check (const char  *option,
                             const char  *path,
                             GError     **error);

G_END_DECLS
