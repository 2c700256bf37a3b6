/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/utf8-private.h"

/* What the second byte may be after @lead, and how many bytes follow in all; 0 if @lead starts nothing. */
static guint
mvx_log_utf8_lead (guint8 lead, guint8 *low, guint8 *high)
{
  *low = 0x80;
  *high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf)
    return 1;
  if (lead >= 0xe0 && lead <= 0xef)
    {
      if (lead == 0xe0)
        *low = 0xa0; /* shorter forms exist */
      else if (lead == 0xed)
        *high = 0x9f; /* surrogates */
      return 2;
    }
  if (lead >= 0xf0 && lead <= 0xf4)
    {
      if (lead == 0xf0)
        *low = 0x90;
      else if (lead == 0xf4)
        *high = 0x8f; /* behind U+10FFFF */
      return 3;
    }
  return 0;
}

guint
mvx_log_utf8_next (const guint8 *p, gsize left, gunichar *c)
{
  guint8 low;
  guint8 high;
  guint n;

  if (*p < 0x80)
    {
      *c = *p;
      return 1;
    }
  n = mvx_log_utf8_lead (*p, &low, &high);
  *c = n == 0 ? MVX_LOG_UTF8_INVALID : *p & (0x3fu >> n);
  for (guint i = 1; i <= n; i++)
    {
      if (i >= left || p[i] < low || p[i] > high)
        {
          *c = MVX_LOG_UTF8_INVALID;
          return i;
        }
      *c = (*c << 6) | (p[i] & 0x3f);
      low = 0x80;
      high = 0xbf;
    }
  return n + 1;
}
