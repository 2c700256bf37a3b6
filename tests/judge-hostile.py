#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads back what has become of hostile events behind a sink: judge-hostile.py LAYOUT FOUND EXPECTED

FOUND is what the receiver has, EXPECTED a line for each event with two base64 words, as for check-json.py: the bytes of
the message and of the field "value", and those of the context and of a field that has its own value for a name, which
end at a NUL. One event has to be one record, and to hold what it was given: the same bytes, or with JSON what Python's
own decoder makes of them. Prints how many there were.
"""
import base64
import json
import re
import struct
import sys

# Nothing of it may stand in a line of text: a terminal would obey it, or a reader begin another line.
UNSAFE = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]')
ESCAPE = re.compile(rb'\\(?:([tnr"\\])|x([0-9a-f]{2}))')
# Without those that stand for themselves: text that is not between quotes keeps its backslashes.
PLAIN_ESCAPE = re.compile(rb'\\(?:([tnr])|x([0-9a-f]{2}))')
PAIR = re.compile(rb'([^ ="]+)=(?:"((?:[^"\\]|\\.)*)"|([^ "=]*))(?: |$)')
NAMED = {b't': b'\t', b'n': b'\n', b'r': b'\r', b'"': b'"', b'\\': b'\\'}


def same(what, found, expected):
    if found != expected:
        raise ValueError(f'{what}: {found!r} instead of {expected!r}'[:2000])


def unescape(text, pattern=ESCAPE):
    return pattern.sub(lambda match: NAMED[match[1]] if match[1] else bytes([int(match[2], 16)]), text)


def decode(data):
    return data.decode('utf-8', 'replace')


# --- Records

def unique(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f'a key stands twice in {keys}'[:2000])
    return dict(pairs)


def parse(text):
    return json.loads(text, object_pairs_hook=unique)


def lines(found):
    *whole, rest = found.decode('utf-8').split('\n')
    same('behind the last newline', rest, '')
    return whole


def text_lines(found):
    # A tab is between what a test asks for.
    for line in lines(found):
        same('unsafe characters', UNSAFE.findall(line.replace('\t', '')), [])
    return found.split(b'\n')[:-1]


def objects(found):
    return [parse(line) for line in lines(found)]


def arrays(found):
    return [record for line in objects(found) for record in line]


def bulk(found):
    """An action, and its document."""
    both = objects(found)
    for action in both[::2]:
        same('action', action, {'create': {}})
    return both[1::2]


def loki(found):
    return [parse(value[1]) for push in objects(found) for stream in push['streams'] for value in stream['values']]


def otlp(found):
    return [dict(record, scope=scope.get('scope', {}).get('name', ''))
            for request in objects(found) for resource in request['resourceLogs'] for scope in resource['scopeLogs']
            for record in scope['logRecords']]


def frames(found):
    """Each with its length before it."""
    at, parts = 0, []
    while at < len(found):
        size, = struct.unpack_from('<I', found, at)
        parts.append(found[at + 4:at + 4 + size])
        at += 4 + size
    return parts


# --- What is in one

def check_own(fields, names, text):
    """The field that has its value for a name."""
    if not any(fields.get(name) == text for name in names):
        raise ValueError(f'no field {names!r} with its name in {fields!r}'[:2000])


def check_flat(record, whole, text):
    same('message', record['message'], decode(whole))
    same('value', record['value'], decode(whole))
    same('context', record.get('context', ''), decode(text))
    check_own(record, [decode(text), 'field_' + decode(text)], decode(text))


def check_nested(record, whole, text):
    same('message', record['message'], decode(whole))
    same('value', record['fields']['value'], decode(whole))
    same('context', record.get('context') or '', decode(text))
    check_own(record['fields'], [decode(text)], decode(text))


def check_database(record, whole, text):
    """It has no place for a NUL."""
    check_nested(record, whole.replace(b'\0', '\ufffd'.encode()), text)


def check_ecs(record, whole, text):
    key = decode(text).replace('.', '_')
    same('message', record['message'], decode(whole))
    same('value', record['mvxlog']['value'], decode(whole))
    same('log.logger', record.get('log.logger', ''), decode(text))
    check_own(record['mvxlog'], [key if key.strip(' \t\n\v\f\r') else '_'], decode(text))


def check_gelf(record, whole, text):
    """A message begins with its first line that is not empty; a name has letters, digits, '_', '-' and '.' only."""
    message = decode(whole).lstrip(' \t\n\v\f\r')
    told = record['short_message'] + ('\n' + record['full_message'] if 'full_message' in record else '')
    same('message', told.rstrip('\n'), message.rstrip('\n') or '-')
    same('value', record['_value'], decode(whole))
    same('logger', record.get('_logger', ''), decode(text))


def check_otlp(record, whole, text):
    fields = unique([(one['key'], one['value'].get('stringValue')) for one in record.get('attributes', [])])
    same('body', record['body']['stringValue'], decode(whole))
    same('value', fields['value'], decode(whole))
    same('scope', record['scope'], decode(text))
    check_own(fields, [decode(text), 'field_' + decode(text)], decode(text))


def pairs(text):
    found, at = {}, 0
    while at < len(text):
        match = PAIR.match(text, at)
        if match is None or unescape(match[1]) in found:
            raise ValueError(f'no pair, or one twice, at {at} of {text!r}'[:2000])
        found[unescape(match[1])] = unescape(match[2] if match[3] is None else match[3])
        at = match.end()
    return found


def check_pairs(found, whole, text):
    same('value', found.get(b'value'), whole)
    check_own(found, [text or b'_', b'field_' + text], text)


def check_logfmt(record, whole, text):
    found = pairs(record)
    same('msg', found.get(b'msg'), whole)
    same('context', found.get(b'context', b''), text)
    check_pairs(found, whole, text)


def check_text(told, given):
    """It keeps its backslashes, so that what was an escape before is one now."""
    same('text', unescape(told, PLAIN_ESCAPE), unescape(given, PLAIN_ESCAPE))


def check_fields(record, whole, text):
    """FIELDS TAB MESSAGE."""
    fields, message = record.split(b'\t')
    check_pairs(pairs(fields), whole, text)
    check_text(message, whole)


def check_pretty(record, whole, text):
    """TIME LEVEL CONTEXT: MESSAGE, and pairs; nothing but what they hold says where those begin."""
    start = re.match(rb'[0-9:.]{12} INFO {5}', record)
    if start is None:
        raise ValueError(f'no time and level: {record!r}'[:200])
    rest = record[start.end():]
    for begin in re.finditer(b'event=' if text else b'value=', rest):
        try:
            check_pairs(pairs(rest[begin.start():]), whole, text)
            break
        except ValueError:
            continue
    else:
        raise ValueError(f'no fields: {record!r}'[:2000])
    head = b': '.join(part for part in (text, whole) if part)
    check_text(rest[:begin.start()], head + b' ' if head else b'')


def check_binary(frame, whole, text):
    """A record as the wire has it (event/record-private.h of the library), of which the message is metadata 4."""
    size, _, _, _, _, _, _, flags, n_fields, _ = struct.unpack_from('<IIQQIIhHHH', frame, 8)
    same('size', size, len(frame) - 8)
    same('flags', flags & 3, 3)
    at = 8 + 40

    def take(form):
        nonlocal at
        value, = struct.unpack_from('<' + form, frame, at)
        at += struct.calcsize('<' + form)
        return value

    def take_text():
        nonlocal at
        length = take('I')
        value = frame[at:at + length]
        at += length + 1
        same('NUL', frame[at - 1], 0)
        return value

    end = take('I') + at
    meta = []
    while at < end:
        meta.append((take('B'), take_text()))
    take('I')
    fields = []
    for _ in range(n_fields):
        same('type', take('B'), 5)
        fields.append((take_text(), take_text()))
    same('message', unique(meta)[4], whole)
    same('context', unique(meta).get(11, b''), text)
    same('fields', unique(fields), {b'value': whole} | ({} if text == b'value' else {text: text}))


LAYOUTS = {
    'json': (objects, check_flat), 'nested': (objects, check_nested), 'ecs': (objects, check_ecs),
    'gelf': (objects, check_gelf), 'array': (arrays, check_flat),
    'bulk-nested': (bulk, check_nested), 'bulk-ecs': (bulk, check_ecs), 'loki': (loki, check_flat), 'otlp': (otlp, check_otlp),
    'database': (objects, check_database), 'logfmt': (text_lines, check_logfmt), 'fields': (text_lines, check_fields),
    'pretty': (text_lines, check_pretty), 'binary': (frames, check_binary),
}


def judge(layout, found, events):
    """What is wrong, and how many there were."""
    split, check = LAYOUTS[layout]
    try:
        records = split(found)
    except (KeyError, ValueError, struct.error) as error:
        return repr(error), f'{len(events)} events, no records'
    told = f'{len(events)} events, {len(records)} records, {len(records) - len(events)} split'
    if len(records) != len(events):
        return 'one event is not one record', told
    for number, (record, (whole, text)) in enumerate(zip(records, events)):
        try:
            check(record, whole, text)
        except (KeyError, ValueError, struct.error) as error:
            return f'event {number}: {error!r}', told
    return None, told


def main():
    layout, found, expected = sys.argv[1:]
    with open(found, 'rb') as file:
        records = file.read()
    with open(expected, encoding='ascii') as file:
        events = [[base64.b64decode(word) for word in line.split(' ')[:2]] for line in file.read().split('\n')[:-1]]
    wrong, told = judge(layout, records, events)
    print(told if wrong is None else f'{told}: {wrong}')
    return 0 if wrong is None else 1


if __name__ == '__main__':
    sys.exit(main())
