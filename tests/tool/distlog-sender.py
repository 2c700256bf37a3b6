#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sends records of Python's logging the way distlog's ZmqHandler does: distlog-sender.py ENDPOINT

PUSH, connected; two parts: a topic of system, kind and encoding, and the record's dictionary as JSON, with message and
traceback on one line, exc_info and args nulled, and the task that the record belongs to.
"""
import json
import logging
import socket
import sys
import time

import zmq


class Handler(logging.Handler):
    def __init__(self, endpoint, topic):
        super().__init__()
        self.topic = topic
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.PUSH)
        self.socket.connect(endpoint)

    def emit(self, record):
        record.message = record.getMessage().replace('\n', '\\n')
        record.asctime = time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(record.created))
        record.hostname = socket.gethostname()
        record.exc_text = None
        if record.exc_info:
            record.exc_text = logging.Formatter().formatException(record.exc_info).replace('\n', '\\n')
        record.exc_info = None
        record.args = None
        self.socket.send_multipart([self.topic, json.dumps(vars(record)).encode()])


def main(endpoint):
    handler = Handler(endpoint, b'PLJ')
    logging.basicConfig(level=logging.DEBUG, handlers=[handler])
    task = 'e252a11f-4a1c-4b66-9f6a-5f2a1c3b7d10/1'
    log = logging.getLogger('shop.net')
    log.info('request %s took %d ms', '/x', 12, extra={'context': {'key': f'0@{task}', 'user': 'ann', 'order': 7}})
    log.warning('two\nlines', extra={'context': None})
    try:
        raise ValueError('boom')
    except ValueError:
        logging.getLogger('shop').exception('FAILED', extra={'context': {'key': f'1@{task}'}})
    logging.getLogger('quiet.part').debug('nobody wants this', extra={'context': None})
    handler.socket.close(linger=10000)
    handler.context.term()


if __name__ == '__main__':
    main(*sys.argv[1:])
