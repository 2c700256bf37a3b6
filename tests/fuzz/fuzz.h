/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A fuzzer is a function that takes any bytes. It ends the program if a promise is broken, and leaves nothing behind.
 */
#pragma once

#include <string.h>

#include <glib.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* An input of several parts has one of these behind each but the last. */
#define FUZZ_SEPARATOR 0x1e

typedef struct
{
  const char *p;
  const char *end;
} FuzzInput;

typedef struct
{
  char *text; /* with a NUL behind it */
  gsize len;
} FuzzPart;

static inline void
fuzz_part_clear (FuzzPart *part)
{
  g_clear_pointer (&part->text, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FuzzPart, fuzz_part_clear)

/* A block of its own, so that reading behind it is seen; empty when there is no more. */
static inline FuzzPart
fuzz_take (FuzzInput *input)
{
  gsize left = (gsize) (input->end - input->p);
  const char *stop = left > 0 ? memchr (input->p, FUZZ_SEPARATOR, left) : NULL;
  gsize len = stop ? (gsize) (stop - input->p) : left;
  FuzzPart part = { g_malloc (len + 1), len };

  if (len > 0)
    memcpy (part.text, input->p, len);
  part.text[len] = '\0';
  input->p = stop ? stop + 1 : input->end;
  return part;
}
