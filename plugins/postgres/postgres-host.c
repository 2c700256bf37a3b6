/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "postgres-host.h"

#include "../common/call.h"

static gboolean
mvx_postgres_host_look_up (const MvxPostgresOptions *options,
                           GCancellable *cancellable,
                           gint64 deadline_us,
                           char **hosts,
                           char **addresses,
                           GError **error)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GString) numbers = g_string_new (NULL);
  g_autoptr (GError) why = NULL;
  MvxCall call;
  GList *found;

  mvx_call_begin (&call, cancellable, deadline_us);
  g_resolver_lookup_by_name_async (resolver, options->host, call.cancellable, mvx_call_done, &call);
  found = g_resolver_lookup_by_name_finish (resolver, mvx_call_wait (&call), &why);
  for (const GList *at = found; at; at = at->next)
    {
      g_autofree char *number = g_inet_address_to_string (at->data);

      g_string_append_printf (names, "%s%s", at->prev ? "," : "", options->host);
      g_string_append_printf (numbers, "%s%s", at->prev ? "," : "", number);
    }
  g_resolver_free_addresses (found);
  if (found == NULL && call.timed_out)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "its name was not found within %.3f s",
                 (double) options->timeout_us / G_USEC_PER_SEC);
  else if (found == NULL)
    g_propagate_error (error, g_steal_pointer (&why));
  mvx_call_end (&call);
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
