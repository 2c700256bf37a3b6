/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gelf-pack.h"

#include <gio/gio.h>
#include <sys/random.h>

/* What is not larger gains nothing by it. */
#define MVX_GELF_COMPRESS_ABOVE 512
/* What zlib and gzip add at most to what cannot be compressed: a header, and 5 bytes for each 16 KiB. */
#define MVX_GELF_COMPRESS_ROOM(size) ((size) + (size) / 1024 + 64)
/* 0x1e 0x0f, the message's id, number and count of chunks. */
#define MVX_GELF_ID_SIZE 8
#define MVX_GELF_HEADER_SIZE (2 + MVX_GELF_ID_SIZE + 2)
/* What one large message leaves behind is given back above this. */
#define MVX_GELF_KEEP (256 * 1024)

void
mvx_gelf_pack_clear (MvxGelfPack *self)
{
  g_clear_object (&self->compressor);
  mvx_log_buffer_clear (&self->compressed);
}

static void
mvx_gelf_pack_prepare (MvxGelfPack *self, MvxGelfCompression kind)
{
  if (self->compressed.allocated > MVX_GELF_KEEP)
    mvx_log_buffer_clear (&self->compressed);
  self->compressed.len = 0;
  if (self->compressor && self->kind == kind)
    {
      g_converter_reset (self->compressor);
      return;
    }
  g_clear_object (&self->compressor);
  self->kind = kind;
  self->compressor = G_CONVERTER (g_zlib_compressor_new (
      kind == MVX_GELF_GZIP ? G_ZLIB_COMPRESSOR_FORMAT_GZIP : G_ZLIB_COMPRESSOR_FORMAT_ZLIB, -1));
}

/* The message as it is if it does not become smaller. */
static const MvxLogBuffer *
mvx_gelf_pack_compress (MvxGelfPack *self, MvxGelfCompression kind, const MvxLogBuffer *message)
{
  const gsize room = MVX_GELF_COMPRESS_ROOM (message->len);
  GConverterResult result = G_CONVERTER_CONVERTED;
  gsize n_read = 0;

  if (kind == MVX_GELF_NONE || message->len <= MVX_GELF_COMPRESS_ABOVE)
    return message;
  mvx_gelf_pack_prepare (self, kind);
  mvx_log_buffer_reserve (&self->compressed, room);
  while (result == G_CONVERTER_CONVERTED)
    {
      gsize read = 0;
      gsize written = 0;

      result = g_converter_convert (self->compressor, message->data + n_read, message->len - n_read,
                                    self->compressed.data + self->compressed.len, room - self->compressed.len,
                                    G_CONVERTER_INPUT_AT_END, &read, &written, NULL);
      n_read += read;
      self->compressed.len += written;
    }
  return result == G_CONVERTER_FINISHED && self->compressed.len < message->len ? &self->compressed : message;
}

/* Chunks belong together by a number that nobody else on the network has for its message within 5 seconds. */
static void
mvx_gelf_pack_make_id (guint8 *id)
{
  const guint32 fallback[2] = { g_random_int (), g_random_int () };

  if (getrandom (id, MVX_GELF_ID_SIZE, GRND_NONBLOCK) != MVX_GELF_ID_SIZE)
    memcpy (id, fallback, MVX_GELF_ID_SIZE);
}

gsize
mvx_gelf_pack_append (MvxGelfPack *self,
                      const MvxGelfOptions *options,
                      const MvxLogBuffer *message,
                      MvxLogBuffer *out,
                      gsize *ends)
{
  const MvxLogBuffer *packed = mvx_gelf_pack_compress (self, options->compression, message);
  const gsize share = options->chunk_size - MVX_GELF_HEADER_SIZE;
  const gsize n = packed->len <= options->chunk_size ? 1 : (packed->len + share - 1) / share;
  guint8 header[MVX_GELF_HEADER_SIZE] = { 0x1e, 0x0f };

  if (n > MVX_GELF_MAX_CHUNKS)
    return n;
  if (n > 1)
    mvx_gelf_pack_make_id (header + 2);
  header[MVX_GELF_HEADER_SIZE - 1] = (guint8) n;
  for (gsize i = 0; i < n; i++)
    {
      header[MVX_GELF_HEADER_SIZE - 2] = (guint8) i;
      if (n > 1)
        mvx_log_buffer_append (out, header, sizeof header);
      mvx_log_buffer_append (out, packed->data + i * share, n > 1 ? MIN (share, packed->len - i * share) : packed->len);
      ends[i] = out->len;
    }
  return n;
}
