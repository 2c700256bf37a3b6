/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads and file descriptors of this process. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  GHashTable *descriptors; /* number -> what it is open on */
  GHashTable *threads;     /* id -> name */
} MvxVerifyProc;

/* Idle threads of GLib's pools are left out: they come and go as GLib likes. */
void  mvx_verify_proc_look  (MvxVerifyProc       *proc);
void  mvx_verify_proc_clear (MvxVerifyProc       *proc);
/* What is there now and was not before: "3 descriptors (socket:[1], …) and 1 thread (acme)"; NULL if there are less than
 * @least of both. Threads that are ending get the time to end. (transfer full) */
char *mvx_verify_proc_more  (const MvxVerifyProc *before,
                             guint                least);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MvxVerifyProc, mvx_verify_proc_clear)

G_END_DECLS
