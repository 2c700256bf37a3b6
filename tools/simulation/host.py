# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program with one sink, and the collector that it and others send to. Events are counts: nothing tells them apart."""
import collections
import dataclasses

from engine import Health

SEGMENT = 8 << 20


@dataclasses.dataclass
class Sink:
    """Options of a sink by their names, and what an event costs its worker (seconds) and the disk (bytes)."""
    spool: bool = True
    queue_max: int = 10000
    batch_max: int = 256
    spool_max: int = 1 << 30
    event_bytes: int = 300
    append_s: float = 1e-6
    deliver_s: float = 2e-6
    jitter: bool = True
    retry_min: float = 0.1
    retry_max: float = 30.0
    breaker_failures: int = 5
    breaker_pause: float = 5.0


class Collector:
    """One server, first come, first served. While it is down, connections are refused at once."""

    def __init__(self, simulation, batch_s=0.0, event_s=1e-6):
        self.simulation = simulation
        self.batch_s = batch_s
        self.event_s = event_s
        self.up = True
        self.waiting = collections.deque()
        self.serving = None
        self.stored = 0
        self.batches = 0
        self.longest = 0
        self.wait_s = 0.0

    def submit(self, n, answer):
        if not self.up:
            self.simulation.after(0, answer, False)
            return
        self.waiting.append((self.simulation.now, n, answer))
        self.longest = max(self.longest, len(self.waiting))
        self._serve()

    def _serve(self):
        if self.serving or not self.waiting:
            return
        self.serving = self.waiting.popleft()
        since, n, _ = self.serving
        self.wait_s += self.simulation.now - since
        self.simulation.after(self.batch_s + n * self.event_s, self._done, self.serving)

    def _done(self, batch):
        if self.serving is not batch:
            return
        _, n, answer = batch
        self.serving = None
        self.stored += n
        self.batches += 1
        answer(True)
        self._serve()

    def fail(self):
        """What is being served has been stored or not, with even chances; nobody hears of it."""
        self.up = False
        lost, self.waiting = self.waiting, collections.deque()
        if self.serving:
            if self.simulation.random.random() < 0.5:
                self.stored += self.serving[1]
            lost.appendleft(self.serving)
            self.serving = None
        for _, _, answer in lost:
            answer(False)

    def restore(self):
        self.up = True

    def outage(self, begin, seconds):
        self.simulation.at(begin, self.fail)
        self.simulation.at(begin + seconds, self.restore)


class Host:
    """Calls put events into the queue; the worker writes them to the spool, and delivers them from there batch by batch."""

    def __init__(self, simulation, collector, rate, sink, burst=1, poisson=True, until=None):
        self.simulation = simulation
        self.collector = collector
        self.sink = sink
        self.health = Health(simulation.random, sink.jitter, sink.retry_min, sink.retry_max, sink.breaker_failures,
                             sink.breaker_pause)
        self.gap = burst / rate
        self.burst = burst
        self.poisson = poisson
        self.until = until
        self.offered = self.accepted = self.refused = self.delivered = self.dropped = 0
        self.queue = self.spool = self.in_flight = self.appended = 0
        self.most_queued = self.most_spooled = 0
        self.retry_at = 0.0
        self.busy = False
        simulation.after(self._next_gap(), self._arrive)

    def _next_gap(self):
        return self.simulation.random.expovariate(1 / self.gap) if self.poisson else self.gap

    @property
    def backlog(self):
        return self.spool if self.sink.spool else self.queue

    @property
    def disk(self):
        """Bytes of its files: they are reserved whole, and the next one when the last is half full."""
        segment = min(SEGMENT, self.sink.spool_max // 8)
        end = self.appended * self.sink.event_bytes
        begin = (self.appended - self.spool) * self.sink.event_bytes
        return (end // segment - begin // segment + 1 + (end % segment > segment / 2)) * segment

    def ledger_closes(self):
        return (self.offered == self.accepted + self.refused
                and self.accepted == self.delivered + self.dropped + self.queue + self.spool)

    def _arrive(self):
        room = max(0, self.sink.queue_max - self.queue)
        taken = min(self.burst, room)
        self.offered += self.burst
        self.accepted += taken
        self.refused += self.burst - taken
        self.queue += taken
        self.most_queued = max(self.most_queued, self.queue)
        gap = self._next_gap()
        if self.until is None or self.simulation.now + gap <= self.until:
            self.simulation.after(gap, self._arrive)
        self._work()

    def _work(self):
        """The worker is one thread: it writes, or it sends; while the collector has a batch it writes what comes."""
        if self.busy:
            return
        if self.sink.spool and self.queue > 0:
            self.busy = True
            n = min(self.queue, 1024)
            self.simulation.after(n * self.sink.append_s, self._appended, n)
        elif self.in_flight == 0 and self.backlog > 0 and self.simulation.now >= self.retry_at:
            self.busy = True
            self.in_flight = 1 if self.health.open else min(self.backlog, self.sink.batch_max)
            self.simulation.after(self.in_flight * self.sink.deliver_s, self._send)

    def _appended(self, n):
        self.busy = False
        self.queue -= n
        self.spool += n
        self.appended += n
        self._make_room()
        self.most_spooled = max(self.most_spooled, self.spool)
        self._work()

    def _make_room(self):
        """spool-overflow=drop-oldest takes whole segments, but never what is on its way."""
        segment = min(SEGMENT, self.sink.spool_max // 8) // self.sink.event_bytes
        while self.spool * self.sink.event_bytes > self.sink.spool_max and self.spool - segment >= self.in_flight:
            self.spool -= segment
            self.dropped += segment

    def _send(self):
        self.busy = False
        self.collector.submit(self.in_flight, self._answered)
        self._work()

    def _answered(self, stored):
        n, self.in_flight = self.in_flight, 0
        if stored:
            self.health.succeeded()
            self.delivered += n
            if self.sink.spool:
                self.spool -= n
            else:
                self.queue -= n
        else:
            delay = self.health.failed()
            self.retry_at = self.simulation.now + delay
            self.simulation.after(delay, self._work)
        self._work()
