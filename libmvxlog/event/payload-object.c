/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands for an object: the object itself says it as a provider, else the adapter of its type, of the nearest
 * parent, of one of its interfaces.
 */
#include <mvxlog/error.h>
#include <mvxlog/payload.h>

#include "base/atfork-private.h"
#include "event/payload-internal.h"

/**
 * MvxLogPayloadProvider:
 *
 * Implemented by objects that say themselves what stands for them in an event.
 *
 * Since: 1.0
 */
G_DEFINE_INTERFACE (MvxLogPayloadProvider, mvx_log_payload_provider, G_TYPE_OBJECT)

typedef struct
{
  MvxLogPayloadAdapterFunc func;
  gpointer data;
  GDestroyNotify destroy;
} MvxLogPayloadAdapter;

static GRWLock mvx_log_payload_lock;
static GHashTable *mvx_log_payload_adapters; /* type to adapter, as registered */
static GHashTable *mvx_log_payload_found;    /* type to adapter or NULL, as looked up; emptied by any change */

/* Other readers of the moment are not in the child, and would be counted there for ever: the lock begins anew. */
static void
mvx_log_payload_fork (MvxLogForkStage stage)
{
  if (stage == MVX_LOG_FORK_PREPARE)
    g_rw_lock_reader_lock (&mvx_log_payload_lock);
  else if (stage == MVX_LOG_FORK_PARENT)
    g_rw_lock_reader_unlock (&mvx_log_payload_lock);
  else
    g_rw_lock_init (&mvx_log_payload_lock);
}

MVX_LOG_FORK_LOCK (PAYLOAD, NULL, mvx_log_payload_fork);

static void
mvx_log_payload_provider_default_init (MvxLogPayloadProviderInterface *iface)
{
}

static void
mvx_log_payload_adapter_clear (gpointer data)
{
  MvxLogPayloadAdapter *adapter = data;

  if (adapter->destroy)
    adapter->destroy (adapter->data);
}

static void
mvx_log_payload_adapter_unref (gpointer adapter)
{
  if (adapter)
    g_atomic_rc_box_release_full (adapter, mvx_log_payload_adapter_clear);
}

/* With the lock. */
static MvxLogPayloadAdapter *
mvx_log_payload_adapter_search (GType type)
{
  MvxLogPayloadAdapter *adapter = NULL;
  g_autofree GType *interfaces = NULL;

  for (GType t = type; t != 0 && adapter == NULL; t = g_type_parent (t))
    adapter = g_hash_table_lookup (mvx_log_payload_adapters, GSIZE_TO_POINTER (t));
  if (adapter == NULL)
    interfaces = g_type_interfaces (type, NULL);
  for (guint i = 0; interfaces && interfaces[i] && adapter == NULL; i++)
    adapter = g_hash_table_lookup (mvx_log_payload_adapters, GSIZE_TO_POINTER (interfaces[i]));
  return adapter;
}

/* (transfer full) (nullable) */
static MvxLogPayloadAdapter *
mvx_log_payload_adapter_find (GType type)
{
  gpointer adapter = NULL;
  gboolean known;

  g_rw_lock_reader_lock (&mvx_log_payload_lock);
  known = mvx_log_payload_adapters == NULL
          || g_hash_table_lookup_extended (mvx_log_payload_found, GSIZE_TO_POINTER (type), NULL, &adapter);
  if (adapter)
    g_atomic_rc_box_acquire (adapter);
  g_rw_lock_reader_unlock (&mvx_log_payload_lock);
  if (known)
    return adapter;
  g_rw_lock_writer_lock (&mvx_log_payload_lock);
  adapter = mvx_log_payload_adapter_search (type);
  g_hash_table_insert (mvx_log_payload_found, GSIZE_TO_POINTER (type), adapter);
  if (adapter)
    g_atomic_rc_box_acquire (adapter);
  g_rw_lock_writer_unlock (&mvx_log_payload_lock);
  return adapter;
}

/* Returns what was registered before, to be released without the lock. */
static gpointer
mvx_log_payload_adapter_exchange (GType type, MvxLogPayloadAdapter *adapter)
{
  gpointer old = NULL;

  g_rw_lock_writer_lock (&mvx_log_payload_lock);
  if (mvx_log_payload_adapters == NULL)
    {
      mvx_log_payload_adapters = g_hash_table_new (NULL, NULL);
      mvx_log_payload_found = g_hash_table_new (NULL, NULL);
    }
  g_hash_table_steal_extended (mvx_log_payload_adapters, GSIZE_TO_POINTER (type), NULL, &old);
  if (adapter)
    g_hash_table_insert (mvx_log_payload_adapters, GSIZE_TO_POINTER (type), adapter);
  g_hash_table_remove_all (mvx_log_payload_found);
  g_rw_lock_writer_unlock (&mvx_log_payload_lock);
  return old;
}

