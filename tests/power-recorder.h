/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records what a program does to the files below a directory, and makes directories as they may be found after the power
 * has failed at any point: what was synced is there; of everything else each write, and each name in a directory, is there or
 * not, or a write is there in some of its sectors only. */
#pragma once

#include "spool-disk.h"
#include "spool-rig.h"

#define POWER_SECTOR 512
#define POWER_MAX_FDS 4096

typedef enum
{
  POWER_WRITE,
  POWER_SIZE,   /* of the file, cut or reserved */
  POWER_SYNC,   /* of the file or directory @node */
  POWER_DROP,   /* the sync has failed: the kernel forgets what was not on the disk */
  POWER_LINK,   /* @name in directory @node is @target from now on */
  POWER_UNLINK
} PowerType;

typedef struct
{
  PowerType type;
  guint     node;
  guint     target;
  char     *name;
  guint64   offset; /* or size */
  gboolean  grows;  /* POWER_SIZE that does not cut */
  guint8   *bytes;
  gsize     size;
} PowerOp;

typedef struct
{
  char       *base;
  GArray     *ops;     /* of PowerOp */
  GArray     *is_dir;  /* of gboolean: nodes; the first one is the base */
  GHashTable *names;   /* "NODE/NAME" -> node, as they are now */
  guint       nodes[POWER_MAX_FDS]; /* of descriptors, + 1 */
  gboolean    blind_dirs; /* directories are never synced, whatever the program says */
} PowerRecorder;

static PowerRecorder *power_recorder;

static void
power_op_clear (gpointer op)
{
  g_free (((PowerOp *) op)->name);
  g_free (((PowerOp *) op)->bytes);
}

static char *
power_key (guint node, const char *name)
{
  return g_strdup_printf ("%u/%s", node, name);
}

/* The node of @name in @node, G_MAXUINT if there is none. */
static guint
power_look_up (guint node, const char *name)
{
  g_autofree char *key = power_key (node, name);
  gpointer value;

  if (strcmp (name, ".") == 0)
    return node;
  return g_hash_table_lookup_extended (power_recorder->names, key, NULL, &value) ? GPOINTER_TO_UINT (value) : G_MAXUINT;
}

/* The directory that a path begins in, and the last part of it. */
static guint
power_resolve (int dir, const char *path, const char **name)
{
  gsize len = strlen (power_recorder->base);
  g_auto (GStrv) parts = NULL;
  guint node = 0;
  guint n;

  *name = path;
  if (path[0] != '/')
    return dir >= 0 && dir < POWER_MAX_FDS && power_recorder->nodes[dir] > 0 ? power_recorder->nodes[dir] - 1 : G_MAXUINT;
  if (strncmp (path, power_recorder->base, len) != 0)
    return G_MAXUINT;
  *name = ".";
  if (path[len] == '\0')
    return 0;
  parts = g_strsplit (path + len + 1, "/", -1);
  n = g_strv_length (parts);
  for (guint i = 0; i + 1 < n && node != G_MAXUINT; i++)
    node = power_look_up (node, parts[i]);
  *name = strrchr (path, '/') + 1;
  return node;
}

static void
power_add (PowerOp op)
{
  g_array_append_val (power_recorder->ops, op);
}

static guint
power_link (guint dir, const char *name, gboolean is_dir)
{
  guint node = power_recorder->is_dir->len;

  g_array_append_val (power_recorder->is_dir, is_dir);
  g_hash_table_insert (power_recorder->names, power_key (dir, name), GUINT_TO_POINTER (node));
  power_add ((PowerOp){ .type = POWER_LINK, .node = dir, .target = node, .name = g_strdup (name) });
  return node;
}

static void
power_note_name (const SpoolDiskNote *note)
{
  const char *name;
  guint dir = power_resolve (note->fd, note->name, &name);
  guint node = dir != G_MAXUINT ? power_look_up (dir, name) : G_MAXUINT;

  if (note->call == SPOOL_DISK_OPEN)
    power_recorder->nodes[note->result] = 0;
  if (dir == G_MAXUINT)
    return;
  if (note->call == SPOOL_DISK_UNLINK)
    {
      g_autofree char *key = power_key (dir, name);

      g_assert_true (g_hash_table_remove (power_recorder->names, key));
      power_add ((PowerOp){ .type = POWER_UNLINK, .node = dir, .name = g_strdup (name) });
      return;
    }
  if (node == G_MAXUINT)
    node = power_link (dir, name, note->call == SPOOL_DISK_MKDIR);
  if (note->call == SPOOL_DISK_OPEN)
    power_recorder->nodes[note->result] = node + 1;
}

static void
power_note_write (const SpoolDiskNote *note, guint node)
{
  gsize left = (gsize) note->result;
  PowerOp op = { .type = POWER_WRITE, .node = node, .offset = note->offset, .size = left, .bytes = g_malloc (left) };
  guint8 *p = op.bytes;

  for (int i = 0; i < note->n_parts && left > 0; i++)
    {
      gsize part = MIN (left, note->parts[i].iov_len);

      memcpy (p, note->parts[i].iov_base, part);
      p += part;
      left -= part;
    }
  power_add (op);
}

