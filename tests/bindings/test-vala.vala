// SPDX-License-Identifier: LGPL-2.1-or-later
// libmvxlog from Vala: macros with types, sinks of its own, captures, errors.
const string SHOP = "org.example.shop";

class Queue : MvxLog.AsyncSink {
	public MvxLog.DispatchResult[] answers = {};
	public string texts = "";
	public string hooks = "";
	public MvxLog.Batch? kept = null;
	public bool elsewhere = false;
	Thread<void> maker = Thread.self<void> ();

	public Queue (string name) {
		try {
			configure (name, new Variant.parsed ("{'retry-min': <'1ms'>, 'breaker-failures': <'0'>}"));
		} catch (Error error) {
			assert_no_error (error);
		}
	}

	public override bool starting () throws Error {
		hooks += "starting ";
		return true;
	}

	public override bool flushing (int64 deadline) throws Error {
		hooks += "flushing ";
		return true;
	}

	public override bool stopped () throws Error {
		hooks += "stopped ";
		return true;
	}

	public override MvxLog.DispatchResult dispatch_batch (MvxLog.Batch batch) throws Error {
		elsewhere = Thread.self<void> () != maker;
		if (answers.length > 0) {
			var answer = answers[0];
			answers = answers[1:answers.length];
			kept = batch;
			batch.set_reason ("no link");
			return answer;
		}
		for (uint i = 0; i < batch.get_n_events (); i++)
			texts += batch.get_event (i).dup_message () + " ";
		return MvxLog.DispatchResult.OK;
	}
}

class Direct : Object, MvxLog.Sink {
	public string texts = "";

	public bool log (MvxLog.Event event) throws Error {
		if (event.dup_message () == "refused")
			throw new IOError.FAILED ("no more");
		texts += event.dup_message () + " ";
		return true;
	}
}

MvxLog.Context shop () {
	try {
		return MvxLog.configure_context (SHOP);
	} catch (Error error) {
		assert_not_reached ();
	}
}

void set_sinks (MvxLog.Sink[] sinks) {
	try {
		shop ().set_sinks (sinks);
	} catch (Error error) {
		assert_no_error (error);
	}
}

void flush () {
	try {
		MvxLog.flush (-1);
	} catch (Error error) {
		assert_no_error (error);
	}
}

void test_types () {
	var capture = MvxLogTest.Capture.begin (SHOP);
	var error = new IOError.FAILED ("broken");
	int64 big = int64.MIN;
	uint64 huge = uint64.MAX;
	string? none = null;

	shop ().info ("{s} {i}", "s", "text", "i", 7, "big", big, "huge", huge, "d", 1.5, "b", MvxLog.Bool (true),
		"v", new Variant.parsed ("[1, 2]"), "error", error, "none", none);
	shop ().bind ("request", 7).error ("bound");
	var events = capture.get_events ();
	assert_cmpint (events.length, CompareOperator.EQ, 2);
	var fields = events[0].dup_fields ();
	assert_cmpstr (events[0].dup_message (), CompareOperator.EQ, "text 7");
	assert_cmpstr (fields.lookup_value ("s", null).get_type_string (), CompareOperator.EQ, "s");
	assert_true (events[0].get_int64 ("i", 0) == 7);
	assert_true (events[0].get_int64 ("big", 0) == int64.MIN);
	assert_true (events[0].get_uint64 ("huge", 0) == uint64.MAX);
	assert_true (events[0].get_double ("d", 0) == 1.5);
	assert_cmpstr (fields.lookup_value ("b", null).get_type_string (), CompareOperator.EQ, "b");
	assert_true (events[0].dup_variant ("error").n_children () == 1);
	assert_cmpstr (events[0].dup_variant ("none").get_type_string (), CompareOperator.EQ, "mv");
	assert_true (events[1].get_int64 ("request", 0) == 7);
	capture.end ();
}

void test_queue () {
	var sink = new Queue ("queue");

	set_sinks ({ sink });
	for (int i = 0; i < 3; i++)
		shop ().info ("{i}", "i", i);
	flush ();
	assert_cmpstr (sink.texts, CompareOperator.EQ, "0 1 2 ");
	assert_true (sink.elsewhere);
	set_sinks ({});
	try {
		sink.terminate (-1);
	} catch (Error error) {
		assert_no_error (error);
	}
	assert_cmpstr (sink.hooks, CompareOperator.EQ, "starting flushing stopped ");
}

void test_queue_answers () {
	var sink = new Queue ("answers");
	var context = new MainContext ();

	sink.answers = { MvxLog.DispatchResult.RETRY, MvxLog.DispatchResult.PENDING };
	try {
		sink.set_main_context (context);
	} catch (Error error) {
		assert_no_error (error);
	}
	MvxLog.set_diagnostics_fd (-1);
	set_sinks ({ sink });
	shop ().info ("x");
	while (sink.answers.length > 0)
		context.iteration (true);
	assert_cmpstr (sink.kept.get_event (0).dup_message (), CompareOperator.EQ, "x");
	sink.kept.complete (MvxLog.DispatchResult.OK, 0, null);
	flush ();
	MvxLog.set_diagnostics_fd (2);
	MvxLog.Counters counters = sink.get_counters ();
	assert_true (counters.delivered == 1 && counters.retried == 1);
	assert_true (sink.kept.get_n_events () == 0 && !sink.elsewhere);
	set_sinks ({});
}

void test_direct () {
	var sink = new Direct ();

	set_sinks ({ sink });
	shop ().info ("x");
	try {
		shop ().set_error_policy (MvxLog.ErrorPolicy.RAISE);
		shop ().log_variant (MvxLog.Level.INFO, "refused", null);
		assert_not_reached ();
	} catch (Error error) {
		assert_true (error.message.has_suffix ("no more"));
	}
	MvxLog.Counters counters = sink.get_counters ();
	assert_true (counters.offered == 2 && counters.delivered == 1);
	assert_cmpstr (sink.texts, CompareOperator.EQ, "x ");
	set_sinks ({});
}

void test_function () {
	int64 sum = 0;
	set_sinks ({ MvxLog.Sink.new_function ("sum", (event) => {
		sum += event.get_int64 ("n", 0);
		return true;
	}, null) });
	for (int i = 1; i < 4; i++)
		shop ().info ("{n}", "n", i);
	assert_true (sum == 6);
	set_sinks ({});
}

void test_expectations () {
	var capture = MvxLogTest.Capture.begin (SHOP);

	try {
		shop ().info ("sold {count}", "count", 2);
		capture.expect (MvxLog.Level.INFO, "sold {count}", new Variant.parsed ("{'count': <2>}"));
		assert_true (capture.verify (MvxLogTest.Flags.EXACT));
		shop ().info ("sold {count}", "count", 2);
		capture.expect (MvxLog.Level.INFO, "sold {count}", new Variant.parsed ("{'count': <3>}"));
		capture.verify (MvxLogTest.Flags.EXACT);
		assert_not_reached ();
	} catch (Error error) {
		assert_true ("1 event is missing, 1 event is unexpected" in error.message);
	}
	capture.end ();
}

int main (string[] args) {
	Test.init (ref args);
	Test.add_func ("/vala/types", test_types);
	Test.add_func ("/vala/queue", test_queue);
	Test.add_func ("/vala/queue-answers", test_queue_answers);
	Test.add_func ("/vala/direct", test_direct);
	Test.add_func ("/vala/function", test_function);
	Test.add_func ("/vala/expectations", test_expectations);
	return Test.run ();
}
