"""A portal on loopback that imitates Socrata: rows.csv, /resource/<id>.csv and .json, and faults on demand."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

START = datetime(2026, 1, 10, 6, 0, tzinfo=UTC)
_WHERE = re.compile(r":updated_at > '(?P<since>[^']+)'(?: AND :id > '(?P<behind>[^']+)')?")


@dataclass
class Dataset:
    """Rows by number, which is their order; an :id shows it scrambled, as portals do."""

    titles: dict[str, str]  # API name -> published header
    rows: dict[int, tuple[dict[str, str], datetime]] = field(default_factory=dict)
    changed: datetime = START

    def put(self, number: int, time: datetime, **values: str) -> None:
        """A new row, or new values of an old one."""
        expected = self.rows[number][0] if number in self.rows else dict.fromkeys(self.titles, "")
        self.rows[number] = ({**expected, **values}, time)
        self.changed = max(self.changed, time)

    def delete(self, number: int, time: datetime) -> None:
        del self.rows[number]
        self.changed = max(self.changed, time)

    def present(self) -> list[tuple[str, ...]]:
        """What the portal holds now, in the order of the columns."""
        return sorted(tuple(values[name] for name in self.titles) for values, _ in self.rows.values())


@dataclass
class Fault:
    """What happens to the next `times` requests whose address holds `path`, after the first `after` of them.

    One fault waits for the one before it that is about the same requests.
    """

    kind: str
    path: str
    times: int
    after: int
    option: Any


def row_id(number: int) -> str:
    """Distinct below 10,007, and not in the order of the numbers."""
    return f"row-{number * 7919 % 10007:05}"


class FakePortal(ThreadingHTTPServer):
    """Use it as a context manager; `base` is its address, `requests` what it was asked: path, query, headers."""

    daemon_threads = True

    def __init__(self, *, dated: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.datasets: dict[str, Dataset] = {}
        self.requests: list[tuple[str, dict[str, str], Mapping[str, str]]] = []
        self.now = START
        self.dated = dated  # whether answers say Last-Modified
        self.export_as_of: Callable[[Dataset], Dataset] = lambda dataset: dataset
        self.released = threading.Event()  # ends every "hang"
        self._faults: list[Fault] = []
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> FakePortal:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self.shutdown()
        self.server_close()

    def fail(self, kind: str, path: str = "", *, times: int = 1, after: int = 0, option: Any = None) -> None:
        """Arrange a fault.

        Kinds: status (option: code, Retry-After or None), hang (until released), html, type, redirect (option:
        address), call (option: what to do before answering as usual), edit (option: bytes to bytes); and bodies cut
        short: stall (half, then nothing), cut_length (of Content-Length), cut_chunk, empty, and with all lengths right
        cut_record (within the last record) and cut_between (only the first `option` records).
        """
        self._faults.append(Fault(kind, path, times, after, option))

    def next_fault(self, path: str) -> Fault | None:
        for fault in self._faults:
            if fault.path in path and fault.times:
                if fault.after:
                    fault.after -= 1
                    return None
                fault.times -= 1
                return fault
        return None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakePortal

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(path.query).items()}
        self.server.requests.append((path.path, query, dict(self.headers)))
        fault = self.server.next_fault(path.path)
        kind, option = (fault.kind, fault.option) if fault else ("", None)
        if kind == "status":
            return self._refuse(*option)
        if kind == "redirect":
            return self._send(302, b"", {"Location": option + self.path})
        if kind == "html":
            return self._send(200, b"<html><body>Sign in</body></html>\n", {"Content-Type": "text/html"})
        if kind == "hang":
            self.server.released.wait()
        if kind == "call":
            option()
        return self._answer(path.path, query, kind, option)

    def _answer(self, path: str, query: dict[str, str], kind: str, option: Any) -> None:
        result = re.fullmatch(r"/api/views/(.+)/rows\.csv|/resource/(.+)\.(csv|json)", path)
        name = (result[1] or result[2]) if result else ""
        dataset = self.server.datasets.get(name)
        if dataset is None or result is None:
            return self._refuse(404, None)
        if result[1]:
            dataset = self.server.export_as_of(dataset)
        headers = {"Content-Type": "text/csv; charset=utf-8"}
        if self.server.dated:
            headers["Last-Modified"] = format_datetime(dataset.changed, usegmt=True)
        if result[1]:
            body = _csv(list(dataset.titles.values()), [list(values.values()) for values, _ in dataset.rows.values()])
        elif query["$select"] == "count(*) as row_count":
            headers["Content-Type"] = "application/json;charset=utf-8"
            body = json.dumps([{"row_count": str(len(_matching(dataset, query)))}]).encode()
        else:
            assert (query["$select"], query["$order"]) == (":id, *", ":id"), query
            page = _matching(dataset, query)[: int(query["$limit"])]
            rows = [[row_id(number), *dataset.rows[number][0].values()] for number in page]
            body = _csv([":id", *dataset.titles], rows)
        if kind == "edit":
            body = option(body)
        elif kind == "type":
            headers["Content-Type"] = option
        elif kind == "empty":
            body = b""
        elif kind == "cut_record":
            body = body[:-5]
        elif kind == "cut_between":
            header, *records = csv.reader(io.StringIO(body.decode(), newline=""))
            body = _csv(header, records[:option])
        return self._send(200, body, headers, kind)

    def _refuse(self, code: int, retry_after: int | None) -> None:
        output = {"code": code, "message": f"no, {self.headers.get('X-App-Token', 'stranger')}"}
        headers = {"Content-Type": "application/json"}
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        self._send(code, json.dumps(output).encode(), headers)

    def _send(self, code: int, body: bytes, headers: dict[str, str], kind: str = "") -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        if kind == "stall":
            return self._stall(body)
        if kind == "cut_chunk" or (code == 200 and "rows.csv" in self.path and kind != "cut_length"):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            half = len(body) // 2
            for part in (body[:half], body[half:]):
                if part:
                    self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
                if kind == "cut_chunk":
                    self.close_connection = True
                    return None
            self.wfile.write(b"0\r\n\r\n")
            return None
        self.send_header("Content-Length", str(len(body) + (100 if kind == "cut_length" else 0)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = kind == "cut_length"
        return None

    def _stall(self, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        self.server.released.wait()
        self.close_connection = True

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date of every answer: the portal's clock, which is not this machine's."""
        latest = [dataset.changed for dataset in self.server.datasets.values()] if self.server.dated else []
        return format_datetime(max(self.server.now, *latest, START), usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


def _matching(dataset: Dataset, query: dict[str, str]) -> list[int]:
    """Numbers of the rows that meet $where, in order of :id, which is that of the numbers."""
    numbers = sorted(dataset.rows)
    if "$where" not in query:
        return numbers
    where = _WHERE.fullmatch(query["$where"])
    assert where, query["$where"]
    since = datetime.fromisoformat(where["since"])
    behind = next((n for n in numbers if row_id(n) == where["behind"]), -1) if where["behind"] else -1
    if where["behind"] and behind < 0:
        behind = next(n for n in range(10007) if row_id(n) == where["behind"])  # deleted meanwhile
    return [n for n in numbers if dataset.rows[n][1] > since and n > behind]


def _csv(header: list[str], rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def hours(number: float) -> datetime:
    """So many hours after the start."""
    return START + timedelta(hours=number)
