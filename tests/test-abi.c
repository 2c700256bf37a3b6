/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What programs and plugins have compiled in: sizes, places of members, values. On 64-bit machines. A line that has to
 * change breaks every plugin there is: that is a new major version of the plugin ABI, or of the library. */
#include <mvxlog/mvxlog.h>

#define ABI_SIZE(type, size)                                                                                           \
  {                                                                                                                    \
#type, sizeof(type), (size)                                                                                        \
  }
#define ABI_PLACE(type, member, place)                                                                                 \
  {                                                                                                                    \
#type "." #member, G_STRUCT_OFFSET(type, member), (place)                                                          \
  }
#define ABI_VALUE(name, value)                                                                                         \
  {                                                                                                                    \
#name, (gsize) (name), (value)                                                                                     \
  }

typedef struct
{
  const char *name;
  gsize found;
  gsize wanted;
} Row;

static const Row abi_sizes[] = {
  ABI_SIZE (MvxLogArg, 8),
  ABI_SIZE (MvxLogAsyncSinkClass, 240),
  ABI_SIZE (MvxLogBuffer, 24),
  ABI_SIZE (MvxLogCallsiteInfo, 48),
  ABI_SIZE (MvxLogCatch, 24),
  ABI_SIZE (MvxLogCounters, 800),
  ABI_SIZE (MvxLogErrorMatch, 8),
  ABI_SIZE (MvxLogEventId, 24),
  ABI_SIZE (MvxLogEventInit, 144),
  ABI_SIZE (MvxLogEventMeta, 56),
  ABI_SIZE (MvxLogEventPolicyInterface, 64),
  ABI_SIZE (MvxLogField, 32),
  ABI_SIZE (MvxLogFieldArray, 16),
  ABI_SIZE (MvxLogFieldIter, 24),
  ABI_SIZE (MvxLogHandle, 24),
  ABI_SIZE (MvxLogHead, 16),
  ABI_SIZE (MvxLogLimits, 20),
  ABI_SIZE (MvxLogNode, 8),
  ABI_SIZE (MvxLogOptionSpec, 72),
  ABI_SIZE (MvxLogPatternRule, 56),
  ABI_SIZE (MvxLogPayloadProviderInterface, 56),
  ABI_SIZE (MvxLogPlugin, 184),
  ABI_SIZE (MvxLogProcessorInterface, 56),
  ABI_SIZE (MvxLogSinkInterface, 120),
  ABI_SIZE (MvxLogStaticPlugin, 32),
  ABI_SIZE (MvxLogTraceparent, 51),
  ABI_SIZE (MvxLogValue, 16),
  ABI_SIZE (MvxLogValueIter, 24),
};

static const Row abi_places[] = {
  ABI_PLACE (MvxLogPlugin, magic, 0),
  ABI_PLACE (MvxLogPlugin, abi, 4),
  ABI_PLACE (MvxLogPlugin, struct_size, 8),
  ABI_PLACE (MvxLogPlugin, flags, 12),
  ABI_PLACE (MvxLogPlugin, name, 16),
  ABI_PLACE (MvxLogPlugin, version, 24),
  ABI_PLACE (MvxLogPlugin, summary, 32),
  ABI_PLACE (MvxLogPlugin, licence, 40),
  ABI_PLACE (MvxLogPlugin, origin, 48),
  ABI_PLACE (MvxLogPlugin, options, 56),
  ABI_PLACE (MvxLogPlugin, destroy, 64),
  ABI_PLACE (MvxLogPlugin, on_starting, 72),
  ABI_PLACE (MvxLogPlugin, on_stopped, 80),
  ABI_PLACE (MvxLogPlugin, flush, 88),
  ABI_PLACE (MvxLogPlugin, reopen, 96),
  ABI_PLACE (MvxLogPlugin, probe, 104),
  ABI_PLACE (MvxLogPlugin, reconfigure, 112),
  ABI_PLACE (MvxLogPlugin, reserved, 120),
  ABI_PLACE (MvxLogOptionSpec, name, 0),
  ABI_PLACE (MvxLogOptionSpec, type, 8),
  ABI_PLACE (MvxLogOptionSpec, flags, 12),
  ABI_PLACE (MvxLogOptionSpec, default_text, 16),
  ABI_PLACE (MvxLogOptionSpec, min, 24),
  ABI_PLACE (MvxLogOptionSpec, max, 32),
  ABI_PLACE (MvxLogOptionSpec, choices, 40),
  ABI_PLACE (MvxLogOptionSpec, summary, 48),
  ABI_PLACE (MvxLogOptionSpec, reserved, 56),
  ABI_PLACE (MvxLogStaticPlugin, build_descriptor, 8),
  ABI_PLACE (MvxLogStaticPlugin, create, 16),
  ABI_PLACE (MvxLogStaticPlugin, dispatch_core, 24),
  ABI_PLACE (MvxLogBuffer, len, 8),
  ABI_PLACE (MvxLogValue, size, 4),
  ABI_PLACE (MvxLogValue, u, 8),
  ABI_PLACE (MvxLogField, kind, 8),
  ABI_PLACE (MvxLogField, value, 16),
};

