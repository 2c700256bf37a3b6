/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one error of a chain consists of. */
#pragma once

#include <mvxlog/value.h>

G_BEGIN_DECLS

/* What is missing is null. */
typedef struct
{
  MvxLogValue domain;
  MvxLogValue code;
  MvxLogValue message;
  MvxLogValue reason;
  MvxLogValue details;
} MvxLogErrorParts;

void mvx_log_error_parts_read       (MvxLogErrorParts  *parts,
                                     const MvxLogValue *cause);
/* Of the outermost error of a chain. */
void mvx_log_error_parts_read_first (MvxLogErrorParts  *parts,
                                     const MvxLogValue *error);

G_END_DECLS
