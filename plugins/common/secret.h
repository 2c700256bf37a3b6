/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A password, as an option or in a file of its own. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The first line of @path; @who wants it, for the message of an error. Free with mvx_secret_free(). */
char *mvx_secret_read (const char  *path,
                       const char  *who,
                       GError     **error);
/* Nothing of it remains. */
void  mvx_secret_free (char        *secret);

G_END_DECLS
