/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

/* Before a key: what %MVX_LOG_SECRET and %MVX_LOG_PERSONAL say of its field. XML has no such character. */
#ifndef __GI_SCANNER__
#define MVX_LOG_SECRET_ "\001mvx-secret\001"
#define MVX_LOG_PERSONAL_ "\001mvx-personal\001"
#endif

/**
 * MvxLogCallsite:
 *
 * What is the same for every call from one place in a program, as the library has copied it. Never freed and never
 * changed, so that any thread may keep the pointer.
 *
 * Since: 1.0
 */

/**
 * MvxLogCallsiteInfo:
 * @message_template: (nullable): the template
 * @file: (nullable): source file
 * @function: (nullable): function
 * @keys: keys of the fields
 * @kinds: their kinds, as in [enum@MvxLog.Kind]
 * @line: source line
 * @level: severity, if it is the same for every call
 * @n_fields: how many fields there are
 *
 * The static part of a logging call, as a macro lays it down in the caller's memory. The library copies it when the
 * call is first made and never looks at the original again.
 *
 * Since: 1.0
 */
typedef struct
{
  const char        *message_template;
  const char        *file;
  const char        *function;
  const char *const *keys;
  const guint8      *kinds;
  guint32            line;
  gint16             level;
  guint16            n_fields;
} MvxLogCallsiteInfo;

MVX_LOG_AVAILABLE_IN_1_0
const MvxLogCallsite *mvx_log_callsite_intern (const MvxLogCallsiteInfo *info);

G_END_DECLS
