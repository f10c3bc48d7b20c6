"""Words that STYLE.md bans, and every text of a Python file: docstrings, comments and string literals."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

BANNED = {
    "beside": r"\bbeside\b",
    "anew": r"\banew\b",
    "so many": r"\bso many\b",
    "such ... as": r"\bsuch (?!as\b)(?:[\w-]+ ){1,4}as\b",
    "is no, are no": r"(?<![Tt]here )\b(?:is|are) no\b(?! longer)",
    "of which": r"\bof which\b",
    "what becomes of": r"\bbecomes? of\b",
    "says of": r"\bsays? of\b",
    "is told": r"\b(?:is|are) told\b",
    "by itself": r"\bby (?:itself|themselves)\b",
    "at once": r"\bat once\b",
}


def banned_words(text: str) -> list[tuple[str, str]]:
    """Each banned phrase in a text, with the words around it."""
    text = re.sub(r"\s+", " ", text)
    matches = ((name, re.finditer(pattern, text, re.IGNORECASE)) for name, pattern in BANNED.items())
    return [(name, text[max(0, hit.start() - 30) : hit.end() + 30]) for name, hits in matches for hit in hits]


def string_literals(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and text of every string, docstrings included; in an f-string, {} stands for each value."""
    if isinstance(tree, ast.JoinedStr):
        parts = ["{}" if isinstance(part, ast.FormattedValue) else ast.literal_eval(part) for part in tree.values]
        yield tree.lineno, "".join(parts)
        children: list[ast.AST] = [part.value for part in tree.values if isinstance(part, ast.FormattedValue)]
    else:
        if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
            yield tree.lineno, tree.value
        children = list(ast.iter_child_nodes(tree))
    for child in children:
        yield from string_literals(child)


def comments(source: str) -> Iterator[tuple[int, str]]:
    """The first line and text of every comment; the lines of a block are one comment."""
    first, last, texts = 0, 0, list[str]()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            line = token.start[0]
            if texts and line > last + 1:
                yield first, " ".join(texts)
                texts = []
            first, last, texts = first if texts else line, line, [*texts, token.string.lstrip("# ")]
    if texts:
        yield first, " ".join(texts)
