/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of the numbers that programs use, for renderers: found once, then a load away. */
#include <string.h>

#include "event/level-internal.h"

#define MVX_LOG_LEVEL_LABELS 64

typedef struct _MvxLogLevelLabel MvxLogLevelLabel;

struct _MvxLogLevelLabel
{
  const char *name; /* NULL for a number without one */
  const char *upper;
  gsize len;
  const MvxLogLevelLabel *former; /* what it replaced, which may still be in use */
};

/* NULL until somebody asks. Published with release or a compare-and-swap, read with acquire; never freed. */
static const MvxLogLevelLabel *mvx_log_level_labels[MVX_LOG_LEVEL_LABELS];

guint mvx_log_level_generation;

static const MvxLogLevelLabel *
mvx_log_level_make_label (gint level, const MvxLogLevelLabel *former)
{
  const MvxLogLevelName *entry = mvx_log_level_by_number (level);
  MvxLogLevelLabel *label = g_new0 (MvxLogLevelLabel, 1);

  label->former = former;
  if (entry == NULL)
    return label;
  label->name = entry->name;
  label->upper = g_ascii_strup (entry->name, -1);
  label->len = strlen (entry->name);
  return label;
}

static void
mvx_log_level_free_label (const MvxLogLevelLabel *label)
{
  g_free ((char *) label->upper);
  g_free ((gpointer) label);
}

static G_NO_INLINE const MvxLogLevelLabel *
mvx_log_level_add_label (gint level)
{
  const MvxLogLevelLabel *label = mvx_log_level_make_label (level, NULL);
  const MvxLogLevelLabel *present = NULL;

  /* What a registration has put there meanwhile is newer. */
  if (__atomic_compare_exchange_n (&mvx_log_level_labels[level], &present, label, FALSE, __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE))
    return label;
  mvx_log_level_free_label (label);
  return present;
}

static inline const MvxLogLevelLabel *
mvx_log_level_get_label (gint level)
{
  const MvxLogLevelLabel *label = __atomic_load_n (&mvx_log_level_labels[level], __ATOMIC_ACQUIRE);

  return G_LIKELY (label != NULL) ? label : mvx_log_level_add_label (level);
}

void
mvx_log_level_renew_labels (void)
{
  for (gint i = 0; i < MVX_LOG_LEVEL_LABELS; i++)
    {
      const MvxLogLevelLabel *present = __atomic_load_n (&mvx_log_level_labels[i], __ATOMIC_ACQUIRE);
      const MvxLogLevelLabel *label = mvx_log_level_make_label (i, present);

      if (present && present->name == label->name)
        mvx_log_level_free_label (label);
      else
        __atomic_store_n (&mvx_log_level_labels[i], label, __ATOMIC_RELEASE);
    }
  __atomic_add_fetch (&mvx_log_level_generation, 1, __ATOMIC_RELEASE);
}

const char *
mvx_log_level_name (gint level, gsize *len)
{
  const MvxLogLevelName *entry;

  if (G_LIKELY ((guint) level < MVX_LOG_LEVEL_LABELS))
    {
      const MvxLogLevelLabel *label = mvx_log_level_get_label (level);

      if (len)
        *len = label->len;
      return label->name;
    }
  entry = mvx_log_level_by_number (level);
  if (len)
    *len = entry ? strlen (entry->name) : 0;
  return entry ? entry->name : NULL;
}

const char *
mvx_log_level_upper_name (gint level, gsize *len)
{
  const MvxLogLevelLabel *label;

  if ((guint) level >= MVX_LOG_LEVEL_LABELS)
    return NULL;
  label = mvx_log_level_get_label (level);
  *len = label->len;
  return label->upper;
}
