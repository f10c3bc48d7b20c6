"""The errors that jobs raise on purpose. The runner turns each into one message and an exit code."""


class CrimeSparkError(Exception):
    """The job cannot continue, and the message tells the user what to do; exit code 1."""

    exit_code = 1


class UsageError(CrimeSparkError):
    """A setting, an option or the plan is wrong. Raised before any work is done; exit code 2."""

    exit_code = 2


class InputError(CrimeSparkError):
    """A published file is unreadable or lacks a required column."""


class PortalError(CrimeSparkError):
    """A portal cannot be reached, refuses a request or sends an incomplete file. Landed files stay unchanged."""


class SchemaError(CrimeSparkError):
    """A table does not match its schema. Raised before writing and after reading; the message lists every fault."""


class AccountingError(CrimeSparkError):
    """The rows read are not equal in number to the rows accepted, superseded and quarantined."""


class LakeError(CrimeSparkError):
    """The lake cannot be read or written, or lacks a table that a stage needs."""


def reason_of(error: BaseException, java_class: bool = False) -> str:
    """The first line of an error's message; for a Java error, that of its innermost cause.

    Args:
        error: the error.
        java_class: whether to put the name of the Java class before its message.
    """
    cause = getattr(error, "java_exception", None)
    while cause is not None and cause.getCause() is not None:
        cause = cause.getCause()
    message = None if cause is None or java_class else cause.getMessage()
    text = str(error) if cause is None else str(message or cause.toString())
    return next((line for line in text.strip().splitlines() if line.strip()), type(error).__name__)
