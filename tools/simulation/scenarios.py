# SPDX-License-Identifier: LGPL-2.1-or-later
"""What docs/SCALE.md computes, and what the simulation finds: each function is a row of its table, and may draw."""
import dataclasses
import math

from engine import Simulation
from fleet import Group, Storm
from host import Collector, Host, Sink


@dataclasses.dataclass
class Row:
    """`predicted` is arithmetic, `simulated` what came out, `bound` what must not be exceeded."""
    scenario: str
    quantity: str
    predicted: float
    simulated: float
    bound: float

    @property
    def ok(self):
        return self.simulated <= self.bound


def watch(simulation, every, samples, function):
    samples.append((simulation.now, function()))
    simulation.after(every, watch, simulation, every, samples, function)


def check(hosts):
    for host in hosts:
        if not host.ledger_closes():
            raise AssertionError(f'the ledger of a host does not close: {vars(host)}')


def at_most(n, burst=1):
    """What a number with the mean `n` that comes in bursts does not exceed: five standard deviations more."""
    return n + 5 * math.sqrt(n * burst)


def outage(costs, seed, size):
    """A host with a spool, and an outage: what the disk holds, how long it takes until all is delivered."""
    rate, begin, seconds = 1000, 20.0, 60.0 * size
    sink = Sink(event_bytes=costs['spool_bytes'], append_s=costs['append_s'], deliver_s=costs['deliver_s'])
    simulation = Simulation(seed)
    collector = Collector(simulation, batch_s=costs['round_trip_s'], event_s=costs['collector_s'])
    host = Host(simulation, collector, rate, sink, burst=10)
    collector.outage(begin, seconds)
    samples = []
    watch(simulation, max(0.25, seconds / 300), samples, lambda: host.spool * sink.event_bytes / 1e6)
    simulation.run(begin + seconds + sink.retry_max + seconds)
    check([host])
    per_event = costs['append_s'] + costs['deliver_s'] + costs['collector_s'] + costs['round_trip_s'] / sink.batch_max
    # The next attempt comes between 0 and the longest wait after the end: on average 7/18 of it.
    late = sink.retry_max * 7 / 18
    backlog = rate * (seconds + late)
    most = rate * (seconds + sink.retry_max)
    drain = backlog / (1 / per_event - rate)
    full = [time for time, megabytes in samples if megabytes > rate * 0.5 * sink.event_bytes / 1e6]
    end = max(full, default=begin)
    rows = [
        Row('outage of a host', 'events in the spool, most', backlog, host.most_spooled, at_most(most, 10)),
        Row('outage of a host', 'events in the queue, most', rate * 0.01, host.most_queued, sink.queue_max),
        Row('outage of a host', 's from the return to an empty spool', late + drain, end - begin - seconds,
            sink.retry_max + most / (1 / per_event - rate) + 1),
        Row('outage of a host', 'events lost', 0, host.dropped + host.refused, 0),
        Row('outage of a host', 'events twice', 0, collector.stored - host.delivered, sink.batch_max),
    ]
    return rows, {'outage': ('Spool of a host, 1,000 events/s', 's', 'MB', {'spool': samples})}


def full_spool(costs, seed, size):
    """An outage that is too long for the disk: drop-oldest, and how much goes."""
    del size
    rate, seconds, limit = 2000, 60.0, 16 << 20
    sink = Sink(event_bytes=costs['spool_bytes'], append_s=costs['append_s'], deliver_s=costs['deliver_s'], spool_max=limit)
    simulation = Simulation(seed)
    collector = Collector(simulation, batch_s=costs['round_trip_s'], event_s=costs['collector_s'])
    host = Host(simulation, collector, rate, sink, burst=10)
    collector.outage(5.0, seconds)
    simulation.run(5.0 + seconds + sink.retry_max + 30)
    check([host])
    lost = max(0, rate * seconds - limit / sink.event_bytes)
    most = at_most(rate * (seconds + sink.retry_max), 10) - limit / sink.event_bytes + limit / 8 / sink.event_bytes
    return [
        Row('spool of 16 MiB, too small', 'events lost', lost + rate * sink.retry_max * 7 / 18, host.dropped, most),
        Row('spool of 16 MiB, too small', 'events in the spool, most', limit / sink.event_bytes, host.most_spooled,
            limit / sink.event_bytes + 1024),
    ], {}


