/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "async/kept-private.h"

#include "event/event-private.h"

MvxLogKeptItem *
mvx_log_kept_item_new (const MvxLogEvent *event)
{
  MvxLogKeptItem *item = g_try_new0 (MvxLogKeptItem, 1);

  if (item)
    item->event = mvx_log_event_try_copy (event);
  if (item && item->event)
    return item;
  g_free (item);
  return NULL;
}

void
mvx_log_kept_push (MvxLogKept *self, MvxLogKeptItem *item)
{
  if (self->last)
    self->last->next = item;
  else
    self->first = item;
  self->last = item;
  self->length++;
  self->bytes += item->event->record->size;
}

MvxLogEvent *
mvx_log_kept_pop (MvxLogKept *self)
{
  MvxLogKeptItem *item = self->first;
  MvxLogEvent *event;

  if (item == NULL)
    return NULL;
  event = item->event;
  self->first = item->next;
  if (self->first == NULL)
    self->last = NULL;
  self->length--;
  self->bytes -= event->record->size;
  g_free (item);
  return event;
}

void
mvx_log_kept_prepend (MvxLogKept *self, MvxLogKept *older)
{
  if (older->last == NULL)
    return;
  older->last->next = self->first;
  self->first = older->first;
  if (self->last == NULL)
    self->last = older->last;
  self->length += older->length;
  self->bytes += older->bytes;
  *older = (MvxLogKept){ 0 };
}

void
mvx_log_kept_clear (MvxLogKept *self)
{
  MvxLogEvent *event;

  while ((event = mvx_log_kept_pop (self)))
    mvx_log_event_free (event);
}
