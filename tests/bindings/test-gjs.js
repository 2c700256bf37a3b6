#!/usr/bin/gjs
// SPDX-License-Identifier: LGPL-2.1-or-later
// libmvxlog from JavaScript: fields, scopes, sinks of its own on the main context, counters, captures, errors.
imports.gi.versions.MvxLog = '1';
imports.gi.versions.MvxLogTest = '1';
const {Gio, GLib, GObject, MvxLog, MvxLogTest} = imports.gi;
const SHOP = 'org.example.shop';
const made = []; // JavaScript cannot be called while it collects its garbage: what is made is terminated before
const EMPTY = new GLib.Variant('a{sv}', {});

function same(found, wanted) {
    if (JSON.stringify(found) !== JSON.stringify(wanted))
        throw new Error(`${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
}

function fields(text) {
    return GLib.Variant.parse(new GLib.VariantType('a{sv}'), text, null, null);
}

function fails(func, text) {
    try {
        func();
    } catch (error) {
        if (error.message.includes(text))
            return;
        throw error;
    }
    throw new Error(`no error with ${text}`);
}

const Queue = GObject.registerClass(class Queue extends MvxLog.AsyncSink {
    _init(name, answers = []) {
        super._init();
        made.push(this);
        this.answers = answers;
        this.texts = [];
        this.hooks = [];
        this.configure(name, fields("{'retry-min': <'1ms'>, 'breaker-failures': <'0'>}"));
        this.set_main_context(GLib.MainContext.default());
    }

    vfunc_starting() {
        this.hooks.push('starting');
        return true;
    }

    vfunc_flushing() {
        this.hooks.push('flushing');
        return true;
    }

    vfunc_stopped() {
        this.hooks.push('stopped');
        return true;
    }

    vfunc_dispatch_batch(batch) {
        const answer = this.answers.shift();
        if (answer)
            return answer(batch);
        for (let i = 0; i < batch.get_n_events(); i++)
            this.texts.push(batch.get_event(i).dup_message());
        return MvxLog.DispatchResult.OK;
    }
});

const Direct = GObject.registerClass({Implements: [MvxLog.Sink]}, class Direct extends GObject.Object {
    vfunc_log(event) {
        (this.texts ??= []).push(event.dup_message());
        return true;
    }
});

const tests = {
    fields(shop) {
        const events = [];
        shop.set_sinks([MvxLog.Sink.new_function('list', event => {
            events.push([event.get_level(), event.get_context(), event.dup_message(), event.dup_fields().recursiveUnpack()]);
            return true;
        }, null)]);
        same(shop.log_variant(MvxLog.Level.INFO, 'sold {count} {item}', fields("{'count': <2>, 'item': <'tea'>}")),
            MvxLog.SubmitResult.ACCEPTED);
        const scope = MvxLog.Scope.push_variant(fields("{'user': <'ada'>}"));
        shop.bind_fields(fields("{'request': <7>}")).log_variant(MvxLog.Level.ERROR, 'sold out', null);
        scope.pop();
        same(shop.log_variant(MvxLog.Level.DEBUG, 'not wanted', null), MvxLog.SubmitResult.FILTERED);
        same(events, [[20, SHOP, 'sold 2 tea', {count: 2, item: 'tea'}], [40, SHOP, 'sold out', {request: 7, user: 'ada'}]]);
    },

    queue(shop) {
        const sink = new Queue('queue');
        shop.set_sinks([sink]);
        for (let i = 0; i < 3; i++)
            shop.log_variant(MvxLog.Level.INFO, `${i}`, null);
        MvxLog.flush(-1); // nobody iterates the context: this does
        same(sink.texts, ['0', '1', '2']);
        shop.set_sinks([]);
        same(sink.terminate(-1), true);
        same(sink.hooks, ['starting', 'flushing', 'stopped']);
    },

    queueInLoop(shop) {
        const sink = new Queue('loop');
        const loop = new GLib.MainLoop(null, false);
        let flushed = false;
        shop.set_sinks([sink]);
        GLib.idle_add(GLib.PRIORITY_DEFAULT, () => {
            shop.log_variant(MvxLog.Level.INFO, 'x', null);
            fails(() => MvxLog.flush(-1), 'on its own thread');
            MvxLog.flush_async(-1, null, (_, result) => {
                flushed = MvxLog.flush_finish(result);
                loop.quit();
            });
            return GLib.SOURCE_REMOVE;
        });
        loop.run();
        same([flushed, sink.texts], [true, ['x']]);
    },

    queueAnswers(shop) {
        const kept = [];
        const sink = new Queue('answers', [
            batch => {
                batch.set_reason('no link');
                return MvxLog.DispatchResult.RETRY;
            },
            batch => {
                kept.push(batch.ref()); // what JavaScript is given is valid for the call only
                return MvxLog.DispatchResult.PENDING;
            },
        ]);
        const said = [];
        MvxLog.set_diagnostics_func((level, message) => said.push(message));
        shop.set_sinks([sink]);
        shop.log_variant(MvxLog.Level.INFO, 'x', null);
        while (kept.length === 0)
            GLib.MainContext.default().iteration(true);
        same(kept[0].get_event(0).dup_message(), 'x');
        kept[0].complete(MvxLog.DispatchResult.OK, 0, null);
        MvxLog.flush(-1);
        const counters = sink.get_counters();
        same([counters.delivered, counters.retried, kept[0].get_n_events()], [1, 1, 0]);
        same(said, ["Sink 'answers' cannot deliver now and will try again: no link"]);
        MvxLog.set_diagnostics_func(null);
    },

    direct(shop) {
        const sink = new Direct();
        shop.set_sinks([sink]);
        shop.log_variant(MvxLog.Level.INFO, 'x', null);
        same([sink.texts, sink.get_counters().delivered], [['x'], 1]);
    },

    work(shop) {
        const capture = MvxLogTest.Capture.begin(SHOP);
        const span = MvxLog.Span.begin(shop, MvxLog.SpanKind.LIFE, MvxLog.Level.INFO, 'payment');
        span.end();
        const task = MvxLog.Task.begin_variant(shop, 0, 'delivery', EMPTY);
        task.fail(new GLib.Error(Gio.IOErrorEnum, Gio.IOErrorEnum.FAILED, 'no van'));
        task.end();
        const call = MvxLog.Invocation.new(shop, 'drive', null);
        call.begin_fields(EMPTY);
        call.end_ok(GLib.Variant.new_string('there'));
        same(capture.get_events().map(event => event.get_name() ?? event.dup_message().split(' (')[0]),
            ['Begin: payment', 'End', 'delivery', 'FAILED delivery', 'drive', 'drive']);
        same(capture.get_events()[5].get_outcome(), 'success');
        capture.end();
    },

    expectations(shop) {
        const capture = MvxLogTest.Capture.begin(SHOP);
        shop.log_variant(MvxLog.Level.INFO, 'sold {count}', fields("{'count': <2>}"));
        capture.expect(MvxLog.Level.INFO, 'sold {count}', fields("{'count': <2>}"));
        same(capture.verify(MvxLogTest.Flags.EXACT), true);
        shop.log_variant(MvxLog.Level.INFO, 'sold {count}', fields("{'count': <2>}"));
        capture.expect(MvxLog.Level.INFO, 'sold {count}', fields("{'count': <3>}"));
        fails(() => capture.verify(MvxLogTest.Flags.EXACT), '1 event is missing, 1 event is unexpected');
        capture.end();
    },

    refused() {
        fails(() => MvxLog.configure_sink('x', 'strem', null), "Did you mean 'stream'?");
        fails(() => MvxLog.configure_from_data('[mvxlog]\nversion=1\nx=1\n', 'memory'), 'memory:3:1: error');
    },
};

for (const name of Object.keys(tests)) {
    const shop = MvxLog.configure_context(SHOP);
    tests[name](shop);
    shop.reset_sinks();
    made.splice(0).forEach(sink => sink.terminate(-1));
    print(`ok ${name}`);
}
// What the library keeps would call into an interpreter that is gone.
MvxLog.shutdown(GLib.get_monotonic_time() + 10000000);
