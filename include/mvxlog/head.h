/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the level gate reads. */
#pragma once

#include <mvxlog/types.h>

G_BEGIN_DECLS

/**
 * MvxLogNode:
 * @threshold: least level that any sink of the context wants
 * @unresolved: the handle has not been looked up yet
 *
 * The level word of a context: owned by the library, never freed.
 *
 * Since: 1.0
 */
struct _MvxLogNode
{
  gint     threshold;
  gboolean unresolved;
};

/**
 * MvxLogHead:
 * @node: the level word
 * @bound: fields that the context adds
 *
 * What a handle and a context begin with, so that the macros treat them alike.
 *
 * Since: 1.0
 */
typedef struct
{
  const MvxLogNode *node;
  gconstpointer     bound;
} MvxLogHead;

G_END_DECLS
