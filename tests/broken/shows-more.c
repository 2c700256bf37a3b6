/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Linked without the version script: whatever is not static shows. */
#define BROKEN_NAME "shows-more"
#include "misbehaving.h"

MVX_LOG_EXPORT
int broken_help (void);

int
broken_help (void)
{
  return 1;
}
