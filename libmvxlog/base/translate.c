/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libintl.h>

#include "base/translate-private.h"

const char *
mvx_log_translate (const char *text)
{
  static gint bound; /* no other data depends on it, and twice does no harm: a child that was forked may not wait */

  if (!g_atomic_int_get (&bound))
    {
      bindtextdomain (GETTEXT_PACKAGE, MVX_LOG_LOCALE_DIR);
      bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
      g_atomic_int_set (&bound, TRUE);
    }
  return g_dgettext (GETTEXT_PACKAGE, text);
}
