/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the options of the gelf plugin mean. */
#pragma once

#include "../common/link.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_GELF_NONE,
  MVX_GELF_GZIP,
  MVX_GELF_ZLIB
} MvxGelfCompression;

typedef struct
{
  MvxLinkOptions     link;

  /* Reloadable. */
  MvxGelfCompression compression; /* of datagrams */
  gsize              chunk_size;  /* of a datagram, its header included */
  gsize              max_size;    /* of a message, before it is compressed */
} MvxGelfOptions;

extern const MvxLogOptionSpec mvx_gelf_option_table[];

MvxGelfOptions *mvx_gelf_options_new  (MvxLogOptions   *options,
                                       GError         **error);
void            mvx_gelf_options_free (MvxGelfOptions  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxGelfOptions, mvx_gelf_options_free)

G_END_DECLS
