/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Through the program headers and not the sections: those are what the loader uses, and stripping may remove the rest.
 * Every offset comes from the file and is checked before it is used. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verify/verify-elf.h"

typedef struct
{
  const guint8 *data;
  gsize size;
  const ElfW (Phdr) * segments;
  guint n_segments;

  const guint8 *symbols;
  guint64 n_symbols;
  const char *names;
  guint64 names_size;
  gboolean versioned;
} MvxVerifyElf;

/* @n bytes at an offset of the file; NULL if they are not all there, or not aligned. */
static gconstpointer
mvx_verify_elf_at (const MvxVerifyElf *elf, guint64 offset, guint64 n, gsize alignment)
{
  if (offset > elf->size || n > elf->size - offset || offset % alignment != 0)
    return NULL;
  return elf->data + offset;
}

/* The same at an address of the loaded file. */
static gconstpointer
mvx_verify_elf_loaded (const MvxVerifyElf *elf, guint64 address, guint64 n, gsize alignment)
{
  for (guint i = 0; i < elf->n_segments; i++)
    {
      const ElfW (Phdr) *segment = &elf->segments[i];
      guint64 within;

      if (segment->p_type != PT_LOAD || address < segment->p_vaddr)
        continue;
      within = address - segment->p_vaddr;
      if (within < segment->p_filesz && n <= segment->p_filesz - within && segment->p_offset <= elf->size)
        return mvx_verify_elf_at (elf, segment->p_offset + within, n, alignment);
    }
  return NULL;
}

static gboolean
mvx_verify_elf_read_header (MvxVerifyElf *elf)
{
  const ElfW (Ehdr) *header = mvx_verify_elf_at (elf, 0, sizeof *header, 1);

  if (header == NULL || memcmp (header->e_ident, ELFMAG, SELFMAG) != 0
      || header->e_ident[EI_CLASS] != (sizeof (gpointer) == 8 ? ELFCLASS64 : ELFCLASS32)
      || header->e_ident[EI_DATA] != (G_BYTE_ORDER == G_LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB)
      || header->e_phentsize != sizeof (ElfW (Phdr)))
    return FALSE;
  elf->n_segments = header->e_phnum;
  elf->segments = mvx_verify_elf_at (elf, header->e_phoff, (guint64) elf->n_segments * sizeof (ElfW (Phdr)),
                                     G_ALIGNOF (ElfW (Phdr)));
  return elf->segments != NULL;
}

/* The GNU hash table has no count: the last chain ends it. */
static guint64
mvx_verify_elf_count_gnu (const MvxVerifyElf *elf, guint64 address)
{
  const guint32 *head = mvx_verify_elf_loaded (elf, address, 16, 4);
  const guint32 *buckets;
  guint64 chains;
  guint32 last = 0;

  if (head == NULL)
    return 0;
  address += 16 + (guint64) head[2] * sizeof (ElfW (Addr));
  buckets = mvx_verify_elf_loaded (elf, address, (guint64) head[0] * 4, 4);
  for (guint32 i = 0; buckets && i < head[0]; i++)
    last = MAX (last, buckets[i]);
  if (buckets == NULL || last < head[1])
    return head[1]; /* nothing is exported */
  chains = address + (guint64) head[0] * 4;
  while (TRUE)
    {
      const guint32 *hash = mvx_verify_elf_loaded (elf, chains + ((guint64) last - head[1]) * 4, 4, 4);

      if (hash == NULL)
        return 0;
      last++;
      if (*hash & 1)
        return last;
    }
}

