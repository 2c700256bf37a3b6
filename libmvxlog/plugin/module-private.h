/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens a plugin file and proves that it keeps the contract. */
#pragma once

#include <mvxlog/plugin-abi.h>

G_BEGIN_DECLS

typedef struct
{
  MvxLogStaticPlugin api;
  MvxLogPlugin       plugin; /* copy with what its struct_size does not reach set to zero; api.plugin points here */
  char              *path;
} MvxLogModule;

/* By name over the search path; loaded once, resident, immortal. */
const MvxLogModule *mvx_log_module_load      (const char *name,
                                              GError    **error);
/* One file, whatever its directory: for tools and tests. Its name must still be libmvxlog-NAME.so. */
const MvxLogModule *mvx_log_module_load_file (const char *path,
                                              GError    **error);

G_END_DECLS
