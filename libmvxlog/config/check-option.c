/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Groups whose keys are options out of a table: those of sinks and processors. */
#include <string.h>

#include "config/check-private.h"
#include "sink/options-private.h"

/* The key that says which table it is, for suggestions, and all options. */
static const char **
mvx_log_check_option_keys (const char *except, MvxLogOptions *options)
{
  g_autofree const char **names = mvx_log_options_names (options);
  GPtrArray *keys = g_ptr_array_new ();

  g_ptr_array_add (keys, (gpointer) except);
  for (guint i = 0; names[i]; i++)
    g_ptr_array_add (keys, (gpointer) names[i]);
  g_ptr_array_add (keys, NULL);
  return (const char **) g_ptr_array_free (keys, FALSE);
}

static void
mvx_log_check_option (MvxLogCheck *check,
                      const MvxLogConfigGroup *group,
                      const char *who,
                      const MvxLogOptionSpec *spec,
                      MvxLogOptions *options)
{
  MvxLogConfigEntry *entry = mvx_log_config_group_find (group, spec->name);
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;

  if (entry == NULL)
    {
      if (spec->flags & MVX_LOG_OPTION_REQUIRED)
        mvx_log_problems_add (check->problems, &group->at, group->name, spec->name,
                              "missing, but the %s requires it (%s)", who, spec->summary);
      return;
    }
  value = mvx_log_check_parse (check, group, spec);
  if (value && !mvx_log_options_set_variant (options, spec->name, value, &error))
    mvx_log_check_value (check, group, entry, error->message);
}

void
mvx_log_check_options (MvxLogCheck *check, const MvxLogConfigGroup *group, const char *except, MvxLogOptions *options)
{
  g_autofree const char **keys = mvx_log_check_option_keys (except, options);
  const char *who = g_str_equal (group->kind, "sink") ? "plugin" : group->kind;

  mvx_log_check_keys (check, group, keys);
  for (guint i = 1; keys[i]; i++)
    mvx_log_check_option (check, group, who, mvx_log_options_find (options, keys[i]), options);
}

/* The option that @message begins with, as "Option 'NAME': REASON" or, from plugins, "NAME: REASON"; @reason is what
 * follows. NULL: it names none. (transfer full) */
static char *
mvx_log_check_option_named (const char *message, MvxLogOptions *options, const char **reason)
{
  const char *quoted = g_str_has_prefix (message, "Option '") ? message + strlen ("Option '") : NULL;
  const char *name = quoted ? quoted : message;
  const char *end = strstr (name, quoted ? "': " : ": ");
  g_autofree char *key = end ? g_strndup (name, (gsize) (end - name)) : NULL;

  if (key == NULL || mvx_log_options_find (options, key) == NULL)
    return NULL;
  *reason = end + (quoted ? 3 : 2);
  return g_steal_pointer (&key);
}

gboolean
mvx_log_check_option_error (MvxLogCheck *check,
                            const MvxLogConfigGroup *group,
                            MvxLogOptions *options,
                            const char *message)
{
  const char *reason;
  g_autofree char *key = mvx_log_check_option_named (message, options, &reason);
  MvxLogConfigEntry *entry = key ? mvx_log_config_group_find (group, key) : NULL;

  if (entry)
    mvx_log_check_value (check, group, entry, reason);
  else if (key)
    mvx_log_problems_add (check->problems, &group->at, group->name, key, "%s", reason);
  return key != NULL;
}
