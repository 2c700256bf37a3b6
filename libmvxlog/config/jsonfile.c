/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <json-glib/json-glib.h>

#include "base/utf8-private.h"
#include "config/jsonfile-private.h"
#include "config/jsonscan-private.h"

/* Structure and places come from the scanner, text from json-glib, which reads only what the scanner has accepted. */
typedef struct
{
  MvxLogJsonScan scan;
  MvxLogJsonToken token; /* the next one */
  const MvxLogConfigOrigin *at;
  MvxLogDocument *document;
  MvxLogProblems *problems;
  MvxLogConfigGroup *group;
  const char *kind;
  gboolean fill;      /* the second pass, which fills the document */
  JsonObject *source; /* where the strings of the present object are */
} MvxLogJsonFile;

/* Handles the value of a member; the token is at its first token. */
typedef gboolean (*MvxLogJsonMemberFunc) (MvxLogJsonFile *file, const char *name, const MvxLogConfigOrigin *at);

static MvxLogConfigOrigin
mvx_log_json_file_here (MvxLogJsonFile *file)
{
  MvxLogConfigOrigin at = { file->at->file, file->at->order, file->token.line, file->token.column };

  return at;
}

static gboolean
mvx_log_json_file_fail (MvxLogJsonFile *file, const char *expected)
{
  MvxLogConfigOrigin at = mvx_log_json_file_here (file);
  const char *group = file->group ? file->group->name : NULL;

  if (file->token.kind == MVX_LOG_JSON_BAD)
    mvx_log_problems_add (file->problems, &at, group, NULL, "%s", file->token.fault);
  else if (file->token.kind == MVX_LOG_JSON_END)
    mvx_log_problems_add (file->problems, &at, group, NULL, "the file ends here; expected %s", expected);
  else
    mvx_log_problems_add (file->problems, &at, group, NULL, "expected %s, got '%.*s'", expected,
                          (int) mvx_log_utf8_cut (file->token.start, file->token.length, 40), file->token.start);
  return FALSE;
}

static void
mvx_log_json_file_next (MvxLogJsonFile *file)
{
  mvx_log_json_scan_next (&file->scan, &file->token);
}

static gboolean
mvx_log_json_file_is (MvxLogJsonFile *file, char punct)
{
  return file->token.kind == MVX_LOG_JSON_PUNCT && *file->token.start == punct;
}

static gboolean
mvx_log_json_file_expect (MvxLogJsonFile *file, char punct, const char *expected)
{
  if (!mvx_log_json_file_is (file, punct))
    return mvx_log_json_file_fail (file, expected);
  mvx_log_json_file_next (file);
  return TRUE;
}

static gboolean
mvx_log_json_file_member (MvxLogJsonFile *file, GHashTable *seen, MvxLogJsonMemberFunc func)
{
  MvxLogConfigOrigin at = mvx_log_json_file_here (file);
  g_autofree char *name = NULL;

  if (file->token.kind != MVX_LOG_JSON_STRING)
    return mvx_log_json_file_fail (file, "a name in double quotes");
  name = g_strndup (file->token.start + 1, file->token.length - 2);
  if (strchr (name, '\\'))
    return mvx_log_json_file_fail (file, "a name without escapes");
  if (!file->fill && !g_hash_table_add (seen, g_strdup (name)))
    mvx_log_problems_add (file->problems, &at, file->group ? file->group->name : NULL, file->group ? name : NULL,
                          "'%s' is given twice; remove one of the two", name);
  mvx_log_json_file_next (file);
  return mvx_log_json_file_expect (file, ':', "':'") && func (file, name, &at);
}

static gboolean
mvx_log_json_file_object (MvxLogJsonFile *file, MvxLogJsonMemberFunc func)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (!mvx_log_json_file_expect (file, '{', "'{'"))
    return FALSE;
  if (mvx_log_json_file_is (file, '}'))
    {
      mvx_log_json_file_next (file);
      return TRUE;
    }
  while (TRUE)
    {
      if (!mvx_log_json_file_member (file, seen, func))
        return FALSE;
      if (mvx_log_json_file_is (file, ','))
        {
          mvx_log_json_file_next (file);
          continue;
        }
      return mvx_log_json_file_expect (file, '}', "',' or '}'");
    }
}

/* Strings from json-glib's @node; numbers and words as they are written. */
static char *
mvx_log_json_file_scalar (MvxLogJsonFile *file, JsonNode *node)
{
  const char *text;

  if (file->token.kind != MVX_LOG_JSON_STRING)
    return g_strndup (file->token.start, file->token.length);
  text = node && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
  return g_strdup (text ? text : "");
}

static gboolean
mvx_log_json_file_is_scalar (MvxLogJsonFile *file)
{
  return file->token.kind == MVX_LOG_JSON_STRING || file->token.kind == MVX_LOG_JSON_NUMBER
         || (file->token.kind == MVX_LOG_JSON_WORD && *file->token.start != 'n');
}

