/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dlfcn.h>
#include <string.h>
#ifdef __GLIBC__
#include <execinfo.h>
#endif

#include "event/draft-private.h"
#include "event/payload-private.h"
#include "sink/processor-error-private.h"

#define MVX_LOG_PROCESSOR_ERROR_KEY "exception"
#define MVX_LOG_PROCESSOR_ERROR_FRAMES 128

typedef struct
{
  gboolean backtrace;
  guint max_frames;
} MvxLogProcessorError;

const MvxLogOptionSpec mvx_log_processor_error_options[] = {
  { "backtrace",
    MVX_LOG_OPTION_BOOLEAN,
    0,
    "false",
    0,
    0,
    NULL,
    "Whether the calls that led to the logging call are added",
    { NULL, NULL } },
  { "max-frames", MVX_LOG_OPTION_INT64, 0, "32", 1, 100, NULL, "Most calls of a backtrace", { NULL, NULL } },
  { NULL, 0, 0, NULL, 0, 0, NULL, NULL, { NULL, NULL } },
};

gpointer
mvx_log_processor_error_configure (MvxLogOptions *options, GError **error)
{
  MvxLogProcessorError *self = g_new (MvxLogProcessorError, 1);

  self->backtrace = mvx_log_options_get_boolean (options, "backtrace");
  self->max_frames = (guint) mvx_log_options_get_int64 (options, "max-frames");
  return self;
}

#ifdef __GLIBC__
static void
mvx_log_processor_error_add (GVariantBuilder *map, const char *key, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_variant_builder_add (map, "{sv}", key, g_variant_new_string (valid));
}

static void
mvx_log_processor_error_add_frame (GVariantBuilder *list, gpointer address, const Dl_info *info)
{
  g_autofree char *offset
      = g_strdup_printf ("0x%" G_GSIZE_MODIFIER "x", (gsize) ((char *) address - (char *) info->dli_fbase));

  g_variant_builder_open (list, G_VARIANT_TYPE_VARDICT);
  if (info->dli_sname)
    mvx_log_processor_error_add (list, "function", info->dli_sname);
  mvx_log_processor_error_add (list, "object", info->dli_fname ? info->dli_fname : "");
  mvx_log_processor_error_add (list, "offset", offset);
  g_variant_builder_close (list);
}

/* Without the frames of this library, which come first. NULL if nothing is known. */
static GVariant *
mvx_log_processor_error_backtrace (const MvxLogProcessorError *self)
{
  gpointer addresses[MVX_LOG_PROCESSOR_ERROR_FRAMES];
  int n = backtrace (addresses, MVX_LOG_PROCESSOR_ERROR_FRAMES);
  GVariantBuilder list;
  gboolean inside = TRUE;
  guint kept = 0;
  Dl_info own;

  if (dladdr ((gconstpointer) mvx_log_processor_error, &own) == 0)
    return NULL;
  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (int i = 0; i < n && kept < self->max_frames; i++)
    {
      Dl_info info;

      if (dladdr (addresses[i], &info) == 0)
        continue;
      inside = inside && info.dli_fbase == own.dli_fbase
               && (info.dli_sname == NULL || g_str_has_prefix (info.dli_sname, "mvx_log_"));
      if (inside)
        continue;
      mvx_log_processor_error_add_frame (&list, addresses[i], &info);
      kept++;
    }
  return g_variant_builder_end (&list);
}
#else
static GVariant *
mvx_log_processor_error_backtrace (const MvxLogProcessorError *self)
{
  return NULL;
}
#endif

/* The items of the first link, then the other links as a list. Returns how many items there are. */
static guint32
mvx_log_processor_error_add_chain (MvxLogBuffer *buffer, const MvxLogValue *chain)
{
  const guint8 *end = chain->u.bytes + chain->size;
  const guint8 *p = chain->u.bytes + 4;
  guint32 n_links = mvx_log_load32 (chain->u.bytes);
  guint32 head[2];
  MvxLogItem link;

  if (n_links == 0)
    return 0;
  p = mvx_log_item_decode (&link, FALSE, p);
  mvx_log_buffer_append (buffer, link.value + 8, link.size - 8);
  if (n_links == 1)
    return mvx_log_load32 (link.value + 4);
  mvx_log_encode_key (buffer, MVX_LOG_TYPE_LIST, "causes", 6);
  head[0] = (guint32) (end - p) + 4;
  head[1] = n_links - 1;
  mvx_log_buffer_append (buffer, head, sizeof head);
  mvx_log_buffer_append (buffer, p, (gsize) (end - p));
  return mvx_log_load32 (link.value + 4) + 1;
}

gboolean
mvx_log_processor_error (MvxLogDraft *draft, gpointer data, GError **error)
{
  const MvxLogProcessorError *self = data;
  MvxLogBuffer buffer = MVX_LOG_BUFFER_INIT;
  g_autoptr (GVariant) backtrace = NULL;
  MvxLogField field = { "backtrace", MVX_LOG_KIND_VARIANT, -1, { 0 }, 0 };
  MvxLogValue value;
  guint32 n_items;
  guint i = 0;

  while (mvx_log_draft_get_nth (draft, i, &value) && value.type != MVX_LOG_TYPE_ERROR)
    i++;
  if (i == mvx_log_draft_get_n_fields (draft))
    return TRUE;
  if (self->backtrace && (backtrace = mvx_log_processor_error_backtrace (self)) != NULL)
    field.value.p = g_variant_ref_sink (backtrace);
  mvx_log_buffer_append (&buffer, "\0\0\0\0\0\0\0\0", 8);
  n_items = mvx_log_processor_error_add_chain (&buffer, &value);
  if (backtrace)
    {
      mvx_log_payload_encode_field (&buffer, &field, &mvx_log_limits_none);
      n_items++;
    }
  mvx_log_store32 (buffer.data, (guint32) buffer.len - 4);
  mvx_log_store32 (buffer.data + 4, n_items);
  mvx_log_draft_replace (draft, mvx_log_draft_nth (draft, i), MVX_LOG_TYPE_MAP, buffer.data, buffer.len);
  mvx_log_draft_rename (draft, mvx_log_draft_get_nth (draft, i, NULL), MVX_LOG_PROCESSOR_ERROR_KEY);
  mvx_log_buffer_clear (&buffer);
  return TRUE;
}
