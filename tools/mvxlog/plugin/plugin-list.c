/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <mvxlog/mvxlog.h>

#include "plugin/plugin-list.h"
#include "plugin/plugin-scan.h"
#include "base/tool-json.h"
#include "base/tool-text.h"
#include "tool.h"

/* A row of the list. */
typedef struct
{
  char *name;
  char *version;
  char *abi;
  char *licence;
  char *path;   /* NULL: built in */
  char *reason; /* NULL: it is fine */
  char *json;   /* what the child said; NULL if it is refused */
  gboolean shadowed;
} MvxPluginRow;

static void
mvx_plugin_row_free (gpointer data)
{
  MvxPluginRow *row = data;

  g_free (row->name);
  g_free (row->version);
  g_free (row->abi);
  g_free (row->licence);
  g_free (row->path);
  g_free (row->reason);
  g_free (row->json);
  g_free (row);
}

static char *
mvx_plugin_row_member (const MvxJsonSlice *object, const char *name)
{
  g_autoptr (GString) text = NULL;
  MvxJsonSlice key = { 0 };
  MvxJsonSlice value;
  MvxJsonIter iter;

  mvx_json_iter_init (&iter, object);
  while (mvx_json_iter_next (&iter, &key, &value))
    if (key.length == strlen (name) + 2 && strncmp (key.start + 1, name, strlen (name)) == 0
        && value.kind == MVX_JSON_STRING)
      {
        text = g_string_new (NULL);
        mvx_json_unquote (&value, text);
        return g_string_free (g_steal_pointer (&text), FALSE);
      }
  return NULL;
}

static void
mvx_plugin_row_scan (MvxPluginRow *row)
{
  g_auto (MvxPluginScan) scan = { FALSE, NULL };
  MvxJsonSlice object;

  mvx_plugin_scan ("json", row->path ? row->path : row->name, &scan);
  if (scan.ok && mvx_json_check (scan.text, strlen (scan.text), &object, NULL) && object.kind == MVX_JSON_OBJECT)
    {
      row->version = mvx_plugin_row_member (&object, "version");
      row->abi = mvx_plugin_row_member (&object, "abi");
      row->licence = mvx_plugin_row_member (&object, "licence");
      row->json = g_steal_pointer (&scan.text);
    }
  else
    row->reason = scan.ok ? g_strdup ("its description cannot be read") : g_steal_pointer (&scan.text);
}

static MvxPluginRow *
mvx_plugin_list_find (GPtrArray *rows, const char *name)
{
  for (guint i = 0; i < rows->len; i++)
    if (strcmp (((MvxPluginRow *) g_ptr_array_index (rows, i))->name, name) == 0)
      return g_ptr_array_index (rows, i);
  return NULL;
}

static void
mvx_plugin_list_add (GPtrArray *rows, const char *name, const char *path)
{
  MvxPluginRow *earlier = mvx_plugin_list_find (rows, name);
  MvxPluginRow *row = g_new0 (MvxPluginRow, 1);

  row->name = g_strdup (name);
  row->path = g_strdup (path);
  row->shadowed = earlier != NULL;
  if (earlier)
    row->reason = g_strdup_printf ("hidden by %s", earlier->path ? earlier->path : "the built-in one");
  else
    mvx_plugin_row_scan (row);
  g_ptr_array_add (rows, row);
}