static gboolean
mvx_log_json_file_list (MvxLogJsonFile *file, MvxLogConfigEntry *entry, JsonNode *node)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  mvx_log_json_file_next (file);
  while (!mvx_log_json_file_is (file, ']') || items->len > 0)
    {
      guint i = items->len;

      if (!mvx_log_json_file_is_scalar (file))
        return mvx_log_json_file_fail (file, "a string, a number or a truth value");
      g_ptr_array_add (items, mvx_log_json_file_scalar (file, array && i < json_array_get_length (array)
                                                                  ? json_array_get_element (array, i)
                                                                  : NULL));
      mvx_log_json_file_next (file);
      if (!mvx_log_json_file_is (file, ','))
        break;
      mvx_log_json_file_next (file);
    }
  g_ptr_array_add (items, NULL);
  entry->items = (char **) g_ptr_array_free (g_steal_pointer (&items), FALSE);
  return mvx_log_json_file_expect (file, ']', "',' or ']'");
}

static gboolean
mvx_log_json_file_key (MvxLogJsonFile *file, const char *name, const MvxLogConfigOrigin *at)
{
  MvxLogConfigOrigin value_at = mvx_log_json_file_here (file);
  gboolean list = mvx_log_json_file_is (file, '[');
  JsonNode *node = file->source ? json_object_get_member (file->source, name) : NULL;
  g_autoptr (MvxLogConfigEntry) entry = NULL;

  entry = mvx_log_config_entry_new (name, list ? MVX_LOG_ENTRY_LIST : MVX_LOG_ENTRY_TEXT, at, &value_at);
  if (list)
    {
      if (!mvx_log_json_file_list (file, entry, node))
        return FALSE;
    }
  else
    {
      if (!mvx_log_json_file_is_scalar (file))
        return mvx_log_json_file_fail (file, "a string, a number, a truth value or a list");
      entry->text = mvx_log_json_file_scalar (file, node);
      mvx_log_json_file_next (file);
    }
  if (file->fill)
    mvx_log_config_group_set (file->group, g_steal_pointer (&entry));
  return TRUE;
}

static JsonObject *
mvx_log_json_file_child (JsonObject *object, const char *name)
{
  JsonNode *node = object ? json_object_get_member (object, name) : NULL;

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* One more level of json-glib's tree, for the length of an object. */
static gboolean
mvx_log_json_file_enter (MvxLogJsonFile *file, const char *member, MvxLogJsonMemberFunc func)
{
  JsonObject *outer = file->source;
  gboolean ok;

  file->source = mvx_log_json_file_child (outer, member);
  ok = mvx_log_json_file_object (file, func);
  file->source = outer;
  return ok;
}

static gboolean
mvx_log_json_file_group (MvxLogJsonFile *file, const char *name, const MvxLogConfigOrigin *at)
{
  g_autofree char *full = *name ? g_strconcat (file->kind, " ", name, NULL) : g_strdup (file->kind);
  gboolean ok;

  file->group = mvx_log_document_add_group (file->document, full, at);
  ok = mvx_log_json_file_enter (file, name, mvx_log_json_file_key);
  file->group = NULL;
  return ok;
}

static gboolean
mvx_log_json_file_section (MvxLogJsonFile *file, const char *name, const MvxLogConfigOrigin *at)
{
  gboolean ok;

  if (!g_str_equal (name, "mvxlog"))
    {
      file->kind = name;
      return mvx_log_json_file_enter (file, name, mvx_log_json_file_group);
    }
  file->group = mvx_log_document_add_group (file->document, name, at);
  ok = mvx_log_json_file_enter (file, name, mvx_log_json_file_key);
  file->group = NULL;
  return ok;
}

static gboolean
mvx_log_json_file_pass (MvxLogJsonFile *file, const char *data, gsize length, JsonObject *root)
{
  file->fill = root != NULL;
  file->source = root;
  mvx_log_json_scan_init (&file->scan, data, length);
  mvx_log_json_file_next (file);
  if (!mvx_log_json_file_object (file, mvx_log_json_file_section))
    return FALSE;
  return file->token.kind == MVX_LOG_JSON_END || mvx_log_json_file_fail (file, "nothing more");
}

gboolean
mvx_log_jsonfile_parse (const char *data,
                        gsize length,
                        const MvxLogConfigOrigin *at,
                        MvxLogDocument *document,
                        MvxLogProblems *problems)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  MvxLogJsonFile file = { .at = at, .document = document, .problems = problems };
  const char *bad;

  if (!g_utf8_validate_len (data, length, &bad))
    {
      MvxLogConfigOrigin here = *at;

      mvx_log_json_scan_init (&file.scan, data, length);
      mvx_log_json_scan_skip (&file.scan, bad);
      here.line = file.scan.line;
      here.column = file.scan.column;
      mvx_log_problems_add (problems, &here, NULL, NULL, "invalid UTF-8; save the file as UTF-8");
      return FALSE;
    }
  if (!mvx_log_json_file_pass (&file, data, length, NULL))
    return FALSE;
  if (!json_parser_load_from_data (parser, data, (gssize) length, &error))
    {
      mvx_log_problems_add (problems, at, NULL, NULL, "not JSON: %s", error->message);
      return FALSE;
    }
  return mvx_log_json_file_pass (&file, data, length, json_node_get_object (json_parser_get_root (parser)));
}
