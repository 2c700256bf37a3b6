/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the kinds of events that a program or a library names with MVX_LOG_EVENT_ID, in its file: it is not run. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const char *id; /* as it stands there: 32 digits or a UUID */
  const char *name;
  const char *text;
} MvxExplainEntry;

/* The entries (MvxExplainEntry), which point into @bytes. */
GArray *mvx_explain_scan (const char *bytes,
                          gsize       size);
/* Do the two name the same 128 bits? */
gboolean mvx_explain_same (const char *a,
                           const char *b);
/* 32 digits or a UUID? */
gboolean mvx_explain_is_id (const char *text);

G_END_DECLS
