/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program in a memory cgroup, as in a container, whose sink is stalled: it lives, and takes no more than its queue
 * may. */
#include <sys/wait.h>

#include "cgroup-fixture.h"
#include "stalled-sink.h"
#include "test-size.h"

#define LIMIT_BYTES (64 * 1024 * 1024)
#define QUEUE_BYTES (8 * 1024 * 1024)
#define N_EVENTS 1000000

static const char *program;

/* Returns its status, and in @kb what it has said. */
static int
run_in (const CgroupFixture *cgroup, guint64 queue_bytes, guint64 *kb)
{
  g_autofree char *bytes = g_strdup_printf ("%" G_GUINT64_FORMAT, queue_bytes);
  const char *argv[] = { program, "--stalled", bytes, NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *out = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL, 0, cgroup_enter, cgroup->path, &out, NULL, &status, &error);
  g_assert_no_error (error);
  *kb = g_ascii_strtoull (out, NULL, 10);
  return status;
}

static gboolean
make (CgroupFixture *cgroup)
{
#ifdef TEST_SIZE_SANITIZED
  g_test_skip ("a sanitizer needs more memory than there is");
  return FALSE;
#endif
  return cgroup_make (cgroup, LIMIT_BYTES);
}

static void
test_stalled (void)
{
  CgroupFixture cgroup;
  guint64 peak;
  guint64 kb;
  int status;

  if (!make (&cgroup))
    return;
  status = run_in (&cgroup, QUEUE_BYTES, &kb);
  peak = cgroup_peak (&cgroup);
  g_test_message (
      "%d events to a sink that is stalled, in a cgroup of %d MiB (version %d): %u kB more, of %d kB for its "
      "queue; all of the program %u kB at most",
      N_EVENTS, LIMIT_BYTES / 1024 / 1024, cgroup.unified ? 2 : 1, (guint) kb, QUEUE_BYTES / 1024,
      (guint) (peak / 1024));
  cgroup_clear (&cgroup);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpuint (kb, >, 0);
  g_assert_cmpuint (kb, <, QUEUE_BYTES / 1024 + STALLED_MORE_KB);
  g_assert_cmpuint (peak, <, LIMIT_BYTES);
}

/* It would not live without its bound. */
static void
test_teeth (void)
{
  CgroupFixture cgroup;
  guint64 kb;
  int status;

  if (!make (&cgroup))
    return;
  status = run_in (&cgroup, G_GUINT64_CONSTANT (16) * LIMIT_BYTES, &kb);
  cgroup_clear (&cgroup);
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGKILL);
}

int
main (int argc, char *argv[])
{
  program = argv[0];
  if (argc == 3 && g_str_equal (argv[1], "--stalled"))
    {
      g_print ("%u\n", (guint) stalled_log (N_EVENTS, g_ascii_strtoull (argv[2], NULL, 10), NULL));
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/memory-cgroup/stalled", test_stalled);
  g_test_add_func ("/memory-cgroup/teeth", test_teeth);
  return g_test_run ();
}
