/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <mvxlog/policy.h>

#define MVX_LOG_TYPE_POLICY_CHAIN (mvx_log_policy_chain_get_type ())
G_DECLARE_FINAL_TYPE (MvxLogPolicyChain, mvx_log_policy_chain, MVX_LOG, POLICY_CHAIN, GObject)

struct _MvxLogPolicyChain
{
  GObject parent_instance;
  GPtrArray *policies;
};

static void mvx_log_policy_chain_policy_init (MvxLogEventPolicyInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MvxLogPolicyChain,
                               mvx_log_policy_chain,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (MVX_LOG_TYPE_EVENT_POLICY, mvx_log_policy_chain_policy_init))

static void
mvx_log_policy_chain_init (MvxLogPolicyChain *self)
{
  self->policies = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
mvx_log_policy_chain_finalize (GObject *object)
{
  g_ptr_array_unref (MVX_LOG_POLICY_CHAIN (object)->policies);
  G_OBJECT_CLASS (mvx_log_policy_chain_parent_class)->finalize (object);
}

static void
mvx_log_policy_chain_class_init (MvxLogPolicyChainClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mvx_log_policy_chain_finalize;
}

static gboolean
mvx_log_policy_chain_is_enabled (MvxLogEventPolicy *policy, const MvxLogEventMeta *meta, GError **error)
{
  MvxLogPolicyChain *self = MVX_LOG_POLICY_CHAIN (policy);

  for (guint i = 0; i < self->policies->len; i++)
    if (!mvx_log_event_policy_is_enabled (g_ptr_array_index (self->policies, i), meta, error))
      return FALSE;
  return TRUE;
}

static gboolean
mvx_log_policy_chain_accepts (MvxLogEventPolicy *policy, const MvxLogEvent *event, GError **error)
{
  MvxLogPolicyChain *self = MVX_LOG_POLICY_CHAIN (policy);

  for (guint i = 0; i < self->policies->len; i++)
    if (!mvx_log_event_policy_accepts (g_ptr_array_index (self->policies, i), event, error))
      return FALSE;
  return TRUE;
}

static void
mvx_log_policy_chain_policy_init (MvxLogEventPolicyInterface *iface)
{
  iface->is_enabled = mvx_log_policy_chain_is_enabled;
  iface->accepts = mvx_log_policy_chain_accepts;
}

/**
 * mvx_log_policy_chain_new:
 * @policies: (array length=n_policies) (transfer none): policies
 * @n_policies: how many
 *
 * Makes one policy out of several: an event goes on if all of them say so. They are asked in order, and what one
 * holds back the next does not hear of; so those that deny for good come before those that count. Thread-safe, and so
 * is the policy if those in it are.
 *
 * Returns: (transfer full): the policy
 *
 * Since: 1.0
 */
MvxLogEventPolicy *
mvx_log_policy_chain_new (MvxLogEventPolicy *const *policies, guint n_policies)
{
  MvxLogPolicyChain *self;

  g_return_val_if_fail (policies != NULL || n_policies == 0, NULL);

  self = g_object_new (MVX_LOG_TYPE_POLICY_CHAIN, NULL);
  for (guint i = 0; i < n_policies; i++)
    g_ptr_array_add (self->policies, g_object_ref (policies[i]));
  return MVX_LOG_EVENT_POLICY (self);
}
