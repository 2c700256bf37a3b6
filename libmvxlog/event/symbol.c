/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/atfork-private.h"
#include "base/copy-private.h"
#include "base/escape-private.h"
#include "event/symbol-private.h"

#define MVX_LOG_SYMBOL_CHUNK 256
#define MVX_LOG_SYMBOL_CHUNKS 4096

static GMutex mvx_log_symbol_mutex;
MVX_LOG_FORK_LOCK (SYMBOL, &mvx_log_symbol_mutex, NULL);
static GHashTable *mvx_log_symbol_table; /* text to symbol */
static guint32 mvx_log_symbol_last;
static void (*mvx_log_symbol_added_func) (const MvxLogSymbol *symbol);
/* Chunks never move, so that they can be read without the lock; published with release, read with acquire. */
static MvxLogSymbol *mvx_log_symbol_chunks[MVX_LOG_SYMBOL_CHUNKS];

static const MvxLogSymbol *
mvx_log_symbol_add (const char *text)
{
  guint32 id = mvx_log_symbol_last + 1;
  guint chunk = id / MVX_LOG_SYMBOL_CHUNK;
  MvxLogSymbol *symbol;

  if (chunk >= MVX_LOG_SYMBOL_CHUNKS)
    return NULL;
  if (mvx_log_symbol_chunks[chunk] == NULL)
    __atomic_store_n (&mvx_log_symbol_chunks[chunk], g_new0 (MvxLogSymbol, MVX_LOG_SYMBOL_CHUNK), __ATOMIC_RELEASE);
  symbol = &mvx_log_symbol_chunks[chunk][id % MVX_LOG_SYMBOL_CHUNK];
  symbol->len = (guint32) strlen (text) & G_MAXINT32;
  symbol->is_word = mvx_log_escape_is_word (text, symbol->len);
  symbol->text = mvx_log_copy_dup (text, symbol->len);
  __atomic_store_n (&symbol->id, id, __ATOMIC_RELEASE);
  mvx_log_symbol_last = id;
  g_hash_table_insert (mvx_log_symbol_table, (gpointer) symbol->text, symbol);
  if (mvx_log_symbol_added_func)
    mvx_log_symbol_added_func (symbol);
  return symbol;
}

/* NULL only after a million different names: the caller then carries the name in the record. */
const MvxLogSymbol *
mvx_log_symbol_intern (const char *text)
{
  const MvxLogSymbol *symbol;

  g_mutex_lock (&mvx_log_symbol_mutex);
  if (mvx_log_symbol_table == NULL)
    mvx_log_symbol_table = g_hash_table_new (g_str_hash, g_str_equal);
  symbol = g_hash_table_lookup (mvx_log_symbol_table, text);
  if (symbol == NULL)
    symbol = mvx_log_symbol_add (text);
  g_mutex_unlock (&mvx_log_symbol_mutex);
  return symbol;
}

void
mvx_log_symbol_set_added_func (void (*func) (const MvxLogSymbol *symbol))
{
  g_mutex_lock (&mvx_log_symbol_mutex);
  mvx_log_symbol_added_func = func;
  g_mutex_unlock (&mvx_log_symbol_mutex);
}

const MvxLogSymbol *
mvx_log_symbol_from_id (guint32 id)
{
  guint chunk = id / MVX_LOG_SYMBOL_CHUNK;
  MvxLogSymbol *symbols;

  if (id == 0 || chunk >= MVX_LOG_SYMBOL_CHUNKS)
    return NULL;
  symbols = __atomic_load_n (&mvx_log_symbol_chunks[chunk], __ATOMIC_ACQUIRE);
  /* The number may be made up: it is one only once text and length are there. */
  if (symbols == NULL || __atomic_load_n (&symbols[id % MVX_LOG_SYMBOL_CHUNK].id, __ATOMIC_ACQUIRE) != id)
    return NULL;
  return &symbols[id % MVX_LOG_SYMBOL_CHUNK];
}
