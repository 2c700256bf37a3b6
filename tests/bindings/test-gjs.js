// SPDX-License-Identifier: LGPL-2.1-or-later
// libmvxlog from JavaScript: typed fields, a function as sink, flush.
const {GLib, MvxLog} = imports.gi;
const events = [];
const sink = MvxLog.Sink.new_function('list', event => {
    events.push([event.get_level(), event.get_context(), event.dup_message(), event.dup_fields().recursiveUnpack()]);
    return true;
}, null);

MvxLog.get_root_context().set_sinks([sink]);
const shop = MvxLog.configure_context('org.example.shop');
shop.log_variant(MvxLog.Level.INFO, 'sold {count} {item}',
    new GLib.Variant('a{sv}', {count: GLib.Variant.new_int32(2), item: GLib.Variant.new_string('tea')}));
MvxLog.flush(GLib.get_monotonic_time() + 10000000);
const found = JSON.stringify(events);
if (found !== '[[20,"org.example.shop","sold 2 tea",{"count":2,"item":"tea"}]]')
    throw new Error(found);
MvxLog.get_root_context().set_sinks([]);
MvxLog.shutdown(GLib.get_monotonic_time() + 10000000);
print('ok');
