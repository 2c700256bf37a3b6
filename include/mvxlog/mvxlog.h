/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything a program or a plugin needs. */
#pragma once

#define MVX_LOG_INSIDE

#include <mvxlog/async-sink.h>
#include <mvxlog/batch.h>
#include <mvxlog/buffer.h>
#include <mvxlog/callsite.h>
#include <mvxlog/catch.h>
#include <mvxlog/context.h>
#include <mvxlog/delivery.h>
#include <mvxlog/descriptor.h>
#include <mvxlog/draft.h>
#include <mvxlog/emergency.h>
#include <mvxlog/error.h>
#include <mvxlog/event-id.h>
#include <mvxlog/event.h>
#include <mvxlog/facade.h>
#include <mvxlog/fork.h>
#include <mvxlog/function-sink.h>
#include <mvxlog/glib-writer.h>
#include <mvxlog/gstreamer.h>
#include <mvxlog/head.h>
#include <mvxlog/inspect.h>
#include <mvxlog/ledger.h>
#include <mvxlog/invocation.h>
#include <mvxlog/level.h>
#include <mvxlog/log-lists.h>
#include <mvxlog/log-macros.h>
#include <mvxlog/log-values.h>
#include <mvxlog/log.h>
#include <mvxlog/logged-error.h>
#include <mvxlog/memory.h>
#include <mvxlog/operation.h>
#include <mvxlog/option-spec.h>
#include <mvxlog/options.h>
#include <mvxlog/payload.h>
#include <mvxlog/pieces.h>
#include <mvxlog/plugin-abi.h>
#include <mvxlog/policy.h>
#include <mvxlog/processor.h>
#include <mvxlog/recover.h>
#include <mvxlog/renderer.h>
#include <mvxlog/rendering.h>
#include <mvxlog/scope.h>
#include <mvxlog/sender.h>
#include <mvxlog/shaping.h>
#include <mvxlog/sink.h>
#include <mvxlog/span.h>
#include <mvxlog/task.h>
#include <mvxlog/traceparent.h>
#include <mvxlog/types.h>
#include <mvxlog/value.h>
#include <mvxlog/version.h>

#undef MVX_LOG_INSIDE
