/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-codec.h"

#include <gio/gio.h>
#ifdef MVX_FILE_HAVE_ZSTD
#include <zstd.h>
#endif

struct _MvxFileCodec
{
  GConverter *gzip; /* or */
#ifdef MVX_FILE_HAVE_ZSTD
  ZSTD_CCtx *zstd;
#endif
};

gboolean
mvx_file_codec_exists (MvxFileCompression compression)
{
#ifdef MVX_FILE_HAVE_ZSTD
  return TRUE;
#else
  return compression != MVX_FILE_COMPRESSION_ZSTD;
#endif
}

MvxFileCodec *
mvx_file_codec_new (MvxFileCompression compression)
{
  MvxFileCodec *self = g_new0 (MvxFileCodec, 1);

#ifdef MVX_FILE_HAVE_ZSTD
  if (compression == MVX_FILE_COMPRESSION_ZSTD)
    {
      self->zstd = ZSTD_createCCtx ();
      /* So that damage to the file is found. */
      ZSTD_CCtx_setParameter (self->zstd, ZSTD_c_checksumFlag, 1);
      return self;
    }
#endif
  self->gzip = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1));
  return self;
}

void
mvx_file_codec_free (MvxFileCodec *self)
{
  g_clear_object (&self->gzip);
#ifdef MVX_FILE_HAVE_ZSTD
  ZSTD_freeCCtx (self->zstd);
#endif
  g_free (self);
}

#ifdef MVX_FILE_HAVE_ZSTD
static gboolean
mvx_file_codec_step_zstd (MvxFileCodec *self,
                          ZSTD_inBuffer *input,
                          ZSTD_outBuffer *output,
                          gboolean *is_finished,
                          GError **error)
{
  gboolean at_end = input->size == 0;
  size_t left = ZSTD_compressStream2 (self->zstd, output, input, at_end ? ZSTD_e_end : ZSTD_e_continue);

  if (ZSTD_isError (left))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "zstd: %s", ZSTD_getErrorName (left));
      return FALSE;
    }
  *is_finished = at_end && left == 0;
  return TRUE;
}
#endif

gboolean
mvx_file_codec_step (MvxFileCodec *self,
                     const guint8 *input,
                     gsize n_input,
                     guint8 *output,
                     gsize n_output,
                     gsize *n_read,
                     gsize *n_written,
                     gboolean *is_finished,
                     GError **error)
{
  GConverterResult result;

#ifdef MVX_FILE_HAVE_ZSTD
  if (self->zstd)
    {
      ZSTD_inBuffer in = { input, n_input, 0 };
      ZSTD_outBuffer out = { output, n_output, 0 };
      gboolean success = mvx_file_codec_step_zstd (self, &in, &out, is_finished, error);

      *n_read = in.pos;
      *n_written = out.pos;
      return success;
    }
#endif
  result
      = g_converter_convert (self->gzip, input, n_input, output, n_output,
                             n_input == 0 ? G_CONVERTER_INPUT_AT_END : G_CONVERTER_NO_FLAGS, n_read, n_written, error);
  *is_finished = result == G_CONVERTER_FINISHED;
  return result != G_CONVERTER_ERROR;
}
