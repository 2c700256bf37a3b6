/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much of a long test to run. Sanitizers and valgrind make everything ten to fifty times slower, and bring memory
 * and system calls of their own. */
#pragma once

#include <glib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TEST_SIZE_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TEST_SIZE_SANITIZED 1
#endif

/* tools/dev valgrind sets the variable. */
G_GNUC_UNUSED static gboolean
test_size_is_slow (void)
{
#ifdef TEST_SIZE_SANITIZED
  return TRUE;
#else
  return g_getenv ("MVXLOG_TEST_SLOW") != NULL;
#endif
}

G_GNUC_UNUSED static guint
test_size (guint full, guint slow)
{
  return test_size_is_slow () ? slow : full;
}
