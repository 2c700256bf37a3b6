/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <zstd.h>

#include "base/tool-zstd.h"

struct _MvxToolZstd
{
  GObject parent_instance;
  ZSTD_DCtx *context;
};

static GConverterResult
mvx_tool_zstd_convert (GConverter *converter,
                       const void *input,
                       gsize n_input,
                       void *output,
                       gsize n_output,
                       GConverterFlags flags,
                       gsize *n_read,
                       gsize *n_written,
                       GError **error)
{
  ZSTD_inBuffer in = { input, n_input, 0 };
  ZSTD_outBuffer out = { output, n_output, 0 };
  gsize left = ZSTD_decompressStream (MVX_TOOL_ZSTD (converter)->context, &out, &in);

  if (ZSTD_isError (left))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "zstd: %s", ZSTD_getErrorName (left));
      return G_CONVERTER_ERROR;
    }
  *n_read = in.pos;
  *n_written = out.pos;
  if (left == 0)
    return G_CONVERTER_FINISHED;
  if (in.pos > 0 || out.pos > 0)
    return G_CONVERTER_CONVERTED;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "zstd: there must be more");
  return G_CONVERTER_ERROR;
}

static void
mvx_tool_zstd_reset (GConverter *converter)
{
  ZSTD_DCtx_reset (MVX_TOOL_ZSTD (converter)->context, ZSTD_reset_session_only);
}

static void
mvx_tool_zstd_converter_init (GConverterIface *iface)
{
  iface->convert = mvx_tool_zstd_convert;
  iface->reset = mvx_tool_zstd_reset;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (MvxToolZstd,
                               mvx_tool_zstd,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_CONVERTER, mvx_tool_zstd_converter_init))

static void
mvx_tool_zstd_finalize (GObject *object)
{
  ZSTD_freeDCtx (MVX_TOOL_ZSTD (object)->context);
  G_OBJECT_CLASS (mvx_tool_zstd_parent_class)->finalize (object);
}

static void
mvx_tool_zstd_class_init (MvxToolZstdClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mvx_tool_zstd_finalize;
}

static void
mvx_tool_zstd_init (MvxToolZstd *self)
{
  self->context = ZSTD_createDCtx ();
}

GConverter *
mvx_tool_zstd_new (GError **error)
{
  return g_object_new (MVX_TOOL_TYPE_ZSTD, NULL);
}