static const Row abi_values[] = {
  ABI_VALUE (MVX_LOG_PLUGIN_MAGIC, 0x4d565850),
  ABI_VALUE (MVX_LOG_PLUGIN_MIN_SIZE, 72),
  ABI_VALUE (MVX_LOG_PLUGIN_ASYNC, 1),
  ABI_VALUE (MVX_LOG_PLUGIN_ACKNOWLEDGES, 2),
  ABI_VALUE (MVX_LOG_PLUGIN_SINGLETON, 4),
  ABI_VALUE (MVX_LOG_PLUGIN_EXCLUSIVE_RESOURCE, 8),
  ABI_VALUE (MVX_LOG_DISPATCH_FAILED, 0),
  ABI_VALUE (MVX_LOG_DISPATCH_OK, 1),
  ABI_VALUE (MVX_LOG_DISPATCH_RETRY, 2),
  ABI_VALUE (MVX_LOG_DISPATCH_DROP, 3),
  ABI_VALUE (MVX_LOG_DISPATCH_PENDING, 4),
  ABI_VALUE (MVX_LOG_OPTION_STRING, 1),
  ABI_VALUE (MVX_LOG_OPTION_BOOLEAN, 2),
  ABI_VALUE (MVX_LOG_OPTION_INT64, 3),
  ABI_VALUE (MVX_LOG_OPTION_DOUBLE, 4),
  ABI_VALUE (MVX_LOG_OPTION_ENUM, 5),
  ABI_VALUE (MVX_LOG_OPTION_DURATION, 6),
  ABI_VALUE (MVX_LOG_OPTION_SIZE, 7),
  ABI_VALUE (MVX_LOG_OPTION_STRV, 8),
  ABI_VALUE (MVX_LOG_OPTION_REQUIRED, 1),
  ABI_VALUE (MVX_LOG_OPTION_SECRET, 2),
  ABI_VALUE (MVX_LOG_OPTION_DEPRECATED, 4),
  ABI_VALUE (MVX_LOG_OPTION_RELOADABLE, 8),
  ABI_VALUE (MVX_LOG_TYPE_NULL, 0),
  ABI_VALUE (MVX_LOG_TYPE_MAP, 10),
  ABI_VALUE (MVX_LOG_KIND_NULL, 0),
  ABI_VALUE (MVX_LOG_KIND_FIELDS, 12),
  ABI_VALUE (MVX_LOG_LEVEL_TRACE, 5),
  ABI_VALUE (MVX_LOG_LEVEL_DEBUG, 10),
  ABI_VALUE (MVX_LOG_LEVEL_INFO, 20),
  ABI_VALUE (MVX_LOG_LEVEL_NOTICE, 22),
  ABI_VALUE (MVX_LOG_LEVEL_WARNING, 30),
  ABI_VALUE (MVX_LOG_LEVEL_ERROR, 40),
  ABI_VALUE (MVX_LOG_LEVEL_CRITICAL, 50),
};

static void
assert_rows (const Row *rows, guint n_rows)
{
  if (GLIB_SIZEOF_VOID_P != 8)
    {
      g_test_skip ("the table is of 64-bit machines");
      return;
    }
  for (guint i = 0; i < n_rows; i++)
    {
      g_test_message ("%s", rows[i].name);
      g_assert_cmpuint (rows[i].found, ==, rows[i].wanted);
    }
}

static void
test_sizes (void)
{
  assert_rows (abi_sizes, G_N_ELEMENTS (abi_sizes));
}

static void
test_places (void)
{
  assert_rows (abi_places, G_N_ELEMENTS (abi_places));
}

static void
test_values (void)
{
  assert_rows (abi_values, G_N_ELEMENTS (abi_values));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/abi/sizes", test_sizes);
  g_test_add_func ("/abi/places", test_places);
  g_test_add_func ("/abi/values", test_values);
  return g_test_run ();
}
