// SPDX-License-Identifier: LGPL-2.1-or-later
// libmvxlog from Vala: all that a program needs, and two sinks of its own.
//
//     valac --pkg mvxlog-1 shop.vala

const string CONFIG = """
[mvxlog]
version=1
[sink recent]
plugin=memory
[context]
sinks=recent
[context org.example.shop]
level=debug
""";

// A sink with a queue: batches come on a thread of its own, so it may take its time.
class Receipts : MvxLog.AsyncSink {
	public GenericArray<string> lines = new GenericArray<string> ();
	public Thread<void>? worker = null;

	public Receipts () throws Error {
		configure ("receipts", new Variant.parsed ("{'queue-max-size': <'1000'>}"));
		set_level (MvxLog.Level.DEBUG);
	}

	public override bool starting () throws Error {
		worker = Thread.self<void> ();
		return true;
	}

	public override MvxLog.DispatchResult dispatch_batch (MvxLog.Batch batch) throws Error {
		for (uint i = 0; i < batch.get_n_events (); i++) {
			var event = batch.get_event (i);
			// For trouble that may be over later: batch.set_n_done (i), batch.set_reason ("why") and RETRY.
			lines.add ("%s %s %s".printf (MvxLog.Level.to_string (event.get_level ()), event.dup_message (),
				event.get_context ()));
		}
		return MvxLog.DispatchResult.OK;
	}
}

// A sink without a queue: called by whoever logs, on any thread, so it must not wait.
class Alarm : Object, MvxLog.Sink {
	public int count = 0;

	public bool log (MvxLog.Event event) throws Error {
		if (event.get_level () >= MvxLog.Level.ERROR)
			AtomicInt.inc (ref count);
		return true;
	}
}

int main () {
	int64 deadline = get_monotonic_time () + 10 * TimeSpan.SECOND;
	bool complete = false;

	try {
		// From a text here; MvxLog.init ("shop") reads /etc/mvxlog/shop.conf and its kin.
		MvxLog.configure_from_data (CONFIG.data, "shop.vala");
		// From code: sinks of one's own, beside the one of the file.
		var receipts = new Receipts ();
		var alarm = new Alarm ();
		int64 sold = 0;
		var watcher = MvxLog.Sink.new_function ("watcher", (event) => {
			sold += event.get_int64 ("count", 0);
			return true;
		}, null);
		var shop = MvxLog.configure_context ("org.example.shop");
		shop.set_sinks ({ MvxLog.get_sink ("recent"), receipts, alarm, watcher });

		// The macros of C: template and keys are literals, types of fields are those of the values.
		string item = "tea";
		shop.info ("sold {count} {item} for {price}, gift {gift}", "count", 2, "item", item, "price", 4.5,
			"gift", MvxLog.Bool (true));
		// Bound fields, fields of the thread, a piece of work.
		var request = shop.bind ("request", 7);
		var scope = MvxLog.Scope.push_variant (new Variant.parsed ("{'user': <'ada'>}"));
		request.debug ("basket of {user} in {request} has {n} items", "n", 3);
		var span = MvxLog.Span.begin (request, MvxLog.SpanKind.LIFE, MvxLog.Level.INFO, "payment");
		span.end ();
		((owned) scope).pop ();
		// An operation with its outcome, and an error.
		var call = new MvxLog.Invocation (shop, "deliver", "order-1");
		call.begin_variant (new Variant.parsed ("{'street': <'Main St'>}"));
		var no_van = new FileError.NOENT ("no van");
		call.end_error (no_van);
		shop.error ("cannot deliver: {error}", "error", no_van);

		MvxLog.flush (deadline);
		foreach (unowned var line in receipts.lines)
			print ("%s\n", line);
		MvxLog.Counters counters = receipts.get_counters ();
		print ("%llu of %llu delivered, %d alarms, %lld sold\n", counters.delivered, counters.offered, alarm.count, sold);
		print ("%s\n", receipts.worker != Thread.self<void> () ? "on a thread of its own" : "on the main thread");
		print ("%d in memory\n", MvxLog.memory_sink_get_events (MvxLog.get_sink ("recent")).length);
	} catch (Error error) {
		printerr ("%s\n", error.message);
	}
	complete = MvxLog.shutdown (deadline, null);
	return complete ? 0 : 1;
}
