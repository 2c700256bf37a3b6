/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "context/node-private.h"

MvxLogContext *
mvx_log_node_view (MvxLogNodeFull *node, MvxLogFieldSet *bound)
{
  MvxLogContext *context = g_new (MvxLogContext, 1);

  context->head.node = &node->head;
  context->head.bound = bound;
  context->ref_count = 1;
  return context;
}

MvxLogContext *
mvx_log_node_ref_context (MvxLogNodeFull *node)
{
  g_atomic_int_inc (&node->context->ref_count);
  return node->context;
}
