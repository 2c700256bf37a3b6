/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "event/hexid-private.h"

gboolean
mvx_log_hex_id (char *id, const char *text, guint digits)
{
  gboolean zero = TRUE;
  guint i;

  for (i = 0; i < digits && g_ascii_isxdigit (text[i]); i++)
    {
      id[i] = g_ascii_tolower (text[i]);
      zero = zero && text[i] == '0';
    }
  id[i] = '\0';
  return i == digits && text[i] == '\0' && !zero;
}

gboolean
mvx_log_hex_id128 (char *id, const char *text)
{
  char digits[MVX_LOG_EVENT_ID_DIGITS + 1];
  gsize n = 0;

  if (strnlen (text, 37) != 36)
    return mvx_log_hex_id (id, text, MVX_LOG_EVENT_ID_DIGITS);
  for (guint i = 0; i < 36; i++)
    {
      gboolean dash = i == 8 || i == 13 || i == 18 || i == 23;

      if ((text[i] == '-') != dash)
        return FALSE;
      if (!dash)
        digits[n++] = text[i];
    }
  digits[n] = '\0';
  return mvx_log_hex_id (id, digits, MVX_LOG_EVENT_ID_DIGITS);
}

void
mvx_log_hex_id_random (char *id, guint digits)
{
  guint8 bytes[MVX_LOG_TRACE_ID_DIGITS / 2];

  g_assert (digits <= MVX_LOG_TRACE_ID_DIGITS);
  /* Fails only in a kernel that has no such call. */
  if (getentropy (bytes, sizeof bytes) != 0)
    for (guint i = 0; i < sizeof bytes; i++)
      bytes[i] = (guint8) g_random_int_range (0, 256);
  bytes[0] |= 1; /* never all zero */
  for (guint i = 0; i < digits; i++)
    id[i] = "0123456789abcdef"[i & 1 ? bytes[i / 2] & 0xf : bytes[i / 2] >> 4];
  id[digits] = '\0';
}
