/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of hosts. libpq would look them up itself, and wait for as long as that takes. */
#pragma once

#include <gio/gio.h>

#include "postgres-options.h"

G_BEGIN_DECLS

/* The addresses of the host, with a comma between them, and the host as often. */
gboolean mvx_postgres_host_resolve (const MvxPostgresOptions *options,
                                    GCancellable             *cancellable,
                                    gint64                    deadline_us,
                                    char                    **hosts,
                                    char                    **addresses,
                                    GError                  **error);

G_END_DECLS
