"""HTTP client of Socrata portals: a session with bounded retries that checks answers before use."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self, TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ReadTimeoutError
from urllib3.util.retry import Retry

from crime_spark.errors import PortalError, UsageError
from crime_spark.portals.body import BrokenBodyError
from crime_spark.portals.source import Source
from crime_spark.settings import Portals

_TOKEN_HEADER = "X-App-Token"
_CHUNK = 1 << 16
_LONGEST_WAIT = 600  # seconds; if a portal asks for more, fetch fails
_AGAIN = (202, 429, 500, 502, 503, 504)  # 202: the portal is still preparing the answer
_CSV = ("text/csv", "application/csv")
_JSON = ("application/json",)
_T = TypeVar("_T")


@dataclass(frozen=True)
class Answer:
    """A CSV body as lines, and its as-of time by the portal's clock."""

    lines: Iterator[bytes]
    as_of: datetime


@dataclass(frozen=True)
class Counted:
    """A number of rows, and its as-of time."""

    rows: int
    as_of: datetime


class Socrata:
    """A client of a portal. The application token is only in the headers of the session, never in messages."""

    def __init__(self, portals: Portals, token: str | None, say: Callable[[str], None]) -> None:
        """Open a session.

        Args:
            portals: the settings of portals.
            token: the application token or None.
            say: where messages go.

        Raises:
            UsageError: the token has invalid characters; the message does not show it.
        """
        self._settings = portals
        self._say = say
        self._session = _Session()
        self._hide: Callable[[str], str] = lambda text: text
        if token:
            if not re.fullmatch(r"[!-~]+", token):
                raise UsageError(
                    f"the application token in ${portals.token_variable} has invalid characters; check the variable"
                )
            self._session.headers[_TOKEN_HEADER] = token
            self._hide = lambda text: text.replace(token, "***")
        # urllib3 would repeat the messages about retries on standard error.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
        retry = _SaidRetry(
            total=portals.retries,
            status_forcelist=_AGAIN,
            allowed_methods={"GET"},
            backoff_factor=portals.backoff_seconds,
            retry_after_max=_LONGEST_WAIT,
            raise_on_status=False,
        )
        retry.say = say
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._session.close()

    @contextmanager
    def csv(self, source: Source, path: str, query: Mapping[str, str]) -> Iterator[Answer]:
        """Request a CSV body, to be read within the block.

        Raises:
            PortalError: all retries failed. Reading the body raises BrokenBodyError if it is incomplete.
        """
        requested_at = datetime.now(UTC)
        with self._got(source, path, query, _CSV) as response:
            yield Answer(self._lines(response), as_of(response.headers, requested_at))

    def count(self, source: Source, where: str | None = None) -> Counted:
        """The number of rows of the data set, or of those that meet a condition.

        Raises:
            BrokenBodyError: the answer cannot be read.
        """
        query = {"$select": "count(*) as row_count", **({"$where": where} if where else {})}

        def request_count() -> Counted:
            requested_at = datetime.now(UTC)
            with self._got(source, f"/resource/{source.dataset}.json", query, _JSON) as response:
                body = b"".join(self._lines(response))
                try:
                    rows = int(json.loads(body)[0]["row_count"])
                except (ValueError, LookupError, TypeError) as error:
                    raise BrokenBodyError("the count of rows cannot be read") from error
                return Counted(rows, as_of(response.headers, requested_at))

        return self.again(source, request_count)

    def again(self, source: Source, attempt: Callable[[], _T]) -> _T:
        """The result of a function, which is repeated up to the number of retries after incomplete bodies."""
        for turn in range(self._settings.retries):
            try:
                return attempt()
            except BrokenBodyError as error:
                wait = min(self._settings.backoff_seconds * 2**turn, _LONGEST_WAIT)
                self._say(f"fetch: {source}: {error}; trying again in {wait:g} s")
                time.sleep(wait)
        return attempt()

    @contextmanager
    def _got(
        self, source: Source, path: str, query: Mapping[str, str], types: tuple[str, ...]
    ) -> Iterator[requests.Response]:
        url = source.base + path
        shown = described(url, query)
        limit = self._settings.timeout_seconds
        try:
            response = self._session.get(url, params=query, stream=True, timeout=(limit, limit))
        except requests.RequestException as error:
            raise PortalError(f"GET {shown}: {self._unreached(error)}") from None
        with response:
            self._check(response, source, shown)
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if kind not in types:
                raise PortalError(
                    f"GET {shown}: expected {types[0]}, got {kind or 'no declared type'}; open the "
                    "address in a browser, because the portal may show a notice or a sign-in page"
                )
            try:
                yield response
            except BrokenBodyError as error:
                raise BrokenBodyError(f"GET {shown}: {error}") from error

    def _unreached(self, error: requests.RequestException) -> str:
        times = f"{self._settings.retries + 1} times"
        reason = getattr(error.args[0] if error.args else None, "reason", None)
        if isinstance(error, requests.Timeout) or isinstance(reason, ReadTimeoutError):
            return (
                f"no answer within {self._settings.timeout_seconds:g} s, {times}; try later or raise "
                "portals.timeout_seconds"
            )
        why = self._hide(str(reason or error))
        return f"cannot be reached, {times} ({why}); check the network, the proxy and the host in conf"

    def _check(self, response: requests.Response, source: Source, shown: str) -> None:
        status = response.status_code
        if status == 200:
            return
        variable = self._settings.token_variable
        todo = {
            401: f"check the application token in ${variable}, or unset it",
            403: f"check the application token in ${variable}, or unset it",
            404: f"ids change: look the dataset up on the portal and set portals.cities.{source.city.name}.datasets",
            429: f"too many requests: try later, or put an application token into ${variable}",
        }.get(status, "the portal is failing: try later" if status >= 500 or status == 202 else "")
        message = self._hide(_start(response))[:200]
        # The answer may contain an encoded token, so it is not shown if the token is wrong.
        words = "" if status in (401, 403) or not message else f" ({message})"
        raise PortalError(f"GET {shown}: HTTP {status}{words}{'; ' if todo else ''}{todo}")

    def _lines(self, response: requests.Response) -> Iterator[bytes]:
        rest = b""
        try:
            for chunk in response.iter_content(_CHUNK):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield line + b"\n"
        except requests.RequestException as error:
            raise BrokenBodyError(f"the body is incomplete ({self._hide(str(error))})") from None
        if rest:
            yield rest


