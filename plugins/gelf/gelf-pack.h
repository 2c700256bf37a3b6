/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A message as datagrams: compressed, and in chunks if it is too large for one. */
#pragma once

#include "gelf-options.h"

G_BEGIN_DECLS

/* A server takes no message of more. */
#define MVX_GELF_MAX_CHUNKS 128

typedef struct
{
  MvxGelfCompression kind;       /* of the compressor */
  GConverter        *compressor; /* NULL: none yet */
  MvxLogBuffer       compressed;
} MvxGelfPack;

void  mvx_gelf_pack_clear  (MvxGelfPack          *self);
/* How many datagrams were appended to @out; @ends: where each of them ends. More than MVX_GELF_MAX_CHUNKS: so many it would
 * be, and nothing was appended. */
gsize mvx_gelf_pack_append (MvxGelfPack          *self,
                            const MvxGelfOptions *options,
                            const MvxLogBuffer   *message,
                            MvxLogBuffer         *out,
                            gsize                *ends);

G_END_DECLS
