"""Every error a job raises on purpose, one line each saying when; the runner makes them a message and an exit code."""


class CrimeSparkError(Exception):
    """The job cannot go on, and the message says what to do; exit code 1."""

    exit_code = 1


class UsageError(CrimeSparkError):
    """A setting, an option or the plan as a whole is wrong; nothing has been done; exit code 2."""

    exit_code = 2


class InputError(CrimeSparkError):
    """A published file cannot be used: it is unreadable, or a required column is missing."""


class PortalError(CrimeSparkError):
    """A portal cannot be reached, refuses, or what it gave is not whole; what was landed before stays as it is."""


class SchemaError(CrimeSparkError):
    """A table is not what schemas.py says: raised before writing and after reading, listing every fault."""


class AccountingError(CrimeSparkError):
    """Rows read do not equal rows accepted, superseded and quarantined: rows were lost or made up."""


class LakeError(CrimeSparkError):
    """The lake cannot be read or written, or a table that a stage needs is not there."""


def reason_of(error: BaseException, java_class: bool = False) -> str:
    """The first line of an error's message, of its innermost cause if Java raised it.

    Args:
        error: the error.
        java_class: whether the name of the Java class precedes its message.
    """
    cause = getattr(error, "java_exception", None)
    while cause is not None and cause.getCause() is not None:
        cause = cause.getCause()
    message = None if cause is None or java_class else cause.getMessage()
    text = str(error) if cause is None else str(message or cause.toString())
    return next((line for line in text.strip().splitlines() if line.strip()), type(error).__name__)
