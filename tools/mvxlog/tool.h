/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the subcommands of the mvxlog tool share: arguments, output, exit codes. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_TOOL_OK = 0,
  MVX_TOOL_PROBLEM = 1,
  MVX_TOOL_USAGE = 2,
  MVX_TOOL_UNREACHABLE = 3
} MvxToolStatus;

/* A subcommand; @argv[0] is its name. Returns the exit status. */
int  mvx_tool_check  (int    argc,
                      char **argv);
int  mvx_tool_emit   (int    argc,
                      char **argv);
int  mvx_tool_exec   (int    argc,
                      char **argv);
int  mvx_tool_explain (int   argc,
                      char **argv);
int  mvx_tool_plugin (int    argc,
                      char **argv);
int  mvx_tool_receive (int   argc,
                      char **argv);
int  mvx_tool_recover (int   argc,
                      char **argv);
int  mvx_tool_spool  (int    argc,
                      char **argv);
int  mvx_tool_top    (int    argc,
                      char **argv);
int  mvx_tool_view   (int    argc,
                      char **argv);

typedef struct
{
  const char         *command; /* "view", "plugin list" */
  const char         *params;  /* "[FILE…]" */
  const char         *summary;
  const char         *details; /* (nullable): behind the options in --help */
  const GOptionEntry *entries;
} MvxToolUsage;

/* Parses the options of a subcommand. FALSE: @status is what to exit with (--help was printed, or the mistake said). */
gboolean mvx_tool_parse       (const MvxToolUsage *usage,
                               int                *argc,
                               char             ***argv,
                               int                *status);
/* Says what is wrong with the command line; returns MVX_TOOL_USAGE. */
int      mvx_tool_usage_error (const char         *command,
                               const char         *format,
                               ...) G_GNUC_PRINTF (2, 3);
/* One line on standard error. Control characters in it are escaped. */
void     mvx_tool_error       (const char         *format,
                               ...) G_GNUC_PRINTF (1, 2);

/* Standard output, buffered. Nobody reading it any more is no error: output is then quietly thrown away. */
void     mvx_tool_out         (const char         *data,
                               gssize              length);
void     mvx_tool_outf        (const char         *format,
                               ...) G_GNUC_PRINTF (1, 2);
void     mvx_tool_flush       (void);
/* Is it no use to write any more? */
gboolean mvx_tool_out_closed  (void);
/* Flushes; @status, or MVX_TOOL_PROBLEM if output was lost. */
int      mvx_tool_finish      (int                 status);

G_END_DECLS
