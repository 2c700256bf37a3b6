/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Policies that count, each with its own keys. */
#include "config/check-private.h"

#define MVX_LOG_CHECK_COUNT_MAX (G_GINT64_CONSTANT (1) << 21)
#define MVX_LOG_CHECK_INTERVAL_MAX (G_GINT64_CONSTANT (366) * 86400 * G_USEC_PER_SEC)

enum
{
  MVX_LOG_CHECK_BURST,
  MVX_LOG_CHECK_FIRST,
  MVX_LOG_CHECK_EVERY,
  MVX_LOG_CHECK_INTERVAL
};

static const MvxLogOptionSpec mvx_log_check_throttle_specs[] = {
  { "burst",
    MVX_LOG_OPTION_INT64,
    0,
    NULL,
    1,
    MVX_LOG_CHECK_COUNT_MAX - 1,
    NULL,
    "Events in an interval",
    { NULL, NULL } },
  { "first", MVX_LOG_OPTION_INT64, 0, NULL, 0, MVX_LOG_CHECK_COUNT_MAX - 1, NULL, "Events at first", { NULL, NULL } },
  { "every",
    MVX_LOG_OPTION_INT64,
    0,
    NULL,
    0,
    MVX_LOG_CHECK_COUNT_MAX - 1,
    NULL,
    "Then every which one",
    { NULL, NULL } },
  { "interval",
    MVX_LOG_OPTION_DURATION,
    0,
    NULL,
    1000,
    MVX_LOG_CHECK_INTERVAL_MAX,
    NULL,
    "Time that is counted over",
    { NULL, NULL } },
};

static const char *const mvx_log_check_rate_keys[] = { "type", "burst", "interval", "field", NULL };
static const char *const mvx_log_check_sample_keys[] = { "type", "first", "every", "interval", NULL };
static const char *const mvx_log_check_repeat_keys[] = { "type", "interval", NULL };

/* What is missing and has no @fallback, or is wrong, is reported and clears @ok. */
static gint64
mvx_log_check_throttle_value (MvxLogCheck *check,
                              const MvxLogConfigGroup *group,
                              guint which,
                              gint64 fallback,
                              const char *example,
                              gboolean *ok)
{
  const MvxLogOptionSpec *spec = &mvx_log_check_throttle_specs[which];
  g_autoptr (GVariant) value = NULL;

  if (mvx_log_config_group_find (group, spec->name) == NULL)
    {
      if (example)
        mvx_log_problems_add (check->problems, &group->at, group->name, spec->name,
                              "missing; write for example '%s=%s'", spec->name, example);
      *ok = *ok && example == NULL;
      return fallback;
    }
  value = mvx_log_check_parse (check, group, spec);
  *ok = *ok && value != NULL;
  return value ? g_variant_get_int64 (value) : fallback;
}

static MvxLogEventPolicy *
mvx_log_check_rate_limit (MvxLogCheck *check, const MvxLogConfigGroup *group, GError **error)
{
  gboolean ok = TRUE;
  gint64 burst = mvx_log_check_throttle_value (check, group, MVX_LOG_CHECK_BURST, 0, "10", &ok);
  gint64 interval = mvx_log_check_throttle_value (check, group, MVX_LOG_CHECK_INTERVAL, 0, "1s", &ok);
  g_autofree char *field = mvx_log_check_text (check, group, "field");

  mvx_log_check_keys (check, group, mvx_log_check_rate_keys);
  if (!ok)
    return NULL;
  return field ? mvx_log_field_limit_policy_new (field, (guint) burst, interval, error)
               : mvx_log_rate_limit_policy_new ((guint) burst, interval, error);
}

static MvxLogEventPolicy *
mvx_log_check_sample (MvxLogCheck *check, const MvxLogConfigGroup *group, GError **error)
{
  gboolean ok = TRUE;
  gint64 first = mvx_log_check_throttle_value (check, group, MVX_LOG_CHECK_FIRST, 0, "100", &ok);
  gint64 every = mvx_log_check_throttle_value (check, group, MVX_LOG_CHECK_EVERY, 0, "100", &ok);
  gint64 interval = mvx_log_check_throttle_value (check, group, MVX_LOG_CHECK_INTERVAL, 0, NULL, &ok);

  mvx_log_check_keys (check, group, mvx_log_check_sample_keys);
  return ok ? mvx_log_sampling_policy_new ((guint) first, (guint) every, interval, error) : NULL;
}

static MvxLogEventPolicy *
mvx_log_check_repeat (MvxLogCheck *check, const MvxLogConfigGroup *group, GError **error)
{
  gboolean ok = TRUE;
  gint64 interval = mvx_log_check_throttle_value (check, group, MVX_LOG_CHECK_INTERVAL, 0, "30s", &ok);

  mvx_log_check_keys (check, group, mvx_log_check_repeat_keys);
  return ok ? mvx_log_repeat_policy_new (interval, error) : NULL;
}

void
mvx_log_check_throttle (MvxLogCheck *check, const MvxLogConfigGroup *group, MvxLogPlanPolicy *policy)
{
  static MvxLogEventPolicy *(*const funcs[]) (MvxLogCheck * check, const MvxLogConfigGroup *group, GError **error)
      = { [MVX_LOG_PLAN_RATE_LIMIT] = mvx_log_check_rate_limit,
          [MVX_LOG_PLAN_SAMPLE] = mvx_log_check_sample,
          [MVX_LOG_PLAN_REPEAT] = mvx_log_check_repeat };
  g_autoptr (GError) error = NULL;

  policy->policy = funcs[policy->type](check, group, &error);
  if (error)
    mvx_log_problems_add (check->problems, &group->at, group->name, NULL, "%s", error->message);
}
