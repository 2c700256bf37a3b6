/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tool-zstd.h"

GConverter *
mvx_tool_zstd_new (GError **error)
{
  g_set_error_literal (
      error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      "it is compressed with zstd, and this mvxlog was built without; use 'zstdcat FILE | mvxlog view'");
  return NULL;
}
