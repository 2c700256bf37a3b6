/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* main() of every peer: pins, runs, measures, counts the lines, prints one JSON object. */
#define BENCH_WITHOUT_PEER 1
#include "harness.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const bench_clients[16] = {
  "client-0000.eu-west.acme", "client-0001.eu-west.acme", "client-0002.us-east.acme", "client-0003.eu-west.acme",
  "client-0004.ap-east.acme", "client-0005.eu-west.acme", "client-0006.eu-west.acme", "client-0007.us-east.acme",
  "client-0008.eu-west.acme", "client-0009.eu-west.acme", "client-0010.us-west.acme", "client-0011.eu-west.acme",
  "client-0012.eu-west.acme", "client-0013.ap-east.acme", "client-0014.eu-west.acme", "client-0015.eu-west.acme",
};

static BenchOptions bench_options = { "thr", "", NULL, 1, 1000000 };
static BenchThread bench_threads[BENCH_MAX_PRODUCERS];
static pthread_barrier_t bench_warm;
static pthread_barrier_t bench_start;
static double bench_ticks_per_ns;
static double bench_overhead; /* ticks between two readings */

uint64_t
bench_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
}

void
bench_sleep_us (long us)
{
  struct timespec pause = { us / 1000000, us % 1000000 * 1000 };

  nanosleep (&pause, NULL);
}

/* A machine with one CPU runs everything there. */
static void
bench_pin (int cpu)
{
  cpu_set_t set;

  if (sysconf (_SC_NPROCESSORS_ONLN) < 2)
    return;
  CPU_ZERO (&set);
  CPU_SET (cpu, &set);
  sched_setaffinity (0, sizeof set, &set);
}

static int
bench_compare (const void *a, const void *b)
{
  uint32_t first = *(const uint32_t *) a;
  uint32_t second = *(const uint32_t *) b;

  return first < second ? -1 : first > second;
}

static void
bench_calibrate (void)
{
  static uint32_t gaps[20001];
  uint64_t begin_ns = bench_ns ();
  uint64_t begin = bench_ticks ();

  while (bench_ns () - begin_ns < 50000000)
    continue;
  bench_ticks_per_ns = (double) (bench_ticks () - begin) / (double) (bench_ns () - begin_ns);
  begin = bench_ticks ();
  for (int i = 0; i < 20001; i++)
    {
      uint64_t end = bench_ticks ();

      gaps[i] = bench_elapsed (begin, end);
      begin = end;
    }
  qsort (gaps, 20001, sizeof *gaps, bench_compare);
  bench_overhead = gaps[10000];
}

