"""The portals' HTTP side: one session, bounded retries, answers checked before a byte of them is used."""

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
_LONGEST_WAIT = 600  # seconds; a portal that asks for more is left for another day
_AGAIN = (202, 429, 500, 502, 503, 504)  # 202: the portal is still preparing the answer
_CSV = ("text/csv", "application/csv")
_JSON = ("application/json",)
_T = TypeVar("_T")


@dataclass(frozen=True)
class Answer:
    """A CSV body line by line, and the time whose state of the dataset it holds, by the portal's clock."""

    lines: Iterator[bytes]
    as_of: datetime


@dataclass(frozen=True)
class Counted:
    """How many rows there were, and when."""

    rows: int
    as_of: datetime


class Socrata:
    """A client of any portal. The application token is in the session's headers alone, and in no text it makes."""

    def __init__(self, portals: Portals, token: str | None, say: Callable[[str], None]) -> None:
        """Refuses, without showing it, a token that cannot stand in a header."""
        self._settings = portals
        self._say = say
        self._session = _Session()
        self._hide: Callable[[str], str] = lambda text: text
        if token:
            if not re.fullmatch(r"[!-~]+", token):
                raise UsageError(f"${portals.token_variable} holds characters that no application token has")
            self._session.headers[_TOKEN_HEADER] = token
            self._hide = lambda text: text.replace(token, "***")
        # It would say on standard error what the retries below say in our words.
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
        """A CSV body, to be read within the block.

        Raises:
            PortalError: no such answer after all retries; BrokenBodyError while reading: it was cut off.
        """
        asked = datetime.now(UTC)
        with self._got(source, path, query, _CSV) as response:
            yield Answer(self._lines(response), as_of(response.headers, asked))

    def count(self, source: Source, where: str | None = None) -> Counted:
        """How many rows the dataset has, or how many of them meet the condition."""
        query = {"$select": "count(*) as row_count", **({"$where": where} if where else {})}

        def one() -> Counted:
            asked = datetime.now(UTC)
            with self._got(source, f"/resource/{source.dataset}.json", query, _JSON) as response:
                body = b"".join(self._lines(response))
                try:
                    rows = int(json.loads(body)[0]["row_count"])
                except (ValueError, LookupError, TypeError) as error:
                    raise BrokenBodyError("the count of rows cannot be read") from error
                return Counted(rows, as_of(response.headers, asked))

        return self.again(source, one)

    def again(self, source: Source, attempt: Callable[[], _T]) -> _T:
        """What the attempt gives; it is made anew, so many times, after a body that did not come whole."""
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
                    f"GET {shown}: expected {types[0]}, the answer is {kind or 'of no declared type'}; open the "
                    "address in a browser: a notice or a sign-in page may stand in its place"
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
            429: f"the portal is asked too often: try later, or put an application token into ${variable}",
        }.get(status, "the portal is failing: try later" if status >= 500 or status == 202 else "")
        said = self._hide(_start(response))[:200]
        # The answer may repeat the token in another spelling, so it is not shown where the token is what is wrong.
        words = "" if status in (401, 403) or not said else f" ({said})"
        raise PortalError(f"GET {shown}: HTTP {status}{words}{'; ' if todo else ''}{todo}")

    def _lines(self, response: requests.Response) -> Iterator[bytes]:
        rest = b""
        try:
            for chunk in response.iter_content(_CHUNK):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield line + b"\n"
        except requests.RequestException as error:
            raise BrokenBodyError(f"the body was cut off ({self._hide(str(error))})") from None
        if rest:
            yield rest


class _Session(requests.Session):
    """Redirects are followed, but the token goes to the host that it is meant for alone."""

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Take the token away before another host is asked; requests itself does so for Authorization only."""
        super().rebuild_auth(prepared_request, response)  # type: ignore[no-untyped-call]
        asked, sent_on = response.request.url, prepared_request.url
        if self.should_strip_auth(asked, sent_on):  # type: ignore[no-untyped-call]
            prepared_request.headers.pop(_TOKEN_HEADER, None)


class _SaidRetry(Retry):
    """Retries that are told, so that a long wait is not silence."""

    say: Callable[[str], None] = staticmethod(lambda _: None)

    def new(self, **changed: Any) -> Self:
        """Retry copies itself at each step."""
        other = super().new(**changed)
        other.say = self.say
        return other

    def increment(self, *asked: Any, **happened: Any) -> Self:
        """Say what happened, if there is a next time; Retry raises if there is none."""
        following = super().increment(*asked, **happened)
        error, response = happened.get("error"), happened.get("response")
        what = f"did not answer ({type(error).__name__})" if response is None else f"answered {response.status}"
        self.say(f"fetch: the portal {what}; trying again")
        return following


def described(url: str, query: Mapping[str, str]) -> str:
    """An address as a person reads it, nothing escaped."""
    return url + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def as_of(headers: Mapping[str, str], asked: datetime) -> datetime:
    """The time whose state of the dataset an answer holds: never too late, because changes are asked for from there.

    Last-Modified is the time of the copy that answered, which may be older than the portal's newest. Where a portal
    gives no time at all, when it was asked by this machine's clock is all there is.
    """
    now = _time(headers.get("Date")) or asked
    changed = _time(headers.get("Last-Modified")) or _time(headers.get("X-SODA2-Truth-Last-Modified")) or now
    return min(changed, now)


def _time(header: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(header) if header else None
    except ValueError:
        return None
    return None if found is None else (found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC))


def _start(response: requests.Response) -> str:
    """The first of what an error page says, on one line."""
    try:
        start = next(response.iter_content(_CHUNK), b"")
    except requests.RequestException:
        return ""
    return " ".join(start.decode("utf-8", "replace").split())
