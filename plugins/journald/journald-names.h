/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of events as names of journal fields. A journal file has a small hash table of names, so that the set of them
 * is bounded, whatever programs log.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* journald's own limit for a name, and ours for the prefix, so that something is left for the key. */
#define MVX_JOURNALD_NAME_MAX 64
#define MVX_JOURNALD_PREFIX_MAX 32
#define MVX_JOURNALD_NAMES_MAX 512

typedef struct _MvxJournaldNames MvxJournaldNames;

MvxJournaldNames *mvx_journald_names_new  (const char       *prefix,
                                           guint             max);
void              mvx_journald_names_free (MvxJournaldNames *self);
/* The prefix and the key in upper case, with _ for what cannot stand in a name. NULL if it would be too long, or there
 * are @max others already. */
const char       *mvx_journald_names_get  (MvxJournaldNames *self,
                                           const char       *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxJournaldNames, mvx_journald_names_free)

G_END_DECLS
