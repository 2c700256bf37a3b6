/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that logs for a long time while something goes wrong all the time: every period another fault, chosen by
 * the seed. In the end every event has arrived or is counted with its reason, and nothing has grown. Twenty minutes of
 * 10,000 events a second with MVXLOG_TEST_LONG, else some seconds; MVXLOG_TEST_SECONDS and MVXLOG_TEST_SEED say
 * otherwise. */
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include "soak-sink.h"

#include "broken/fixture.h"
#include "ledger-check.h"
#include "test-size.h"

MVX_LOG_STATIC_PLUGIN_DECLARE (file);
MVX_LOG_CONTEXT (soak_context, "org.example.soak")

#define N_PRODUCERS 2
#define BURST 10 /* events in one go */
#define RATE 10000
/* The spool's next segment, and the one that is being read. */
#define SPOOL_DESCRIPTORS 2
#define PATIENCE_US (60 * G_USEC_PER_SEC)
/* For one byte of each event of the second half it would have to be three times as much. */
#define ROOM_KB 2048

typedef enum
{
  FAULT_NONE,
  FAULT_SINK_FAILS,
  FAULT_SINK_BLOCKED,
  FAULT_PEER_KILLED,
  FAULT_SPOOL_REMOVED,
  FAULT_RELOAD,
  FAULT_RELOAD_BAD,
  FAULT_FORK,
  FAULT_CLOCK,
  FAULT_EMFILE,
  FAULT_DISK_FULL,
  N_FAULTS
} Fault;

static const char *const fault_names[N_FAULTS]
    = { "nothing",    "a sink fails", "a sink blocks",   "the peer is killed",  "the spool is removed", "reload",
        "bad reload", "fork",         "the clock jumps", "no more descriptors", "the disk is full" };

#define N_SINKS 3
static const char *const sink_names[N_SINKS] = { "gate", "peer", "file" };

typedef struct
{
  guint64 rss_kb;
  guint64 threads;
  guint64 descriptors;
} Usage;

typedef struct
{
  char *directory;
  char *disk; /* a file system of its own, if that may be */
  gboolean mounted;
  char *config;
  char *socket;
  char *map;
  GPid peer;
  SoakSeen at_peer;
  GPtrArray *sinks;             /* those that there are, and were since the latest rest */
  MvxLogCounters gone[N_SINKS]; /* of those before */
  GRand *rand;
  GArray *pack; /* gint8: faults that come next */
  guint period; /* events of each producer */
  guint n_periods;
  guint variant;
  guint n_faults[N_FAULTS];
} Soak;

static const char *program;

/* Producers begin a period when they are allowed to. */
static struct
{
  GMutex mutex;
  GCond cond;
  guint allowed;  /* periods */
  guint n_done;   /* by all producers together */
  gint64 slowest; /* us, of a logging call */
  guint periods;
  guint period;
} pace;

static gint64 clock_offset; /* seconds, atomic */

/* The wall clock of this program. */
int
clock_gettime (clockid_t id, struct timespec *ts)
{
  int result = (int) syscall (SYS_clock_gettime, id, ts);

  if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
    ts->tv_sec += (time_t) __atomic_load_n (&clock_offset, __ATOMIC_RELAXED);
  return result;
}

static Usage
usage_now (void)
{
  g_autofree char *status = NULL;
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  Usage usage = { 0 };

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  usage.rss_kb = g_ascii_strtoull (strstr (status, "VmRSS:") + strlen ("VmRSS:"), NULL, 10);
  usage.threads = g_ascii_strtoull (strstr (status, "Threads:") + strlen ("Threads:"), NULL, 10);
  while (g_dir_read_name (dir))
    usage.descriptors++;
  return usage;
}

