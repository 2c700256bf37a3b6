/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../examples/loghub-parse.h"

#include <locale.h>
#include <string.h>

/* The line as `CONTEXT LEVEL KEY=VALUE ...`. */
static char *
loghub_test_describe (LoghubFormat format, const char *text)
{
  g_autoptr (LoghubParser) parser = loghub_parser_new (format);
  g_autoptr (GString) result = g_string_new (NULL);
  LoghubLine line;

  if (!loghub_parser_read (parser, text, &line))
    {
      g_assert_cmpuint (line.n_fields, ==, 0);
      g_assert_cmpint (line.level, ==, MVX_LOG_LEVEL_INFO);
      return g_strdup ("no match");
    }
  g_string_append_printf (result, "%s %s", line.context, mvx_log_level_to_string (line.level));
  for (guint i = 0; i < line.n_fields; i++)
    {
      const MvxLogField *field = &line.fields[i];

      g_string_append_printf (result, " %s=", field->key);
      if (field->kind == MVX_LOG_KIND_STRING)
        g_string_append_len (result, field->value.s, field->length);
      else if (field->kind == MVX_LOG_KIND_DOUBLE)
        g_string_append_printf (result, "%.7f", field->value.d);
      else
        g_string_append_printf (result, "%" G_GINT64_FORMAT, field->value.i);
    }
  return g_string_free (g_steal_pointer (&result), FALSE);
}

static void
loghub_test_expect (LoghubFormat format, const char *text, const char *expected)
{
  g_autofree char *found = loghub_test_describe (format, text);

  g_assert_cmpstr (found, ==, expected);
}

static void
loghub_test_apache (void)
{
  loghub_test_expect (LOGHUB_APACHE,
                      "[Sun Dec 04 04:51:08 2005] [notice] jk2_init() Found child 6725 in scoreboard slot 10",
                      "apache notice logged_at=1133671868000000000 child=6725 slot=10");
  loghub_test_expect (LOGHUB_APACHE,
                      "[Sun Dec 04 05:15:09 2005] [error] [client 222.166.160.184] Directory index forbidden by rule: "
                      "/var/www/html/",
                      "apache error logged_at=1133673309000000000 client=222.166.160.184 path=/var/www/html/");
  loghub_test_expect (LOGHUB_APACHE, "[Sun Dec 04 04:47:44 2005] [error] mod_jk child workerEnv in error state 6",
                      "apache error logged_at=1133671664000000000 state=6");
  loghub_test_expect (LOGHUB_APACHE, "[Mon Dec 05 19:15:57 2005] [wat] of no known level",
                      "apache info logged_at=1133810157000000000");
}

static void
loghub_test_hdfs (void)
{
  loghub_test_expect (LOGHUB_HDFS,
                      "081109 204005 35 INFO dfs.FSNamesystem: BLOCK* NameSystem.addStoredBlock: blockMap updated: "
                      "10.251.73.220:50010 is added to blk_7128370237687728475 size 67108864",
                      "dfs.FSNamesystem info logged_at=1226263205000000000 process=35 "
                      "block_id=blk_7128370237687728475 size=67108864 node=10.251.73.220:50010");
  loghub_test_expect (LOGHUB_HDFS,
                      "081109 214043 2561 WARN dfs.DataNode$DataXceiver: 10.251.30.85:50010:Got exception while "
                      "serving blk_-2918118818249673980 to /10.251.90.64:",
                      "dfs.DataNode.DataXceiver warning logged_at=1226266843000000000 process=2561 "
                      "block_id=blk_-2918118818249673980 destination=10.251.90.64 node=10.251.30.85:50010");
  loghub_test_expect (LOGHUB_HDFS,
                      "081111 094832 26039 INFO dfs.DataNode$PacketResponder: Received block "
                      "blk_1190791818440776717 of size 67108864 from /10.251.43.147",
                      "dfs.DataNode.PacketResponder info logged_at=1226396912000000000 process=26039 "
                      "block_id=blk_1190791818440776717 size=67108864 source=10.251.43.147");
}

