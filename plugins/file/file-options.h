/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the options of the file plugin mean. */
#pragma once

#include <sys/types.h>

#include <mvxlog/mvxlog.h>

#include "file-schedule.h"

G_BEGIN_DECLS

typedef enum
{
  MVX_FILE_FSYNC_NONE,     /* the kernel writes back when it likes */
  MVX_FILE_FSYNC_CLOSE,    /* when the file is closed or replaced */
  MVX_FILE_FSYNC_INTERVAL, /* at most flush-interval after the event, at once from flush-level on */
  MVX_FILE_FSYNC_BATCH     /* before an event counts as delivered */
} MvxFileFsync;

typedef enum
{
  MVX_FILE_COMPRESSION_NONE,
  MVX_FILE_COMPRESSION_GZIP,
  MVX_FILE_COMPRESSION_ZSTD
} MvxFileCompression;

typedef struct
{
  char           *path; /* canonical */
  gboolean        truncate;
  mode_t          permissions;
  gboolean        create_directories;
  mode_t          directory_permissions;
  gboolean        follow_symlinks;
  gboolean        emergency;
  gboolean        json;

  /* Reloadable. */
  gsize           buffer_size;
  MvxFileFsync    fsync;
  gint64          flush_interval_us;
  gint            flush_level;
  gboolean        watch;
  MvxFileSchedule rotate;
  gboolean        rotate_utc;
  gint64          rotate_size; /* 0: as large as they get */
  gint64          retain_count; /* 0, here and below: no limit */
  gint64          retain_age_us;
  gint64          retain_size;
  MvxFileCompression compression;
  gint64          keep_free;
  MvxLogRenderer *renderer;
} MvxFileOptions;

extern const MvxLogOptionSpec mvx_file_option_table[];

MvxFileOptions *mvx_file_options_new    (MvxLogOptions  *options,
                                         GError        **error);
/* The path of an instance stays what it was when a relative one, or a link, may mean another file by now. */
void            mvx_file_options_set_path (MvxFileOptions *self,
                                         const char     *path);
/* Is the file ever rolled? */
gboolean        mvx_file_options_rotates (const MvxFileOptions *self);
void            mvx_file_options_free   (MvxFileOptions *self);
/* Everything but the path, as it counts for the descriptor. Floating. */
GVariant       *mvx_file_options_to_key (MvxLogOptions  *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MvxFileOptions, mvx_file_options_free)

G_END_DECLS
