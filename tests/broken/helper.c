/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helper.h"

static int broken_helper_value;

int
broken_helper_touch (void)
{
  return broken_helper_value;
}

/* Nothing to do with plugins, but of the same name as one of their functions. */
int *
create (void)
{
  return &broken_helper_value;
}
