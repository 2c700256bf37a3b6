/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a format is. A new one is a file with a table like these and a line in renderer.c. */
#pragma once

#include <mvxlog/renderer.h>

#include "render/render-settings-private.h"

G_BEGIN_DECLS

typedef struct
{
  const char *name;
  /* Optional. */
  gboolean (*set_up)    (MvxLogRenderer       *renderer,
                         GError              **error);
  void     (*tear_down) (MvxLogRenderer       *renderer);
  /* Appends one line with its newline. Any thread, several at a time. */
  void     (*render)    (const MvxLogRenderer *renderer,
                         const MvxLogEvent    *event,
                         MvxLogBuffer         *buffer);
} MvxLogFormat;

struct _MvxLogRenderer
{
  const MvxLogFormat  *format;
  gatomicrefcount      ref_count;
  MvxLogRenderSettings settings;
  gpointer             data;     /* the format's own */
  guint64              owner;    /* of heads of lines; another one when what it puts into them changes */
  guint32              process;  /* its number */
  guint8               pid_len;
  char                 pid[19];  /* ,"pid":N */
};

extern const MvxLogFormat mvx_log_format_json;
/* What json is with other keys. */
extern const MvxLogFormat mvx_log_format_ecs;
extern const MvxLogFormat mvx_log_format_gelf;
extern const MvxLogFormat mvx_log_format_logfmt;
extern const MvxLogFormat mvx_log_format_pretty;
extern const MvxLogFormat mvx_log_format_pattern;
extern const MvxLogFormat mvx_log_format_template;

/* When the library was loaded, in nanoseconds since 1970. Tests set it. */
extern gint64 mvx_log_pretty_start;

/* After a fork, and in tests. Not while another thread renders. */
void mvx_log_renderer_set_pid (MvxLogRenderer *renderer,
                               guint32         pid);

/* This process's number in decimal. */
static inline guint8 *
mvx_log_renderer_put_pid (guint8               *out,
                          const MvxLogRenderer *renderer)
{
  gsize len = renderer->pid_len - 7u;

  memcpy (out, renderer->pid + 7, len);
  return out + len;
}

/* That of the process which has logged the event; 0 if nobody knows. */
guint32     mvx_log_renderer_pid_of  (const MvxLogRenderer *renderer,
                                      const MvxLogEvent    *event);
/* The host that an event has come from; NULL for one of ours. */
const char *mvx_log_renderer_host_of (const MvxLogEvent    *event);

G_END_DECLS
