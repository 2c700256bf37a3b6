/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dlfcn.h>
#include <string.h>
#include <sys/stat.h>

#include <gmodule.h>

#include <mvxlog/error.h>

#include "base/atfork-private.h"
#include "base/translate-private.h"
#include "plugin/contract-private.h"
#include "plugin/image-private.h"
#include "plugin/module-private.h"
#include "plugin/search-private.h"

/* A file on its way or loaded. In the table by canonical path; entries that failed are removed again. */
typedef struct
{
  GThread *loader; /* NULL once it is loaded */
  MvxLogModule *module;
} MvxLogModuleEntry;

/* Never held over g_module_open(): the constructors of a plugin are foreign code. */
static GMutex mvx_log_module_mutex;
static GCond mvx_log_module_cond;
static GHashTable *mvx_log_module_table;

static gboolean
mvx_log_module_is_left (gpointer path, gpointer entry, gpointer self)
{
  return ((const MvxLogModuleEntry *) entry)->loader && ((const MvxLogModuleEntry *) entry)->loader != self;
}

/* What another thread was just loading, nobody finishes in the child. */
static void
mvx_log_module_fork (MvxLogForkStage stage)
{
  if (stage == MVX_LOG_FORK_CHILD && mvx_log_module_table)
    g_hash_table_foreach_remove (mvx_log_module_table, mvx_log_module_is_left, g_thread_self ());
}

MVX_LOG_FORK_LOCK (MODULE, &mvx_log_module_mutex, mvx_log_module_fork);

typedef struct
{
  const char *path;
  char *name;
  GModule *handle;
  gpointer base; /* where the file is mapped */
} MvxLogModuleFile;

static void
mvx_log_module_file_clear (MvxLogModuleFile *file)
{
  g_clear_pointer (&file->name, g_free);
  if (file->handle)
    g_module_close (file->handle);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MvxLogModuleFile, mvx_log_module_file_clear)

static gboolean
mvx_log_module_same_file (const char *path, const struct stat *info)
{
  struct stat now;

  return lstat (path, &now) == 0 && now.st_dev == info->st_dev && now.st_ino == info->st_ino;
}

static gboolean
mvx_log_module_open (MvxLogModuleFile *file, const struct stat *info, GError **error)
{
  if (!g_module_supported ())
    {
      g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_LOAD_FAILED,
                   _ ("Cannot load plugin '%s': this system has no loadable modules; link the plugin statically"),
                   file->path);
      return FALSE;
    }
  if (!mvx_log_image_check (file->path, error))
    return FALSE;
  /* Not lazy: an undefined symbol is an error here and not the end of the process at the first event. */
  file->handle = g_module_open (file->path, G_MODULE_BIND_LOCAL);
  if (file->handle == NULL)
    {
      g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_LOAD_FAILED,
                   _ ("Cannot load plugin '%s': %s; see what it needs with 'ldd -r %s'"), file->path, g_module_error (),
                   file->path);
      return FALSE;
    }
  if (mvx_log_module_same_file (file->path, info))
    return TRUE;
  g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_CHANGED,
               _ ("Refusing to use plugin '%s': the file was replaced while it was being loaded; try again"),
               file->path);
  return FALSE;
}

/* A bare name such as `create` may resolve into a dependency: dlsym searches those too. */
static gboolean
mvx_log_module_owns (MvxLogModuleFile *file,
                     const char *symbol,
                     gpointer address,
                     const struct stat *info,
                     GError **error)
{
  Dl_info found;
  const char *where = "an unknown file";

  if (dladdr (address, &found) != 0)
    {
      where = found.dli_fname ? found.dli_fname : where;
      if (file->base == NULL && (g_strcmp0 (where, file->path) == 0 || mvx_log_module_same_file (where, info)))
        file->base = found.dli_fbase;
      if (file->base != NULL && found.dli_fbase == file->base)
        return TRUE;
    }
  g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_FOREIGN_SYMBOL,
               _ ("Plugin '%s' does not define '%s' itself; the symbol was found in its dependency '%s'; define it "
                  "in the plugin"),
               file->path, symbol, where);
  return FALSE;
}

static gpointer
mvx_log_module_function (MvxLogModuleFile *file, const char *symbol, const struct stat *info, GError **error)
{
  gpointer address = NULL;

  if (!g_module_symbol (file->handle, symbol, &address) || address == NULL)
    {
      g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_MISSING_SYMBOL,
                   _ ("Plugin '%s' does not define '%s'; define and export it, as mvx_log_plugin, build_descriptor, "
                      "create and dispatch_core all are"),
                   file->path, symbol);
      return NULL;
    }
  return mvx_log_module_owns (file, symbol, address, info, error) ? address : NULL;
}

static const MvxLogPlugin *
mvx_log_module_data (MvxLogModuleFile *file, const struct stat *info, GError **error)
{
  gpointer address = NULL;

  if (!g_module_symbol (file->handle, "mvx_log_plugin", &address) || address == NULL)
    {
      g_set_error (error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_NOT_A_PLUGIN,
                   _ ("'%s' is not a plugin for libmvxlog: it does not define 'mvx_log_plugin'; "
                      "define it with MVX_LOG_PLUGIN_DEFINE and export it"),
                   file->path);
      return NULL;
    }
  if (!mvx_log_module_owns (file, "mvx_log_plugin", address, info, error))
    return NULL;
  return address;
}