/* Bursts at the times when they are due. Whoever is late is not early afterwards: that would be a storm, not a rate. */
static gpointer
produce (gpointer data)
{
  const guint self = GPOINTER_TO_UINT (data);
  const gint64 gap = G_USEC_PER_SEC / (RATE / BURST / N_PRODUCERS);
  guint64 n = self;
  gint64 slowest = 0;

  for (guint i = 0; i < pace.periods; i++)
    {
      gint64 due;
      gint64 now;

      g_mutex_lock (&pace.mutex);
      while (pace.allowed <= i)
        g_cond_wait (&pace.cond, &pace.mutex);
      g_mutex_unlock (&pace.mutex);
      due = g_get_monotonic_time ();
      for (guint j = 0; j < pace.period; j++, n += N_PRODUCERS)
        {
          now = g_get_monotonic_time ();
          mvx_info (soak_context, "event", "n", (gint64) n);
          slowest = MAX (slowest, g_get_monotonic_time () - now);
          if (j % BURST > 0 || test_size_is_slow ())
            continue;
          now = g_get_monotonic_time ();
          due = MAX (due + gap, now - gap);
          if (due > now)
            g_usleep ((gulong) (due - now));
        }
      g_mutex_lock (&pace.mutex);
      pace.n_done++;
      pace.slowest = MAX (pace.slowest, slowest);
      g_cond_broadcast (&pace.cond);
      g_mutex_unlock (&pace.mutex);
    }
  return NULL;
}

static void
wait_for_producers (void)
{
  g_mutex_lock (&pace.mutex);
  while (pace.n_done < pace.allowed * N_PRODUCERS)
    g_cond_wait (&pace.cond, &pace.mutex);
  g_mutex_unlock (&pace.mutex);
}

static void
next_period (void)
{
  g_mutex_lock (&pace.mutex);
  pace.allowed++;
  g_cond_broadcast (&pace.cond);
  g_mutex_unlock (&pace.mutex);
}

static void
note_sinks (Soak *soak)
{
  for (guint i = 0; i < N_SINKS; i++)
    {
      MvxLogSink *sink = mvx_log_get_sink (sink_names[i]);

      g_assert_nonnull (sink);
      if (g_ptr_array_find (soak->sinks, sink, NULL))
        g_object_unref (sink);
      else
        g_ptr_array_add (soak->sinks, sink);
    }
}

/* One variant replaces sinks, another changes their options. */
static void
configure (Soak *soak, guint variant)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strdup_printf (
      "[mvxlog]\nversion=1\n"
      "[sink gate]\nplugin=soak\nqueue-overflow=drop-newest\nretry-min=2ms\nretry-max=20ms\nbatch-max=%u\n"
      "[sink peer]\nplugin=soak\npath=%s\ndelivery=spool\nspool-dir=%s/spool\nspool-max-bytes=4MiB\n"
      "spool-keep-free=0\nqueue-overflow=drop-oldest\nretry-min=2ms\nretry-max=20ms\nbatch-max=%u\ndrain-timeout=-1\n"
      "[sink file]\nplugin=file\npath=%s/app.log\nrotate-size=%uMiB\nretain-count=1\nqueue-overflow=drop-newest\n"
      "retry-min=2ms\nretry-max=20ms\n"
      "[context]\nlevel=info\nsinks=gate;peer;file\n",
      variant & 1 ? 64 : 256, soak->socket, soak->disk, variant & 2 ? 100 : 200, soak->disk, variant & 1 ? 1 : 2);

  g_assert_true (g_file_set_contents (soak->config, text, -1, NULL));
  mvx_log_configure_from_file (soak->config, &error);
  g_assert_no_error (error);
  note_sinks (soak);
}

static void
configure_badly (Soak *soak)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (
      g_file_set_contents (soak->config, "[mvxlog]\nversion=1\n[sink gate]\nplugin=soak\nqeue=1\n", -1, NULL));
  g_assert_false (mvx_log_configure_from_file (soak->config, &error));
  g_assert_nonnull (error);
}

static void
start_peer (Soak *soak)
{
  char *argv[] = { (char *) program, (char *) "--peer", soak->socket, soak->map, NULL };
  g_autoptr (GError) error = NULL;

  g_spawn_async (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_LEAVE_DESCRIPTORS_OPEN, NULL, NULL, &soak->peer,
                 &error);
  g_assert_no_error (error);
}

static void
kill_peer (Soak *soak)
{
  g_assert_no_errno (kill (soak->peer, SIGKILL));
  g_assert_cmpint (waitpid (soak->peer, NULL, 0), ==, soak->peer);
  g_spawn_close_pid (soak->peer);
}

