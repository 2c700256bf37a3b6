/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the syslog plugin share. */
#pragma once

#include <string.h>

#include "../render-fixture.h"

#include "instance.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (syslog);

/* Options by name and value, NULL-terminated, for a known program on a known host. */
static inline void
syslog_init (Instance          *instance,
             const char *const *settings)
{
  instance_init (instance, &mvx_static_plugin_syslog);
  instance_set (instance, "app-name", "prog");
  instance_set (instance, "hostname", "box");
  instance_set (instance, "timeout", "60s"); /* sanitizers make TLS slow */
  for (; settings && *settings; settings += 2)
    instance_set (instance, settings[0], settings[1]);
}
