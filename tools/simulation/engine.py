# SPDX-License-Identifier: LGPL-2.1-or-later
"""Time that jumps from one event to the next, and what a sink does when its backend fails."""
import heapq
import random


class Simulation:
    """Things happen in the order of their times; those of one time in the order in which they were arranged."""

    def __init__(self, seed):
        self.now = 0.0
        self.random = random.Random(seed)
        self._heap = []
        self._order = 0

    def at(self, time, function, *arguments):
        if time < self.now:
            raise ValueError(f'{time} has passed: it is {self.now}')
        self._order += 1
        heapq.heappush(self._heap, (time, self._order, function, arguments))

    def after(self, delay, function, *arguments):
        self.at(self.now + delay, function, *arguments)

    def run(self, until):
        while self._heap and self._heap[0][0] <= until:
            self.now, _, function, arguments = heapq.heappop(self._heap)
            function(*arguments)
        self.now = until


class Health:
    """Retries and circuit breaker as in libmvxlog/async/breaker.c, with the defaults of the options of the same names."""

    def __init__(self, random_source, jitter=True, retry_min=0.1, retry_max=30.0, breaker_failures=5, breaker_pause=5.0):
        self.random = random_source
        self.jitter = jitter
        self.retry_min = retry_min
        self.retry_max = retry_max
        self.breaker_failures = breaker_failures
        self.breaker_pause = breaker_pause
        self.failures = 0
        self.open = False

    def back_off(self, first, doublings):
        delay = first
        while doublings > 0 and delay < self.retry_max:
            delay *= 2
            doublings -= 1
        delay = min(delay, self.retry_max)
        return delay / 2 + self.random.random() * delay / 2 if self.jitter else delay

    def failed(self):
        """How long until the next attempt."""
        self.failures += 1
        if self.breaker_failures > 0 and self.failures >= self.breaker_failures:
            self.open = True
        if self.open:
            return self.back_off(self.breaker_pause, self.failures - self.breaker_failures)
        return self.back_off(self.retry_min, self.failures - 1)

    def succeeded(self):
        self.failures = 0
        self.open = False
