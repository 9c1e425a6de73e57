# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP side: one application for the API, the metadata service and the control endpoints."""

from __future__ import annotations

import json
import socket
import threading
import typing as t

from ansible_collections.alicloud.flannel.tests.sandbox.cloud import control, metadata
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.api import Api, request_id
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.errors import ApiError
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.faults import Faults, ReplyLost
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.recorder import Call, Recorder, kept
from ansible_collections.alicloud.flannel.tests.sandbox.cloud.signature import HttpRequest
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

if t.TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.dataplane import Dataplane
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.machines import Machines
    from ansible_collections.alicloud.flannel.tests.sandbox.cloud.state import CloudState


class _QuietHandler(WSGIRequestHandler):
    """Writes no line per request: a request line holds signatures and keys."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class CloudServer:
    """Serves a state over HTTP, on one address or several."""

    def __init__(
        self,
        state: CloudState,
        host: str = "127.0.0.1",
        port: int = 0,
        dataplane: Dataplane | None = None,
        metadata_instance: str | None = None,
        machines: Machines | None = None,
    ) -> None:
        """Bind the first address. ``metadata_instance`` is who a caller from an unknown address is."""
        self.state = state
        self.faults = Faults()
        self.recorder = Recorder()
        self._dataplane = dataplane
        self._machines = machines
        self._api = Api(state, self.faults)
        self._metadata = metadata.Metadata(state, metadata_instance)
        self._control = control.Control(state, self.faults, self.recorder)
        self._servers: list[BaseWSGIServer] = []
        self.url = self.listen(host, port)

    def listen(self, host: str, port: int) -> str:
        """Bind a further address before the start; return its URL."""
        server = make_server(host, port, self._application, threaded=True, request_handler=_QuietHandler)
        self._servers.append(server)
        return f"http://{host}:{server.port}"

    def start(self) -> None:
        if self._dataplane or self._machines:
            self.state.settling.attach(self._dataplane, self._machines)
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), name=f"cloud-{server.port}", daemon=True).start()

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        self.state.settling.detach()

    @property
    def calls(self) -> list[Call]:
        return self.recorder.calls

    def count(self, action: str | None = None) -> int:
        """Count the API calls, or those of one action."""
        return self.recorder.count(action)

    def writes(self, action: str | None = None) -> int:
        """Count the API calls that write, or those of one action."""
        return self.recorder.writes(action)

    def reset_calls(self) -> None:
        self.recorder.reset()

    def _application(self, environ: WSGIEnvironment, start_response: StartResponse) -> t.Iterable[bytes]:
        request = Request(environ)
        if request.path.startswith(control.ROOT):
            response = self._control.answer(request)
        elif request.path.startswith("/latest/"):
            response = self._metadata.answer(request)
        else:
            response = self._answer_api(request)
        return response(environ, start_response)

    def _answer_api(self, request: Request) -> Response:
        http = _read(request)
        identifier = request_id()
        status, code, cut = 200, None, False
        try:
            body = {**self._api.answer(http), "RequestId": identifier}
        except ApiError as exc:
            status, code = exc.status, exc.code
            body = {"RequestId": identifier, "HostId": request.host, "Code": exc.code, "Message": exc.message, "Recommend": "", **exc.extra}
        except ReplyLost as exc:
            cut = exc.reply is not None
            status, body = 0, {**(exc.reply or {}), "RequestId": identifier}
        product, action = self._api.name_of(http)
        self.recorder.add(Call(action, product, kept({**http.query, **http.form}), self.state.clock(), status, code))
        if not status and not cut:
            # What is written from here on reaches nobody: the caller sees the connection end.
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return _response(json.dumps(body).encode(), status or 200, cut=cut)


def _response(body: bytes, status: int, *, cut: bool) -> Response:
    """Return the response; a cut one announces the whole body and has half of it."""
    response = Response(body[: len(body) // 2] if cut else body, status, content_type="application/json;charset=utf-8")
    response.content_length = len(body)
    return response


def _read(request: Request) -> HttpRequest:
    body = request.get_data(cache=True, parse_form_data=False)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return HttpRequest(request.method, request.path, request.args.to_dict(), request.form.to_dict(), headers, body)
