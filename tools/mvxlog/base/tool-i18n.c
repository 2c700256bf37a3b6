/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tool-i18n.h"

#include <locale.h>

void
mvx_tool_i18n_init (void)
{
#ifdef MVX_LOG_LOCALE_DIR
  setlocale (LC_MESSAGES, "");
  bindtextdomain (GETTEXT_PACKAGE, MVX_LOG_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
#endif
}
