/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the checks on one plugin file in a child process and judges what comes of it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gint64       step_us;  /* how long a step may take */
  gboolean     valgrind;
  const char *const *options; /* NAME=TEXT */

  /* A line of the list is complete. @status: "ok", "skipped" or "broken"; @hint (nullable) is what to do then. */
  void       (*on_line) (const char *name,
                         const char *status,
                         const char *text,
                         const char *hint,
                         gpointer    data);
  gpointer     data;
} MvxVerifyRun;

/* What to do about a broken promise; NULL where the line itself says it. */
const char *mvx_verify_hint (const char *check);

/* TRUE if no promise is broken. */
gboolean mvx_verify_run (const MvxVerifyRun *run,
                         const char         *path);

G_END_DECLS
