/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two instances at once, on two threads. */
#include "verify/verify-given.h"
#include "verify/verify-send.h"

#define MVX_VERIFY_PAIR_ROUNDS 100
#define MVX_VERIFY_PAIR_EVENTS 10

typedef struct
{
  MvxLogTestHost *host;
  GError *error;
} MvxVerifyHalf;

static gpointer
mvx_verify_pair_run (gpointer data)
{
  MvxVerifyHalf *half = data;

  for (guint i = 0; i < MVX_VERIFY_PAIR_ROUNDS; i++)
    {
      g_autoptr (GPtrArray) events = mvx_verify_send_make (MVX_VERIFY_PAIR_EVENTS);

      if (mvx_verify_send (half->host, events, &half->error) != MVX_LOG_DISPATCH_OK)
        return NULL;
    }
  if (mvx_log_test_host_flush (half->host, g_get_monotonic_time () + 10 * G_USEC_PER_SEC, &half->error))
    mvx_log_test_host_stop (half->host, &half->error);
  return NULL;
}

typedef struct
{
  MvxLogSinkDescriptor *first;
  GVariant *options;
} MvxVerifyOther;

static gboolean
mvx_verify_pair_on_other (const MvxLogOptionSpec *spec,
                          GVariant *options,
                          MvxLogSinkDescriptor *descriptor,
                          gpointer data)
{
  MvxVerifyOther *other = data;
  GVariant *first = mvx_log_sink_descriptor_get_resource_key (other->first);
  GVariant *second = mvx_log_sink_descriptor_get_resource_key (descriptor);

  if (first == NULL || second == NULL || g_variant_equal (first, second))
    return FALSE;
  other->options = g_variant_ref (options);
  return TRUE;
}

/* Of a plugin that does not share its resource: the same with another one. NULL if none was found. */
static GVariant *
mvx_verify_pair_options (MvxVerify *verify)
{
  g_autoptr (MvxLogSinkDescriptor) first = mvx_verify_given_describe (verify->api, verify->options, NULL);
  MvxVerifyOther other = { first, NULL };
  guint n_tried = 0;

  if (!(verify->api->plugin->flags & MVX_LOG_PLUGIN_EXCLUSIVE_RESOURCE))
    return g_variant_ref (verify->options);
  for (const MvxLogOptionSpec *spec = verify->api->plugin->options; first && spec && spec->name; spec++)
    if (mvx_verify_given_vary (verify->api, verify->options, spec, mvx_verify_pair_on_other, &other, &n_tried))
      return other.options;
  return NULL;
}

MvxVerifyResult
mvx_verify_pair (MvxVerify *verify)
{
  g_autoptr (GVariant) options = NULL;
  MvxVerifyHalf halves[2] = { { NULL, NULL }, { NULL, NULL } };
  GThread *threads[2] = { NULL, NULL };
  g_autoptr (GError) error = NULL;

  if (verify->api->plugin->flags & MVX_LOG_PLUGIN_SINGLETON)
    return mvx_verify_say (verify, MVX_VERIFY_SKIPPED, "it is a singleton");
  options = mvx_verify_pair_options (verify);
  if (options == NULL)
    return mvx_verify_say (verify, MVX_VERIFY_SKIPPED, "no second resource could be made of the given options");
  mvx_verify_doing ("create of a second instance");
  halves[0].host = mvx_verify_send_begin (verify, verify->options, &error);
  halves[1].host = halves[0].host ? mvx_verify_send_begin (verify, options, &error) : NULL;
  mvx_verify_doing ("dispatch_core of two instances at once");
  for (guint i = 0; i < 2 && halves[1].host; i++)
    threads[i] = g_thread_new ("verify", mvx_verify_pair_run, &halves[i]);
  for (guint i = 0; i < 2; i++)
    {
      if (threads[i])
        g_thread_join (threads[i]);
      g_clear_object (&halves[i].host);
      if (halves[i].error && error == NULL)
        g_propagate_error (&error, g_steal_pointer (&halves[i].error));
      g_clear_error (&halves[i].error);
    }
  if (error)
    return mvx_verify_failed (verify, threads[0] ? "one of two instances at once" : "a second instance", error);
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "two instances on two threads, %u events each",
                         MVX_VERIFY_PAIR_ROUNDS * MVX_VERIFY_PAIR_EVENTS);
}