static void
fork_and_log (void)
{
  int status;
  pid_t child = fork ();

  if (child == 0)
    {
      mvx_info (soak_context, "in the child");
      _exit (0);
    }
  g_assert_cmpint (child, >, 0);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
}

/* The next number that would be given out is one too many. Not less: poll() wants no more files than the limit. */
static void
limit_descriptors (gboolean on)
{
  static rlim_t before;
  struct rlimit limit;

  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &limit));
  if (on)
    {
      int next = dup (0);

      g_assert_cmpint (next, >, 2);
      close (next);
      before = limit.rlim_cur;
      limit.rlim_cur = (rlim_t) next;
    }
  else
    limit.rlim_cur = before;
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &limit));
}

/* As much as there is. */
static void
fill_disk (Soak *soak, gboolean on)
{
  g_autofree char *path = g_build_filename (soak->disk, "ballast", NULL);
  char block[4096] = { 0 };
  int fd;

  if (!on)
    {
      g_assert_no_errno (unlink (path));
      return;
    }
  fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  g_assert_cmpint (fd, >=, 0);
  while (write (fd, block, sizeof block) > 0)
    ;
  close (fd);
}

static void
begin_fault (Soak *soak, Fault fault)
{
  g_autofree char *spool = g_build_filename (soak->disk, "spool", NULL);

  soak->n_faults[fault]++;
  if (fault == FAULT_SINK_FAILS)
    soak_gate_set (SOAK_GATE_FAILS);
  else if (fault == FAULT_SINK_BLOCKED)
    soak_gate_set (SOAK_GATE_BLOCKED);
  else if (fault == FAULT_PEER_KILLED)
    kill_peer (soak);
  else if (fault == FAULT_SPOOL_REMOVED)
    fixture_remove (spool);
  else if (fault == FAULT_RELOAD)
    configure (soak, ++soak->variant);
  else if (fault == FAULT_RELOAD_BAD)
    configure_badly (soak);
  else if (fault == FAULT_FORK)
    fork_and_log ();
  else if (fault == FAULT_CLOCK)
    __atomic_store_n (&clock_offset, g_rand_boolean (soak->rand) ? 3600 : -3600, __ATOMIC_RELAXED);
  else if (fault == FAULT_EMFILE)
    limit_descriptors (TRUE);
  else if (fault == FAULT_DISK_FULL)
    fill_disk (soak, TRUE);
}

static void
end_fault (Soak *soak, Fault fault)
{
  if (fault == FAULT_SINK_FAILS || fault == FAULT_SINK_BLOCKED)
    soak_gate_set (SOAK_GATE_OPEN);
  else if (fault == FAULT_PEER_KILLED)
    start_peer (soak);
  else if (fault == FAULT_CLOCK)
    __atomic_store_n (&clock_offset, 0, __ATOMIC_RELAXED);
  else if (fault == FAULT_EMFILE)
    limit_descriptors (FALSE);
  else if (fault == FAULT_DISK_FULL)
    fill_disk (soak, FALSE);
}

static void
add_counters (MvxLogCounters *sum, MvxLogSink *sink)
{
  const MvxLogCounters c = ledger_check_moving (sink);

  sum->offered += c.offered;
  sum->accepted += c.accepted;
  sum->delivered += c.delivered;
  sum->recovered += c.recovered;
  sum->pending += c.pending;
  sum->spooled += c.spooled;
  for (guint i = 0; i < MVX_LOG_N_REASONS; i++)
    {
      sum->refused[i] += c.refused[i];
      sum->dropped[i] += c.dropped[i];
    }
}

/* Of all that were the sink of this name, one after the other. */
static MvxLogCounters
sum_counters (Soak *soak, guint which)
{
  MvxLogCounters sum = soak->gone[which];

  for (guint i = 0; i < soak->sinks->len; i++)
    {
      g_autofree char *name = mvx_log_sink_dup_name (g_ptr_array_index (soak->sinks, i));

      if (g_str_equal (name, sink_names[which]))
        add_counters (&sum, g_ptr_array_index (soak->sinks, i));
    }
  return sum;
}

