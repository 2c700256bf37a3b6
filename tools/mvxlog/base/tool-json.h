/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading JSON (RFC 8259) without losing anything: numbers stay the digits they are, members keep their order, values
 * that are not looked into keep their text. json-glib turns numbers above 2^63 negative and takes what is no JSON. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MVX_JSON_NULL,
  MVX_JSON_BOOL,
  MVX_JSON_NUMBER,
  MVX_JSON_STRING,
  MVX_JSON_ARRAY,
  MVX_JSON_OBJECT
} MvxJsonKind;

/* A value as it is written. */
typedef struct
{
  MvxJsonKind kind;
  const char *start;
  gsize       length;
} MvxJsonSlice;

/* Walks the members of an object or the items of an array. */
typedef struct
{
  const char *p;
  const char *end;
} MvxJsonIter;

/* Is the whole of @text one value? Containers may be 64 deep. FALSE: @at (nullable) is where it stops being one. */
gboolean  mvx_json_check      (const char         *text,
                               gsize               length,
                               MvxJsonSlice       *value,
                               gsize              *at);
/* @container must come from a slice that was checked. @key is left alone for arrays. */
void      mvx_json_iter_init  (MvxJsonIter        *iter,
                               const MvxJsonSlice *container);
gboolean  mvx_json_iter_next  (MvxJsonIter        *iter,
                               MvxJsonSlice       *key,
                               MvxJsonSlice       *value);
/* Appends what a string means; half a surrogate pair becomes U+FFFD. */
void      mvx_json_unquote    (const MvxJsonSlice *string,
                               GString            *out);
/* Whole numbers as x, above that as t; others d; null as mv; arrays av, objects a{sv}. (floating) */
GVariant *mvx_json_to_variant (const MvxJsonSlice *value);

G_END_DECLS
