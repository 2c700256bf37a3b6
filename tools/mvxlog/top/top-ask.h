/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking the programs of this user how their sinks are: [mvxlog] status=true. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a program has said. */
typedef struct
{
  gint   pid;
  char  *text;  /* one JSON object; NULL if it did not answer */
  GError *error; /* then: why */
} MvxTopAnswer;

void       mvx_top_answer_free   (MvxTopAnswer  *answer);
/* Where the sockets of this user are. NULL: nobody knows. */
char      *mvx_top_dup_directory (void);
/* Of every program with a socket in @directory, by number. What a program that is gone has left there is removed.
 * (element-type MvxTopAnswer): NULL with @error if there is such a directory and it cannot be read. */
GPtrArray *mvx_top_ask           (const char    *directory,
                                  GError       **error);

G_END_DECLS
