/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handles of source files: looked up when they are first used. */
#include <mvxlog/log.h>

#include "base/diag-private.h"
#include "context/tree-internal.h"
#include "front/bootstrap-private.h"

/* Every level passes, so that the first call comes here. */
const MvxLogNode mvx_log_unresolved_node = { G_MININT, TRUE };

static MvxLogNodeFull *
mvx_log_handle_find (const char *name)
{
  g_autoptr (GError) error = NULL;

  mvx_log_front_registry ();
  if (mvx_log_context_check_name (name, &error))
    return mvx_log_tree_find_node (name);
  mvx_log_diag (MVX_LOG_LEVEL_CRITICAL, "%s; its events go to the root context", error->message);
  return mvx_log_tree_find_node ("");
}

/**
 * mvx_log_handle_resolve: (skip)
 * @name: name of a context; empty for the root
 *
 * Finds the level word of a context. What %MVX_LOG_CONTEXT and the macros use. A name that is not a context name is
 * told on the diagnostics and stands for the root. Thread-safe.
 *
 * Returns: (transfer none): the word, which lives for ever
 *
 * Since: 1.0
 */
const MvxLogNode *
mvx_log_handle_resolve (const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);
  return &mvx_log_handle_find (name)->head;
}

/**
 * mvx_log_handle_context: (skip)
 * @handle: a handle
 *
 * Gives the context that a handle stands for. Thread-safe.
 *
 * Returns: (transfer full): the context
 *
 * Since: 1.0
 */
MvxLogContext *
mvx_log_handle_context (MvxLogHandle *handle)
{
  g_return_val_if_fail (handle != NULL, NULL);
  return mvx_log_context_ref (mvx_log_handle_find (handle->name)->context);
}