class _Session(requests.Session):
    """A session that does not send the token to other hosts when it follows redirects."""

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Remove the token before a request to another host; requests does so only for Authorization."""
        super().rebuild_auth(prepared_request, response)  # type: ignore[no-untyped-call]
        requested_url, redirect_url = response.request.url, prepared_request.url
        if self.should_strip_auth(requested_url, redirect_url):  # type: ignore[no-untyped-call]
            prepared_request.headers.pop(_TOKEN_HEADER, None)


class _SaidRetry(Retry):
    """Retries with messages, so that long waits are explained."""

    say: Callable[[str], None] = staticmethod(lambda _: None)

    def new(self, **changed: Any) -> Self:
        """Copy the retry with its message function."""
        other = super().new(**changed)
        other.say = self.say
        return other

    def increment(self, *arguments: Any, **happened: Any) -> Self:
        """Report the failure before the next attempt; without another attempt, Retry raises."""
        following = super().increment(*arguments, **happened)
        error, response = happened.get("error"), happened.get("response")
        what = f"did not answer ({type(error).__name__})" if response is None else f"answered {response.status}"
        self.say(f"fetch: the portal {what}; trying again")
        return following


def described(url: str, query: Mapping[str, str]) -> str:
    """An address without escapes, for messages."""
    return url + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def as_of(headers: Mapping[str, str], requested_at: datetime) -> datetime:
    """The as-of time of an answer. It must not be too late, because the next increment starts there.

    Last-Modified is the time of the portal's copy that answered, which may not be the newest. Without any time in the
    headers, the time of the request by this machine's clock is used.
    """
    now = _time(headers.get("Date")) or requested_at
    changed = _time(headers.get("Last-Modified")) or _time(headers.get("X-SODA2-Truth-Last-Modified")) or now
    return min(changed, now)


def _time(header: str | None) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(header) if header else None
    except ValueError:
        return None
    return None if parsed is None else (parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC))


def _start(response: requests.Response) -> str:
    """The beginning of an error page on one line."""
    try:
        start = next(response.iter_content(_CHUNK), b"")
    except requests.RequestException:
        return ""
    return " ".join(start.decode("utf-8", "replace").split())
