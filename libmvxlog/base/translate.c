/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libintl.h>

#include "base/translate-private.h"

const char *
mvx_log_translate (const char *text)
{
  static gsize bound;

  if (g_once_init_enter (&bound))
    {
      bindtextdomain (GETTEXT_PACKAGE, MVX_LOG_LOCALE_DIR);
      bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
      g_once_init_leave (&bound, 1);
    }
  return g_dgettext (GETTEXT_PACKAGE, text);
}
