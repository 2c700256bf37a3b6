/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The http plugin and certificates. */
#include "http-fixture.h"
#include "tls-fixture.h"

typedef struct
{
  HttpFixture http;
  TlsFiles *files; /* NULL: the test is skipped */
} TlsFixture;

static void
set_up (TlsFixture *fixture, gconstpointer data)
{
  g_autofree char *why_not = NULL;

  http_fixture_set_up (&fixture->http, NULL);
  fixture->files = tls_files_new (&why_not);
  if (fixture->files == NULL)
    g_test_skip (why_not);
}

static void
tear_down (TlsFixture *fixture, gconstpointer data)
{
  http_fixture_tear_down (&fixture->http, NULL);
  tls_files_free (fixture->files);
}

static void
set_file (TlsFixture *fixture, const char *option, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->files->directory, name, NULL);

  http_set (&fixture->http, option, path);
}

/* A server that has the certificate NAME.pem, and maybe wants to see one. */
static void
serve (TlsFixture *fixture, const char *name, gboolean wants)
{
  g_autofree char *pem = g_strdup_printf ("%s/%s.pem", fixture->files->directory, name);
  g_autofree char *key = g_strdup_printf ("%s/%s.key", fixture->files->directory, name);
  g_autofree char *ca = g_build_filename (fixture->files->directory, "ca.pem", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_files (pem, key, &error);
  g_autoptr (GTlsDatabase) authorities = wants ? g_tls_file_database_new (ca, &error) : NULL;

  g_assert_no_error (error);
  http_start (&fixture->http.server, 0, certificate, authorities);
  http_set_url (&fixture->http, "https", "127.0.0.1", "/");
  http_add_events (&fixture->http, 1);
}

static void
test_good (TlsFixture *fixture, gconstpointer data)
{
  if (fixture->files == NULL)
    return;
  serve (fixture, "server", FALSE);
  set_file (fixture, "ca-file", "ca.pem");
  http_open (&fixture->http);
  http_assert_delivers (&fixture->http, 0);
  http_assert_delivers (&fixture->http, 0);
  g_assert_true (mvx_static_plugin_http.plugin->probe (fixture->http.options, -1, NULL));
}

typedef struct
{
  const char *certificate;
  const char *authority;
  const char *expected;
} FlawCase;

static const FlawCase flaw_cases[] = {
  { "server", "other-ca.pem", "its certificate is from an unknown authority; name that in ca-file" },
  { "misnamed", "ca.pem", "its certificate is for another name; correct url" },
  { "expired", "ca.pem", "its certificate has expired; renew it" },
};

/* Such a server gets to see nothing. */
static void
test_flaws (TlsFixture *fixture, gconstpointer data)
{
  for (guint i = 0; fixture->files && i < G_N_ELEMENTS (flaw_cases); i++)
    {
      g_autofree char *expected = g_strdup_printf ("No answer of HTTP server at 'URL': %s", flaw_cases[i].expected);

      serve (fixture, flaw_cases[i].certificate, FALSE);
      set_file (fixture, "ca-file", flaw_cases[i].authority);
      http_open (&fixture->http);
      http_assert_waits (&fixture->http, 0, 0, expected);
      g_assert_cmpuint (fixture->http.error->domain, ==, G_TLS_ERROR);
      http_assert_no_more (&fixture->http.server);
      http_close (&fixture->http);
      http_stop (&fixture->http.server);
    }
}

static void
test_client (TlsFixture *fixture, gconstpointer data)
{
  if (fixture->files == NULL)
    return;
  serve (fixture, "server", TRUE);
  set_file (fixture, "ca-file", "ca.pem");
  http_open (&fixture->http);
  /* What it says without one is not the same each time: TLS 1.3 refuses after the handshake. */
  g_assert_cmpint (http_dispatch (&fixture->http, 0), ==, MVX_LOG_DISPATCH_RETRY);
  http_assert_no_more (&fixture->http.server);
  http_close (&fixture->http);
  set_file (fixture, "client-certificate", "client.pem");
  set_file (fixture, "client-key", "client.key");
  http_open (&fixture->http);
  http_assert_delivers (&fixture->http, 0);
  http_request_free (http_take (&fixture->http.server));
}

/* Plain text where TLS is expected. */
static void
test_plain (TlsFixture *fixture, gconstpointer data)
{
  if (fixture->files == NULL)
    return;
  http_start (&fixture->http.server, 0, NULL, NULL);
  http_set_url (&fixture->http, "https", "127.0.0.1", "/");
  http_set (&fixture->http, "timeout", "500ms");
  http_add_events (&fixture->http, 1);
  http_open (&fixture->http);
  /* How far it comes within the time is the machine's affair. */
  do
    g_assert_cmpint (http_dispatch (&fixture->http, 0), ==, MVX_LOG_DISPATCH_RETRY);
  while (!g_str_has_suffix (fixture->http.error->message,
                            "': it took longer than 0.500 s to shake hands; is it TLS that listens there?"));
  http_assert_no_more (&fixture->http.server);
}

static void
test_files (TlsFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  if (fixture->files == NULL)
    return;
  http_set (&fixture->http, "url", "https://127.0.0.1/");
  http_set (&fixture->http, "ca-file", "/nowhere/ca.pem");
  g_assert_null (mvx_static_plugin_http.create (fixture->http.options, fixture->http.host, &error));
  g_assert_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE);
  g_assert_true (g_str_has_prefix (error->message, "ca-file: cannot use '/nowhere/ca.pem': "));
  g_assert_true (g_str_has_suffix (error->message, "; give a PEM file that can be read"));
}

#define ADD(name, func) g_test_add ("/http-tls/" name, TlsFixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("good", test_good);
  ADD ("flaws", test_flaws);
  ADD ("client", test_client);
  ADD ("plain", test_plain);
  ADD ("files", test_files);
  return g_test_run ();
}
