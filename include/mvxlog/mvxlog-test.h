/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For tests of programs that log and of plugins: pkg-config mvxlog-test-1. docs/TESTING.md tells how. */
#pragma once

#include <mvxlog/mvxlog.h>

#define MVX_LOG_INSIDE

#include <mvxlog/test-capture.h>
#include <mvxlog/test-error.h>
#include <mvxlog/test-host.h>
#include <mvxlog/test-sink.h>

#undef MVX_LOG_INSIDE
