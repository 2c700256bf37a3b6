/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-name.h"

#include <stdio.h>
#include <string.h>

#define MVX_FILE_NAME_STAMP_SIZE 17 /* ".20261128-183500Z" without its end */

/* Where the extension of a base name begins; a dot in front makes a hidden file, not an extension. */
static gsize
mvx_file_name_stem_length (const char *base)
{
  const char *dot = strrchr (base, '.');

  return dot && dot != base ? (gsize) (dot - base) : strlen (base);
}

char *
mvx_file_name_make (const char *path, gint64 time_us, guint n)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (path);
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autofree char *stamp = g_date_time_format (time, "%Y%m%d-%H%M%SZ");
  gsize stem = mvx_file_name_stem_length (base);
  g_autofree char *name = g_strdup_printf ("%.*s.%s.%u%s", (int) stem, base, stamp, n, base + stem);

  return g_build_filename (directory, name, NULL);
}

/* ".20261128-183500Z" */
static gboolean
mvx_file_name_parse_stamp (const char *text, gint64 *time_us)
{
  static const char form[] = ".dddddddd-ddddddZ";
  g_autoptr (GDateTime) time = NULL;
  int year, month, day, hour, minute, second;

  G_STATIC_ASSERT (sizeof form - 1 == MVX_FILE_NAME_STAMP_SIZE);
  for (guint i = 0; i < MVX_FILE_NAME_STAMP_SIZE; i++)
    if (form[i] == 'd' ? !g_ascii_isdigit (text[i]) : text[i] != form[i])
      return FALSE;
  sscanf (text, ".%4d%2d%2d-%2d%2d%2dZ", &year, &month, &day, &hour, &minute, &second);
  time = g_date_time_new_utc (year, month, day, hour, minute, second);
  if (time == NULL)
    return FALSE;
  *time_us = g_date_time_to_unix (time) * G_USEC_PER_SEC;
  return TRUE;
}

static gboolean
mvx_file_name_parse_suffix (const char *suffix, MvxFileNameKind *kind)
{
  *kind = *suffix == '\0' ? MVX_FILE_NAME_PLAIN : MVX_FILE_NAME_COMPRESSED;
  if (*suffix == '\0' || strcmp (suffix, ".gz") == 0 || strcmp (suffix, ".zst") == 0)
    return TRUE;
  *kind = MVX_FILE_NAME_PARTIAL;
  return strcmp (suffix, ".gz" MVX_FILE_NAME_PARTIAL_SUFFIX) == 0
         || strcmp (suffix, ".zst" MVX_FILE_NAME_PARTIAL_SUFFIX) == 0;
}

gboolean
mvx_file_name_parse (const char *path, const char *name, MvxFileName *parsed)
{
  g_autofree char *base = g_path_get_basename (path);
  gsize stem = mvx_file_name_stem_length (base);
  const char *extension = base + stem;
  const char *rest;
  guint64 n = 0;

  if (strncmp (name, base, stem) != 0 || !mvx_file_name_parse_stamp (name + stem, &parsed->time_us))
    return FALSE;
  rest = name + stem + MVX_FILE_NAME_STAMP_SIZE;
  if (rest[0] != '.' || rest[1] < '1' || rest[1] > '9')
    return FALSE;
  for (rest++; g_ascii_isdigit (*rest) && n < G_MAXUINT32 / 10; rest++)
    n = n * 10 + (guint) (*rest - '0');
  parsed->n = (guint) n;
  return strncmp (rest, extension, strlen (extension)) == 0
         && mvx_file_name_parse_suffix (rest + strlen (extension), &parsed->kind);
}
