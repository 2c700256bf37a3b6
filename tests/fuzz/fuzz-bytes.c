/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events as other processes send them: what is taken can be looked at, rendered, and sent on as it is. */
#include "fuzz.h"

#include <mvxlog/sender.h>

#include "../render-fixture.h"

static void
render_all (const MvxLogEvent *event)
{
  const char *const *names = mvx_log_renderer_get_names ();

  for (guint i = 0; names[i]; i++)
    {
      g_autoptr (MvxLogRenderer) renderer = fixture_renderer (names[i], NULL);
      g_autofree char *line = fixture_line (renderer, event);

      g_assert_nonnull (line);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (MvxLogEvent) event = mvx_log_event_new_from_bytes (bytes, &error);
  g_autoptr (GBytes) again = NULL;
  MvxLogSender sender;

  if (event == NULL)
    {
      g_assert_error (error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_RECORD);
      return 0;
    }
  g_assert_no_error (error);
  g_free (record_fields_to_string (event));
  g_assert_true (mvx_log_event_get_sender (event, &sender));
  render_all (event);
  again = mvx_log_event_to_bytes (event, 1);
  g_assert_true (g_bytes_equal (bytes, again));
  return 0;
}