/* Those that were replaced. */
static void
forget_sinks (Soak *soak)
{
  for (guint i = soak->sinks->len; i-- > 0;)
    {
      MvxLogSink *sink = g_ptr_array_index (soak->sinks, i);
      g_autofree char *name = mvx_log_sink_dup_name (sink);
      g_autoptr (MvxLogSink) present = mvx_log_get_sink (name);

      if (present == sink)
        continue;
      for (guint j = 0; j < N_SINKS; j++)
        if (g_str_equal (name, sink_names[j]))
          add_counters (&soak->gone[j], sink);
      g_ptr_array_remove_index (soak->sinks, i);
    }
}

/* What one sink leaves in its spool is what the next one recovers from there. */
static guint64
count_open (const MvxLogCounters *c)
{
  return c->pending + c->spooled - c->recovered;
}

static void
report_sinks (Soak *soak)
{
  for (guint i = 0; i < soak->sinks->len; i++)
    {
      g_autofree char *name = mvx_log_sink_dup_name (g_ptr_array_index (soak->sinks, i));
      MvxLogCounters c = { 0 };

      mvx_log_sink_get_counters (g_ptr_array_index (soak->sinks, i), &c);
      g_test_message ("sink %s: %" G_GUINT64_FORMAT " pending, %" G_GUINT64_FORMAT " spooled, %" G_GUINT64_FORMAT
                      " recovered",
                      name, c.pending, c.spooled, c.recovered);
    }
}

/* Nobody logs: until all has gone where it belongs. Delivering is what makes it less. */
static void
settle (Soak *soak)
{
  const gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  guint64 open = 1;

  while (open > 0)
    {
      open = 0;
      mvx_log_flush (deadline, NULL);
      for (guint i = 0; i < N_SINKS; i++)
        {
          MvxLogCounters c = sum_counters (soak, i);

          open += count_open (&c);
        }
      if (open == 0)
        return;
      if (g_get_monotonic_time () >= deadline)
        {
          report_sinks (soak);
          g_error ("%" G_GUINT64_FORMAT " events are still open", open);
        }
      g_mutex_lock (&soak_sinks.mutex);
      g_cond_wait_until (&soak_sinks.cond, &soak_sinks.mutex, g_get_monotonic_time () + 20000);
      g_mutex_unlock (&soak_sinks.mutex);
    }
}

static void
run_period (Soak *soak, Fault fault)
{
  begin_fault (soak, fault);
  if (fault == FAULT_EMFILE)
    g_assert_cmpint (open ("/", O_RDONLY | O_CLOEXEC), ==, -1);
  next_period ();
  wait_for_producers ();
  end_fault (soak, fault);
}

/* One without a fault, and all that it has left behind done. */
static void
rest (Soak *soak)
{
  run_period (soak, FAULT_NONE);
  settle (soak);
  forget_sinks (soak);
}

