/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loghub-formats.h"

#define LOGHUB_ADDRESS "\\d+\\.\\d+\\.\\d+\\.\\d+"
#define LOGHUB_UUID "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

static const LoghubPattern loghub_apache_details[] = {
  { "\\[client (?<client>[^]]+)\\]", { "client" } },
  { "child (?<child>\\d+)", { "child" } },
  { "slot (?<slot>\\d+)", { "slot" } },
  { "state (?<state>\\d+)", { "state" } },
  { "(?:ok|rule:) (?<path>/\\S*)", { "path" } },
  { NULL, { NULL } },
};

static const LoghubPattern loghub_hdfs_details[] = {
  { "(?<block_id>blk_-?\\d+)", { "block_id" } },
  { "size (?<size>\\d+)", { "size" } },
  { "(?:src: |from )/(?<source>[0-9.]+(?::\\d+)?)", { "source" } },
  { "(?:dest: /|added to |Served block \\S+ to /|serving \\S+ to /|transfer block \\S+ to |datanode\\(s\\) "
    "|invalidSet of )(?<destination>[0-9.]+(?::\\d+)?)",
    { "destination" } },
  { "(?:updated: |ask |: )(?<node>[0-9.]+:\\d+)", { "node" } },
  { "(?:file |allocateBlock: )(?<path>/\\S+?)\\.?(?: |$)", { "path" } },
  { NULL, { NULL } },
};

static const LoghubPattern loghub_openssh_details[] = {
  { "(?:from |by |\\[|rhost=)(?<address>" LOGHUB_ADDRESS "|[\\w.-]+\\.[a-z]{2,})(?![\\w.])", { "address" } },
  { "(?:Failed \\S+|Accepted \\S+|failures) for (?:invalid user )?(?<user>.+?)(?: from | \\[preauth\\]|$)",
    { "user" } },
  { "(?:nvalid user|session (?:opened|closed) for user) (?<user>.+?)(?: from | by | \\[preauth\\]|$)", { "user" } },
  { "\\buser=(?<user>\\S+)", { "user" } },
  { " port (?<port>\\d+)", { "port" } },
  { "\\buid=(?<uid>\\d+)", { "uid" } },
  { "(?:repeated|PAM) (?<repeated>\\d+) (?:times|more)", { "repeated" } },
  { "(?:Failed|Accepted) (?<method>\\S+) for", { "method" } },
  { NULL, { NULL } },
};

static const LoghubPattern loghub_openstack_details[] = {
  { "\\[(?<request_id>req-" LOGHUB_UUID ") (?:-|(?<user_id>\\S+)) (?:-|(?<project_id>\\S+))",
    { "request_id", "user_id", "project_id" } },
  { "\\] (?<client>" LOGHUB_ADDRESS ")(?:,\\S+)? \"(?<method>[A-Z]+) (?<path>\\S+) [^\"]*\" status: (?<status>\\d+) "
    "len: (?<length>\\d+) time: (?<duration>[\\d.]+)",
    { "client", "method", "path", "status", "length", "duration" } },
  { "instance:? (?<instance_id>" LOGHUB_UUID ")", { "instance_id" } },
  { "\\bimage (?<image_id>" LOGHUB_UUID ")", { "image_id" } },
  { "Took (?<duration>[\\d.]+) seconds", { "duration" } },
  { "Attempting claim: memory (?<memory_mb>\\d+) MB, disk (?<disk_gb>\\d+) GB, vcpus (?<vcpus>\\d+)",
    { "memory_mb", "disk_gb", "vcpus" } },
  { "(?:file|files): (?<path>/\\S+)", { "path" } },
  { NULL, { NULL } },
};

static const LoghubFormatInfo loghub_formats[] = {
  [LOGHUB_APACHE]
  = { "apache",
      { "^\\[\\w{3} (?<month>\\w{3}) (?<day>\\d\\d) (?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d) "
        "(?<year>\\d{4})\\] \\[(?<level>\\w+)\\] ",
        { NULL } },
      loghub_apache_details },
  [LOGHUB_HDFS]
  = { NULL,
      { "^(?<year>\\d\\d)(?<month>\\d\\d)(?<day>\\d\\d) (?<hour>\\d\\d)(?<minute>\\d\\d)(?<second>\\d\\d) "
        "(?<process>\\d+) (?<level>[A-Z]+) (?<context>[\\w.$]+): ",
        { "process" } },
      loghub_hdfs_details },
  [LOGHUB_OPENSSH] = { NULL,
                       { "^(?<month>\\w{3}) (?<day>[ \\d]\\d) (?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d) "
                         "(?<host>\\S+) (?<context>\\w+)\\[(?<process>\\d+)\\]: ",
                         { "host", "process" } },
                       loghub_openssh_details },
  [LOGHUB_OPENSTACK] = { NULL,
                         { "^(?<source>[\\w-]+)\\.log\\S* (?<year>\\d{4})-(?<month>\\d\\d)-(?<day>\\d\\d) "
                           "(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)\\.(?<milli>\\d{3}) (?<process>\\d+) "
                           "(?<level>[A-Z]+) (?<context>[\\w.]+) ",
                           { "source", "process" } },
                         loghub_openstack_details },
};

/* Groups that are numbers; all others are text. */
static const char *const loghub_int64_keys[]
    = { "process",  "size",   "child",  "slot",      "state",   "port",  "uid",
        "repeated", "status", "length", "memory_mb", "disk_gb", "vcpus", NULL };
static const char *const loghub_double_keys[] = { "duration", NULL };

const LoghubFormatInfo *
loghub_format_get_info (LoghubFormat format)
{
  return &loghub_formats[format];
}

MvxLogKind
loghub_format_get_kind (const char *key)
{
  if (g_strv_contains (loghub_int64_keys, key))
    return MVX_LOG_KIND_INT64;
  return g_strv_contains (loghub_double_keys, key) ? MVX_LOG_KIND_DOUBLE : MVX_LOG_KIND_STRING;
}
