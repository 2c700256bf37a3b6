/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* build_descriptor: whether a sink is kept, replaced or refused at a reload hangs on it. */
#include "verify/verify-given.h"
#include "verify/verify-proc.h"

/* Twice the same, also from options of its own and after others in between; and nothing is opened meanwhile. */
static gboolean
mvx_verify_descriptor_is_stable (MvxVerify *verify, const MvxLogSinkDescriptor *first)
{
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (MvxLogSinkDescriptor) again = mvx_verify_given_describe (verify->api, verify->options, NULL);

      if (again == NULL || !mvx_log_sink_descriptor_equal (first, again))
        return FALSE;
    }
  return TRUE;
}

/* The first option whose default, written out, makes another sink than left out. One at a time, and it may be refused:
 * some options exclude others. */
static const MvxLogOptionSpec *
mvx_verify_descriptor_find_default (MvxVerify *verify, const MvxLogSinkDescriptor *descriptor)
{
  for (const MvxLogOptionSpec *spec = verify->api->plugin->options; spec && spec->name; spec++)
    {
      g_autoptr (MvxLogSinkDescriptor) other = NULL;
      g_autoptr (GVariant) more = NULL;

      if (spec->default_text == NULL || g_variant_lookup (verify->options, spec->name, "&s", NULL))
        continue;
      more = mvx_verify_given_with (verify->options, spec->name, spec->default_text);
      other = mvx_verify_given_describe (verify->api, more, NULL);
      if (other && !mvx_log_sink_descriptor_equal (descriptor, other))
        return spec;
    }
  return NULL;
}

static gboolean
mvx_verify_descriptor_on_other (const MvxLogOptionSpec *spec,
                                GVariant *options,
                                MvxLogSinkDescriptor *descriptor,
                                gpointer data)
{
  return mvx_log_sink_descriptor_equal (descriptor, data);
}

/* The first option whose value makes no difference, or NULL. A secret is not compared: it may not be kept. */
static const MvxLogOptionSpec *
mvx_verify_descriptor_find_blind (MvxVerify *verify,
                                  MvxLogSinkDescriptor *descriptor,
                                  guint *n_compared,
                                  GString *left_out)
{
  for (const MvxLogOptionSpec *spec = verify->api->plugin->options; spec && spec->name; spec++)
    {
      guint n_tried = 0;

      if (!(spec->flags & MVX_LOG_OPTION_SECRET)
          && mvx_verify_given_vary (verify->api, verify->options, spec, mvx_verify_descriptor_on_other, descriptor,
                                    &n_tried))
        return spec;
      if (n_tried > 0)
        *n_compared += 1;
      else
        g_string_append_printf (left_out, "%s%s", left_out->len ? ", " : "; not compared: ", spec->name);
    }
  return NULL;
}

MvxVerifyResult
mvx_verify_descriptor (MvxVerify *verify)
{
  g_autoptr (MvxLogSinkDescriptor) descriptor = NULL;
  g_autoptr (GString) left_out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_auto (MvxVerifyProc) before = { NULL, NULL };
  g_autofree char *more = NULL;
  const MvxLogOptionSpec *spec;
  guint n_compared = 0;

  mvx_verify_doing ("build_descriptor");
  descriptor = mvx_verify_given_describe (verify->api, verify->options, &error);
  if (descriptor == NULL)
    return mvx_verify_failed (verify, "build_descriptor", error);
  mvx_verify_proc_look (&before);
  if (!mvx_verify_descriptor_is_stable (verify, descriptor))
    return mvx_verify_say (verify, MVX_VERIFY_BROKEN, "it differs from call to call with the same options");
  spec = mvx_verify_descriptor_find_default (verify, descriptor);
  if (spec)
    return mvx_verify_say (verify, MVX_VERIFY_BROKEN,
                           "the default of '%s', written out, makes another sink than left out", spec->name);
  spec = mvx_verify_descriptor_find_blind (verify, descriptor, &n_compared, left_out);
  if (spec)
    return mvx_verify_say (verify, MVX_VERIFY_BROKEN,
                           "it is the same with another '%s', so that a changed file would change nothing; "
                           "put the option into the config key",
                           spec->name);
  if (!mvx_verify_descriptor_is_stable (verify, descriptor))
    return mvx_verify_say (verify, MVX_VERIFY_BROKEN, "it differs after other options were described");
  more = mvx_verify_proc_more (&before, 1);
  if (more)
    return mvx_verify_say (verify, MVX_VERIFY_BROKEN, "build_descriptor left %s; it only describes", more);
  return mvx_verify_say (verify, MVX_VERIFY_KEPT, "stable, and another one for each of %u options%s", n_compared,
                         left_out->str);
}
