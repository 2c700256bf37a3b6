/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/test-error.h>

G_DEFINE_QUARK (MvxLogTestError, mvx_log_test_error)
