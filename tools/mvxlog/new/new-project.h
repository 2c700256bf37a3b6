/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The project of a new plugin, from the templates in data/template that the tool carries. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const char *name;     /* of the plugin */
  const char *language; /* c, vala or c++ */
  const char *licence;  /* SPDX expression */
  const char *folder;   /* that is made for it */
} MvxNewProject;

/* Why @name can be no plugin's name; NULL if it can. (transfer full) */
char    *mvx_new_project_check_name (const char          *name);
/* Writes the files; @written gets their names, sorted. An existing folder is an error, and nothing is written. */
gboolean mvx_new_project_write      (const MvxNewProject *project,
                                     GPtrArray           *written,
                                     GError             **error);

G_END_DECLS
