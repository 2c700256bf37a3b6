/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/atfork-private.h"
#include "front/glib-domain-private.h"
#include "context/tree-internal.h"
#include "event/callsite-private.h"

#define MVX_LOG_GLIB_DOMAIN_SLOTS 1024
/* Contexts are for ever: whoever makes up domains gets no more of them than this. */
#define MVX_LOG_GLIB_DOMAIN_MAX 512
#define MVX_LOG_GLIB_DOMAIN_NAME_MAX 255

static GMutex mvx_log_glib_domain_mutex;
MVX_LOG_FORK_LOCK (GLIB_DOMAIN, &mvx_log_glib_domain_mutex, NULL);
static guint mvx_log_glib_domain_n;
/* Open addressing; an entry is published with release, read with acquire, and stays. */
static MvxLogGlibDomain *mvx_log_glib_domain_slots[MVX_LOG_GLIB_DOMAIN_SLOTS];
/* A thread mostly logs for one library many times. */
static __thread const MvxLogGlibDomain *mvx_log_glib_domain_last __attribute__ ((tls_model ("initial-exec")));

char *
mvx_log_glib_domain_dup_name (const char *domain)
{
  GString *name = g_string_new (NULL);
  gboolean start = TRUE;

  for (; *domain && name->len < MVX_LOG_GLIB_DOMAIN_NAME_MAX; domain++)
    {
      char c = g_ascii_isalnum (*domain) || *domain == '_' ? *domain : '-';

      if (*domain == '.')
        {
          if (!start)
            g_string_append_c (name, '.');
          start = TRUE;
          continue;
        }
      if (start && !g_ascii_isalpha (c))
        g_string_append_c (name, 'x');
      g_string_append_c (name, c);
      start = FALSE;
    }
  g_string_truncate (name, MIN (name->len, MVX_LOG_GLIB_DOMAIN_NAME_MAX));
  if (name->len > 0 && name->str[name->len - 1] == '.')
    g_string_truncate (name, name->len - 1);
  return g_string_free (name, FALSE);
}

/* The slot of @domain, or the free one where it would be. */
static guint
mvx_log_glib_domain_slot (const char *domain)
{
  guint slot = mvx_log_key_hash (domain, strlen (domain)) % MVX_LOG_GLIB_DOMAIN_SLOTS;

  for (;; slot = (slot + 1) % MVX_LOG_GLIB_DOMAIN_SLOTS)
    {
      const MvxLogGlibDomain *entry = __atomic_load_n (&mvx_log_glib_domain_slots[slot], __ATOMIC_ACQUIRE);

      if (entry == NULL || strcmp (entry->domain, domain) == 0)
        return slot;
    }
}

static const MvxLogGlibDomain *
mvx_log_glib_domain_root (void)
{
  static MvxLogGlibDomain root = { .mapped = TRUE };

  if (g_once_init_enter (&root.node))
    g_once_init_leave (&root.node, mvx_log_tree_find_node (""));
  return &root;
}

/* With the mutex. */
static const MvxLogGlibDomain *
mvx_log_glib_domain_add (const char *domain)
{
  guint slot = mvx_log_glib_domain_slot (domain);
  g_autofree char *name = NULL;
  MvxLogGlibDomain *entry = mvx_log_glib_domain_slots[slot];

  if (entry)
    return entry;
  if (mvx_log_glib_domain_n >= MVX_LOG_GLIB_DOMAIN_MAX)
    return mvx_log_glib_domain_root ();
  mvx_log_glib_domain_n++;
  name = mvx_log_glib_domain_dup_name (domain);
  entry = g_new (MvxLogGlibDomain, 1);
  *entry = (MvxLogGlibDomain){ g_strdup (domain), mvx_log_tree_find_node (name), strcmp (name, domain) != 0 };
  __atomic_store_n (&mvx_log_glib_domain_slots[slot], entry, __ATOMIC_RELEASE);
  return entry;
}

const MvxLogGlibDomain *
mvx_log_glib_domain_find (const char *domain)
{
  const MvxLogGlibDomain *entry = mvx_log_glib_domain_last;

  if (domain == NULL || *domain == '\0')
    return mvx_log_glib_domain_root ();
  if (entry && strcmp (entry->domain, domain) == 0)
    return entry;
  entry = __atomic_load_n (&mvx_log_glib_domain_slots[mvx_log_glib_domain_slot (domain)], __ATOMIC_ACQUIRE);
  if (G_UNLIKELY (entry == NULL))
    {
      g_mutex_lock (&mvx_log_glib_domain_mutex);
      entry = mvx_log_glib_domain_add (domain);
      g_mutex_unlock (&mvx_log_glib_domain_mutex);
    }
  if (entry->domain)
    mvx_log_glib_domain_last = entry; /* not if there are too many: then it is the root, which stands for others, too */
  return entry;
}
