/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was logged against what was expected, as a whole. */
#pragma once

#include "testing/test-match-private.h"

G_BEGIN_DECLS

MvxLogTestExpectation *mvx_log_test_expectation_new  (gint         level,
                                                      const char  *message_template,
                                                      MvxLogEvent *event); /* transfer full */
void                   mvx_log_test_expectation_free (gpointer     expectation);
/* NULL if all is well, else what is wrong. */
char                  *mvx_log_test_expect_compare   (const char  *context,
                                                      GPtrArray   *expected,
                                                      GPtrArray   *events,
                                                      gboolean     any_order,
                                                      gboolean     allow_others);

G_END_DECLS