static gint
mvx_plugin_list_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* NAME of libmvxlog-NAME.so; NULL if that can be none. */
static char *
mvx_plugin_list_name_of (const char *base)
{
  gsize prefix = strlen ("libmvxlog-");
  g_autofree char *name = g_strndup (base + prefix, strlen (base) - prefix - strlen (".so"));

  if (!g_ascii_islower (*name) || name[strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
    return NULL;
  return g_steal_pointer (&name);
}

/* Whatever looks as if it were meant to be a plugin: one with a wrong name is worth a line, too. */
static void
mvx_plugin_list_directory (GPtrArray *rows, const char *directory)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *file;

  while (dir && (file = g_dir_read_name (dir)))
    if (g_str_has_prefix (file, "libmvxlog-") && g_str_has_suffix (file, ".so"))
      g_ptr_array_add (files, g_strdup (file));
  g_ptr_array_sort (files, mvx_plugin_list_compare);
  for (guint i = 0; i < files->len; i++)
    {
      g_autofree char *path = g_build_filename (directory, g_ptr_array_index (files, i), NULL);
      const char *base = g_ptr_array_index (files, i);
      g_autofree char *name = mvx_plugin_list_name_of (base);

      mvx_plugin_list_add (rows, name ? name : base, path);
    }
}

static void
mvx_plugin_list_print_row (const MvxPluginRow *row, const int *widths, GString *out)
{
  const char *cells[] = { row->name, row->version, row->abi, row->licence, row->path ? row->path : "(built in)" };

  for (guint i = 0; i < G_N_ELEMENTS (cells); i++)
    {
      gsize before = out->len;

      mvx_tool_text_escape (out, cells[i] ? cells[i] : "-", -1, 0);
      g_string_append_printf (out, "%*s", MAX (widths[i] - (int) (out->len - before), 0) + 1, "");
    }
  if (row->reason == NULL)
    g_string_append (out, "ok");
  else
    {
      g_string_append (out, row->shadowed ? "" : "refused: ");
      mvx_tool_text_escape (out, row->reason, -1, 0);
    }
  g_string_append_c (out, '\n');
}

static void
mvx_plugin_list_print_table (GPtrArray *rows, GString *out)
{
  static const char *const titles[] = { "NAME", "VERSION", "ABI", "LICENCE", "PATH" };
  int widths[G_N_ELEMENTS (titles)];

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    widths[i] = (int) strlen (titles[i]);
  for (guint i = 0; i < rows->len; i++)
    {
      const MvxPluginRow *row = g_ptr_array_index (rows, i);
      const char *cells[] = { row->name, row->version, row->abi, row->licence, row->path ? row->path : "(built in)" };

      for (guint j = 0; j < G_N_ELEMENTS (cells); j++)
        widths[j] = MAX (widths[j], cells[j] ? (int) strlen (cells[j]) : 1);
    }
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    g_string_append_printf (out, "%-*s ", widths[i], titles[i]);
  g_string_append (out, "STATUS\n");
  for (guint i = 0; i < rows->len; i++)
    mvx_plugin_list_print_row (g_ptr_array_index (rows, i), widths, out);
}

static void
mvx_plugin_list_print_json (GPtrArray *rows, GString *out)
{
  g_string_append_c (out, '[');
  for (guint i = 0; i < rows->len; i++)
    {
      const MvxPluginRow *row = g_ptr_array_index (rows, i);

      g_string_append (out, i > 0 ? ",\n" : "");
      if (row->json)
        {
          g_string_append (out, row->json);
          continue;
        }
      g_string_append (out, "{\"name\":");
      mvx_tool_text_json (out, row->name, -1);
      g_string_append (out, ",\"path\":");
      mvx_tool_text_json (out, row->path ? row->path : "", -1);
      g_string_append_printf (out, ",\"status\":\"%s\",\"reason\":", row->shadowed ? "hidden" : "refused");
      mvx_tool_text_json (out, row->reason, -1);
      g_string_append_c (out, '}');
    }
  g_string_append (out, "]\n");
}

/* Those that are no files. */
static void
mvx_plugin_list_built_in (GPtrArray *rows)
{
  g_auto (GStrv) names = mvx_log_list_plugins ();

  for (guint i = 0; names[i]; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = mvx_log_locate_plugin (names[i], &error);

      if (path == NULL && error == NULL)
        mvx_plugin_list_add (rows, names[i], NULL);
    }
}

int
mvx_plugin_list (gboolean json)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (mvx_plugin_row_free);
  g_auto (GStrv) path = mvx_log_get_plugin_path ();
  g_autoptr (GString) out = g_string_new (NULL);

  mvx_plugin_list_built_in (rows);
  for (guint i = 0; path[i]; i++)
    mvx_plugin_list_directory (rows, path[i]);
  if (json)
    mvx_plugin_list_print_json (rows, out);
  else
    mvx_plugin_list_print_table (rows, out);
  mvx_tool_out (out->str, (gssize) out->len);
  /* A refused plugin is a line like any other: the list is right. `plugin verify` judges. */
  return MVX_TOOL_OK;
}