/* The file sink looks after its old files in a thread that comes and goes, and that others go before. */
static gboolean
is_tidying (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  gboolean tidying = FALSE;
  const char *task;

  while (!tidying && (task = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_strdup_printf ("/proc/self/task/%s/comm", task);
      g_autofree char *name = NULL;

      tidying = g_file_get_contents (path, &name, NULL, NULL) && g_str_has_prefix (name, "mvxlog-tidy");
    }
  return tidying;
}

static Usage
usage_at_rest (void)
{
  const gint64 deadline = g_get_monotonic_time () + PATIENCE_US;

  while (is_tidying () && g_get_monotonic_time () < deadline)
    g_usleep (10000);
  return usage_now ();
}

/* Without producers, who keep what they had of a sink that was replaced until they end, or log to the next one. What
 * its worker had is given back a little later. */
static Usage
usage_in_the_end (const Usage *before)
{
  const gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  Usage usage;

  do
    {
      usage = usage_now ();
      usage.threads += N_PRODUCERS;
      if (usage.threads == before->threads && usage.descriptors <= before->descriptors + SPOOL_DESCRIPTORS)
        break;
      g_usleep (10000);
    }
  while (g_get_monotonic_time () < deadline);
  return usage;
}

/* From a pack that is shuffled when it is used up: each comes, and as often as the others. */
static Fault
choose (Soak *soak)
{
  Fault fault;

  do
    {
      guint i;

      if (soak->pack->len == 0)
        for (gint8 next = FAULT_NONE + 1; next < N_FAULTS; next++)
          g_array_append_val (soak->pack, next);
      i = (guint) g_rand_int_range (soak->rand, 0, (gint32) soak->pack->len);
      fault = (Fault) g_array_index (soak->pack, gint8, i);
      g_array_remove_index_fast (soak->pack, i);
    }
  while (fault == FAULT_DISK_FULL && !soak->mounted);
  return fault;
}

static void
report (Soak *soak, guint which, const SoakSeen *seen)
{
  const char *name = sink_names[which];
  const MvxLogCounters c = sum_counters (soak, which);
  const guint64 gone = ledger_sum (c.refused) + ledger_sum (c.dropped);
  guint64 missing = 0;
  guint64 twice = 0;

  for (guint64 i = 0; seen && i < seen->size; i++)
    {
      missing += seen->counts[i] == 0;
      twice += seen->counts[i] > 1;
    }
  g_test_message (
      "%s: %" G_GUINT64_FORMAT " offered, %" G_GUINT64_FORMAT " accepted, %" G_GUINT64_FORMAT
      " delivered, %" G_GUINT64_FORMAT " refused, %" G_GUINT64_FORMAT " dropped, %" G_GUINT64_FORMAT " open",
      name, c.offered, c.accepted, c.delivered, ledger_sum (c.refused), ledger_sum (c.dropped), count_open (&c));
  if (seen)
    g_test_message ("%s: %" G_GUINT64_FORMAT " missing, %" G_GUINT64_FORMAT " twice, 0 unaccounted", name, missing,
                    twice);
  g_assert_cmpuint (count_open (&c), ==, 0);
  g_assert_cmpuint (missing, <=, gone);
  if (seen == &soak_sinks.at_gate)
    {
      g_assert_cmpuint (missing, ==, gone);
      g_assert_cmpuint (twice, ==, 0);
    }
}

/* Which they are, for whoever has to find out. */
static void
report_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename ("/proc/self/fd", name, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);

      g_test_message ("descriptor %s: %s", name, target ? target : "itself");
    }
}

static void
report_usage (const char *when, const Usage *usage)
{
  g_test_message ("%s: %" G_GUINT64_FORMAT " kB resident, %" G_GUINT64_FORMAT " threads, %" G_GUINT64_FORMAT
                  " descriptors",
                  when, usage->rss_kb, usage->threads, usage->descriptors);
}

/* A disk that can be full, where that may be had. */
static void
mount_disk (Soak *soak)
{
  soak->disk = fixture_make_child (soak->directory, "disk", 0755);
  soak->mounted = unshare (CLONE_NEWNS) == 0 && mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
                  && mount ("tmpfs", soak->disk, "tmpfs", 0, "size=32m,mode=0755") == 0;
  if (!soak->mounted)
    g_test_message ("no full disk: cannot mount a tmpfs: %s", g_strerror (errno));
}

static void
soak_init (Soak *soak, guint32 seed, guint n_periods, guint period)
{
  const gsize n = (gsize) n_periods * period * N_PRODUCERS;
  int fd;

  *soak = (Soak){ .rand = g_rand_new_with_seed (seed), .period = period, .n_periods = n_periods };
  soak->directory = fixture_make_directory ();
  mount_disk (soak);
  soak->config = g_build_filename (soak->directory, "app.conf", NULL);
  soak->socket = g_build_filename (soak->directory, "peer", NULL);
  soak->map = g_build_filename (soak->directory, "seen", NULL);
  soak->sinks = g_ptr_array_new_with_free_func (g_object_unref);
  soak->pack = g_array_new (FALSE, FALSE, sizeof (gint8));
  fd = open (soak->map, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  g_assert_no_errno (ftruncate (fd, (off_t) n));
  soak_seen_init (&soak->at_peer, n, fd);
  close (fd);
  soak_seen_init (&soak_sinks.at_gate, n, -1);
  memset (soak_sinks.at_gate.counts, 0, n); /* it is resident from the beginning */
  start_peer (soak);
  configure (soak, 0);
}

static void
soak_clear (Soak *soak)
{
  kill_peer (soak);
  munmap (soak->at_peer.counts, soak->at_peer.size);
  munmap (soak_sinks.at_gate.counts, soak_sinks.at_gate.size);
  if (soak->mounted)
    g_assert_no_errno (umount2 (soak->disk, MNT_DETACH));
  fixture_remove (soak->directory);
  g_ptr_array_unref (soak->sinks);
  g_array_unref (soak->pack);
  g_rand_free (soak->rand);
  g_free (soak->directory);
  g_free (soak->disk);
  g_free (soak->config);
  g_free (soak->socket);
  g_free (soak->map);
}

static void
report_faults (const Soak *soak, guint32 seed)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = FAULT_NONE + 1; i < N_FAULTS; i++)
    g_string_append_printf (text, "%s%s %u", text->len ? ", " : "", fault_names[i], soak->n_faults[i]);
  g_test_message ("MVXLOG_TEST_SEED=%u: %u periods: %s", seed, soak->n_periods, text->str);
}