/**
 * mvx_log_register_payload_adapter:
 * @type: a class or an interface of objects
 * @func: (scope notified) (closure data) (destroy destroy): says what stands for such an object in an event
 * @data: passed to @func
 * @destroy: (nullable): frees @data when the adapter is replaced or removed and no call uses it any more
 * @error: return location for an error
 *
 * Registers an adapter for a type: for its instances and those of derived types that have none of their own. The
 * nearest parent wins over interfaces, an object that is a [iface@MvxLog.PayloadProvider] itself over both. What an
 * adapter gives is taken as it is, without limits. If it gives nothing, or no dictionary with text keys, the object is
 * only named, as
 * `<TypeName>`. Registering a type again replaces its adapter. Thread-safe.
 *
 * Returns: %TRUE, or %FALSE with %MVX_LOG_ERROR_INVALID_ARGUMENT if there are no objects of @type
 *
 * Since: 1.0
 */
gboolean
mvx_log_register_payload_adapter (GType type,
                                  MvxLogPayloadAdapterFunc func,
                                  gpointer data,
                                  GDestroyNotify destroy,
                                  GError **error)
{
  MvxLogPayloadAdapter *adapter;

  g_return_val_if_fail (func != NULL, FALSE);

  if (!g_type_is_a (type, G_TYPE_OBJECT) && !G_TYPE_IS_INTERFACE (type))
    {
      const char *name = g_type_name (type);

      g_set_error (
          error, MVX_LOG_ERROR, MVX_LOG_ERROR_INVALID_ARGUMENT,
          "'%s' is no type of objects, so nothing of it can be logged as one; register a class or an interface",
          name ? name : "(invalid)");
      return FALSE;
    }
  adapter = g_atomic_rc_box_new (MvxLogPayloadAdapter);
  *adapter = (MvxLogPayloadAdapter){ func, data, destroy };
  mvx_log_payload_adapter_unref (mvx_log_payload_adapter_exchange (type, adapter));
  return TRUE;
}

/**
 * mvx_log_unregister_payload_adapter:
 * @type: a type
 *
 * Removes the adapter of a type. A call that is using it just now still may. Thread-safe.
 *
 * Returns: whether there was one
 *
 * Since: 1.0
 */
gboolean
mvx_log_unregister_payload_adapter (GType type)
{
  gpointer old = mvx_log_payload_adapter_exchange (type, NULL);

  mvx_log_payload_adapter_unref (old);
  return old != NULL;
}

/**
 * mvx_log_payload_provider_to_payload:
 * @provider: an object
 * @verbosity: how much it is to tell
 *
 * Asks an object what stands for it in an event. Thread-safe if the object is.
 *
 * Returns: (nullable) (transfer full): a dictionary with text keys, or %NULL if it has nothing to say
 *
 * Since: 1.0
 */
GVariant *
mvx_log_payload_provider_to_payload (MvxLogPayloadProvider *provider, MvxLogVerbosity verbosity)
{
  MvxLogPayloadProviderInterface *iface;
  GVariant *payload;

  g_return_val_if_fail (MVX_LOG_IS_PAYLOAD_PROVIDER (provider), NULL);

  iface = MVX_LOG_PAYLOAD_PROVIDER_GET_IFACE (provider);
  payload = iface->to_payload ? iface->to_payload (provider, verbosity) : NULL;
  return payload ? g_variant_take_ref (payload) : NULL;
}

/* Drops what is no dictionary with text keys. */
static GVariant *
mvx_log_payload_check (GVariant *payload)
{
  if (payload == NULL || g_variant_is_of_type (payload, G_VARIANT_TYPE ("a{s*}")))
    return payload;
  g_variant_unref (payload);
  return NULL;
}

/* (transfer full) (nullable) */
static GVariant *
mvx_log_payload_of_object (GObject *object, MvxLogVerbosity verbosity)
{
  MvxLogPayloadAdapter *adapter;
  GVariant *payload = NULL;

  if (MVX_LOG_IS_PAYLOAD_PROVIDER (object))
    payload
        = mvx_log_payload_check (mvx_log_payload_provider_to_payload (MVX_LOG_PAYLOAD_PROVIDER (object), verbosity));
  if (payload)
    return payload;
  adapter = mvx_log_payload_adapter_find (G_OBJECT_TYPE (object));
  if (adapter == NULL)
    return NULL;
  payload = adapter->func (object, verbosity, adapter->data);
  payload = mvx_log_payload_check (payload ? g_variant_take_ref (payload) : NULL);
  mvx_log_payload_adapter_unref (adapter);
  return payload;
}

guint
mvx_log_payload_encode_object (MvxLogBuffer *buffer, gpointer object, const MvxLogLimits *limits)
{
  g_autoptr (GVariant) payload = mvx_log_payload_of_object (object, limits->verbosity);
  g_autofree char *text = NULL;

  if (payload)
    return mvx_log_payload_encode_variant (buffer, payload, &mvx_log_limits_none, 1);
  text = g_strdup_printf ("<%s>", G_OBJECT_TYPE_NAME (object));
  mvx_log_encode_string (buffer, text, strlen (text));
  return MVX_LOG_TYPE_STRING;
}
