# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many at once: hosts that come back to a collector, and consumers that share the partitions of a topic."""
import collections

from engine import Health


class Storm:
    """Hosts without a collector. When it is back it takes `accepts` connections a second; a second's worth may queue."""

    def __init__(self, simulation, hosts, outage, jitter=True, accepts=float('inf'), spread=0.1):
        self.simulation = simulation
        self.outage = outage
        self.accepts = accepts
        self.free_at = outage
        self.attempts = collections.Counter()
        self.connected_at = []
        self.refused = 0
        for _ in range(hosts):
            simulation.at(simulation.random.random() * spread, self._try, Health(simulation.random, jitter))

    def _try(self, health):
        now = self.simulation.now
        self.attempts[int(now)] += 1
        if now >= self.outage and self.free_at - now < 1:
            self.free_at = max(self.free_at, now) + 1 / self.accepts
            self.connected_at.append(self.free_at)
            return
        self.refused += 1
        self.simulation.after(health.failed(), self._try, health)

    def peak(self, begin, end):
        """Most attempts in a second, of those from `begin` to `end`."""
        return max((n for second, n in self.attempts.items() if begin <= second < end), default=0)


class Partition:
    """Events that wait in a broker."""

    def __init__(self):
        self.produced = self.consumed = 0
        self.consumer = None

    @property
    def lag(self):
        return self.produced - self.consumed


class Group:
    """Consumers of a topic. One dies: its partitions wait for the session's end, all of them while they are shared out anew."""

    def __init__(self, simulation, rate, partitions, consumers, event_s, session=45.0, pause=3.0, chunk=0.05):
        self.simulation = simulation
        self.event_s = event_s
        self.session = session
        self.pause = pause
        self.chunk = chunk
        self.n_chunk = rate / partitions * chunk
        self.partitions = [Partition() for _ in range(partitions)]
        self.alive = list(range(consumers))
        self.busy = set()
        self.stopped = False
        self.most_lag = 0
        self.samples = []
        self.owed = [0.0] * partitions
        self._share()
        for number in range(partitions):
            simulation.after(simulation.random.random() * chunk, self._produce, number)

    @property
    def lag(self):
        return sum(partition.lag for partition in self.partitions)

    def partitions_of(self, consumer):
        return [partition for partition in self.partitions if partition.consumer == consumer]

    def _share(self):
        for number, partition in enumerate(self.partitions):
            partition.consumer = self.alive[number % len(self.alive)]
        self.owned = {consumer: self.partitions_of(consumer) for consumer in self.alive}

    def _produce(self, number):
        self.owed[number] += self.n_chunk
        n = int(self.owed[number])
        self.owed[number] -= n
        partition = self.partitions[number]
        partition.produced += n
        self.simulation.after(self.chunk, self._produce, number)
        self._consume(partition.consumer)

    def _consume(self, consumer):
        """It takes what waits in the partition that is farthest behind."""
        if self.stopped or consumer in self.busy or consumer not in self.owned:
            return
        partition = max(self.owned[consumer], key=lambda item: item.lag)
        n = min(partition.lag, 500)
        if n > 0:
            self.busy.add(consumer)
            self.simulation.after(n * self.event_s, self._consumed, consumer, partition, n)

    def _consumed(self, consumer, partition, n):
        self.busy.discard(consumer)
        if partition.consumer == consumer and consumer in self.owned:
            partition.consumed += n
        self._consume(consumer)

    def watch(self, every):
        self.samples.append((self.simulation.now, self.lag))
        self.most_lag = max(self.most_lag, self.lag)
        self.simulation.after(every, self.watch, every)

    def kill(self, consumer):
        """Nobody notices before its session is over."""
        self.alive.remove(consumer)
        del self.owned[consumer]
        self.simulation.after(self.session, self._rebalance)

    def _rebalance(self):
        self.stopped = True
        self.simulation.after(self.pause, self._resume)

    def _resume(self):
        self.stopped = False
        self._share()
        for consumer in self.alive:
            self._consume(consumer)