static guint
number_from (const char *variable, guint otherwise)
{
  const char *text = g_getenv (variable);

  return text ? (guint) strtoul (text, NULL, 10) : otherwise;
}

static void
test_soak (void)
{
  const gboolean is_long = g_getenv ("MVXLOG_TEST_LONG") != NULL;
  const guint seconds = number_from ("MVXLOG_TEST_SECONDS", is_long ? 1200 : 14);
  const guint32 seed = number_from ("MVXLOG_TEST_SEED", is_long ? (guint) g_test_rand_int () : 7);
  const guint period_s = seconds > 100 ? 10 : 1;
  const guint n_periods = MAX (seconds / period_s, 6);
  const gint64 began = g_get_monotonic_time ();
  GThread *producers[N_PRODUCERS];
  Usage before;
  Usage half = { 0 };
  Usage end;
  Usage after;
  double minutes;
  Soak soak;

  soak_init (&soak, seed, n_periods, test_size (period_s * RATE / N_PRODUCERS, 250));
  pace.periods = n_periods;
  pace.period = soak.period;
  for (guint i = 0; i < N_PRODUCERS; i++)
    producers[i] = g_thread_new ("producer", produce, GUINT_TO_POINTER (i));
  rest (&soak);
  before = usage_at_rest ();
  for (guint i = 3; i < n_periods; i++)
    {
      run_period (&soak, choose (&soak));
      if (i != n_periods / 2)
        continue;
      configure (&soak, 0);
      rest (&soak);
      half = usage_at_rest ();
    }
  configure (&soak, 0);
  rest (&soak);
  end = usage_at_rest ();
  minutes = (double) (g_get_monotonic_time () - began) / G_USEC_PER_SEC / 60;
  for (guint i = 0; i < N_PRODUCERS; i++)
    g_thread_join (producers[i]);
  after = usage_in_the_end (&before);

  report_faults (&soak, seed);
  report (&soak, 0, &soak_sinks.at_gate);
  report (&soak, 1, &soak.at_peer);
  report (&soak, 2, NULL);
  report_usage ("before", &before);
  report_usage ("half", &half);
  report_usage ("end", &end);
  report_usage ("after", &after);
  g_test_message ("%.1f minutes; the memory that is resident at rest changes by %.1f kB a minute in the second half; a "
                  "logging call takes %.1f ms at most",
                  minutes, ((double) end.rss_kb - (double) half.rss_kb) / (minutes / 2), (double) pace.slowest / 1000);
  if (after.descriptors > before.descriptors + SPOOL_DESCRIPTORS)
    report_descriptors ();
  if (is_long && !test_size_is_slow ())
    g_assert_cmpuint (end.rss_kb, <, half.rss_kb + ROOM_KB);
  g_assert_cmpuint (after.threads, ==, before.threads);
  g_assert_cmpuint (after.descriptors, <=, before.descriptors + SPOOL_DESCRIPTORS);
  g_assert_true (mvx_log_reset (NULL));
  soak_clear (&soak);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;

  if (argc == 4 && g_str_equal (argv[1], "--peer"))
    soak_peer_main (argv[2], argv[3]);
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  g_assert_true (mvx_log_register_static_plugin (&soak_plugin, &error));
  g_assert_true (mvx_log_register_static_plugin (&mvx_static_plugin_file, &error));
  g_test_add_func ("/soak", test_soak);
  return g_test_run ();
}
