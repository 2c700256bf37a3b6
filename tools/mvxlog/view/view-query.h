/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a database can look for itself. It may find more events than the filter wants, which is asked about each of them
 * in the end, and never less. */
#pragma once

#include "view/view-filter.h"

G_BEGIN_DECLS

/* A condition of SQL on the columns of the table, "1" for none. @plain_levels: all levels have the names that this
 * program knows. */
char *mvx_view_query_new (const MvxViewFilterTerms *terms,
                          gboolean                  plain_levels);

G_END_DECLS
