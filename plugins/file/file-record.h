/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When the present file was begun, in a file of its own (.NAME.began): neither the time of the last change nor what
 * retention has left of the rolled files tells that. */
#pragma once

#include "file-options.h"

G_BEGIN_DECLS

/* Only with rotation by the clock. Times in microseconds since 1970. */
void   mvx_file_record_keep   (const MvxFileOptions *options,
                               MvxLogSinkHost       *host,
                               gint64                time_us);
/* If there is no record it is now, or when the newest rolled file was rolled; 0 without rotation by the clock. */
gint64 mvx_file_record_recall (const MvxFileOptions *options,
                               MvxLogSinkHost       *host);

G_END_DECLS
