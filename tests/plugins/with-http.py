#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""with-http.py COMMAND...: runs a command beside an HTTP server of its own; '@address@' becomes its URL.

Whatever is posted to it is taken. The exit status is the command's.
"""
import http.server
import subprocess
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self):
        self.rfile.read(int(self.headers.get('Content-Length', 0)))
        self.send_response(200)
        self.send_header('Content-Length', '0')
        self.end_headers()

    do_POST = answer
    do_HEAD = answer

    def log_message(self, *arguments):
        pass


def main():
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f'http://127.0.0.1:{server.server_port}/'
            return subprocess.call([word.replace('@address@', address) for word in sys.argv[1:]])
        finally:
            server.shutdown()
            thread.join()


if __name__ == '__main__':
    sys.exit(main())
