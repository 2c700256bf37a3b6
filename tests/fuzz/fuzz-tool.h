/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is received goes through the library, rendered, into nothing. */
#pragma once

#include "fuzz.h"

#include <mvxlog/mvxlog.h>

static inline void
fuzz_tool_set_up (void)
{
  static gboolean is_done = FALSE;
  g_autoptr (GError) error = NULL;

  if (is_done)
    return;
  mvx_log_configure_from_data ("[mvxlog]\nversion=1\n[sink ring]\nplugin=memory\nmax-events=1\n"
                               "[context]\nsinks=ring\nlevel=trace\n",
                               -1, "fuzz.conf", &error);
  g_assert_no_error (error);
  is_done = TRUE;
}