def queue_only(costs, seed, size):
    """The same without a spool: the queue holds ten seconds, the rest is refused and counted."""
    del size
    rate, seconds = 1000, 60.0
    sink = Sink(spool=False, append_s=0, deliver_s=costs['deliver_s'])
    simulation = Simulation(seed)
    collector = Collector(simulation, batch_s=costs['round_trip_s'], event_s=costs['collector_s'])
    host = Host(simulation, collector, rate, sink, burst=10)
    collector.outage(5.0, seconds)
    simulation.run(5.0 + seconds + sink.retry_max + 30)
    check([host])
    late = sink.retry_max * 7 / 18
    return [
        Row('delivery=queue, 60 s', 'events in the queue, most', sink.queue_max, host.most_queued, sink.queue_max),
        Row('delivery=queue, 60 s', 'events refused', rate * (seconds + late) - sink.queue_max, host.refused,
            at_most(rate * (seconds + sink.retry_max), 10) - sink.queue_max),
    ], {}


def storm(costs, seed, size):
    """All hosts lose their collector at once, and it comes back."""
    del costs
    hosts, seconds = 10000 * size, 300.0
    runs = {}
    for name, jitter in (('with jitter', True), ('without', False)):
        simulation = Simulation(seed)
        run = Storm(simulation, hosts, seconds, jitter)
        simulation.run(seconds + 60)
        if len(run.connected_at) != hosts:
            raise AssertionError(f'{hosts - len(run.connected_at)} hosts have not come back')
        runs[name] = run
    jittered, plain = runs['with jitter'], runs['without']
    # An attempt lies anywhere in the later half of its wait.
    return [
        Row(f'storm, {hosts:,} hosts', 'attempts/s 60 s after the failure, most', hosts / 22.5, jittered.peak(60, seconds),
            at_most(hosts / 15)),
        Row(f'storm, {hosts:,} hosts', 'the same without jitter', hosts, plain.peak(60, seconds), hosts),
        Row(f'storm, {hosts:,} hosts', 'attempts/s after the return, most', hosts / 22.5,
            jittered.peak(seconds, seconds + 60), at_most(hosts / 15)),
        Row(f'storm, {hosts:,} hosts', 's until the last is back', 30, max(jittered.connected_at) - seconds, 30),
        Row(f'storm, {hosts:,} hosts', 'attempts of a host until then', 4 + 3 + (seconds - 25) / 22.5,
            jittered.refused / hosts, 4 + 3 + seconds / 15),
    ], {'storm': (f'Attempts per second, {hosts:,} hosts, back after {seconds:g} s', 's', 'attempts/s',
                  {name: [(second, run.attempts[second]) for second in range(int(seconds) + 60)]
                   for name, run in runs.items()})}


def narrow_door(costs, seed, size):
    """The same, with a collector that accepts only so many connections a second."""
    del costs
    hosts, seconds = 10000 * size, 120.0
    accepts = hosts / 60
    simulation = Simulation(seed)
    run = Storm(simulation, hosts, seconds, accepts=accepts)
    simulation.run(seconds + 600)
    left = hosts - len(run.connected_at)
    last = max(run.connected_at) - seconds if left == 0 else math.inf
    return [
        Row(f'storm, {accepts:,.0f} accepted/s', 's until the last is back', 60 + 15, last, 60 + 4 * 30),
        Row(f'storm, {accepts:,.0f} accepted/s', 'attempts/s, most after the return', hosts / 22.5,
            run.peak(seconds, seconds + 600), at_most(hosts / 15)),
    ], {}


def fan_in(costs, seed, size):
    """Hosts into one collector: an open queue, M/D/1, as long as nobody waits long."""
    hosts, rate, burst, load = 100, 20, 2, 0.8
    service = load / (hosts * rate / burst)
    sink = Sink(event_bytes=costs['spool_bytes'], append_s=costs['append_s'], deliver_s=costs['deliver_s'])
    simulation = Simulation(seed)
    collector = Collector(simulation, batch_s=service, event_s=0)
    fleet = [Host(simulation, collector, rate, sink, burst=burst) for _ in range(hosts)]
    simulation.run(40.0 * size)
    check(fleet)
    wait = load / (2 * (1 - load)) * service
    return [
        Row('fan-in, 100 hosts, load 0.8', 'ms that a batch waits, mean', wait * 1000,
            collector.wait_s / collector.batches * 1000, wait * 1000 * 1.15),
        Row('fan-in, 100 hosts, load 0.8', 'batches that wait, most', math.log(0.0001) / math.log(load), collector.longest, hosts),
    ], {}


def overload(costs, seed, size):
    """More than the collector takes: the hosts' spools grow, its own queue does not."""
    hosts, rate, seconds = 50, 200, 20.0 * size
    capacity = 0.8 * hosts * rate
    sink = Sink(event_bytes=costs['spool_bytes'], append_s=costs['append_s'], deliver_s=costs['deliver_s'])
    simulation = Simulation(seed)
    collector = Collector(simulation, batch_s=0, event_s=1 / capacity)
    fleet = [Host(simulation, collector, rate, sink, burst=20) for _ in range(hosts)]
    samples = []
    watch(simulation, 0.5, samples, lambda: sum(host.spool for host in fleet))
    simulation.run(seconds)
    check(fleet)
    spooled = sum(host.spool for host in fleet)
    return [
        Row('fan-in, load 1.25', 'events in all spools at the end', (hosts * rate - capacity) * seconds, spooled,
            at_most(hosts * rate * seconds, 20) - capacity * seconds),
        Row('fan-in, load 1.25', 'batches at the collector, most', hosts, collector.longest, hosts),
    ], {}


