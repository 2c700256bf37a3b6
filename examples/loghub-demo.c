/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads 8,000 real log lines as structured events and sends them where a key-file says.
 *
 *     loghub-demo data/demo.conf data/samples
 *
 * The key-file decides about sinks and files; this program names contexts only. */
#include "loghub-parse.h"
#include "loghub-report.h"

#include <locale.h>
#include <string.h>

MVX_LOG_CONTEXT (demo, "demo")

static const struct
{
  const char *file;
  LoghubFormat format;
} loghub_demo_files[] = {
  { "Apache_2k.log", LOGHUB_APACHE },
  { "HDFS_2k.log", LOGHUB_HDFS },
  { "OpenSSH_2k.log", LOGHUB_OPENSSH },
  { "OpenStack_2k.log", LOGHUB_OPENSTACK },
};

typedef struct
{
  GHashTable *contexts; /* name -> MvxLogContext */
  guint n_lines;
  guint n_matched;
  guint n_refused;
} LoghubDemo;

/* Contexts are looked up once each. */
static MvxLogContext *
loghub_demo_get_context (LoghubDemo *self, const char *name)
{
  MvxLogContext *context = g_hash_table_lookup (self->contexts, name);
  g_autoptr (GError) error = NULL;

  if (context != NULL)
    return context;
  context = mvx_log_configure_context (name, &error);
  if (context == NULL)
    {
      mvx_warning (demo, "no context {name}, its events go to the root", "name", name, "error", error);
      context = mvx_log_get_root_context ();
    }
  g_hash_table_insert (self->contexts, g_strdup (name), context);
  return context;
}

/* The line itself is the message: data, never a template. */
static void
loghub_demo_submit (LoghubDemo *self, LoghubParser *parser, const char *text)
{
  LoghubLine line;
  MvxLogEventInit init = { 0 };
  MvxLogContext *context;
  g_autoptr (GError) error = NULL;

  self->n_lines++;
  self->n_matched += loghub_parser_read (parser, text, &line);
  init.level = line.level;
  init.message = text;
  context = loghub_demo_get_context (self, line.matched ? line.context : "demo.foreign");
  if (mvx_log_event_submit (context, &init, line.fields, line.n_fields, &error) == MVX_LOG_REFUSED)
    self->n_refused++;
}

static gboolean
loghub_demo_read (LoghubDemo *self, const char *path, LoghubFormat format, GError **error)
{
  g_autoptr (LoghubParser) parser = loghub_parser_new (format);
  g_autofree char *bytes = NULL;
  char *line;
  char *rest;

  if (!g_file_get_contents (path, &bytes, NULL, error))
    return FALSE;
  for (rest = bytes; (line = strsep (&rest, "\n")) != NULL;)
    {
      gsize length = strlen (line);

      /* The files end their lines with CR LF; the last one may end without. */
      if (length > 0 && line[length - 1] == '\r')
        line[length - 1] = '\0';
      if (line[0] != '\0' || rest != NULL)
        loghub_demo_submit (self, parser, line);
    }
  return TRUE;
}

static gboolean
loghub_demo_read_all (LoghubDemo *self, const char *samples, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (loghub_demo_files); i++)
    {
      g_autofree char *path = g_build_filename (samples, loghub_demo_files[i].file, NULL);
      gint64 begin = g_get_monotonic_time ();
      guint n_lines = self->n_lines;
      guint n_matched = self->n_matched;

      if (!loghub_demo_read (self, path, loghub_demo_files[i].format, error))
        {
          mvx_error (demo, "cannot read {path}", "path", path, "error", *error);
          return FALSE;
        }
      mvx_info (demo, "{file}: {lines} lines, {matched} with fields, {ms} ms", "file", loghub_demo_files[i].file,
                "lines", self->n_lines - n_lines, "matched", self->n_matched - n_matched, "ms",
                (g_get_monotonic_time () - begin) / 1000);
    }
  return TRUE;
}

static gboolean
loghub_demo_run (const char *config, const char *samples, GError **error)
{
  g_autoptr (GHashTable) contexts = NULL;
  LoghubDemo self = { 0 };
  gboolean success;

  if (!mvx_log_configure_from_file (config, error))
    return FALSE;
  contexts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) mvx_log_context_unref);
  self.contexts = contexts;
  if (!loghub_demo_read_all (&self, samples, error))
    return FALSE;
  if (!loghub_report_summary ("recent", error))
    return FALSE;
  if (!mvx_log_flush (g_get_monotonic_time () + 30 * G_USEC_PER_SEC, error))
    return FALSE;
  g_print ("\n%u lines read, %u parsed, %u refused\n\n", self.n_lines, self.n_matched, self.n_refused);
  success = loghub_report_sinks ();
  return loghub_report_files (g_getenv ("MVXLOG_DEMO_DIR"), error) && success;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) result = NULL;
  gboolean success;

  setlocale (LC_ALL, "");
  if (argc != 3 || g_str_equal (argv[1], "--help"))
    {
      g_printerr ("Usage: %s KEY-FILE FOLDER-OF-SAMPLES\n", argv[0]);
      return 2;
    }
  success = loghub_demo_run (argv[1], argv[2], &error);
  if (error != NULL)
    g_printerr ("%s\n", error->message);
  g_clear_error (&error);
  if (!mvx_log_shutdown (g_get_monotonic_time () + 30 * G_USEC_PER_SEC, &result))
    {
      g_printerr ("Not everything was delivered\n");
      success = FALSE;
    }
  return success ? 0 : 1;
}
