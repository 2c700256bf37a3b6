/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps all promises but one that only valgrind sees: it frees nothing. */
#define BROKEN_NAME "leaks"
#define BROKEN_NO_DESTROY
#include <mvxlog/mvxlog.h>

static void
broken_destroy (gpointer instance)
{
}

#include "misbehaving.h"
