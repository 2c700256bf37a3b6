# SPDX-License-Identifier: LGPL-2.1-or-later
"""Python's own loggers in libmvxlog:

    import logging
    import mvxlog
    logging.basicConfig(level=logging.NOTSET, handlers=[mvxlog.Handler()])

A logger is the context of its name, so that the key-file decides by name, level and sink what becomes of its records.
"""
import logging
import os
import re

import gi
gi.require_version('MvxLog', '1')
from gi.repository import GLib, MvxLog  # pylint: disable=wrong-import-position

__all__ = ['Handler', 'share_levels']

_STANDARD = frozenset(vars(logging.LogRecord('', 0, '', 0, '', (), None))) | {'asctime', 'message', 'taskName'}
_MAX_NAME = 255


def share_levels():
    """Gives both sides the names of levels that only one of them has. The numbers are the same anyway."""
    for name in MvxLog.level_list_names():
        known, number = MvxLog.level_from_string(name)
        if known and logging.getLevelName(number).startswith('Level '):
            logging.addLevelName(number, name.upper())
    for name, number in logging._nameToLevel.copy().items():  # pylint: disable=protected-access
        _register(name, number)


def _register(name, number):
    """What libmvxlog does not take as a name stays a number there."""
    if MvxLog.level_to_string(number) not in (None, str(number)):
        return
    try:
        MvxLog.level_register(name.lower().replace(' ', '-'), number, None, None)
    except GLib.Error:
        pass


def _context_name(name):
    """The nearest that libmvxlog takes: `__main__` is main."""
    words = (re.sub(r'[^A-Za-z0-9_-]', '-', word).lstrip('0123456789_-').rstrip('_') for word in name.split('.'))
    return '.'.join(word for word in words if word)[:_MAX_NAME].rstrip('.')


def _frames(stack):
    """Innermost first, for long texts are cut at their end."""
    frames = re.findall(r'File "(.*)", line (\d+), in (.*)', stack)
    return ' < '.join(f'{function} {os.path.basename(path)}:{line}' for path, line, function in reversed(frames))


class Handler(logging.Handler):
    """Hands records to libmvxlog, each through the context of its logger's name, behind `prefix` if there is one.

    `extra` and the values of a message with named places become fields with their types, an exception the field `error`, a
    stack the field `stack`; file, line, function and time are those of the record. A message is formatted only if a sink
    wants it; formatters are not used. Thread-safe without a lock.
    """

    def __init__(self, level=logging.NOTSET, prefix=''):
        super().__init__(level)
        self._prefix = prefix
        self._contexts = {}
        self._levels = set()
        share_levels()

    def createLock(self):
        """None: a sink that waits for another thread must not hold that one up."""
        self.lock = None

    def acquire(self):
        pass

    def release(self):
        pass

    def handle(self, record):
        kept = self.filter(record)
        if isinstance(kept, logging.LogRecord):
            record = kept
        if kept:
            self.emit(record)
        return kept

    def emit(self, record):
        try:
            self._submit(record)
        except RecursionError:
            raise
        except Exception:  # pylint: disable=broad-except
            self.handleError(record)

    def flush(self):
        """Called by logging.shutdown(), also."""
        try:
            MvxLog.flush(GLib.get_monotonic_time() + 5 * 1000000)
        except GLib.Error:
            pass

    def _find(self, name):
        """The context, and the logger's name if the context has another one."""
        if name not in self._contexts:
            full = '.'.join(part for part in (self._prefix, '' if name == 'root' else name) if part)
            found = _context_name(full)
            self._contexts[name] = MvxLog.configure_context(found), None if found == full else full
        return self._contexts[name]

    def _level(self, record):
        level = max(-32768, min(record.levelno, 32766))
        if level not in self._levels:
            self._levels.add(level)
            _register(record.levelname, level)
        return level

    def _submit(self, record):
        level = self._level(record)
        context, namespace = self._find(record.name)
        if not context.is_enabled(level):
            return
        meta = {'message': record.getMessage(), 'template': str(record.msg), 'file': record.pathname,
                'function': record.funcName}
        meta = {key: MvxLog.fields_of({key: value})[key] for key, value in meta.items() if value}
        meta = {key: GLib.Variant('s', value) for key, value in meta.items()}
        meta['timestamp'] = GLib.Variant('x', int(record.created * 1000000000))
        meta['line'] = GLib.Variant('u', max(record.lineno or 0, 0))
        if namespace:
            meta['namespace'] = GLib.Variant('s', namespace)
        if record.process and record.process != os.getpid():
            meta['pid'] = GLib.Variant('u', record.process)
        self._hand_over(context, level, GLib.Variant('a{sv}', meta), record)

    @staticmethod
    def _hand_over(context, level, meta, record):
        fields = dict(record.args) if isinstance(record.args, dict) else {}
        fields.update((key, value) for key, value in vars(record).items() if key not in _STANDARD)
        if record.stack_info:
            fields['stack'] = _frames(record.stack_info)
        error = record.exc_info[1] if record.exc_info else fields.get('error')
        if isinstance(error, BaseException):
            fields.pop('error', None)
            context.submit_causes(level, meta, GLib.Variant('aa{sv}', MvxLog.causes_of(error)), MvxLog.fields_of(fields))
            return
        if record.exc_text:
            fields['exception'] = record.exc_text
        context.submit_variant(level, meta, MvxLog.fields_of(fields))
