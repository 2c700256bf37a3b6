/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lines are to look like, percent style and, behind a first byte '{', brace style: refused with a reason, or one
 * line for one event. */
#include "fuzz.h"

#include "../render-fixture.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const MvxLogField fields[] = { FIELD_STRING ("a", "x\ny"), FIELD_INT ("n", -5) };
  g_autofree char *text = size > 0 ? g_strndup ((const char *) data + 1, size - 1) : NULL;
  const char *format = size > 0 && *data == '{' ? "template" : "pattern";
  const char *const settings[] = { format, text, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogRenderer) renderer = NULL;
  g_autoptr (MvxLogEvent) event = NULL;
  g_autofree char *line = NULL;

  if (text == NULL)
    return 0;
  renderer = mvx_log_renderer_new (format, settings, &error);
  if (renderer == NULL)
    {
      g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_TEMPLATE);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  event = fixture_event ((Fixture){ .context = "org.example",
                                    .message = "a\r\nb",
                                    .name = "n",
                                    .entity = "e",
                                    .file = "f.c",
                                    .line = "7",
                                    .function = "f",
                                    .fields = fields,
                                    .n_fields = 2,
                                    .seq = 3 });
  line = fixture_line (renderer, event);
  for (const char *p = line; *p; p = g_utf8_next_char (p))
    g_assert_true (*p == '\t' || !g_unichar_iscntrl (g_utf8_get_char (p)));
  return 0;
}