static void
power_note (const SpoolDiskNote *note)
{
  guint node;

  if (note->call == SPOOL_DISK_OPEN || note->call == SPOOL_DISK_MKDIR || note->call == SPOOL_DISK_UNLINK)
    {
      if (note->result >= 0)
        power_note_name (note);
      return;
    }
  if (note->fd < 0 || note->fd >= POWER_MAX_FDS || power_recorder->nodes[note->fd] == 0)
    return;
  node = power_recorder->nodes[note->fd] - 1;
  if (note->call == SPOOL_DISK_SYNC || note->call == SPOOL_DISK_SYNC_FULL)
    power_add ((PowerOp){ .type = note->result == 0 ? POWER_SYNC : POWER_DROP, .node = node });
  else if (note->result < 0)
    return;
  else if (note->call == SPOOL_DISK_WRITE)
    power_note_write (note, node);
  else
    power_add ((PowerOp){ .type = POWER_SIZE,
                          .node = node,
                          .offset = note->offset,
                          .grows = note->call == SPOOL_DISK_ALLOCATE });
}

static void
power_recorder_start (PowerRecorder *self, const char *base)
{
  const gboolean is_dir = TRUE;

  *self = (PowerRecorder){ .base = g_strdup (base) };
  self->ops = g_array_new (FALSE, FALSE, sizeof (PowerOp));
  g_array_set_clear_func (self->ops, power_op_clear);
  self->is_dir = g_array_new (FALSE, FALSE, sizeof (gboolean));
  g_array_append_val (self->is_dir, is_dir);
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  power_recorder = self;
  spool_disk_note = power_note;
}

static void
power_recorder_stop (void)
{
  spool_disk_note = NULL;
  power_recorder = NULL;
}

static void
power_recorder_clear (PowerRecorder *self)
{
  g_array_unref (self->ops);
  g_array_unref (self->is_dir);
  g_hash_table_unref (self->names);
  g_free (self->base);
}

/* What is certain of an operation when the power fails before operation @cut: it is on the disk (1), it is not (-1). */
static int
power_fate (PowerRecorder *self, guint at, guint cut)
{
  const PowerOp *op = &g_array_index (self->ops, PowerOp, at);
  gboolean in_dir = op->type == POWER_LINK || op->type == POWER_UNLINK;

  for (guint i = at + 1; i < cut; i++)
    {
      const PowerOp *other = &g_array_index (self->ops, PowerOp, i);

      if (other->node != op->node || (in_dir && self->blind_dirs))
        continue;
      if (other->type == POWER_SYNC)
        return 1;
      if (other->type == POWER_DROP)
        return -1;
    }
  return 0;
}

static void
power_apply_write (GByteArray *content, const PowerOp *op, gboolean torn)
{
  guint old = content->len;

  if (content->len < op->offset + op->size)
    {
      g_byte_array_set_size (content, (guint) (op->offset + op->size));
      memset (content->data + old, 0, content->len - old);
    }
  for (guint64 at = op->offset; at < op->offset + op->size;)
    {
      guint64 end = MIN (op->offset + op->size, (at / POWER_SECTOR + 1) * POWER_SECTOR);

      if (!torn || g_test_rand_bit ())
        memcpy (content->data + at, op->bytes + (at - op->offset), end - at);
      at = end;
    }
}

static void
power_apply (PowerRecorder *self, guint at, guint cut, GPtrArray *contents, GHashTable *names)
{
  const PowerOp *op = &g_array_index (self->ops, PowerOp, at);
  int fate = power_fate (self, at, cut);
  GByteArray *content = g_ptr_array_index (contents, op->node);
  gboolean torn = fate == 0 && g_test_rand_bit ();

  if (fate < 0 || (fate == 0 && g_test_rand_bit ()))
    return;
  if (op->type == POWER_WRITE)
    power_apply_write (content, op, torn);
  else if (op->type == POWER_SIZE && (!op->grows || content->len < op->offset))
    {
      guint old = content->len;

      g_byte_array_set_size (content, (guint) op->offset);
      if (content->len > old)
        memset (content->data + old, 0, content->len - old);
    }
  else if (op->type == POWER_LINK)
    g_hash_table_insert (names, power_key (op->node, op->name), GUINT_TO_POINTER (op->target));
  else if (op->type == POWER_UNLINK)
    {
      g_autofree char *key = power_key (op->node, op->name);

      g_hash_table_remove (names, key);
    }
}

static void
power_write_tree (PowerRecorder *self, GPtrArray *contents, GHashTable *names, guint node, const char *path)
{
  g_autofree char *prefix = power_key (node, "");
  GHashTableIter iter;
  gpointer key;
  gpointer value;

  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      GByteArray *content = g_ptr_array_index (contents, GPOINTER_TO_UINT (value));
      g_autofree char *child = NULL;

      if (!g_str_has_prefix (key, prefix))
        continue;
      child = g_build_filename (path, (char *) key + strlen (prefix), NULL);
      if (g_array_index (self->is_dir, gboolean, GPOINTER_TO_UINT (value)))
        {
          g_assert_cmpint (g_mkdir (child, 0700), ==, 0);
          power_write_tree (self, contents, names, GPOINTER_TO_UINT (value), child);
          continue;
        }
      g_assert_true (g_file_set_contents_full (child, (char *) content->data, content->len, G_FILE_SET_CONTENTS_NONE, 0600,
                                               NULL));
    }
}

/* What may be found in @path, an empty directory, when the power has failed before operation @cut. */
static void
power_make_image (PowerRecorder *self, guint cut, const char *path)
{
  g_autoptr (GPtrArray) contents = g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < self->is_dir->len; i++)
    g_ptr_array_add (contents, g_byte_array_new ());
  for (guint i = 0; i < cut; i++)
    power_apply (self, i, cut, contents, names);
  power_write_tree (self, contents, names, 0, path);
}