static gboolean
mvx_log_module_fill (MvxLogModule *module, MvxLogModuleFile *file, const struct stat *info, GError **error)
{
  const MvxLogPlugin *data = mvx_log_module_data (file, info, error);
  gpointer build_descriptor;
  gpointer create;
  gpointer dispatch_core;

  if (data == NULL || !mvx_log_contract_check_header (data, file->path, error))
    return FALSE;
  build_descriptor = mvx_log_module_function (file, "build_descriptor", info, error);
  create = build_descriptor ? mvx_log_module_function (file, "create", info, error) : NULL;
  dispatch_core = create ? mvx_log_module_function (file, "dispatch_core", info, error) : NULL;
  if (dispatch_core == NULL)
    return FALSE;
  mvx_log_contract_copy (data, &module->plugin);
  if (!mvx_log_contract_check (&module->plugin, file->path, file->name, error))
    return FALSE;

  /* ISO C has no cast from an object pointer to a function pointer. */
  memcpy (&module->api.build_descriptor, &build_descriptor, sizeof build_descriptor);
  memcpy (&module->api.create, &create, sizeof create);
  memcpy (&module->api.dispatch_core, &dispatch_core, sizeof dispatch_core);
  module->api.plugin = &module->plugin;
  return TRUE;
}

static MvxLogModule *
mvx_log_module_load_new (const char *path, const struct stat *info, GError **error)
{
  g_auto (MvxLogModuleFile) file = { .path = path, .name = mvx_log_search_name_of (path) };
  g_autofree MvxLogModule *module = g_new0 (MvxLogModule, 1);

  if (!mvx_log_module_open (&file, info, error) || !mvx_log_module_fill (module, &file, info, error))
    return NULL;
  /* It may register types and run threads: it stays. The handle is given up, so that nothing closes it. */
  g_module_make_resident (file.handle);
  file.handle = NULL;
  module->path = g_strdup (path);
  return g_steal_pointer (&module);
}

/* Returns the entry to fill, or NULL with @loaded or @error set. */
static MvxLogModuleEntry *
mvx_log_module_begin (const char *path, const MvxLogModule **loaded, GError **error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&mvx_log_module_mutex);
  MvxLogModuleEntry *entry;

  if (mvx_log_module_table == NULL)
    mvx_log_module_table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  while ((entry = g_hash_table_lookup (mvx_log_module_table, path)))
    {
      if (entry->loader == NULL)
        {
          *loaded = entry->module;
          return NULL;
        }
      if (entry->loader == g_thread_self ())
        {
          g_set_error (
              error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_LOAD_FAILED,
              _ ("Cannot load plugin '%s': its own constructor asks for it; a constructor must not call libmvxlog"),
              path);
          return NULL;
        }
      g_cond_wait (&mvx_log_module_cond, &mvx_log_module_mutex);
    }
  entry = g_new0 (MvxLogModuleEntry, 1);
  entry->loader = g_thread_self ();
  g_hash_table_insert (mvx_log_module_table, g_strdup (path), entry);
  return entry;
}

static void
mvx_log_module_end (const char *path, MvxLogModuleEntry *entry, MvxLogModule *module)
{
  g_mutex_lock (&mvx_log_module_mutex);
  entry->loader = NULL;
  entry->module = module;
  if (module == NULL)
    g_hash_table_remove (mvx_log_module_table, path);
  g_cond_broadcast (&mvx_log_module_cond);
  g_mutex_unlock (&mvx_log_module_mutex);
}

/* @path is canonical and @info what was trusted. */
static const MvxLogModule *
mvx_log_module_load_path (const char *path, const struct stat *info, GError **error)
{
  const MvxLogModule *loaded = NULL;
  MvxLogModuleEntry *entry = mvx_log_module_begin (path, &loaded, error);
  MvxLogModule *module;

  if (entry == NULL)
    return loaded;
  module = mvx_log_module_load_new (path, info, error);
  mvx_log_module_end (path, entry, module);
  return module;
}

const MvxLogModule *
mvx_log_module_load (const char *name, GError **error)
{
  struct stat info;
  g_autofree char *path = NULL;

  g_return_val_if_fail (name != NULL, NULL);

  path = mvx_log_search_find (name, &info, error);
  return path ? mvx_log_module_load_path (path, &info, error) : NULL;
}

const MvxLogModule *
mvx_log_module_load_file (const char *path, GError **error)
{
  struct stat info;
  g_autofree char *name = NULL;
  g_autofree char *canonical = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  name = mvx_log_search_name_of (path);
  if (name == NULL)
    {
      g_set_error (
          error, MVX_LOG_PLUGIN_ERROR, MVX_LOG_PLUGIN_ERROR_INVALID_NAME,
          _ ("'%s' is not named like a plugin; its file name must be libmvxlog-NAME.so, NAME 1 to 31 characters "
             "out of a-z, 0-9 and '-'"),
          path);
      return NULL;
    }
  canonical = mvx_log_search_check_file (path, &info, error);
  return canonical ? mvx_log_module_load_path (canonical, &info, error) : NULL;
}
