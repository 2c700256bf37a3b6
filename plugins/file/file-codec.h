/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compressors for streams of bytes. */
#pragma once

#include "file-options.h"

G_BEGIN_DECLS

typedef struct _MvxFileCodec MvxFileCodec;

/* Is it built in? */
gboolean      mvx_file_codec_exists (MvxFileCompression  compression);
MvxFileCodec *mvx_file_codec_new    (MvxFileCompression  compression);
void          mvx_file_codec_free   (MvxFileCodec       *self);
/* Takes some of the input and gives some output; repeat while there is input. With no input it gives what is left, until
 * *@is_finished. */
gboolean      mvx_file_codec_step   (MvxFileCodec       *self,
                                     const guint8       *input,
                                     gsize               n_input,
                                     guint8             *output,
                                     gsize               n_output,
                                     gsize              *n_read,
                                     gsize              *n_written,
                                     gboolean           *is_finished,
                                     GError            **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxFileCodec, mvx_file_codec_free)

G_END_DECLS
