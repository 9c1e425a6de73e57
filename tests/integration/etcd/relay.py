# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An HTTP relay in front of an etcd that remembers requests and can lose replies."""

from __future__ import annotations

import http.client
import threading
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit


class Relay:
    """Passes requests on; ``lose`` decides by method and path whether the reply of one that was carried out is lost."""

    def __init__(self, upstream: str, lose: t.Callable[[str, str], bool] = lambda method, path: False) -> None:
        self.lose = lose
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self._upstream = urlsplit(upstream).netloc
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass_on(self) -> None:
                relay.pass_on(self)

            do_GET = do_PUT = do_POST = do_DELETE = _pass_on  # noqa: N815

            def log_message(self, format: str, *args: t.Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Relay:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def paths(self) -> list[str]:
        """Return the paths asked for, in order."""
        return [path for _method, path, _headers in self.requests]

    def pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        """Carry one request out, and answer it unless its reply is to be lost."""
        method = handler.command
        self.requests.append((method, handler.path, dict(handler.headers)))
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in handler.headers.items() if name.lower() != "host"}
        upstream = http.client.HTTPConnection(self._upstream, timeout=20)
        upstream.request(method, handler.path, body, headers)
        reply = upstream.getresponse()
        content = reply.read()
        upstream.close()
        if self.lose(method, handler.path):
            handler.close_connection = True
            return
        handler.send_response(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date"):
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)


def lose_first(method: str, path_part: str) -> t.Callable[[str, str], bool]:
    """Lose the reply of the first such request."""
    left = [1]

    def lose(seen_method: str, path: str) -> bool:
        if seen_method == method and path_part in path and left:
            left.pop()
            return True
        return False

    return lose
