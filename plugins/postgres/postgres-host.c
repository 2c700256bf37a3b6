/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "postgres-host.h"

#include "../common/lookup.h"

static gboolean
mvx_postgres_host_look_up (const MvxPostgresOptions *options,
                           GCancellable *cancellable,
                           gint64 deadline_us,
                           char **hosts,
                           char **addresses,
                           GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GString) numbers = g_string_new (NULL);
  GList *found = mvx_lookup_host (options->host, cancellable, deadline_us, options->timeout_us, error);

  for (const GList *at = found; at; at = at->next)
    {
      g_autofree char *number = g_inet_address_to_string (at->data);

      g_string_append_printf (names, "%s%s", at->prev ? "," : "", options->host);
      g_string_append_printf (numbers, "%s%s", at->prev ? "," : "", number);
    }
  g_resolver_free_addresses (found);
  *hosts = g_string_free (g_steal_pointer (&names), FALSE);
  *addresses = g_string_free (g_steal_pointer (&numbers), FALSE);
  return **hosts != '\0';
}

gboolean
mvx_postgres_host_resolve (const MvxPostgresOptions *options,
                           GCancellable *cancellable,
                           gint64 deadline_us,
                           char **hosts,
                           char **addresses,
                           GError **error)
{
  if (!g_hostname_is_ip_address (options->host))
    return mvx_postgres_host_look_up (options, cancellable, deadline_us, hosts, addresses, error);
  *hosts = g_strdup (options->host);
  *addresses = g_strdup (options->host);
  return TRUE;
}
