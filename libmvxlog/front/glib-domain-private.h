/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contexts that stand for GLib's log domains. */
#pragma once

#include "context/node-private.h"

G_BEGIN_DECLS

typedef struct
{
  const char     *domain; /* NULL: none */
  MvxLogNodeFull *node;
  gboolean        mapped; /* the context is not called like the domain */
} MvxLogGlibDomain;

/* Immortal. Without lock or allocation, but for the first time. */
const MvxLogGlibDomain *mvx_log_glib_domain_find     (const char *domain);
/* A context name for a domain, empty for the root. */
char                   *mvx_log_glib_domain_dup_name (const char *domain);

G_END_DECLS
