// SPDX-License-Identifier: LGPL-2.1-or-later
// What the introspection cannot tell.
//
// The macros of C: a template and up to 12 pairs of key and value, whose types they find out. Values cost nothing below the
// level. Template and keys are literals.
namespace MvxLog {
	[Compact]
	public class Context {
		[CCode (cname = "mvx_trace", sentinel = "")]
		public void trace (string template, ...);
		[CCode (cname = "mvx_debug", sentinel = "")]
		public void debug (string template, ...);
		[CCode (cname = "mvx_info", sentinel = "")]
		public void info (string template, ...);
		[CCode (cname = "mvx_notice", sentinel = "")]
		public void notice (string template, ...);
		[CCode (cname = "mvx_warning", sentinel = "")]
		public void warning (string template, ...);
		[CCode (cname = "mvx_error", sentinel = "")]
		public void error (string template, ...);
		[CCode (cname = "mvx_critical", sentinel = "")]
		public void critical (string template, ...);
		[CCode (cname = "mvx_log_bind", sentinel = "")]
		public Context bind (...);
	}
	// A sink need not have more than log.
	public interface Sink : GLib.Object {
		public virtual bool flush (int64 deadline_us) throws GLib.Error;
		public virtual MvxLog.Counters get_counters ();
		public abstract bool log ([CCode (type = "const MvxLogEvent*")] MvxLog.Event event) throws GLib.Error;
		public virtual bool reopen () throws GLib.Error;
		public virtual bool terminate (int64 deadline_us) throws GLib.Error;
	}
	[CCode (cheader_filename = "mvxlog/mvxlog.h", instance_pos = 1.9)]
	public delegate bool SinkFunc ([CCode (type = "const MvxLogEvent*")] MvxLog.Event event) throws GLib.Error;
	// A truth value for the macros: bool is int in C.
	[CCode (cname = "MvxLogBoolArg", has_type_id = false)]
	[SimpleType]
	public struct Bool {
		[CCode (cname = "MVX_LOG_BOOL")]
		public Bool (bool value);
	}
}