static gboolean
mvx_verify_elf_read_dynamic (MvxVerifyElf *elf, const ElfW (Dyn) * entries, gsize n_entries)
{
  guint64 symbols = 0;
  guint64 names = 0;
  guint64 hash = 0;
  guint64 gnu_hash = 0;
  const guint32 *head;

  for (gsize i = 0; i < n_entries && entries[i].d_tag != DT_NULL; i++)
    switch (entries[i].d_tag)
      {
      case DT_SYMTAB:
        symbols = entries[i].d_un.d_ptr;
        break;
      case DT_STRTAB:
        names = entries[i].d_un.d_ptr;
        break;
      case DT_STRSZ:
        elf->names_size = entries[i].d_un.d_val;
        break;
      case DT_HASH:
        hash = entries[i].d_un.d_ptr;
        break;
      case DT_GNU_HASH:
        gnu_hash = entries[i].d_un.d_ptr;
        break;
      case DT_VERDEF:
        elf->versioned = TRUE;
        break;
      default:
        break;
      }
  head = hash ? mvx_verify_elf_loaded (elf, hash, 8, 4) : NULL;
  elf->n_symbols = head ? head[1] : mvx_verify_elf_count_gnu (elf, gnu_hash);
  elf->symbols = mvx_verify_elf_loaded (elf, symbols, elf->n_symbols * sizeof (ElfW (Sym)), G_ALIGNOF (ElfW (Sym)));
  elf->names = mvx_verify_elf_loaded (elf, names, elf->names_size, 1);
  return elf->symbols && elf->names && elf->names_size > 0 && elf->names[elf->names_size - 1] == '\0';
}

static gboolean
mvx_verify_elf_find_dynamic (MvxVerifyElf *elf)
{
  for (guint i = 0; i < elf->n_segments; i++)
    if (elf->segments[i].p_type == PT_DYNAMIC)
      {
        gconstpointer entries
            = mvx_verify_elf_at (elf, elf->segments[i].p_offset, elf->segments[i].p_filesz, G_ALIGNOF (ElfW (Dyn)));

        return entries && mvx_verify_elf_read_dynamic (elf, entries, elf->segments[i].p_filesz / sizeof (ElfW (Dyn)));
      }
  return FALSE;
}

static gint
mvx_verify_elf_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* AddressSanitizer marks each object of a module with one, whatever the version script says. */
static gboolean
mvx_verify_elf_is_mark (const char *name)
{
  return g_str_has_prefix (name, "__odr_asan.");
}

static char **
mvx_verify_elf_collect (const MvxVerifyElf *elf)
{
  GPtrArray *found = g_ptr_array_new ();
  const ElfW (Sym) *symbols = (const ElfW (Sym) *) (gconstpointer) elf->symbols;

  for (guint64 i = 0; i < elf->n_symbols; i++)
    {
      guint binding = ELF64_ST_BIND (symbols[i].st_info);
      guint visibility = ELF64_ST_VISIBILITY (symbols[i].st_other);

      if (symbols[i].st_shndx != SHN_UNDEF && binding != STB_LOCAL
          && (visibility == STV_DEFAULT || visibility == STV_PROTECTED) && symbols[i].st_name < elf->names_size
          && !mvx_verify_elf_is_mark (elf->names + symbols[i].st_name))
        g_ptr_array_add (found, g_strdup (elf->names + symbols[i].st_name));
    }
  g_ptr_array_sort (found, mvx_verify_elf_compare);
  g_ptr_array_add (found, NULL);
  return (char **) g_ptr_array_free (found, FALSE);
}

/* Without waiting for whoever might write to a FIFO. */
static GMappedFile *
mvx_verify_elf_open (const char *path, char **reason)
{
  g_autoptr (GError) error = NULL;
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  GMappedFile *file = NULL;
  struct stat info;

  if (fd < 0 || fstat (fd, &info) != 0)
    *reason = g_strdup_printf ("it cannot be opened: %s", g_strerror (errno));
  else if (!S_ISREG (info.st_mode))
    *reason = g_strdup ("it is not a regular file");
  else if ((file = g_mapped_file_new_from_fd (fd, FALSE, &error)) == NULL)
    *reason = g_strdup_printf ("it cannot be read: %s", error->message);
  if (fd >= 0)
    close (fd);
  return file;
}

char **
mvx_verify_elf_exports (const char *path, gboolean *versioned, char **reason)
{
  g_autoptr (GMappedFile) file = mvx_verify_elf_open (path, reason);
  MvxVerifyElf elf = { 0 };

  if (file == NULL)
    return NULL;
  elf.data = (const guint8 *) g_mapped_file_get_contents (file);
  elf.size = g_mapped_file_get_length (file);
  if (elf.data == NULL || !mvx_verify_elf_read_header (&elf))
    *reason = g_strdup ("it is no shared object for this machine");
  else if (!mvx_verify_elf_find_dynamic (&elf))
    *reason = g_strdup ("it is cut off, or no shared object: it has no table of dynamic symbols");
  else
    {
      *versioned = elf.versioned;
      return mvx_verify_elf_collect (&elf);
    }
  return NULL;
}
