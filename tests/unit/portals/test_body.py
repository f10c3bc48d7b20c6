"""Records of a body, and whether it came whole; gzip files of equal bytes."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from crime_spark.portals.body import BrokenBodyError, packed, whole_records


def records(body: bytes) -> list[list[str]]:
    given = list(whole_records(body.splitlines(keepends=True) if b"\r" not in body else lines(body)))
    assert b"".join(raw for _, raw in given) == body
    return [fields for fields, _ in given]


def lines(body: bytes) -> list[bytes]:
    return [line + b"\n" for line in body.removesuffix(b"\n").split(b"\n")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"a,b\n", [["a", "b"]]),
        (b'a,b\n"1\n2",3\n', [["a", "b"], ["1\n2", "3"]]),
        (b'\xef\xbb\xbf"a",b\r\n\r\n1,"""2"\r\n', [["a", "b"], [], ["1", '"2']]),
        (b'a\n"1"2\n3"\n', [["a"], ["12"], ['3"']]),
        (b"a\n1\r2\n", [["a"], ["1 2"]]),
        (b"a\n\xff\n", [["a"], ["\ufffd"]]),
    ],
)
def test_whole_bodies(body: bytes, expected: list[list[str]]):
    assert records(body) == expected


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "the body is empty"),
        (b"a,b\n1,2", "the body ends within a record: b'1,2'"),
        (b'a,b\n1,"2\n', "the body ends within a record"),
        (b'a,b\n"1""\n', "the body ends within a record"),
        (b'a\n"' + b"1\n" * 10_001, "a quote is not closed within 10,000 lines"),
        (b"a\n" + b"1" * 200_000 + b"\n", "is not CSV"),
    ],
)
def test_bodies_that_are_not(body: bytes, words: str):
    with pytest.raises(BrokenBodyError, match=words):
        list(whole_records(body.splitlines(keepends=True)))


def test_equal_content_has_equal_bytes_however_it_is_written(tmp_path: Path):
    content = b"".join(b"%d,BATTERY,%d\n" % (number, number * number) for number in range(200_000))
    for name, step in (("a.gz", 7), ("b.gz", 300_000), ("c.gz", len(content))):
        with packed(tmp_path / name) as out:
            for index in range(0, len(content), step):
                out.write(content[index : index + step])
    first, *others = (path.read_bytes() for path in sorted(tmp_path.iterdir()))
    assert gzip.decompress(first) == content
    assert others == [first, first]
