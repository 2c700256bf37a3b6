# SPDX-License-Identifier: LGPL-2.1-or-later
"""What makes libmvxlog a module of Python (gi.repository.MvxLog): fields are keywords with their types, scopes, spans, tasks
and invocations are context managers, batches and events are containers, and whatever calls into Python ends before the
interpreter does.
"""
import atexit
import contextlib
import enum
import functools
import sys
import traceback
import weakref

from gi.module import get_introspection_module
from gi.overrides import override
from gi.repository import GLib

MvxLog = get_introspection_module('MvxLog')

__all__ = []

# A value that contains itself comes to an end.
_MAX_DEPTH = 8
# As long as the library waits at the end of a process.
_END_US = 5 * 1000000


def _public(item):
    __all__.append(item.__name__)
    return item


def _text(text):
    """A variant holds valid UTF-8 without NUL only."""
    return text.encode('utf-8', 'backslashreplace').decode('utf-8').replace('\0', '\\x00')


def _integer(value):
    if -1 << 63 <= value < 1 << 63:
        return GLib.Variant('x', value)
    return GLib.Variant('t', value) if 0 <= value < 1 << 64 else GLib.Variant('s', str(value))


def _describe(value):
    """Of what has no type of its own. A broken __str__ is no reason to lose an event."""
    try:
        return str(value)
    except Exception as error:  # pylint: disable=broad-except
        return f'<{type(value).__qualname__}: {type(error).__qualname__} in __str__>'


def _convert(value, depth):
    if isinstance(value, enum.Enum):
        value = value.name
    for kinds, convert in _CONVERTERS:
        if isinstance(value, kinds):
            return convert(value)
    if isinstance(value, BaseException):
        return GLib.Variant('av', [GLib.Variant('a{sv}', cause) for cause in causes_of(value)])
    if depth >= _MAX_DEPTH:
        return GLib.Variant('s', f'<{type(value).__name__}>')
    if isinstance(value, dict):
        return GLib.Variant('a{sv}', {_text(str(key)): _convert(item, depth + 1) for key, item in value.items()})
    if isinstance(value, (list, tuple, set, frozenset)):
        return GLib.Variant('av', [_convert(item, depth + 1) for item in value])
    return GLib.Variant('s', _text(_describe(value)))


# Truth values are integers, too.
_CONVERTERS = (
    (GLib.Variant, lambda value: value),
    (bool, lambda value: GLib.Variant('b', value)),
    (int, _integer),
    (float, lambda value: GLib.Variant('d', value)),
    (str, lambda value: GLib.Variant('s', _text(value))),
    ((bytes, bytearray, memoryview), lambda value: GLib.Variant('ay', bytes(value))),
    (type(None), lambda value: GLib.Variant('mv', None)),
)


@_public
def fields_of(fields):
    """A dictionary as fields with types: truth values, integers, floats, text, bytes, None, exceptions, containers of
    these; anything else is text. None for no fields.
    """
    return GLib.Variant('a{sv}', {_text(str(key)): _convert(value, 1) for key, value in fields.items()}) if fields else None


def _next_cause(error):
    if error.__cause__ is not None:
        return error.__cause__
    return None if error.__suppress_context__ else error.__context__


def _cause(error):
    kind = type(error)
    cause = {
        'domain': kind.__qualname__ if kind.__module__ == 'builtins' else f'{kind.__module__}.{kind.__qualname__}',
        'code': error.errno if isinstance(error, OSError) and isinstance(error.errno, int) else 0,
        'message': _text(_describe(error)),
    }
    if isinstance(error, GLib.Error) and error.domain:
        cause.update(domain=error.domain, code=error.code, message=error.message)
    frames = [f'{frame.filename}:{frame.lineno} {frame.name}' for frame in traceback.extract_tb(error.__traceback__)]
    return {
        'domain': GLib.Variant('s', _text(cause['domain'])),
        'code': GLib.Variant('i', cause['code']),
        'message': GLib.Variant('s', cause['message']),
        **({'details': GLib.Variant('a{sv}', {'traceback': GLib.Variant('as', [_text(frame) for frame in frames])})}
           if frames else {}),
    }


