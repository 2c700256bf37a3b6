#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// libmvxlog from JavaScript: all that a program needs, and two sinks of its own. JavaScript runs on its own thread only, so
// its sinks work on the main context: nothing is called while nobody iterates it, and nothing on any other thread.
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import MvxLog from 'gi://MvxLog?version=1';
import System from 'system';

const CONFIG = `
[mvxlog]
version=1
[sink recent]
plugin=memory
[context]
sinks=recent
[context org.example.shop]
level=debug
`;

// Fields, with types as JavaScript has them; give a GLib.Variant where that is not enough.
function fields(object) {
    const variant = value => {
        if (value instanceof GLib.Variant)
            return value;
        switch (typeof value) {
        case 'boolean': return GLib.Variant.new_boolean(value);
        case 'number': return Number.isInteger(value) ? GLib.Variant.new_int64(value) : GLib.Variant.new_double(value);
        default: return GLib.Variant.new_string(`${value}`);
        }
    };
    return new GLib.Variant('a{sv}',
        Object.fromEntries(Object.entries(object).map(([key, value]) => [key, variant(value)])));
}

function describe(event) {
    const {duration, ...rest} = event.dup_fields().recursiveUnpack();
    const took = duration === undefined ? '' : ' took its time';
    return `${MvxLog.level_to_string(event.get_level())} ${event.dup_message()} ${JSON.stringify(rest)}${took}`;
}

// A sink with a queue.
const Receipts = GObject.registerClass(class Receipts extends MvxLog.AsyncSink {
    _init() {
        super._init();
        this.lines = [];
        this.configure('receipts', new GLib.Variant('a{sv}', {'queue-max-size': GLib.Variant.new_string('1000')}));
        this.set_main_context(GLib.MainContext.default());
        this.set_level(MvxLog.Level.DEBUG);
    }

    vfunc_dispatch_batch(batch) {
        for (let i = 0; i < batch.get_n_events(); i++) {
            // An event that never can be delivered: batch.reject(i, 'why').
            this.lines.push(describe(batch.get_event(i)));
        }
        return MvxLog.DispatchResult.OK;
    }
});

MvxLog.configure_from_data(CONFIG, 'shop.js');
const receipts = new Receipts();
const seen = [];
const watcher = MvxLog.Sink.new_function('watcher', event => {
    if (event.get_int64('count', 0) > 0)
        seen.push(event.get_string('item'));
    return true;
}, GLib.MainContext.default());
const shop = MvxLog.configure_context('org.example.shop');
shop.set_sinks([MvxLog.get_sink('recent'), receipts, watcher]);

shop.log_variant(MvxLog.Level.INFO, 'sold {count} {item} for {price}',
    fields({count: 2, item: 'tea', price: 4.5, gift: true}));
// Bound fields, fields of the thread, a piece of work.
const request = shop.bind_fields(fields({request: 7}));
const scope = MvxLog.Scope.push_variant(fields({user: 'ada'}));
request.log_variant(MvxLog.Level.DEBUG, 'basket has {n} items', fields({n: 3}));
const span = MvxLog.Span.begin(request, MvxLog.SpanKind.LIFE, MvxLog.Level.INFO, 'payment');
span.end();
scope.pop();
// An operation with its outcome, and an error.
const invocation = MvxLog.Invocation.new(shop, 'deliver', 'order-1');
invocation.begin_fields(fields({street: 'Main St'}));
const error = new GLib.Error(GLib.FileError, GLib.FileError.NOENT, 'no van');
invocation.end_error(error);
shop.submit_error(MvxLog.Level.ERROR, fields({template: 'cannot deliver'}), error, null);

// A program with a main loop does nothing here; in one, flush_async() waits without holding it up.
const loop = new GLib.MainLoop(null, false);
MvxLog.flush_async(GLib.get_monotonic_time() + 10000000, null, (_, result) => {
    try {
        MvxLog.flush_finish(result);
    } catch (e) {
        print(e.message);
    }
    loop.quit();
});
loop.run();

receipts.lines.forEach(line => print(line));
const counters = receipts.get_counters();
print(`${counters.delivered} of ${counters.offered} delivered, seen ${JSON.stringify(seen)}`);
print(`${MvxLog.memory_sink_get_events(MvxLog.get_sink('recent')).length} in memory`);
// Before JavaScript ends, or collects them, its sinks have to end: terminate() one of them, shutdown() all.
const [complete] = MvxLog.shutdown(GLib.get_monotonic_time() + 10000000);
System.exit(complete ? 0 : 1);
