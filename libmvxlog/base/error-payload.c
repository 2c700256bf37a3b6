/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors as data, and the functions that applications have set for domains of their own. */
#include "base/atfork-private.h"
#include "base/error-private.h"

/* Causes inside of causes that are told; the records of events keep as many. */
#define MVX_LOG_ERROR_PAYLOAD_MAX_CAUSES 16

/* Counted: it may be called while it is replaced. */
typedef struct
{
  MvxLogErrorPayloadFunc func;
  gpointer data;
  GDestroyNotify destroy;
} MvxLogErrorHook;

static GMutex mvx_log_error_hooks_mutex;
MVX_LOG_FORK_LOCK (ERROR_HOOKS, &mvx_log_error_hooks_mutex, NULL);
static GHashTable *mvx_log_error_hooks; /* domain to MvxLogErrorHook */
static gint mvx_log_error_hooks_used;   /* atomic: without hooks there is no need for the mutex */

static void
mvx_log_error_hook_clear (gpointer data)
{
  MvxLogErrorHook *hook = data;

  if (hook->destroy)
    hook->destroy (hook->data);
}

static void
mvx_log_error_hook_unref (MvxLogErrorHook *hook)
{
  if (hook)
    g_atomic_rc_box_release_full (hook, mvx_log_error_hook_clear);
}

/**
 * mvx_log_error_set_payload_func:
 * @domain: an error domain of the program
 * @func: (nullable) (scope notified) (closure data) (destroy destroy): describes errors of @domain, or %NULL to remove
 *   what was set before
 * @data: for @func
 * @destroy: (nullable): frees @data once @func is replaced and not running
 *
 * Lets a program say what of its own errors is worth logging: [func@MvxLog.error_to_payload] returns what @func makes,
 * and an event that has such an error as field carries it as `details`. Thread-safe.
 *
 * Since: 1.0
 */
void
mvx_log_error_set_payload_func (GQuark domain, MvxLogErrorPayloadFunc func, gpointer data, GDestroyNotify destroy)
{
  MvxLogErrorHook *hook = NULL;
  MvxLogErrorHook *old;

  g_return_if_fail (domain != 0);

  if (func)
    {
      hook = g_atomic_rc_box_new (MvxLogErrorHook);
      *hook = (MvxLogErrorHook){ func, data, destroy };
    }
  g_mutex_lock (&mvx_log_error_hooks_mutex);
  if (mvx_log_error_hooks == NULL)
    mvx_log_error_hooks = g_hash_table_new (NULL, NULL);
  old = g_hash_table_lookup (mvx_log_error_hooks, GUINT_TO_POINTER (domain));
  if (hook)
    g_hash_table_replace (mvx_log_error_hooks, GUINT_TO_POINTER (domain), hook);
  else
    g_hash_table_remove (mvx_log_error_hooks, GUINT_TO_POINTER (domain));
  g_atomic_int_set (&mvx_log_error_hooks_used, g_hash_table_size (mvx_log_error_hooks) > 0);
  g_mutex_unlock (&mvx_log_error_hooks_mutex);
  mvx_log_error_hook_unref (old);
}

GVariant *
mvx_log_error_make_own_payload (const GError *error)
{
  MvxLogErrorHook *hook;
  GVariant *payload;

  if (!g_atomic_int_get (&mvx_log_error_hooks_used))
    return NULL;
  g_mutex_lock (&mvx_log_error_hooks_mutex);
  hook = g_hash_table_lookup (mvx_log_error_hooks, GUINT_TO_POINTER (error->domain));
  if (hook)
    g_atomic_rc_box_acquire (hook);
  g_mutex_unlock (&mvx_log_error_hooks_mutex);
  if (hook == NULL)
    return NULL;

  payload = hook->func (error, hook->data);
  mvx_log_error_hook_unref (hook);
  if (payload == NULL)
    return NULL;
  g_variant_take_ref (payload);
  if (g_variant_is_of_type (payload, G_VARIANT_TYPE_VARDICT))
    return payload;
  g_variant_unref (payload);
  return NULL;
}

static void
mvx_log_error_payload_add_text (GVariantBuilder *builder, const char *key, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);

  g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (valid));
}

static GVariant *
mvx_log_error_payload (const GError *error, guint depth)
{
  const char *reason = mvx_log_error_get_reason (error);
  const GError *cause = mvx_log_error_get_cause (error);
  GVariant *details = mvx_log_error_get_details (error);
  GVariant *own = mvx_log_error_make_own_payload (error);
  g_autofree char *code = NULL;
  GVariantBuilder builder;

  if (own)
    return own;
  code = mvx_log_error_dup_code (error);
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (reason)
    mvx_log_error_payload_add_text (&builder, "reason", reason);
  mvx_log_error_payload_add_text (&builder, "kind", g_quark_to_string (error->domain));
  g_variant_builder_add (&builder, "{sv}", "code", g_variant_new_int32 (error->code));
  mvx_log_error_payload_add_text (&builder, "code_desc", code);
  mvx_log_error_payload_add_text (&builder, "message", error->message);
  if (details)
    g_variant_builder_add (&builder, "{sv}", "details", details);
  if (cause && depth < MVX_LOG_ERROR_PAYLOAD_MAX_CAUSES)
    {
      g_autoptr (GVariant) inner = mvx_log_error_payload (cause, depth + 1);

      g_variant_builder_add (&builder, "{sv}", "cause", inner);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/**
 * mvx_log_error_to_payload:
 * @error: an error of any domain
 *
 * Describes an error as data, for events and reports: what a function set with
 * [func@MvxLog.error_set_payload_func] for its domain makes of it, else `reason` (`s`, of the library's errors), `kind`
 * (`s`: the domain), `code` (`i`), `code_desc` (`s`, see [func@MvxLog.error_dup_code]), `message` (`s`), `details`
 * (`a{sv}`, if there are any) and `cause` (`a{sv}` of the same form, if there is one). Invalid UTF-8 in texts is
 * replaced. Thread-safe as long as @error is not changed meanwhile.
 *
 * Returns: (transfer full): a dictionary `a{sv}`
 *
 * Since: 1.0
 */
GVariant *
mvx_log_error_to_payload (const GError *error)
{
  g_return_val_if_fail (error != NULL, NULL);
  return mvx_log_error_payload (error, 1);
}
