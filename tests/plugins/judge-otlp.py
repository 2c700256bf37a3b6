#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""judge-otlp.py PROTO BODY...: are these files requests of OTLP/HTTP in JSON, by the official protocol buffers?

PROTO is a folder with opentelemetry/proto; no key is taken that is not in there. Prints, for each request, how many
records it has. The exit status is 1 if a file is none, and 77 with the reason if nothing can be judged.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

LOGS = 'opentelemetry/proto/logs/v1/logs.proto'


def unable(reason):
    print(reason)
    sys.exit(77)


def compile_messages(proto, folder):
    """Versions before 1.5 do not have the name of an event yet, which is number 12 there."""
    copy = pathlib.Path(folder, 'proto')
    shutil.copytree(proto, copy)
    text = (copy / LOGS).read_text(encoding='utf-8')
    if 'event_name' not in text:
        start = text.index('{', text.index('message LogRecord ')) + 1
        (copy / LOGS).write_text(text[:start] + '\n  string event_name = 12;\n' + text[start:], encoding='utf-8')
    files = [str(path.relative_to(copy)) for path in copy.rglob('*.proto')]
    subprocess.run(['protoc', f'--proto_path={copy}', f'--python_out={folder}', *files], check=True)


def main():
    proto, bodies = pathlib.Path(sys.argv[1]), sys.argv[2:]
    if not (proto / LOGS).exists():
        unable('the protocol buffers of OpenTelemetry are not there (tools/otlp-proto)')
    if shutil.which('protoc') is None:
        unable('protoc is not installed')
    try:
        from google.protobuf import json_format
    except ImportError:
        unable('python3-protobuf is not installed')
    with tempfile.TemporaryDirectory(prefix='mvxlog-otlp-') as folder:
        compile_messages(proto, folder)
        sys.path.insert(0, folder)
        from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
        for body in bodies:
            request = logs_service_pb2.ExportLogsServiceRequest()
            try:
                json_format.Parse(pathlib.Path(body).read_text(encoding='utf-8'), request, ignore_unknown_fields=False)
            except (json_format.ParseError, UnicodeDecodeError) as error:
                print(f'{body}: {error}')
                return 1
            print(sum(len(scope.log_records) for resource in request.resource_logs for scope in resource.scope_logs))
    return 0


if __name__ == '__main__':
    sys.exit(main())
