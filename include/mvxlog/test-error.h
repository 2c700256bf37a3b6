/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

/**
 * MvxLogTestError:
 * @MVX_LOG_TEST_ERROR_NOT_EXPECTED: something else was logged than was expected
 * @MVX_LOG_TEST_ERROR_AS_TOLD: a sink did what the test told it to
 * @MVX_LOG_TEST_ERROR_CONTRACT: a plugin broke its contract
 * @MVX_LOG_TEST_ERROR_NOT_THERE: the plugin has no such function
 *
 * Errors of the test helpers.
 *
 * Since: 1.0
 */
typedef enum
{
  MVX_LOG_TEST_ERROR_NOT_EXPECTED = 1,
  MVX_LOG_TEST_ERROR_AS_TOLD,
  MVX_LOG_TEST_ERROR_CONTRACT,
  MVX_LOG_TEST_ERROR_NOT_THERE
} MvxLogTestError;

#define MVX_LOG_TEST_ERROR (mvx_log_test_error_quark ())

MVX_LOG_AVAILABLE_IN_1_0
GQuark mvx_log_test_error_quark (void);

G_END_DECLS
