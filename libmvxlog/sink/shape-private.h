/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of an event for one sink: filter, redaction, processors, in this order; what processors have made is
 * redacted, too. A shape never changes; a sink is given another one. */
#pragma once

#include <mvxlog/options.h>
#include <mvxlog/processor.h>

#include "sink/filter-private.h"
#include "sink/redact-private.h"

G_BEGIN_DECLS

/* redact, redact-text, redact-action, personal-action, secret-action, hash-key, hash-key-file, contexts, match, filter, processors */
extern const MvxLogOptionSpec mvx_log_shape_options[];

typedef struct _MvxLogShape MvxLogShape;

typedef enum
{
  MVX_LOG_SHAPE_DROPPED,
  MVX_LOG_SHAPE_FAILED,
  MVX_LOG_SHAPE_SHORT, /* there is no memory for it */
  MVX_LOG_SHAPE_DONE
} MvxLogShapeResult;

/* As @options say; @processors is nullable. NULL without error: nothing is to be done. */
MvxLogShape       *mvx_log_shape_new    (MvxLogOptions       *options,
                                         GPtrArray           *processors,
                                         GError             **error);
MvxLogShape       *mvx_log_shape_ref    (MvxLogShape         *shape);
void               mvx_log_shape_unref  (MvxLogShape         *shape);
/* The processors that the program has registered under the names that @options have. NULL: one is missing. */
GPtrArray         *mvx_log_shape_find_processors (MvxLogOptions  *options,
                                                  GError        **error);
/* One that differs from @shape (nullable) in one thing; the function is taken over, also if NULL. */
MvxLogShape       *mvx_log_shape_with_processors (MvxLogShape      *shape,
                                                  GPtrArray        *processors);
MvxLogShape       *mvx_log_shape_with_func       (MvxLogShape      *shape,
                                                  MvxLogFilterFunc  func,
                                                  gpointer          data,
                                                  GDestroyNotify    destroy);
MvxLogShape       *mvx_log_shape_with_options    (MvxLogShape      *shape,
                                                  MvxLogOptions    *options,
                                                  GError          **error);
/* @next with the function of @old; both nullable. */
MvxLogShape       *mvx_log_shape_renew           (MvxLogShape      *old,
                                                  MvxLogShape      *next);
GPtrArray         *mvx_log_shape_get_processors  (MvxLogShape      *shape); /* (nullable) (transfer none) */
/* Is this one of our options, not one of a plugin that has the same name? */
gboolean           mvx_log_shape_has_option (const MvxLogOptionSpec *spec);

/* @shape is nullable: then secrets are masked. @record receives what is to be delivered, valid until @buffer changes. */
MvxLogShapeResult  mvx_log_shape_apply  (const MvxLogShape   *shape,
                                         const MvxLogDraft   *base,
                                         MvxLogBuffer        *buffer,
                                         const MvxLogRecord **record,
                                         GError             **error);
/* Redaction alone, of a draft or of a finished message, which is taken over. @shape is nullable. */
void               mvx_log_shape_redact (const MvxLogShape   *shape,
                                         MvxLogDraft         *draft);
char              *mvx_log_shape_redact_message (const MvxLogShape *shape,
                                         char                *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxLogShape, mvx_log_shape_unref)

G_END_DECLS
