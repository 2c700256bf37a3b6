/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cannot be destroyed unless it was started. */
#define BROKEN_NAME "destroy-aborts"
#define BROKEN_NO_DESTROY
#define BROKEN_OPTIONS NULL
#define BROKEN_HOOKS .on_starting = broken_on_starting
#include <mvxlog/mvxlog.h>

static gboolean
broken_on_starting (gpointer instance, GError **error)
{
  *(int *) instance = 1;
  return TRUE;
}

/* The checks before make instances that they do not start. */
static void
broken_destroy (gpointer instance)
{
  static int n_unstarted;

  if (*(int *) instance == 0 && ++n_unstarted > 1)
    abort ();
  g_free (instance);
}

#include "misbehaving.h"