static void
loghub_test_openssh (void)
{
  loghub_test_expect (LOGHUB_OPENSSH,
                      "Dec 10 09:11:55 LabSZ sshd[24462]: Failed password for invalid user admin from 103.99.0.122 "
                      "port 54739 ssh2",
                      "sshd warning logged_at=1449738715000000000 host=LabSZ process=24462 address=103.99.0.122 "
                      "user=admin port=54739 method=password");
  loghub_test_expect (LOGHUB_OPENSSH,
                      "Dec 10 07:13:56 LabSZ sshd[24227]: message repeated 5 times: [ Failed password for root from "
                      "5.36.59.76 port 42393 ssh2]",
                      "sshd warning logged_at=1449731636000000000 host=LabSZ process=24227 address=5.36.59.76 "
                      "user=root port=42393 repeated=5 method=password");
  loghub_test_expect (LOGHUB_OPENSSH,
                      "Dec 10 07:28:28 LabSZ sshd[24267]: pam_unix(sshd:auth): authentication failure; logname= uid=0 "
                      "euid=0 tty=ssh ruser= rhost=112.95.230.3  user=root",
                      "sshd warning logged_at=1449732508000000000 host=LabSZ process=24267 address=112.95.230.3 "
                      "user=root uid=0");
  loghub_test_expect (LOGHUB_OPENSSH,
                      "Dec 10 09:32:20 LabSZ sshd[24680]: Accepted password for fztu from 119.137.62.142 port 49116 "
                      "ssh2",
                      "sshd notice logged_at=1449739940000000000 host=LabSZ process=24680 address=119.137.62.142 "
                      "user=fztu port=49116 method=password");
  loghub_test_expect (LOGHUB_OPENSSH,
                      "Dec 10 11:03:53 LabSZ sshd[25457]: fatal: Write failed: Connection reset by peer [preauth]",
                      "sshd critical logged_at=1449745433000000000 host=LabSZ process=25457");
}

static void
loghub_test_openstack (void)
{
  loghub_test_expect (
      LOGHUB_OPENSTACK,
      "nova-api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO nova.osapi_compute.wsgi.server "
      "[req-38101a0b-2096-447d-96ea-a692162415ae 113d3a99c3da401fbd62cc2caa5b96d2 54fadb412c4e40cdbaed9335e4c35a9e "
      "- - -] 10.11.10.1 \"GET /v2/servers/detail HTTP/1.1\" status: 200 len: 1893 time: 0.2477829",
      "nova.osapi_compute.wsgi.server info logged_at=1494892800008000000 source=nova-api process=25746 "
      "request_id=req-38101a0b-2096-447d-96ea-a692162415ae user_id=113d3a99c3da401fbd62cc2caa5b96d2 "
      "project_id=54fadb412c4e40cdbaed9335e4c35a9e client=10.11.10.1 method=GET path=/v2/servers/detail status=200 "
      "length=1893 duration=0.2477829");
  loghub_test_expect (
      LOGHUB_OPENSTACK,
      "nova-compute.log.1.2017-05-16_13:55:31 2017-05-16 00:09:49.541 2931 WARNING nova.compute.manager "
      "[req-3ea4052c-895d-4b64-9e2d-04d64c4d94ab - - - - -] [instance: bf8c824d-f099-4433-a41e-e3da7578262e] Took "
      "20.13 seconds to build instance.",
      "nova.compute.manager warning logged_at=1494893389541000000 source=nova-compute process=2931 "
      "request_id=req-3ea4052c-895d-4b64-9e2d-04d64c4d94ab instance_id=bf8c824d-f099-4433-a41e-e3da7578262e "
      "duration=20.1300000");
}

