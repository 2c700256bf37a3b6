/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The child process of `mvxlog plugin verify`: runs the checks and tells of each over a pipe, in lines:
 *
 *     = NAME        a check begins
 *     . TEXT        what it is about to do
 *     +, -, ! TEXT  it is over: kept, skipped, broken
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The hidden subcommand of `mvxlog plugin`. */
#define MVX_VERIFY_CHILD_COMMAND "--verify-in-child"
#define MVX_VERIFY_CHILD_FD 3
/* The check that begins when the others are over: the child ends, and with it the plugin. */
#define MVX_VERIFY_CHILD_LAST "exit"

/* @words: the file, then NAME=TEXT of options. */
int mvx_verify_child (char *const *words);

G_END_DECLS
