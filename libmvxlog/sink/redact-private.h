/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a sink must not see: fields by their keys, parts of texts by what they look like, and fields that were marked as
 * personal or secret. */
#pragma once

#include "event/draft-private.h"
#include "sink/redact-text-private.h"

G_BEGIN_DECLS

/* The greater wins where several apply. */
typedef enum
{
  MVX_LOG_REDACT_KEEP,
  MVX_LOG_REDACT_HASH,
  MVX_LOG_REDACT_MASK,
  MVX_LOG_REDACT_DROP
} MvxLogRedactAction;

typedef struct
{
  char             **patterns; /* globs in lower case; NULL for none */
  MvxLogTextPatterns *texts;   /* NULL for none */
  MvxLogRedactAction by_key;   /* and of texts */
  MvxLogRedactAction personal;
  MvxLogRedactAction secret;
  GBytes            *hash_key; /* needed by HASH */
} MvxLogRedactor;

/* For sinks of which nothing was said: secrets are masked. */
extern const MvxLogRedactor mvx_log_redactor_default;

/* Letters of a key match whether they are small or capital: HTTP headers are keys, too. */
MvxLogRedactAction mvx_log_redactor_of_key (const MvxLogRedactor *redactor,
                                            const char           *key);
/* Redacts the fields of a draft that have not been yet, also inside lists and maps, and its finished message. */
void               mvx_log_redactor_apply  (const MvxLogRedactor *redactor,
                                            MvxLogDraft          *draft);
/* @text without what must not be seen; NULL if there is nothing of it. */
GString           *mvx_log_redactor_in_text (const MvxLogRedactor *redactor,
                                            const char           *text,
                                            gsize                 len);
void               mvx_log_redactor_clear  (MvxLogRedactor       *redactor);

G_END_DECLS