@_public
def causes_of(error):
    """An exception and what it comes from, outermost first, as Context.submit_causes() takes it."""
    causes = []
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        causes.append(_cause(error))
        error = _next_cause(error)
    return causes


def _gerror(error):
    if isinstance(error, GLib.Error):
        return error
    cause = _cause(error)
    return GLib.Error.new_literal(GLib.quark_from_string(cause['domain'].unpack()), cause['message'].unpack(),
                                  cause['code'].unpack())


def _deadline(seconds):
    return -1 if seconds is None else GLib.get_monotonic_time() + int(seconds * 1000000)


class Context(MvxLog.Context):
    def log(self, level, template=None, /, **fields):
        """Logs an event. An exception as `error` becomes a chain of errors."""
        if not self.is_enabled(level):
            return MvxLog.SubmitResult.FILTERED
        error = fields.get('error')
        if not isinstance(error, BaseException):
            return self.log_variant(level, template, fields_of(fields))
        meta = None if template is None else GLib.Variant('a{sv}', {'template': GLib.Variant('s', _text(template))})
        del fields['error']
        return self.submit_causes(level, meta, GLib.Variant('aa{sv}', causes_of(error)), fields_of(fields))

    def trace(self, template, /, **fields):
        return self.log(MvxLog.Level.TRACE, template, **fields)

    def debug(self, template, /, **fields):
        return self.log(MvxLog.Level.DEBUG, template, **fields)

    def info(self, template, /, **fields):
        return self.log(MvxLog.Level.INFO, template, **fields)

    def notice(self, template, /, **fields):
        return self.log(MvxLog.Level.NOTICE, template, **fields)

    def warning(self, template, /, **fields):
        return self.log(MvxLog.Level.WARNING, template, **fields)

    def error(self, template, /, **fields):
        return self.log(MvxLog.Level.ERROR, template, **fields)

    def critical(self, template, /, **fields):
        return self.log(MvxLog.Level.CRITICAL, template, **fields)

    def exception(self, template, /, **fields):
        """An error, with the exception that is being handled."""
        return self.log(MvxLog.Level.ERROR, template, **{'error': sys.exc_info()[1], **fields})

    def bind(self, **fields):
        """A view of the context whose events have these fields, too."""
        return self.bind_fields(fields_of(fields) or GLib.Variant('a{sv}', {}))

    @contextlib.contextmanager
    def life(self, what, level=MvxLog.Level.INFO):
        """Logs the begin and the end of a block, and the exception that leaves it. Its value is the span, or None below
        the level.
        """
        span = MvxLog.Span.begin(self, MvxLog.SpanKind.LIFE, level, what)
        try:
            yield span
        except BaseException as error:
            if span is not None:
                span.error(_gerror(error))
            raise
        finally:
            if span is not None:
                span.end()

    @contextlib.contextmanager
    def task(self, what, /, **data):
        """A task for a block, which fails with the exception that leaves it."""
        task = MvxLog.Task.begin_variant(self, MvxLog.TaskFlags(0), what, fields_of(data))
        try:
            yield task
        except BaseException as error:
            task.fail(_gerror(error))
            raise
        finally:
            task.end()

    @contextlib.contextmanager
    def invocation(self, name, entity_id=None, /, **arguments):
        """Tells how the operation that a block is has begun and ended. With a result, call end_ok() on the value."""
        invocation = MvxLog.Invocation.new(self, name, entity_id)
        invocation.begin_fields(fields_of(arguments))
        try:
            yield invocation
        except BaseException as error:
            invocation.end_error(_gerror(error))
            raise
        else:
            invocation.end_ok(None)


Context = override(Context)
__all__.append('Context')


@_public
@contextlib.contextmanager
def scope(**fields):
    """All events of this thread have these fields, until the block ends."""
    pushed = MvxLog.Scope.push_variant(fields_of(fields) or GLib.Variant('a{sv}', {}))
    try:
        yield
    finally:
        pushed.pop()


@_public
@contextlib.contextmanager
def in_scope(capture):
    """Until the block ends, events of this thread have what was in force where scope_capture() was called."""
    entered = MvxLog.Scope.enter(capture)
    try:
        yield
    finally:
        entered.pop()


