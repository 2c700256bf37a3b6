/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/hash-private.h"

typedef struct
{
  guint64 v0, v1, v2, v3;
} MvxLogHash;

static inline guint64
mvx_log_hash_rotate (guint64 x, guint bits)
{
  return x << bits | x >> (64 - bits);
}

static inline void
mvx_log_hash_round (MvxLogHash *h)
{
  h->v0 += h->v1;
  h->v2 += h->v3;
  h->v1 = mvx_log_hash_rotate (h->v1, 13) ^ h->v0;
  h->v3 = mvx_log_hash_rotate (h->v3, 16) ^ h->v2;
  h->v0 = mvx_log_hash_rotate (h->v0, 32);
  h->v2 += h->v1;
  h->v0 += h->v3;
  h->v1 = mvx_log_hash_rotate (h->v1, 17) ^ h->v2;
  h->v3 = mvx_log_hash_rotate (h->v3, 21) ^ h->v0;
  h->v2 = mvx_log_hash_rotate (h->v2, 32);
}

static inline void
mvx_log_hash_word (MvxLogHash *h, guint64 word)
{
  h->v3 ^= word;
  mvx_log_hash_round (h);
  mvx_log_hash_round (h);
  h->v0 ^= word;
}

static const guint64 *
mvx_log_hash_key (void)
{
  static guint64 key[2];
  static gsize ready;

  if (g_once_init_enter (&ready))
    {
      for (guint i = 0; i < G_N_ELEMENTS (key); i++)
        key[i] = (guint64) g_random_int () << 32 | g_random_int ();
      g_once_init_leave (&ready, 1);
    }
  return key;
}

guint64
mvx_log_hash (guint64 seed, gconstpointer data, gsize len)
{
  const guint64 *key = mvx_log_hash_key ();
  const guint8 *p = data;
  MvxLogHash h = { key[0] ^ G_GUINT64_CONSTANT (0x736f6d6570736575), key[1] ^ G_GUINT64_CONSTANT (0x646f72616e646f6d),
                   key[0] ^ G_GUINT64_CONSTANT (0x6c7967656e657261), key[1] ^ G_GUINT64_CONSTANT (0x7465646279746573) };
  guint64 word;
  guint64 last = (guint64) len << 56;

  mvx_log_hash_word (&h, seed);
  for (; len >= 8; p += 8, len -= 8)
    {
      memcpy (&word, p, 8);
      mvx_log_hash_word (&h, word);
    }
  for (gsize i = 0; i < len; i++)
    last |= (guint64) p[i] << (8 * i);
  mvx_log_hash_word (&h, last);
  h.v2 ^= 0xff;
  for (guint i = 0; i < 4; i++)
    mvx_log_hash_round (&h);
  return h.v0 ^ h.v1 ^ h.v2 ^ h.v3;
}
