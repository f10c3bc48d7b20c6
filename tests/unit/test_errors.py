"""The reason of an error: one line, from Java's innermost cause."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from crime_spark.errors import LakeError, UsageError, reason_of


@dataclass
class Throwable:
    """A Java exception as Py4J gives it."""

    name: str
    message: str | None = None
    cause: Throwable | None = None

    def getCause(self) -> Throwable | None:  # noqa: N802
        return self.cause

    def getMessage(self) -> str | None:  # noqa: N802
        return self.message

    def toString(self) -> str:  # noqa: N802
        return self.name if self.message is None else f"{self.name}: {self.message}"


class JavaError(Exception):
    def __init__(self, java_exception: Throwable) -> None:
        super().__init__("An error occurred while calling o1.load.")
        self.java_exception = java_exception


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("first\nsecond"), "first"),
        (ValueError("\n \nfirst"), "first"),
        (ValueError(), "ValueError"),
        (LakeError("no table"), "no table"),
    ],
)
def test_reason_of_a_python_error_is_its_first_line(error, reason):
    assert reason_of(error) == reason_of(error, java_class=True) == reason


def test_reason_of_a_java_error_is_the_message_of_its_innermost_cause():
    error = JavaError(Throwable("SparkException", "Job aborted", Throwable("java.io.IOException", "disk full\nat x")))
    assert reason_of(error) == "disk full"
    assert reason_of(error, java_class=True) == "java.io.IOException: disk full"


def test_reason_of_a_java_error_without_message_is_its_class():
    assert reason_of(JavaError(Throwable("java.io.EOFException"))) == "java.io.EOFException"


def test_usage_errors_have_exit_code_2():
    assert (UsageError.exit_code, LakeError.exit_code) == (2, 1)