class Event(MvxLog.Event):
    """Also a mapping from keys to values with the types of Python."""

    @property
    def message(self):
        return self.dup_message()

    @property
    def fields(self):
        return self.dup_fields().unpack()

    def __getitem__(self, key):
        value = self.dup_variant(key)
        if value is None:
            raise KeyError(key)
        return value.unpack()

    def __contains__(self, key):
        return self.dup_variant(key) is not None


Event = override(Event)
__all__.append('Event')


class Batch(MvxLog.Batch):
    """Also a sequence of events."""

    def __len__(self):
        return self.get_n_events()

    def __getitem__(self, index):
        event = self.get_event(index + len(self) if index < 0 else index)
        if event is None:
            raise IndexError(index)
        return event

    def __iter__(self):
        return iter(self.get_events())


Batch = override(Batch)
__all__.append('Batch')

# Those that call into Python.
_sinks = weakref.WeakSet()


def _where(error):
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f'{type(error).__qualname__}: {_describe(error)} ({last.filename}:{last.lineno})'


def _answering(dispatch):
    """No answer means that all is delivered. Trouble outside of the program may be over later; any other exception would come
    again with the same events.
    """
    @functools.wraps(dispatch)
    def do_dispatch_batch(self, batch):
        try:
            result = dispatch(self, batch)
        except (OSError, GLib.Error) as error:
            batch.set_reason(_text(_describe(error)))
            return MvxLog.DispatchResult.RETRY
        except Exception as error:  # pylint: disable=broad-except
            batch.set_reason(_text(_where(error)))
            return MvxLog.DispatchResult.DROP
        return MvxLog.DispatchResult.OK if result is None else result
    return do_dispatch_batch


class AsyncSink(MvxLog.AsyncSink):
    """Derive from it and override do_dispatch_batch(); without an answer of its own, all is delivered."""

    def __init_subclass__(cls, **arguments):
        if 'do_dispatch_batch' in cls.__dict__:
            cls.do_dispatch_batch = _answering(cls.do_dispatch_batch)
        super().__init_subclass__(**arguments)

    def __init__(self, name=None, **options):
        """A name, and the options that a key-file knows for sinks with a queue (`queue_max_size='10k'`)."""
        super().__init__()
        _sinks.add(self)
        if name is not None:
            texts = {key.replace('_', '-'): value if isinstance(value, GLib.Variant) else GLib.Variant('s', str(value))
                     for key, value in options.items()}
            self.configure(name, GLib.Variant('a{sv}', texts) if texts else None)

    def __del__(self):
        """While it still is what it was: the hooks are called with all that belongs to it."""
        with contextlib.suppress(GLib.Error):
            self.terminate(GLib.get_monotonic_time() + _END_US)


AsyncSink = override(AsyncSink)
__all__.append('AsyncSink')


@_public
def sink_new_function(name, func, data=None, context=None):
    """A function as a sink: func(event[, data]). No answer means that the event is delivered, an exception that it is not."""
    def call(event, *_):
        try:
            result = func(event) if data is None else func(event, data)
        except GLib.Error:
            raise
        except Exception as error:
            raise GLib.Error(_text(_where(error)), 'MvxLogSinkError', MvxLog.SinkError.UNEXPECTED) from error
        return True if result is None else bool(result)

    sink = MvxLog.Sink.new_function(name, call, context)
    _sinks.add(sink)
    return sink


_set_diagnostics_func = MvxLog.set_diagnostics_func


@_public
def set_diagnostics_func(func):
    """Hands what the library itself has to say to func(level, message); None for standard error again."""
    _set_diagnostics_func(None if func is None else lambda level, message, *_: func(level, message))


@_public
def flush_all(seconds=None):
    """Waits until everything that was accepted is delivered; raises GLib.Error if it is not."""
    return MvxLog.flush(_deadline(seconds))


@atexit.register
def _end():
    """While Python still runs, everything that could call into it comes to its end."""
    deadline = GLib.get_monotonic_time() + _END_US
    MvxLog.shutdown(deadline)
    for sink in list(_sinks):
        with contextlib.suppress(GLib.Error):
            sink.terminate(deadline)
    _set_diagnostics_func(None)
