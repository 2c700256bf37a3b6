/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of rolled files: STEM.YYYYMMDD-HHMMSSZ.N.EXTENSION, with .gz or .zst behind it when compressed. The time is that of
 * the rotation, in UTC, so that names sort by age and no hour comes twice. */
#pragma once

#include <mvxlog/mvxlog.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_FILE_NAME_PLAIN,
  MVX_FILE_NAME_COMPRESSED,
  MVX_FILE_NAME_PARTIAL /* a compression that did not come to its end */
} MvxFileNameKind;

typedef struct
{
  gint64          time_us;
  guint           n; /* of those in one second, from 1 */
  MvxFileNameKind kind;
} MvxFileName;

#define MVX_FILE_NAME_PARTIAL_SUFFIX ".part"

/* The path of a file that is rolled now. */
char    *mvx_file_name_make  (const char  *path,
                              gint64       time_us,
                              guint        n);
/* Is @name, without directory, one that was made for @path? Nothing else is. */
gboolean mvx_file_name_parse (const char  *path,
                              const char  *name,
                              MvxFileName *parsed);

G_END_DECLS
