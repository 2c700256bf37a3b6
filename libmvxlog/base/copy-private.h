/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies of short texts without a call: whole blocks, whatever stands behind the text. */
#pragma once

#include <string.h>

#include <glib.h>

G_BEGIN_DECLS

/* What can be read and written behind a text that is copied so. */
#define MVX_LOG_COPY_BLOCK 16

/* Both sides have a block of slack behind @len. Only their slack may overlap. */
static inline guint8 *
mvx_log_copy_blocks (guint8     *out,
                     const void *text,
                     gsize       len)
{
  const guint8 *in = text;
  gsize i = 0;

  do
    {
      memmove (out + i, in + i, MVX_LOG_COPY_BLOCK);
      i += MVX_LOG_COPY_BLOCK;
    }
  while (G_UNLIKELY (i < len));
  return out + len;
}

/* For texts without slack that are seldom long. */
static inline guint8 *
mvx_log_copy_short (guint8     *out,
                    const void *text,
                    gsize       len)
{
  const guint8 *in = text;

  if (len >= 16)
    memcpy (out, in, len);
  else if (len >= 8)
    {
      memcpy (out, in, 8);
      memcpy (out + len - 8, in + len - 8, 8);
    }
  else if (len >= 4)
    {
      memcpy (out, in, 4);
      memcpy (out + len - 4, in + len - 4, 4);
    }
  else
    for (gsize i = 0; i < len; i++)
      out[i] = in[i];
  return out + len;
}

/* A short literal. */
static inline guint8 *
mvx_log_copy_word (guint8     *out,
                   const char *word)
{
  gsize len = strlen (word);

  memcpy (out, word, len);
  return out + len;
}

/* A copy with that slack, and a NUL. */
static inline char *
mvx_log_copy_dup (const void *text,
                  gsize       len)
{
  char *copy = g_malloc0 (len + MVX_LOG_COPY_BLOCK);

  if (len > 0)
    memcpy (copy, text, len);
  return copy;
}

G_END_DECLS