def site(costs, seed, size):
    """A collector's share of a site: hosts with ten events a second, load 0.6, gone for a minute."""
    hosts, rate, load, begin, seconds = 200 * size, 10, 0.6, 10.0, 60.0
    sink = Sink(event_bytes=costs['spool_bytes'], append_s=costs['append_s'], deliver_s=costs['deliver_s'])
    simulation = Simulation(seed)
    collector = Collector(simulation, batch_s=0, event_s=load / (hosts * rate))
    fleet = [Host(simulation, collector, rate, sink, burst=10) for _ in range(hosts)]
    collector.outage(begin, seconds)
    samples = []
    watch(simulation, 0.5, samples, lambda: sum(host.spool for host in fleet))
    simulation.run(begin + seconds * 4)
    check(fleet)
    returned = begin + seconds
    normal = hosts * rate
    empty = max(time for time, n in samples if n > normal) - returned
    slowest = sink.retry_max + (seconds + sink.retry_max) * load / (1 - load)
    return [
        Row(f'{hosts:,} hosts, load 0.6, away 60 s', 'events in all spools, most', hosts * rate * seconds,
            max(n for _, n in samples), at_most(hosts * rate * (seconds + sink.retry_max), 10)),
        Row(f'{hosts:,} hosts, load 0.6, away 60 s', 's from the return to empty spools', seconds * load / (1 - load), empty,
            slowest),
        Row(f'{hosts:,} hosts, load 0.6, away 60 s', 'batches at the collector, most', hosts, collector.longest, hosts),
        Row(f'{hosts:,} hosts, load 0.6, away 60 s', 'events lost', 0, sum(host.dropped + host.refused for host in fleet), 0),
        Row(f'{hosts:,} hosts, load 0.6, away 60 s', 'events twice', 0,
            collector.stored - sum(host.delivered for host in fleet), sink.batch_max),
    ], {'site': (f'Events in the spools of {hosts:,} hosts, load 0.6, away for 60 s', 's', 'events', {'spools': samples})}


def rebalance(costs, seed, size):
    """A consumer of twelve dies; its partitions wait for the end of its session, then others have more to do."""
    del costs, size
    rate, partitions, consumers, load = 12000, 48, 12, 0.6
    session, pause, killed = 45.0, 3.0, 10.0
    event_s = load * consumers / rate
    simulation = Simulation(seed)
    group = Group(simulation, rate, partitions, consumers, event_s, session, pause)
    simulation.after(0, group.watch, 1.0)
    simulation.at(killed, group.kill, consumers - 1)
    simulation.run(killed + session + pause + 400)
    per_partition = rate / partitions
    orphans = partitions // consumers
    lag = per_partition * (orphans * (session + pause) + (partitions - orphans) * pause)
    busiest = math.ceil(partitions / (consumers - 1))
    # Whoever has one orphan more has its lag, and that of its own from the pause, beside more to do.
    drain = per_partition * (session + pause + (busiest - 1) * pause) / (1 / event_s - busiest * per_partition)
    resumed = killed + session + pause
    normal = rate * 0.05 * 2
    late = [time for time, lag in group.samples if lag > normal and time > resumed]
    return [
        Row('a consumer of 12 dies', 'lag, events, most', lag, group.most_lag, lag * 1.02 + normal),
        Row('a consumer of 12 dies', 's from the rebalance to no lag', drain, max(late, default=resumed) - resumed,
            drain * 2 + 2),
        Row('a consumer of 12 dies', 'load of the busiest after it', load * busiest / orphans,
            max(len(group.owned[consumer]) for consumer in group.alive) * per_partition * event_s, 0.95),
    ], {'rebalance': ('Lag of a topic: a consumer of 12 dies at 10 s, load 0.6', 's', 'events', {'lag': group.samples[:150]})}


ALL = {function.__name__: function
       for function in (outage, full_spool, queue_only, storm, narrow_door, fan_in, overload, site, rebalance)}


def number(value):
    return f'{value:,.0f}' if abs(value) >= 100 or value == int(value) else f'{value:.3g}'


def table(rows):
    lines = ['| scenario | | predicted | simulated | bound | ok |', '|---|---|--:|--:|--:|---|']
    for row in rows:
        lines.append(f'| {row.scenario} | {row.quantity} | {number(row.predicted)} | {number(row.simulated)} | '
                     f'{number(row.bound)} | {"yes" if row.ok else "NO"} |')
    return lines
