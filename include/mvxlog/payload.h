/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands for an object in an event. */
#pragma once

#include <mvxlog/value.h>

G_BEGIN_DECLS

#define MVX_LOG_TYPE_PAYLOAD_PROVIDER (mvx_log_payload_provider_get_type ())

MVX_LOG_AVAILABLE_IN_1_0
G_DECLARE_INTERFACE (MvxLogPayloadProvider, mvx_log_payload_provider, MVX_LOG, PAYLOAD_PROVIDER, GObject)

/**
 * MvxLogPayloadProviderInterface:
 * @to_payload: (nullable): what stands for the object: a dictionary with text keys, floating or with a reference for
 *   the caller; %NULL if there is nothing to say at the moment. Called on any thread, with no lock held.
 *
 * Says what stands for an object in an event.
 *
 * Since: 1.0
 */
struct _MvxLogPayloadProviderInterface
{
  GTypeInterface parent_interface;

  GVariant *(*to_payload) (MvxLogPayloadProvider *provider,
                           MvxLogVerbosity        verbosity);

  /*< private >*/
  gpointer reserved[4];
};

MVX_LOG_AVAILABLE_IN_1_0
GVariant *mvx_log_payload_provider_to_payload (MvxLogPayloadProvider *provider,
                                               MvxLogVerbosity        verbosity);

/**
 * MvxLogPayloadAdapterFunc:
 * @object: the object that was logged
 * @verbosity: how much the context wants to be told
 * @data: (closure): what was given with the function
 *
 * Says what stands for objects of a type that do not say it themselves. Called on any thread, with no lock held.
 *
 * Returns: (nullable) (transfer full): a dictionary with text keys, floating or not; %NULL if it has nothing to say
 *
 * Since: 1.0
 */
typedef GVariant *(*MvxLogPayloadAdapterFunc) (GObject         *object,
                                               MvxLogVerbosity  verbosity,
                                               gpointer         data);

MVX_LOG_AVAILABLE_IN_1_0
gboolean  mvx_log_register_payload_adapter    (GType                     type,
                                               MvxLogPayloadAdapterFunc  func,
                                               gpointer                  data,
                                               GDestroyNotify            destroy,
                                               GError                  **error);
MVX_LOG_AVAILABLE_IN_1_0
gboolean  mvx_log_unregister_payload_adapter  (GType                     type);

G_END_DECLS
