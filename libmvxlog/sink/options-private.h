/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/options.h>

#include "sink/option-parse-private.h"
#include "sink/option-table-private.h"

G_BEGIN_DECLS

typedef struct
{
  const MvxLogOptionSpec *spec;  /* of a static table */
  GVariant               *value; /* in normal form: what was set, else the default, else NULL */
  const char            **list;  /* the items of a STRV, pointing into value */
  gboolean                is_set;
} MvxLogOptionSlot;

/* Built on one thread, then only read. */
struct _MvxLogOptions
{
  gatomicrefcount   ref_count;
  guint             n_slots;
  MvxLogOptionSlot *slots; /* in table order */
};

/* Options over several tables at once: a plugin's own and the common ones of its sort. Earlier tables win. */
MvxLogOptions          *mvx_log_options_new_tables   (const MvxLogOptionSpec *const *tables,
                                                      guint                          n_tables);
MvxLogOptionSlot       *mvx_log_options_find_slot    (MvxLogOptions                 *options,
                                                      const char                    *name);
const MvxLogOptionSpec *mvx_log_options_find         (MvxLogOptions                 *options,
                                                      const char                    *name);
/* Sets what is in @dict, an a{sv}, one after the other until one is wrong. */
gboolean                mvx_log_options_set_all      (MvxLogOptions                 *options,
                                                      GVariant                      *dict,
                                                      GError                       **error);
/* All names, NULL-terminated (transfer container). */
const char            **mvx_log_options_names        (MvxLogOptions                 *options);
/* Names of the options whose values differ (NULL-terminated, transfer full). */
char                  **mvx_log_options_diff         (MvxLogOptions                 *a,
                                                      MvxLogOptions                 *b);
/* Some values as a{sv} in the order of @names (NULL-terminated), for descriptors; names that are not in the table or
 * have no value are left out, secrets are "***" (floating). */
GVariant               *mvx_log_options_pick         (MvxLogOptions                 *options,
                                                      const char *const             *names);
/* What tells secrets of equal tables apart, under a key of this process; 0 if there is none. */
guint64                 mvx_log_options_hash_secrets (MvxLogOptions                 *options);
/* The name of a sink in an item of an option SINK: what stands before a ':'. */
char                   *mvx_log_options_sink_name    (const char                    *item);
/* Names of the sinks that options SINK name, each once; NULL if none does (NULL-terminated, transfer full). */
char                  **mvx_log_options_get_sinks    (MvxLogOptions                 *options);
/* Which option names @sink; NULL if none does. */
const char             *mvx_log_options_find_sink    (MvxLogOptions                 *options,
                                                      const char                    *sink);

G_END_DECLS
