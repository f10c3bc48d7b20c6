"""Docstrings, comments and messages of the package do without the words that STYLE.md bans."""

from __future__ import annotations

import ast

import pytest

from tests.structure.sources import Source, rewritten
from tests.structure.wording import banned_words, comments, string_literals


@pytest.mark.parametrize("source", rewritten("crime_spark", "jobs"), ids=lambda source: source.name)
def test_texts_do_without_banned_words(source: Source):
    texts = [*string_literals(source.tree), *comments(source.text)]
    assert [(line, *hit) for line, text in texts for hit in banned_words(text)] == []


@pytest.mark.parametrize("text", ["it is no table", "such a file as this", "what becomes of rows", "So many rows"])
def test_banned_words_are_recognized(text: str):
    assert len(banned_words(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "for example, such as this",
        "it is not a table",
        "besides the offense",
        "There are no rows",
        "It is no longer used",
    ],
)
def test_plain_words_are_accepted(text: str):
    assert banned_words(text) == []


def test_strings_are_read_with_their_nested_parts():
    tree = ast.parse("""'Doc.'\nx = f"one {f'two {y}'} and {'three'}"\n""")
    assert list(string_literals(tree)) == [(1, "Doc."), (2, "one {} and {}"), (2, "two {}"), (2, "three")]


def test_lines_of_a_comment_block_are_one_text():
    assert list(comments("# it is\n# no table\nx = 1  # a\n\n# b\n")) == [(1, "it is no table a"), (5, "b")]
