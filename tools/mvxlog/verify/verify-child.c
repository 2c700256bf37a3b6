/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/tool-text.h"
#include "verify/verify-check.h"
#include "verify/verify-child.h"

static const struct
{
  const char *name;
  MvxVerifyResult (*run) (MvxVerify *verify);
} mvx_verify_checks[] = {
  { "symbols", mvx_verify_symbols },
  { "load", mvx_verify_load },
  { "options", mvx_verify_options },
  { "descriptor", mvx_verify_descriptor },
  { "required", mvx_verify_required },
  { "garbage", mvx_verify_garbage },
  { "probe", mvx_verify_probe },
  { "create", mvx_verify_create },
  { "acknowledge", mvx_verify_acknowledge },
  { "events", mvx_verify_events },
  { "strings", mvx_verify_strings },
  { "hooks", mvx_verify_hooks },
  { "restart", mvx_verify_restart },
  { "flush", mvx_verify_flush },
  { "pair", mvx_verify_pair },
  { "inside", mvx_verify_inside },
  { "library", mvx_verify_library },
  { "remains", mvx_verify_remains },
};

/* One write: lines of two threads do not mix. */
static void
mvx_verify_child_tell (char mark, const char *text)
{
  g_autoptr (GString) line = g_string_new (NULL);

  g_string_append_printf (line, "%c ", mark);
  mvx_tool_text_escape (line, text, -1, 0);
  g_string_append_c (line, '\n');
  while (write (MVX_VERIFY_CHILD_FD, line->str, line->len) < 0 && errno == EINTR)
    ;
}

void
mvx_verify_doing (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  mvx_verify_child_tell ('.', text);
}

MvxVerifyResult
mvx_verify_say (MvxVerify *verify, MvxVerifyResult result, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_string_vprintf (verify->text, format, args);
  va_end (args);
  return result;
}

MvxVerifyResult
mvx_verify_failed (MvxVerify *verify, const char *doing, const GError *error)
{
  return mvx_verify_say (verify, MVX_VERIFY_BROKEN, "%s: %s", doing, error ? error->message : "no reason given");
}

static void
mvx_verify_child_prepare (MvxVerify *verify, char *const *words)
{
  const struct rlimit none = { 0, 0 };
  GVariantBuilder builder;

  setrlimit (RLIMIT_CORE, &none);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  verify->path = g_strdup (words[0]);
  verify->text = g_string_new (NULL);
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 1; words[i]; i++)
    {
      const char *equals = strchr (words[i], '=');
      g_autofree char *name = equals ? g_strndup (words[i], (gsize) (equals - words[i])) : g_strdup (words[i]);

      g_variant_builder_add (&builder, "{sv}", name, g_variant_new_string (equals ? equals + 1 : ""));
    }
  verify->options = g_variant_ref_sink (g_variant_builder_end (&builder));
}

int
mvx_verify_child (char *const *words)
{
  MvxVerify verify = { 0 };
  MvxVerifyResult result = MVX_VERIFY_KEPT;

  mvx_verify_child_prepare (&verify, words);
  for (guint i = 0; i < G_N_ELEMENTS (mvx_verify_checks) && result != MVX_VERIFY_BROKEN; i++)
    {
      mvx_verify_child_tell ('=', mvx_verify_checks[i].name);
      g_string_truncate (verify.text, 0);
      result = mvx_verify_checks[i].run (&verify);
      mvx_verify_child_tell ("+-!"[result], verify.text->str);
    }
  g_string_free (verify.text, TRUE);
  g_variant_unref (verify.options);
  g_free (verify.path);
  if (result != MVX_VERIFY_BROKEN)
    mvx_verify_child_tell ('=', MVX_VERIFY_CHILD_LAST);
  return 0;
}
