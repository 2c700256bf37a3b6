/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__ELF__) && defined(__linux__)
#include <elf.h>
#include <link.h>
#define MVX_LOG_IMAGE_IS_ELF 1
#endif

#include <mvxlog/error.h>

#include "plugin/image-private.h"

#ifdef MVX_LOG_IMAGE_IS_ELF

/* End of the last byte that the loader will map from the file; 0 if the headers cannot be read. */
static guint64
mvx_log_image_end (int fd, const ElfW (Ehdr) * header)
{
  guint64 end = header->e_phoff + (guint64) header->e_phnum * sizeof (ElfW (Phdr));

  for (guint i = 0; i < header->e_phnum; i++)
    {
      ElfW (Phdr) segment;
      guint64 offset = header->e_phoff + (guint64) i * sizeof segment;

      if (pread (fd, &segment, sizeof segment, (off_t) offset) != (gssize) sizeof segment)
        return end;
      if (segment.p_type == PT_LOAD && segment.p_offset <= G_MAXINT64 && segment.p_filesz <= G_MAXINT64)
        end = MAX (end, (guint64) segment.p_offset + (guint64) segment.p_filesz);
    }
  return end;
}

static gboolean
mvx_log_image_is_native (int fd, ElfW (Ehdr) * header)
{
  return pread (fd, header, sizeof *header, 0) == (gssize) sizeof *header
         && memcmp (header->e_ident, ELFMAG, SELFMAG) == 0
         && header->e_ident[EI_CLASS] == (sizeof (gpointer) == 8 ? ELFCLASS64 : ELFCLASS32)
         && header->e_phentsize == sizeof (ElfW (Phdr));
}

gboolean
mvx_log_image_check (const char *path, GError **error)
{
  ElfW (Ehdr) header;
  struct stat info;
  guint64 end = 0;
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

  if (fd < 0)
    return TRUE;
  if (fstat (fd, &info) == 0 && mvx_log_image_is_native (fd, &header))
    end = mvx_log_image_end (fd, &header);
  close (fd);
  if (end == 0 || (guint64) info.st_size >= end)
    return TRUE;
  g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_LOAD_FAILED,
               "Cannot load plugin '%s': the file is cut off, it has %" G_GINT64_FORMAT
               " of at least %" G_GUINT64_FORMAT " bytes; install it again",
               path, (gint64) info.st_size, end);
  return FALSE;
}

#else

gboolean
mvx_log_image_check (const char *path, GError **error)
{
  return TRUE;
}

#endif
