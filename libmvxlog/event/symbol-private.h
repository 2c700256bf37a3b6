/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interned strings with a number: the context names that records carry. Immortal, lock-free to look up by number. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint32     id;
  guint32     len : 31;
  guint32     is_word : 1; /* no format has to escape anything in it */
  const char *text;        /* with the slack of mvx_log_copy_blocks() */
} MvxLogSymbol;

const MvxLogSymbol *mvx_log_symbol_intern  (const char *text);
const MvxLogSymbol *mvx_log_symbol_from_id (guint32     id);
/* As mvx_log_callsite_set_added_func(). */
void mvx_log_symbol_set_added_func (void (*func) (const MvxLogSymbol *symbol));

G_END_DECLS
