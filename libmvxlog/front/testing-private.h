/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libmvxlog-test-1 needs of the inside of libmvxlog. Both are built and installed together; nobody else calls this. */
#pragma once

#include <mvxlog/context.h>
#include <mvxlog/plugin-abi.h>

#include "sink/host-private.h"

G_BEGIN_DECLS

typedef struct
{
  gsize size; /* of this structure in the library that answers */

  /* A context and all below it log to @sink, from the lowest level on, until the end. */
  gpointer        (*begin_capture)  (const char *context, MvxLogSink *sink);
  void            (*end_capture)    (gpointer capture);
  gboolean        (*is_context)     (const char *name);

  /* Events without context tree or sinks, and as text for people. */
  MvxLogEvent    *(*make_event)     (const char *context, gint level, const char *message_template,
                                     const MvxLogField *fields, guint n_fields);
  MvxLogEvent    *(*make_event_from_args) (const char *context, gint level, const char *message_template,
                                     const MvxLogCallsite *site, const MvxLogArg *args);
  MvxLogEvent    *(*make_event_from_variant) (const char *context, gint level, const char *message_template,
                                     GVariant *fields);
  void            (*append_pair)    (GString *text, const char *key, const MvxLogValue *value);

  /* Time stamps of events. */
  void            (*set_clock)      (gint64 ns);
  void            (*end_clock)      (void);

  /* The host of a plugin's instance, and the plugin's options. */
  MvxLogSinkHost *(*make_host)      (const char *name, const MvxLogHostFuncs *funcs, gpointer data);
  void            (*free_host)      (MvxLogSinkHost *host);
  void            (*cancel_host)    (MvxLogSinkHost *host);
  GVariant       *(*get_host_counts) (MvxLogSinkHost *host);
  MvxLogOptions  *(*make_options)   (const MvxLogStaticPlugin *plugin);
  MvxLogSinkDescriptor *(*describe) (const MvxLogStaticPlugin *plugin, const char *sink, MvxLogOptions *options,
                                     GError **error);
} MvxLogTestingHooks;

MVX_LOG_EXPORT
const MvxLogTestingHooks *mvx_log_testing_hooks_ (void);

G_END_DECLS
