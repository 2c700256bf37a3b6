/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The same work for every logger. A peer is one executable: it includes this header, defines peer_log() and the table
 * bench_peer, and is linked with harness.c, which has main(). Producers run on CPU 1, the main thread and whatever the
 * logger starts on CPU 0. */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BENCH_BURST 20
#define BENCH_MAX_PRODUCERS 16
#define BENCH_LOGGER "bench.request"

typedef struct
{
  const char *mode;
  const char *variant;
  const char *out;
  int producers;
  long calls; /* of all producers */
} BenchOptions;

/* What one producer does and measures; times are ticks of bench_ticks(). */
typedef struct
{
  const BenchOptions *options;
  int number;
  long calls;
  uint64_t random;
  uint32_t *calls_ticks;
  long n_calls_ticks;
  uint32_t *bursts_ticks;
  long n_bursts_ticks;
  long preempted; /* times that something else took the processor */
} BenchThread;

typedef struct
{
  const char *name;
  const char *variants;                    /* for the usage text */
  int (*open) (const BenchOptions *options); /* 0, or an exit status: 77 to skip */
  void (*thread_begin) (int number);       /* or NULL */
  void (*run) (BenchThread *thread);       /* bench_run */
  void (*close) (void);                    /* returns when all bytes are in the file */
  void (*disabled) (long calls);           /* calls below the level; or NULL */
  long (*count) (const char *path);        /* events in the file; NULL: its lines */
  long (*wakeups) (void);                  /* times that a producer has woken the logger so far; or NULL */
} BenchPeer;

extern const BenchPeer bench_peer;
extern const char *const bench_clients[16];

uint64_t bench_ns (void);
void bench_sleep_us (long us);

static inline uint64_t
bench_ticks (void)
{
#if defined(__x86_64__) || defined(__i386__)
  return __builtin_ia32_rdtsc ();
#else
  return bench_ns ();
#endif
}

static inline uint32_t
bench_elapsed (uint64_t from, uint64_t to)
{
  return to - from > UINT32_MAX ? UINT32_MAX : (uint32_t) (to - from);
}

static inline uint64_t
bench_random (BenchThread *self)
{
  self->random ^= self->random << 13;
  self->random ^= self->random >> 7;
  self->random ^= self->random << 17;
  return self->random;
}

#ifndef BENCH_WITHOUT_PEER
/* The peer's own call: in the same file, so that the compiler sees both. */
static inline void peer_log (int64_t id, const char *client, double ms);

static inline void
bench_call (int64_t id)
{
  peer_log (id, bench_clients[id & 15], (double) (id & 4095) * 0.125);
}

static inline void
bench_run_timed (BenchThread *self, int64_t id, long n)
{
  uint64_t from = bench_ticks ();

  for (long i = 0; i < n; i++)
    {
      uint64_t to;

      bench_call (id + i);
      to = bench_ticks ();
      self->calls_ticks[self->n_calls_ticks++] = bench_elapsed (from, to);
      from = to;
    }
}

/* Even bursts are timed call by call, odd ones as a whole; a busy pause of 0.2 to 1 ms follows. */
static inline void
bench_run_bursts (BenchThread *self, int64_t id)
{
  for (long burst = 0; burst < self->calls / BENCH_BURST; burst++, id += BENCH_BURST)
    {
      uint64_t from = bench_ticks ();
      uint64_t until;

      if (burst % 2 == 0)
        bench_run_timed (self, id, BENCH_BURST);
      else
        {
          for (int i = 0; i < BENCH_BURST; i++)
            bench_call (id + i);
          self->bursts_ticks[self->n_bursts_ticks++] = bench_elapsed (from, bench_ticks ());
        }
      until = bench_ns () + 200000 + bench_random (self) % 800001;
      while (bench_ns () < until)
        continue;
    }
}

static inline void
bench_run_cold (BenchThread *self, int64_t id)
{
  for (long i = 0; i < self->calls; i++)
    {
      bench_sleep_us (30000 + (long) (bench_random (self) % 30000));
      bench_run_timed (self, id + i, 1);
    }
}

static inline void
bench_run (BenchThread *self)
{
  const char *mode = self->options->mode;
  int64_t id = (int64_t) (self->number + 1) * 100000000;

  if (self->calls < 0) /* the first call of a thread sets things up and is not measured */
    bench_call (id);
  else if (strcmp (mode, "thr") == 0)
    for (long i = 1; i <= self->calls; i++)
      bench_call (id + i);
  else if (strcmp (mode, "burst") == 0)
    bench_run_bursts (self, id + 1);
  else if (strcmp (mode, "tight") == 0)
    bench_run_timed (self, id + 1, self->calls);
  else if (strcmp (mode, "cold") == 0)
    bench_run_cold (self, id + 1);
  else
    bench_sleep_us (2000000);
}

#endif

#ifdef __cplusplus
}
#endif

#endif
