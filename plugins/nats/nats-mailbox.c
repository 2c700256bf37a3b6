/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nats-mailbox.h"

#include <pthread.h>

#include "../common/alarm.h"

struct _MvxNatsMailbox
{
  gpointer address;
  MvxNatsLetterFunc func;
  gpointer data;
  GSource *source;
  GArray *letters; /* with mvx_nats_mailboxes_lock */
};

/* Address -> mailbox. Held over fork(), so that a child finds it free: a thread of libnats may have it at any time. */
static GMutex mvx_nats_mailboxes_lock;
static GHashTable *mvx_nats_mailboxes;
static gsize mvx_nats_mailboxes_last;

static void
mvx_nats_mailboxes_before_fork (void)
{
  g_mutex_lock (&mvx_nats_mailboxes_lock);
}

static void
mvx_nats_mailboxes_after_fork (void)
{
  g_mutex_unlock (&mvx_nats_mailboxes_lock);
}

/* The handlers go with the plugin when that is unloaded. */
static void
mvx_nats_mailboxes_set_up (void)
{
  static gsize done = 0;

  if (!g_once_init_enter (&done))
    return;
  pthread_atfork (mvx_nats_mailboxes_before_fork, mvx_nats_mailboxes_after_fork, mvx_nats_mailboxes_after_fork);
  g_once_init_leave (&done, 1);
}

static void
mvx_nats_letter_clear (gpointer data)
{
  MvxNatsLetter *letter = data;

  g_free (letter->text);
  natsMsg_Destroy (letter->message);
  natsConnection_Destroy (letter->connection);
}

static GArray *
mvx_nats_mailbox_new_letters (void)
{
  GArray *letters = g_array_new (FALSE, FALSE, sizeof (MvxNatsLetter));

  g_array_set_clear_func (letters, mvx_nats_letter_clear);
  return letters;
}

/* With the last of them it may be gone: then the source is, too. */
static void
mvx_nats_mailbox_read (gpointer data)
{
  MvxNatsMailbox *self = data;
  g_autoptr (GSource) source = g_source_ref (self->source);
  g_autoptr (GArray) letters = mvx_nats_mailbox_new_letters ();
  GArray *full;

  g_mutex_lock (&mvx_nats_mailboxes_lock);
  full = self->letters;
  self->letters = g_steal_pointer (&letters);
  g_mutex_unlock (&mvx_nats_mailboxes_lock);
  letters = full;
  for (guint i = 0; i < letters->len && !g_source_is_destroyed (source); i++)
    self->func (&g_array_index (letters, MvxNatsLetter, i), self->data);
}

MvxNatsMailbox *
mvx_nats_mailbox_new (GMainContext *context, MvxNatsLetterFunc func, gpointer data)
{
  MvxNatsMailbox *self = g_new0 (MvxNatsMailbox, 1);

  mvx_nats_mailboxes_set_up ();
  self->func = func;
  self->data = data;
  self->letters = mvx_nats_mailbox_new_letters ();
  self->source = mvx_alarm_new (context, "[mvxlog] nats", mvx_nats_mailbox_read, self);
  g_mutex_lock (&mvx_nats_mailboxes_lock);
  if (mvx_nats_mailboxes == NULL)
    mvx_nats_mailboxes = g_hash_table_new (NULL, NULL);
  self->address = GSIZE_TO_POINTER (++mvx_nats_mailboxes_last);
  g_hash_table_insert (mvx_nats_mailboxes, self->address, self);
  g_mutex_unlock (&mvx_nats_mailboxes_lock);
  return self;
}

void
mvx_nats_mailbox_free (MvxNatsMailbox *self)
{
  g_mutex_lock (&mvx_nats_mailboxes_lock);
  g_hash_table_remove (mvx_nats_mailboxes, self->address);
  if (g_hash_table_size (mvx_nats_mailboxes) == 0)
    g_clear_pointer (&mvx_nats_mailboxes, g_hash_table_unref);
  g_mutex_unlock (&mvx_nats_mailboxes_lock);
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_array_unref (self->letters);
  g_free (self);
}

gpointer
mvx_nats_mailbox_get_address (const MvxNatsMailbox *self)
{
  return self->address;
}

void
mvx_nats_mailbox_post (gpointer address, MvxNatsLetter letter)
{
  MvxNatsMailbox *mailbox;

  g_mutex_lock (&mvx_nats_mailboxes_lock);
  mailbox = mvx_nats_mailboxes ? g_hash_table_lookup (mvx_nats_mailboxes, address) : NULL;
  if (mailbox)
    {
      g_array_append_val (mailbox->letters, letter);
      mvx_alarm_set (mailbox->source, 0);
    }
  g_mutex_unlock (&mvx_nats_mailboxes_lock);
  if (mailbox == NULL)
    mvx_nats_letter_clear (&letter);
}