static double
bench_cpu_seconds (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
         + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static long
bench_switches (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_nvcsw;
}

static long
bench_peak_kib (void)
{
  char line[256];
  long kib = 0;
  FILE *status = fopen ("/proc/self/status", "r");

  while (status && fgets (line, sizeof line, status))
    if (sscanf (line, "VmHWM: %ld", &kib) == 1)
      break;
  if (status)
    fclose (status);
  return kib;
}

static long
bench_count_lines (const char *path)
{
  static char block[1 << 20];
  long n = 0;
  ssize_t got;
  int fd = open (path, O_RDONLY | O_CLOEXEC);

  if (fd < 0)
    return -1;
  while ((got = read (fd, block, sizeof block)) > 0)
    for (char *at = block; (at = memchr (at, '\n', (size_t) (block + got - at))) != NULL; at++)
      n++;
  close (fd);
  return n;
}

static long
bench_preempted (void)
{
  struct rusage usage;

  getrusage (RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

static void *
bench_thread (void *data)
{
  BenchThread *self = data;
  long calls = self->calls;

  bench_pin (1);
  if (bench_peer.thread_begin)
    bench_peer.thread_begin (self->number);
  self->calls = -1;
  bench_peer.run (self);
  self->calls = calls;
  pthread_barrier_wait (&bench_warm);
  pthread_barrier_wait (&bench_start);
  self->preempted = -bench_preempted ();
  bench_peer.run (self);
  self->preempted += bench_preempted ();
  return NULL;
}

/* Touched, so that no page fault is measured. */
static uint32_t *
bench_new_samples (long n)
{
  uint32_t *samples = malloc ((size_t) (n + 1) * sizeof *samples);

  if (samples == NULL)
    abort ();
  memset (samples, 1, (size_t) (n + 1) * sizeof *samples);
  return samples;
}

static double
bench_quantile (const uint32_t *samples, long n, double quantile, double overhead)
{
  long at = (long) (quantile * (double) n);
  double ticks = samples[at < n ? at : n - 1] - overhead;

  return ticks > 0 ? ticks / bench_ticks_per_ns : 0;
}

static void
bench_print_calls (void)
{
  static const double quantiles[]
      = { .01, .05, .1, .2, .3, .4, .5, .6, .7, .8, .9, .95, .98, .99, .995, .998, .999, .9995, .9999, 1 };
  long n = 0;
  uint32_t *all;

  for (int i = 0; i < bench_options.producers; i++)
    n += bench_threads[i].n_calls_ticks;
  if (n == 0)
    return;
  all = bench_new_samples (n);
  n = 0;
  for (int i = 0; i < bench_options.producers; i++)
    {
      memcpy (all + n, bench_threads[i].calls_ticks, (size_t) bench_threads[i].n_calls_ticks * sizeof *all);
      n += bench_threads[i].n_calls_ticks;
    }
  qsort (all, (size_t) n, sizeof *all, bench_compare);
  printf (", \"p50\": %.1f, \"p99\": %.1f, \"p999\": %.1f, \"quantiles\": [",
          bench_quantile (all, n, .5, bench_overhead), bench_quantile (all, n, .99, bench_overhead),
          bench_quantile (all, n, .999, bench_overhead));
  for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
    printf ("%s[%g, %.1f]", i ? ", " : "", quantiles[i], bench_quantile (all, n, quantiles[i], bench_overhead));
  printf ("]");
  free (all);
}

static void
bench_print_bursts (void)
{
  uint32_t *all;
  long preempted = 0;
  long n = 0;

  for (int i = 0; i < bench_options.producers; i++)
    n += bench_threads[i].n_bursts_ticks;
  if (n == 0)
    return;
  all = bench_new_samples (n);
  n = 0;
  for (int i = 0; i < bench_options.producers; i++)
    {
      preempted += bench_threads[i].preempted;
      memcpy (all + n, bench_threads[i].bursts_ticks, (size_t) bench_threads[i].n_bursts_ticks * sizeof *all);
      n += bench_threads[i].n_bursts_ticks;
    }
  qsort (all, (size_t) n, sizeof *all, bench_compare);
  /* Half of the bursts are timed as a whole. */
  printf (", \"b50\": %.2f, \"preempted\": %.4f", bench_quantile (all, n, .5, 0) / BENCH_BURST,
          (double) preempted / (double) (2 * n));
  free (all);
}

static void
bench_start_threads (pthread_t *threads)
{
  int n = bench_options.producers;

  pthread_barrier_init (&bench_warm, NULL, (unsigned) n + 1);
  pthread_barrier_init (&bench_start, NULL, (unsigned) n + 1);
  for (int i = 0; i < n; i++)
    {
      BenchThread *self = &bench_threads[i];

      self->options = &bench_options;
      self->number = i;
      self->calls = bench_options.calls / n;
      self->random = 0x9e3779b97f4a7c15u + (uint64_t) i * 77777;
      if (strcmp (bench_options.mode, "thr") != 0 && strcmp (bench_options.mode, "idle") != 0)
        {
          self->calls_ticks = bench_new_samples (self->calls);
          self->bursts_ticks = bench_new_samples (self->calls / BENCH_BURST);
        }
      if (pthread_create (&threads[i], NULL, bench_thread, self) != 0)
        abort ();
    }
  pthread_barrier_wait (&bench_warm);
  bench_sleep_us (60000); /* the logger goes to sleep if it wants to */
}

/* Calls that shall have left a line, warm-up included. */
static long
bench_expected (void)
{
  long per = bench_options.calls / bench_options.producers;

  if (strcmp (bench_options.mode, "idle") == 0)
    per = 0;
  else if (strcmp (bench_options.mode, "burst") == 0)
    per -= per % BENCH_BURST;
  return (per + 1) * bench_options.producers;
}

static int
bench_check_lines (void)
{
  long lines = (bench_peer.count ? bench_peer.count : bench_count_lines) (bench_options.out);

  if (lines == bench_expected ())
    return 0;
  fprintf (stderr, "%s %s: %ld events in %s, expected %ld\n", bench_peer.name, bench_options.variant, lines,
           bench_options.out, bench_expected ());
  return 1;
}

static int
bench_measure (double open_ms)
{
  pthread_t threads[BENCH_MAX_PRODUCERS];
  long n_sent;
  double cpu;
  double idle_cpu;
  uint64_t begin;
  double wall;
  long switches;
  long wakeups;

  bench_start_threads (threads);
  n_sent = bench_expected () - bench_options.producers;
  cpu = bench_cpu_seconds ();
  switches = bench_switches ();
  wakeups = bench_peer.wakeups ? bench_peer.wakeups () : 0;
  begin = bench_ns ();
  pthread_barrier_wait (&bench_start);
  for (int i = 0; i < bench_options.producers; i++)
    pthread_join (threads[i], NULL);
  idle_cpu = bench_cpu_seconds () - cpu;
  switches = bench_switches () - switches;
  bench_peer.close ();
  wall = (double) (bench_ns () - begin) * 1e-9;
  cpu = bench_cpu_seconds () - cpu;
  if (bench_check_lines () != 0)
    return 1;
  printf ("{\"peer\": \"%s\", \"variant\": \"%s\", \"mode\": \"%s\", \"producers\": %d, \"sent\": %ld, \"wall\": %.6f, "
          "\"open_ms\": %.3f, \"peak_mib\": %.2f, \"switches\": %ld",
          bench_peer.name, bench_options.variant, bench_options.mode, bench_options.producers, n_sent, wall, open_ms,
          (double) bench_peak_kib () / 1024, switches);
  if (n_sent > 0)
    printf (", \"mps\": %.4f, \"cpu_per_m\": %.4f", (double) n_sent * 1e-6 / wall, cpu / ((double) n_sent * 1e-6));
  else
    printf (", \"idle_ms_per_s\": %.3f", idle_cpu / 2 * 1e3);
  if (bench_peer.wakeups && n_sent > 0)
    printf (", \"wakeups_per_k\": %.4f", (double) (bench_peer.wakeups () - wakeups) / ((double) n_sent * 1e-3));
  bench_print_calls ();
  bench_print_bursts ();
  printf ("}\n");
  return 0;
}

/* As root, /dev/null could be removed, too. */
static void
bench_remove (const char *path)
{
  struct stat st;

  if (lstat (path, &st) == 0 && S_ISREG (st.st_mode))
    unlink (path);
}

/* What a time stamp costs, which no logger can do without. */
static int
bench_measure_clocks (void)
{
  long calls = bench_options.calls;
  uint64_t begin = bench_ns ();
  double gettime;
  double ticks;

  bench_pin (1);
  for (long i = 0; i < calls; i++)
    {
      uint64_t now = bench_ns ();

      __asm__ volatile("" ::"r"(now) : "memory");
    }
  gettime = (double) (bench_ns () - begin);
  begin = bench_ns ();
  for (long i = 0; i < calls; i++)
    {
      uint64_t now = bench_ticks ();

      __asm__ volatile("" ::"r"(now) : "memory");
    }
  ticks = (double) (bench_ns () - begin);
  printf ("{\"peer\": \"%s\", \"variant\": \"%s\", \"mode\": \"clocks\", \"producers\": 1, \"gettime_ns\": %.3f, "
          "\"ticks_ns\": %.3f}\n",
          bench_peer.name, bench_options.variant, gettime / (double) calls, ticks / (double) calls);
  return 0;
}

/* Over an empty loop. */
static int
bench_measure_disabled (void)
{
  long calls = bench_options.calls;
  uint64_t begin;
  double empty;
  double full;

  if (bench_peer.disabled == NULL)
    return 77;
  bench_pin (1);
  bench_peer.disabled (1000);
  begin = bench_ns ();
  for (long i = 0; i < calls; i++)
    __asm__ volatile("" ::"r"(i) : "memory");
  empty = (double) (bench_ns () - begin);
  begin = bench_ns ();
  bench_peer.disabled (calls);
  full = (double) (bench_ns () - begin);
  bench_peer.close ();
  printf ("{\"peer\": \"%s\", \"variant\": \"%s\", \"mode\": \"disabled\", \"producers\": 1, \"ns\": %.3f}\n",
          bench_peer.name, bench_options.variant, (full - empty) / (double) calls);
  return 0;
}

static int
bench_usage (void)
{
  fprintf (
      stderr,
      "Usage: peer-%s -o FILE [-m thr|burst|tight|cold|idle|disabled|clocks] [-v VARIANT] [-p PRODUCERS] [-n CALLS]\n"
      "Variants: %s\n",
      bench_peer.name, bench_peer.variants);
  return 2;
}

int
main (int argc, char **argv)
{
  int option;
  int status;
  uint64_t begin;

  while ((option = getopt (argc, argv, "m:v:o:p:n:")) != -1)
    switch (option)
      {
      case 'm':
        bench_options.mode = optarg;
        break;
      case 'v':
        bench_options.variant = optarg;
        break;
      case 'o':
        bench_options.out = optarg;
        break;
      case 'p':
        bench_options.producers = atoi (optarg);
        break;
      case 'n':
        bench_options.calls = atol (optarg);
        break;
      default:
        return bench_usage ();
      }
  if (bench_options.out == NULL || bench_options.producers < 1 || bench_options.producers > BENCH_MAX_PRODUCERS)
    return bench_usage ();
  bench_pin (1);
  bench_calibrate ();
  bench_pin (0);
  bench_remove (bench_options.out);
  begin = bench_ns ();
  status = bench_peer.open (&bench_options);
  if (status == 0 && strcmp (bench_options.mode, "disabled") == 0)
    status = bench_measure_disabled ();
  else if (status == 0 && strcmp (bench_options.mode, "clocks") == 0)
    status = bench_measure_clocks ();
  else if (status == 0)
    status = bench_measure ((double) (bench_ns () - begin) * 1e-6);
  fflush (stdout);
  _exit (status); /* destructors of a logger that is closed already are not what is measured */
}
