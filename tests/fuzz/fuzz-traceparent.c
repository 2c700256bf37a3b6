/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Headers of traces: refused, or written again they mean the same. */
#include "fuzz.h"

#include <mvxlog/error.h>
#include <mvxlog/traceparent.h>

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *written = NULL;
  g_autoptr (GError) error = NULL;
  MvxLogTraceparent first;
  MvxLogTraceparent second;

  if (!mvx_log_traceparent_parse (text, &first, &error))
    {
      g_assert_nonnull (error);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  written = mvx_log_traceparent_format (&first);
  g_assert_cmpuint (strlen (written), ==, 55);
  g_assert_true (mvx_log_traceparent_parse (written, &second, &error));
  g_assert_cmpstr (first.trace_id, ==, second.trace_id);
  g_assert_cmpstr (first.span_id, ==, second.span_id);
  g_assert_cmpuint (first.flags, ==, second.flags);
  return 0;
}
