"""A file system that Hadoop reaches by webhdfs:// and that is on no disk: a server of its REST interface, in memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

PREFIX = "/webhdfs/v1"
_BLOCK = 128 * 2**20


class MemoryFiles:
    """Folders and files by path; a folder's content is None."""

    def __init__(self) -> None:
        self.content: dict[str, bytes | None] = {"/": None}
        self.port = 0

    @property
    def url(self) -> str:
        """Of the root, without a slash at its end."""
        return f"webhdfs://localhost:{self.port}"

    def below(self, path: str) -> list[str]:
        """The paths of all files and folders in this folder and its folders."""
        return [name for name in sorted(self.content) if name.startswith(f"{path.rstrip('/')}/") and name != path]

    def make_folders(self, path: str) -> None:
        """The folder, and those that it is in."""
        parts = path.strip("/").split("/")
        for end in range(1, len(parts) + 1):
            self.content.setdefault("/" + "/".join(parts[:end]), None)

    def delete(self, path: str) -> bool:
        """Remove a file, or a folder with what is in it; whether there was one."""
        for name in self.below(path):
            del self.content[name]
        return self.content.pop(path, b"") != b"" if path in self.content else False

    def rename(self, source: str, target: str) -> bool:
        """As HDFS: into a folder that is there already, under its own name."""
        if source not in self.content:
            return False
        if target in self.content:
            target = f"{target}/{source.rpartition('/')[2]}"
        for name in [source, *self.below(source)]:
            self.content[target + name.removeprefix(source)] = self.content.pop(name)
        return True

    def status(self, path: str, suffix: str = "") -> dict[str, Any]:
        """FileStatus, as the interface has it."""
        content = self.content[path]
        return {
            "accessTime": 0,
            "blockSize": _BLOCK,
            "childrenNum": 0,
            "fileId": 1,
            "group": "tests",
            "length": len(content or b""),
            "modificationTime": 0,
            "owner": "tests",
            "pathSuffix": suffix,
            "permission": "755",
            "replication": 0 if content is None else 1,
            "type": "DIRECTORY" if content is None else "FILE",
        }

    def listing(self, path: str) -> dict[str, Any]:
        """FileStatuses of a folder, or of the file alone."""
        if self.content[path] is not None:
            return {"FileStatuses": {"FileStatus": [self.status(path)]}}
        start = len(path.rstrip("/")) + 1
        children = [name for name in self.below(path) if "/" not in name[start:]]
        return {"FileStatuses": {"FileStatus": [self.status(name, name[start:]) for name in children]}}

    def blocks(self, path: str) -> dict[str, Any]:
        """BlockLocations: the file is one block."""
        block = {
            "cachedHosts": [],
            "corrupt": False,
            "hosts": ["localhost"],
            "length": len(self.content[path] or b""),
            "names": [f"localhost:{self.port}"],
            "offset": 0,
            "storageTypes": ["DISK"],
            "topologyPaths": [f"/default-rack/localhost:{self.port}"],
        }
        return {"BlockLocations": {"BlockLocation": [block]}}


@contextmanager
def memory_files() -> Iterator[MemoryFiles]:
    """The file system, reachable until the block ends."""
    files = MemoryFiles()
    handler = type("Handler", (_Handler,), {"files": files})
    server = ThreadingHTTPServer(("localhost", 0), handler)
    files.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield files
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    files: MemoryFiles
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, options = self._asked()
        if path not in self.files.content:
            missing = {"exception": "FileNotFoundException", "message": f"no {path}"}
            self._answer(404, {"RemoteException": {**missing, "javaClassName": "java.io.FileNotFoundException"}})
        elif options["op"] == "GETFILESTATUS":
            self._answer(200, {"FileStatus": self.files.status(path)})
        elif options["op"] == "LISTSTATUS":
            self._answer(200, self.files.listing(path))
        elif options["op"] == "GETFILEBLOCKLOCATIONS":
            self._answer(200, self.files.blocks(path))
        elif options["op"] == "OPEN" and "there" in options:
            first = int(options.get("offset", 0))
            content = (self.files.content[path] or b"")[first:]
            self._send(200, content[: int(options.get("length", len(content)))])
        elif options["op"] == "OPEN":
            self._redirect()
        else:
            self._unsupported(options["op"])

    def do_PUT(self) -> None:
        path, options = self._asked()
        body = self._body()
        if options["op"] == "MKDIRS":
            self.files.make_folders(path)
            self._answer(200, {"boolean": True})
        elif options["op"] == "RENAME":
            self._answer(200, {"boolean": self.files.rename(path, options["destination"])})
        elif options["op"] == "CREATE" and "there" in options:
            self.files.make_folders(path.rpartition("/")[0])
            self.files.content[path] = body
            self._send(201, b"")
        elif options["op"] == "CREATE":
            self._redirect()
        elif options["op"] in ("SETPERMISSION", "SETTIMES"):
            self._send(200, b"")
        else:
            self._unsupported(options["op"])

    def do_DELETE(self) -> None:
        self._answer(200, {"boolean": self.files.delete(self._asked()[0])})

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is written to the console of the tests."""

    def _asked(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        options = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return unquote(parts.path).removeprefix(PREFIX).rstrip("/") or "/", {**options, "op": options["op"].upper()}

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _redirect(self) -> None:
        """To where the content of the file is: in HDFS another server, here this one again."""
        self._send(307, b"", Location=f"http://localhost:{self.files.port}{self.path}&there=1")

    def _unsupported(self, operation: str) -> None:
        java = "java.lang.UnsupportedOperationException"
        reason = {"exception": "UnsupportedOperationException", "message": operation, "javaClassName": java}
        self._answer(400, {"RemoteException": reason})

    def _answer(self, status: int, content: Any) -> None:
        # Without a type: to read one, Hadoop's client wants a library that Spark does not bring.
        self._send(status, json.dumps(content).encode())

    def _send(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
