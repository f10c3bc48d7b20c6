"""A simulation of the feedback loop between patrols and the records that they make; see docs/feedback_loop.md.

Every area has the same true rate of offenses. Each round the patrols are sent out by the records so far: in proportion
to them, each patrol by a draw of its own, or all to the area with the most. Then records are added:

found      offenses become known because a patrol is there; with equal true rates, each patrol finds as many anywhere
reported   victims report a fixed share of the offenses, wherever the patrols are

Prints the share of the largest area in all records, as a mean over many runs.
Only numpy is needed: python bench/feedback.py
"""

import argparse

import numpy as np

DISCOVERED, REPORTED = "found", "reported"
PROPORTION, MOST = "in proportion", "all to the most"


def simulate(
    counted: str, sent: str, areas: int, rounds: int, runs: int, rate: float, patrols: int, seed: int
) -> np.ndarray:
    """Each area's share of all records, by run, round (0 to rounds) and area.

    rate is the mean number of records of an area and round. Before the first round there is what victims reported in
    one: by luck alone not the same everywhere.
    """
    chance = np.random.default_rng(seed)
    records = chance.poisson(rate, (runs, areas)).astype(float) + 1  # none would never be seen again
    shares = [records / records.sum(axis=1, keepdims=True)]
    for _ in range(rounds):
        if sent == PROPORTION:
            there = chance.multinomial(patrols, shares[-1]) / patrols
        else:
            there = np.eye(areas)[records.argmax(axis=1)]
        expected = rate * areas * there if counted == DISCOVERED else np.full((runs, areas), rate)
        records = records + chance.poisson(expected)
        shares.append(records / records.sum(axis=1, keepdims=True))
    return np.stack(shares, axis=1)


def largest(shares: np.ndarray) -> np.ndarray:
    """Mean over runs of the share of the area that has the most, by round."""
    return np.asarray(shares.max(axis=2).mean(axis=0))


def table(areas: int, rounds: list[int], runs: int, rate: float, patrols: int, seed: int) -> str:
    """A Markdown table of `largest` at these rounds."""
    lines = [f"| what is counted | patrols are sent | {' | '.join(f'round {number}' for number in rounds)} |"]
    lines.append("|---|---|" + "---|" * len(rounds))
    for counted, sent in ((DISCOVERED, PROPORTION), (DISCOVERED, MOST), (REPORTED, PROPORTION), (REPORTED, MOST)):
        result = largest(simulate(counted, sent, areas, max(rounds), runs, rate, patrols, seed))
        lines.append(f"| {counted} | {sent} | {' | '.join(f'{result[number]:.3f}' for number in rounds)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--areas", type=int, default=4)
    parser.add_argument("--rounds", default="0,10,100,1000", help="rounds to print")
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--rate", type=float, default=5.0, help="records of an area and round, on average")
    parser.add_argument("--patrols", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20130731)
    given = parser.parse_args()
    rounds = [int(item) for item in given.rounds.split(",")]
    print(table(given.areas, rounds, given.runs, given.rate, given.patrols, given.seed))


if __name__ == "__main__":
    main()