static void
loghub_test_no_match (void)
{
  static const char *const texts[] = {
    "", "no log line", "081109 203615", "[Sun Dec 04 04:51:08 2005] [", "\xff\xfe", "%s%n {message}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    for (LoghubFormat format = LOGHUB_APACHE; format <= LOGHUB_OPENSTACK; format++)
      loghub_test_expect (format, texts[i], "no match");
  loghub_test_expect (LOGHUB_APACHE, "[Sun Foo 04 04:51:08 2005] [notice] no such month", "no match");
  loghub_test_expect (LOGHUB_HDFS, "081399 203615 148 INFO dfs.DataNode: no such day", "no match");
  loghub_test_expect (LOGHUB_HDFS,
                      "Dec 10 09:32:20 LabSZ sshd[24680]: Accepted password for fztu from 119.137.62.142 port 49116",
                      "no match");
}

typedef struct
{
  const char *file;
  LoghubFormat format;
  struct
  {
    const char *key;
    guint n;
  } expected[16]; /* how many lines have the field; found by grep */
} LoghubTestFile;

static const LoghubTestFile loghub_test_apache_file = {
  "Apache_2k.log",
  LOGHUB_APACHE,
  { { "logged_at", 2000 }, { "child", 848 }, { "client", 32 }, { "path", 601 }, { "slot", 836 }, { "state", 539 } },
};

static const LoghubTestFile loghub_test_hdfs_file = {
  "HDFS_2k.log",
  LOGHUB_HDFS,
  { { "logged_at", 2000 },
    { "process", 2000 },
    { "block_id", 2000 },
    { "destination", 680 },
    { "node", 481 },
    { "path", 378 },
    { "size", 608 },
    { "source", 586 } },
};

static const LoghubTestFile loghub_test_openssh_file = {
  "OpenSSH_2k.log",
  LOGHUB_OPENSSH,
  { { "logged_at", 2000 },
    { "process", 2000 },
    { "host", 2000 },
    { "address", 1739 },
    { "user", 1142 },
    { "port", 525 },
    { "method", 525 },
    { "uid", 505 },
    { "repeated", 12 } },
};

static const LoghubTestFile loghub_test_openstack_file = {
  "OpenStack_2k.log",
  LOGHUB_OPENSTACK,
  { { "logged_at", 2000 },
    { "process", 2000 },
    { "source", 2000 },
    { "request_id", 1845 },
    { "user_id", 1191 },
    { "project_id", 1191 },
    { "client", 1017 },
    { "status", 1017 },
    { "length", 1017 },
    { "duration", 1103 },
    { "instance_id", 557 },
    { "image_id", 164 },
    { "memory_mb", 21 } },
};

static gboolean
loghub_test_has (const LoghubLine *line, const char *key)
{
  for (guint i = 0; i < line->n_fields; i++)
    if (g_str_equal (line->fields[i].key, key))
      return TRUE;
  return FALSE;
}

static guint
loghub_test_count (char **texts, LoghubFormat format, const char *key)
{
  g_autoptr (LoghubParser) parser = loghub_parser_new (format);
  guint n = 0;
  LoghubLine line;

  for (guint i = 0; texts[i] != NULL; i++)
    n += loghub_parser_read (parser, g_strchomp (texts[i]), &line) && loghub_test_has (&line, key);
  return n;
}

/* Every line of the file has the head of its format, and each field stands in as many lines as it should. */
static void
loghub_test_file (gconstpointer data)
{
  const LoghubTestFile *file = data;
  g_autofree char *path = g_build_filename (g_test_get_dir (G_TEST_DIST), "..", "data", "samples", file->file, NULL);
  g_autofree char *bytes = NULL;
  g_auto (GStrv) texts = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &bytes, NULL, &error);
  g_assert_no_error (error);
  texts = g_strsplit (bytes, "\r\n", -1);
  for (guint i = 0; i < G_N_ELEMENTS (file->expected) && file->expected[i].key != NULL; i++)
    {
      guint n = loghub_test_count (texts, file->format, file->expected[i].key);

      g_test_message ("%s: %s in %u lines", file->file, file->expected[i].key, n);
      g_assert_cmpuint (n, ==, file->expected[i].n);
    }
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/loghub-parse/apache", loghub_test_apache);
  g_test_add_func ("/loghub-parse/hdfs", loghub_test_hdfs);
  g_test_add_func ("/loghub-parse/openssh", loghub_test_openssh);
  g_test_add_func ("/loghub-parse/openstack", loghub_test_openstack);
  g_test_add_func ("/loghub-parse/no-match", loghub_test_no_match);
  g_test_add_data_func ("/loghub-parse/file/apache", &loghub_test_apache_file, loghub_test_file);
  g_test_add_data_func ("/loghub-parse/file/hdfs", &loghub_test_hdfs_file, loghub_test_file);
  g_test_add_data_func ("/loghub-parse/file/openssh", &loghub_test_openssh_file, loghub_test_file);
  g_test_add_data_func ("/loghub-parse/file/openstack", &loghub_test_openstack_file, loghub_test_file);
  return g_test_run ();
}
