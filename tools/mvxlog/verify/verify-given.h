/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options that a plugin is verified with, and others made of them. Sets are a{sv} of texts. */
#pragma once

#include "verify/verify-check.h"

G_BEGIN_DECLS

/* The set with one option set to @text, or left out if that is NULL. (transfer full), not floating */
GVariant      *mvx_verify_given_with  (GVariant                 *options,
                                       const char               *name,
                                       const char               *text);
/* Only what the table flags REQUIRED. (transfer full), not floating */
GVariant      *mvx_verify_given_required (const MvxLogStaticPlugin *api,
                                       GVariant                 *options);
/* Parsed by the plugin's table and the common ones, and checked. */
MvxLogOptions *mvx_verify_given_parse (const MvxLogStaticPlugin *api,
                                       GVariant                 *options,
                                       GError                  **error);
/* build_descriptor; an error also if it gives neither or both. */
MvxLogSinkDescriptor *mvx_verify_given_describe (const MvxLogStaticPlugin *api,
                                       GVariant                 *options,
                                       GError                  **error);

/* Called for sets that differ from @options in the value of one option, and which the plugin can describe; TRUE ends
 * the walk. */
typedef gboolean (*MvxVerifyGivenFunc) (const MvxLogOptionSpec *spec,
                                        GVariant               *options,
                                        MvxLogSinkDescriptor   *descriptor,
                                        gpointer                data);
/* @spec: the option that differs. Returns whether a call said TRUE; @n_tried counts the calls. */
gboolean       mvx_verify_given_vary  (const MvxLogStaticPlugin *api,
                                       GVariant                 *options,
                                       const MvxLogOptionSpec   *spec,
                                       MvxVerifyGivenFunc        func,
                                       gpointer                  data,
                                       guint                    *n_tried);

G_END_DECLS
