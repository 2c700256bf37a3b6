/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What GIO has no converter for. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define MVX_TOOL_TYPE_ZSTD (mvx_tool_zstd_get_type ())
G_DECLARE_FINAL_TYPE (MvxToolZstd, mvx_tool_zstd, MVX_TOOL, ZSTD, GObject)

/* Unpacks zstd. NULL: this build cannot. */
GConverter *mvx_tool_zstd_new (GError **error);

G_END_DECLS
