/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "testing/test-hooks-private.h"

const MvxLogTestingHooks *
mvx_log_test_hooks (void)
{
  const MvxLogTestingHooks *hooks = mvx_log_testing_hooks_ ();

  if (G_UNLIKELY (hooks->size != sizeof *hooks))
    g_error ("libmvxlog-test-1 is of version " MVX_LOG_VERSION_S ", libmvxlog-1 is not; install both from one release");
  return hooks;
}
