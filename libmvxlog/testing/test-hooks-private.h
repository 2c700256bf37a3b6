/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "front/testing-private.h"

G_BEGIN_DECLS

/* The inside of the libmvxlog that this runs with; ends the program if that is another version. */
const MvxLogTestingHooks *mvx_log_test_hooks (void);

G_END_DECLS
