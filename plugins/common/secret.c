/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "secret.h"

#include <string.h>

char *
mvx_secret_read (const char *path, const char *who, GError **error)
{
  char *secret;
  gsize size;
  gsize length;

  if (!g_file_get_contents (path, &secret, &size, error))
    {
      g_prefix_error (error, "Cannot read the password for %s: ", who);
      return NULL;
    }
  length = strcspn (secret, "\r\n");
  /* What is behind the first line may be one of yesterday. */
  explicit_bzero (secret + length, size - length);
  return secret;
}

void
mvx_secret_free (char *secret)
{
  if (secret)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}
