/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the event floor: the names of levels. */
#pragma once

#include "event/level-private.h"

G_BEGIN_DECLS

typedef struct _MvxLogLevelName MvxLogLevelName;

/* Never freed: renderers keep the text. */
struct _MvxLogLevelName
{
  const char      *name;   /* lower case */
  gint             level;
  const char      *colour; /* SGR parameters of ECMA-48, such as "31;1" */
  const char      *icon;
  gboolean         builtin;
  gboolean         alias;
  MvxLogLevelName *next;
};

/* New ones go in front, published with release; readers start with acquire. */
extern MvxLogLevelName *mvx_log_level_names;

MvxLogLevelName *mvx_log_level_by_name (const char *name);
MvxLogLevelName *mvx_log_level_by_number (gint level);
/* After a registration, with its mutex. */
void             mvx_log_level_renew_labels (void);

G_END_DECLS
