"""README, docs and CONTRIBUTING: links, names, options and commands exist, and the language follows the style guide."""

from __future__ import annotations

import ast
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from crime_spark.cities import CITIES
from crime_spark.cities.vocabulary import OFFENSE_GROUPS
from crime_spark.config import load_settings
from crime_spark.quality.stage import limits_of
from crime_spark.schemas import CELL_KEY, STORED, examples_table
from crime_spark.tasks import TASKS
from tests.markdown import Page, commands, pages
from tests.structure.sources import ROOT
from tests.structure.wording import banned_words

PAGES = pages()
README, TABLES = Page("README.md"), Page("docs/tables.md")
DOCS = [page for page in PAGES if page.name.startswith("docs/")]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)

SPARK_OPTIONS = {"--properties-file", "--master", "--py-files", "--archives", "--conf", "--driver-memory", "--packages"}
OTHER_OPTIONS = {"--now"}  # systemctl
TARGETS = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def bash_commands() -> list[tuple[str, list[str]]]:
    """Each command of the bash blocks with the page that it is on."""
    return [(page.name, words) for page in PAGES for block in page.blocks("bash") for words in commands(block)]


def environment_of(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """The variables that precede a command, and the command."""
    variables = {}
    while match := re.fullmatch(r"([A-Z]\w*)=(.*)", words[0]):
        variables[match[1]] = match[2]
        words = words[1:]
    return variables, words


def options_of(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


def job_options() -> set[str]:
    """Options in the golden --help texts, which another test compares with the jobs."""
    folder = ROOT / "tests" / "golden"
    return {option for path in folder.rglob("*.txt") for option in options_of(path.read_text(encoding="utf-8"))}


def script_options() -> set[str]:
    """Options that benchmarks and the sample declare."""
    scripts = [*(ROOT / "bench").glob("*.py"), ROOT / "crime_spark" / "sample" / "__main__.py"]
    texts = (path.read_text(encoding="utf-8") for path in scripts)
    return {option for text in texts for option in re.findall(r'add_argument\(\s*"(--[a-z-]+)"', text)}


def dry_run(words: list[str], workplace: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """The exit code of a spark-submit command with --dry-run, run in this process without Spark.

    A local lake is replaced by the one of the workplace.
    """
    position = next(position for position, word in enumerate(words) if re.fullmatch(r"jobs/\w+\.py", word))
    arguments = [*words[position + 1 :], "--dry-run"]
    if "--lake" in arguments and "://" not in arguments[arguments.index("--lake") + 1]:
        arguments += ["--lake", "lake"]
    monkeypatch.chdir(workplace)
    monkeypatch.setattr(sys, "argv", [words[position], *arguments])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / words[position]), run_name="__main__")
    return ended.value.code


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like a checkout: conf, landed files, and a lake that has every table and the years 2010 to 2018."""
    root = tmp_path_factory.mktemp("docs") / "checkout"
    data = ("../shared/data/chicago", "../shared/data/la")
    for folder in ("landing/chicago", "landing/los_angeles", "landing/la", *data):
        (root / folder).mkdir(parents=True)
        (root / folder / "file.csv").touch()
    for table in (*STORED, *(task.examples for task in TASKS)):
        (root / "lake" / table.name).mkdir(parents=True)
    for city in CITIES:
        for year in range(2010, 2019):
            (root / "lake" / "silver" / "incidents" / f"city={city.name}" / f"year={year}").mkdir(parents=True)
    (root / "conf").symlink_to(ROOT / "conf")
    return root


def test_readme_is_short():
    assert len(README.text.splitlines()) < 150


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_page_starts_with_what_the_reader_can_do(page: Page):
    assert page.text.split("\n\n")[1].startswith("After reading this page you ")


@each_page
def test_relative_links_and_anchors_resolve(page: Page):
    broken = []
    for link in page.links:
        if link.startswith("https://"):
            continue
        path, anchor = page.target(link)
        if not path.exists() or (anchor and anchor not in Page(path.relative_to(ROOT).as_posix()).anchors):
            broken.append(link)
    assert broken == []


def test_every_page_is_reachable_from_the_readme():
    reached, waiting = {README.path}, [README]
    while waiting:
        page = waiting.pop()
        targets = {page.target(link)[0] for link in page.links if not link.startswith("https://")}
        new = {path for path in targets - reached if path.suffix == ".md"}
        reached |= new
        waiting += [Page(path.relative_to(ROOT).as_posix()) for path in new]
    assert [page.name for page in DOCS if page.path not in reached] == []


@each_page
def test_mentioned_make_targets_exist(page: Page):
    inline = re.findall(r"`make ([a-z-]+)", page.prose)
    in_blocks = [words[1] for block in page.blocks("bash") for words in commands(block) if words[0] == "make"]
    assert {*inline, *in_blocks} - TARGETS == set()


@each_page
def test_mentioned_options_exist(page: Page):
    text = re.sub(r"<!--.*?-->", "", page.text, flags=re.DOTALL)
    assert options_of(text) - job_options() - script_options() - SPARK_OPTIONS - OTHER_OPTIONS == set()


def test_every_job_option_is_described():
    assert job_options() - options_of(Page("docs/running.md").text) == set()


@each_page
def test_mentioned_files_of_the_project_exist(page: Page):
    folders = r"(?:crime_spark|tests|bench|conf|jobs|docs|\.ci)/[\w./*-]*|(?:Makefile|[\w-]+\.(?:md|toml|txt))"
    names = {code for code in page.inline_code if re.fullmatch(folders, code)}
    assert [name for name in sorted(names) if not any(ROOT.glob(name.rstrip("/")))] == []


def test_tables_page_lists_the_stored_tables_with_key_partitions_and_job():
    def columns(text: str) -> tuple[str, ...]:
        names = [re.sub("`", "", part.strip()) for part in text.split(",") if part.strip()]
        return tuple(name for part in names for name in (CELL_KEY if part == "cell" else (part,)))

    described = {
        row[0].strip("`"): (columns(row[2]), columns(row[3]), row[4].strip("`")) for row in TABLES.rows("## Tables")
    }
    stored = [*STORED, examples_table("<task>", ())]
    assert described == {table.name: (table.key, table.partitions, table.stage) for table in stored}


def test_vocabulary_page_lists_the_offense_groups():
    described = [tuple(row[:3]) for row in Page("docs/vocabulary.md").rows("## Groups of offenses")]
    groups = OFFENSE_GROUPS.values()
    assert described == [(group.name, group.nature.replace("_", " "), group.proxy or "") for group in groups]


@each_page
def test_language_follows_the_style_guide(page: Page):
    assert banned_words(page.prose) == []


@each_page
def test_bash_blocks_parse(page: Page):
    for block in page.blocks("bash"):
        done = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), block


@pytest.mark.parametrize(("page", "words"), bash_commands(), ids=lambda value: value if isinstance(value, str) else "")
def test_commands_run_with_dry_run(page: str, words: list[str], workplace: Path, monkeypatch: pytest.MonkeyPatch):
    variables, words = environment_of(words)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    if words[0] == "spark-submit":
        assert options_of(" ".join(words)) <= job_options() | SPARK_OPTIONS
        assert dry_run(words, workplace, monkeypatch) == 0
    elif words[0] == "make":
        assert _make(words[1:], workplace, monkeypatch) == 0
    elif words[0] == "python":
        paths = [word for word in words[1:] if "/" in word]
        assert paths
        assert all((ROOT / path).exists() for path in paths)
    else:
        assert words[0] in {".", "git"}


def _make(words: list[str], workplace: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """The exit code of `make -n`, or of the pipeline that it would run, with --dry-run."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "-n", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if "jobs/pipeline.py --lake" in line]
    if words[0] != "run" or not any(word.startswith("INPUT=") for word in words):
        return 0
    return dry_run(shlex.split(lines[-1]), workplace, monkeypatch)


@each_page
def test_yaml_blocks_are_settings(page: Page, tmp_path: Path):
    for block in page.blocks("yaml"):
        assert yaml.safe_load(block)
        (tmp_path / "overlay.yml").write_text(block, encoding="utf-8")
        settings = load_settings(str(tmp_path / "overlay.yml"), environment={})
        limits_of(CITIES, settings.quality)


@each_page
def test_python_blocks_parse(page: Page):
    for block in page.blocks("python"):
        ast.parse(block)
