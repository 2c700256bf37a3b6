/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Certificates for localhost, made by openssl, and what is wrong with some of them. */
#pragma once

#include "../broken/fixture.h"
#include "instance.h"
#include "peer.h"

typedef struct
{
  char *directory; /* ca.pem other-ca.pem; server, client, expired, misnamed, each .pem and .key */
} TlsFiles;

/* In the directory. */
#define TLS_SCRIPT                                                                                                     \
  "set -e\n"                                                                                                           \
  "key () { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }\n"                           \
  "authority () { key $1; openssl req -x509 -new -key $1.key -subj /CN=$1 -days 30 -out $1.pem; }\n"                   \
  "certificate () {\n"                                                                                                 \
  "  key $1; openssl req -new -key $1.key -subj /CN=$2 -out $1.csr; echo subjectAltName=$3 > $1.ext\n"                  \
  "  openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days $4 -extfile $1.ext -out $1.pem\n"      \
  "}\n"                                                                                                                \
  "authority ca; authority other-ca\n"                                                                                 \
  "certificate server localhost DNS:localhost,IP:127.0.0.1 30\n"                                                       \
  "certificate client client.example.org DNS:client.example.org 30\n"                                                  \
  "certificate misnamed elsewhere.example.org DNS:elsewhere.example.org 30\n"                                          \
  "certificate expired localhost DNS:localhost -1\n"

/* NULL, with the reason, without openssl or without TLS in GIO. */
static inline TlsFiles *
tls_files_new (char **why_not)
{
  g_autofree char *openssl = g_find_program_in_path ("openssl");
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  const char *const argv[] = { "sh", "-c", TLS_SCRIPT, NULL };
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *said = NULL;
  TlsFiles *self;

  if (openssl == NULL || !g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      *why_not = g_strdup (openssl ? "glib-networking is not installed" : "openssl is not installed");
      return NULL;
    }
  self = g_new0 (TlsFiles, 1);
  self->directory = fixture_make_directory ();
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_subprocess_launcher_set_cwd (launcher, self->directory);
  process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, NULL, &said, &error));
  if (!g_subprocess_get_successful (process))
    g_error ("openssl: %s", said);
  return self;
}

static inline void
tls_files_free (TlsFiles *self)
{
  if (self == NULL)
    return;
  peer_end_pool ();
  fixture_remove (self->directory);
  g_free (self->directory);
  g_free (self);
}

static inline void
tls_set (Instance       *instance,
         const TlsFiles *self,
         const char     *option,
         const char     *file)
{
  g_autofree char *path = g_build_filename (self->directory, file, NULL);

  instance_set (instance, option, path);
}
