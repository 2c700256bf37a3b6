/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of an object or a value goes into an event, in one word: "[VERBOSITY:][ALIAS=]NAME[.NAME][.len()][!]". */
#pragma once

#include <mvxlog/value.h>

G_BEGIN_DECLS

typedef struct
{
  guint    verbosities; /* bits, 1 << (verbosity + 1); 0 for whatever it is */
  char    *key;         /* of the field */
  char   **path;        /* at least one */
  gboolean length;      /* of what is found, in its place */
  guint    flags;       /* of the field */
} MvxLogFieldSpec;

/* Elements are MvxLogFieldSpec; NULL with MVX_LOG_ERROR_INVALID_ARGUMENT. */
GPtrArray *mvx_log_field_specs_new      (const char *const     *texts,
                                         GError               **error);
gboolean   mvx_log_field_spec_is_wanted (const MvxLogFieldSpec *spec,
                                         MvxLogVerbosity        verbosity);
/* Goes from @value, which it replaces, along the path, past the first @n_done of its names: properties of objects, items
 * of tuples and arrays by number, members of dictionaries. FALSE: there is no such thing. */
gboolean   mvx_log_field_spec_walk      (const MvxLogFieldSpec *spec,
                                         guint                  n_done,
                                         GValue                *value);
/* A field that borrows key and value; FALSE if such a value cannot be logged. May turn @value into another type. */
gboolean   mvx_log_field_from_gvalue    (MvxLogField           *field,
                                         const MvxLogFieldSpec *spec,
                                         GValue                *value);

G_END_DECLS
