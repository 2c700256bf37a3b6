/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GLib ends a program that calls g_log() while a g_log() of the same thread is being handled, and scribbles on standard
 * error for g_log_structured(). So foreign code that would run in the caller's thread, such as a sink, runs on another one
 * while the caller waits. It acts as the caller, whose MvxLogThread it borrows: what it logs goes to the diagnostics. */
#pragma once

#include "context/compose-private.h"

G_BEGIN_DECLS

void mvx_log_glib_detour_submit (const MvxLogParts *parts);

G_END_DECLS
