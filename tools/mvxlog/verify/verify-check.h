/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the checks of `mvxlog plugin verify` share. All of them run in a child process: a plugin may do anything. */
#pragma once

#include <mvxlog/mvxlog-test.h>
#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_VERIFY_KEPT,
  MVX_VERIFY_SKIPPED,
  MVX_VERIFY_BROKEN
} MvxVerifyResult;

typedef struct
{
  char                     *path;
  const MvxLogStaticPlugin *api;     /* from the check "load" on */
  GVariant                 *options; /* a{sv} of texts, as given on the command line */
  GString                  *text;    /* what the line of the present check says */
} MvxVerify;

/* Sets the text of the line. */
MvxVerifyResult mvx_verify_say     (MvxVerify       *verify,
                                    MvxVerifyResult  result,
                                    const char      *format,
                                    ...) G_GNUC_PRINTF (3, 4);
/* Says what comes next, for the line of a plugin that crashes or hangs, and begins the time anew. */
void            mvx_verify_doing   (const char      *format,
                                    ...) G_GNUC_PRINTF (1, 2);
/* BROKEN: what was done, and the plugin's error. */
MvxVerifyResult mvx_verify_failed  (MvxVerify       *verify,
                                    const char      *doing,
                                    const GError    *error);

/* The checks, in the order of the list. */
MvxVerifyResult mvx_verify_symbols    (MvxVerify *verify);
MvxVerifyResult mvx_verify_load       (MvxVerify *verify);
MvxVerifyResult mvx_verify_options    (MvxVerify *verify);
MvxVerifyResult mvx_verify_descriptor (MvxVerify *verify);
MvxVerifyResult mvx_verify_required   (MvxVerify *verify);
MvxVerifyResult mvx_verify_garbage    (MvxVerify *verify);
MvxVerifyResult mvx_verify_probe      (MvxVerify *verify);
MvxVerifyResult mvx_verify_create     (MvxVerify *verify);
MvxVerifyResult mvx_verify_acknowledge (MvxVerify *verify);
MvxVerifyResult mvx_verify_events     (MvxVerify *verify);
MvxVerifyResult mvx_verify_strings    (MvxVerify *verify);
MvxVerifyResult mvx_verify_hooks      (MvxVerify *verify);
MvxVerifyResult mvx_verify_restart    (MvxVerify *verify);
MvxVerifyResult mvx_verify_flush      (MvxVerify *verify);
MvxVerifyResult mvx_verify_pair       (MvxVerify *verify);
MvxVerifyResult mvx_verify_library    (MvxVerify *verify);
MvxVerifyResult mvx_verify_inside     (MvxVerify *verify);
MvxVerifyResult mvx_verify_remains    (MvxVerify *verify);

G_END_DECLS
