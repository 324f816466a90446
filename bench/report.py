"""The numbers of a run: medians, ratios, the table and the targets. Must not measure anything."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median

from bench.scenarios import BY_NAME, TARGETS, Scenario, Target

Measures = dict[str, float]

CONTENDERS = ("server", "yardstick")
ROWS = (
    ("deliveries per second", "deliveries_per_second", "{:,.0f}"),
    ("latency p50, ms", "p50_ms", "{:.2f}"),
    ("latency p99, ms", "p99_ms", "{:.2f}"),
    ("driver, part of a core", "driver_cpu", "{:.2f}"),
    ("resident memory, MiB", "resident_mib", "{:.1f}"),
    ("KiB per connection", "kib_per_connection", "{:.1f}"),
    ("seconds to connect all", "connect_seconds", "{:.2f}"),
)
LABEL_WIDTH, NAME_WIDTH, COLUMN_WIDTH = 23, 10, 12


@dataclass
class Column:
    """What was measured in one scenario: rounds by contender, and why it ended early when it did."""

    scenario: str
    users: int
    rounds: dict[str, list[Measures]] = field(default_factory=lambda: {name: [] for name in CONTENDERS})
    failure: str = ""

    def measures(self) -> dict[str, Measures]:
        """The median of each measure over the rounds, by contender."""
        return {name: medians(rounds) for name, rounds in self.rounds.items()}

    def ratio(self) -> float | None:
        """The server's deliveries per second beside the yardstick's: the median of the ratios of adjacent rounds."""
        key = "deliveries_per_second"
        pairs = zip(self.rounds["server"], self.rounds["yardstick"], strict=False)
        ratios = [server[key] / yardstick[key] for server, yardstick in pairs if yardstick.get(key)]
        return median(ratios) if ratios else None


def medians(rounds: Sequence[Measures]) -> Measures:
    keys = dict.fromkeys(key for measures in rounds for key in measures)
    return {key: median(measures[key] for measures in rounds if key in measures) for key in keys}


def row(label: str, name: str, cells: Sequence[str]) -> str:
    return f"{label:<{LABEL_WIDTH}}{name:<{NAME_WIDTH}}" + "".join(f"{cell:>{COLUMN_WIDTH}}" for cell in cells)


def table(columns: Sequence[Column]) -> str:
    """The whole table as text, and under it what its columns are."""
    lines = [row("", "", [column.scenario for column in columns])]
    results = [column.measures() for column in columns]
    for label, key, form in ROWS:
        if not any(key in measures for result in results for measures in result.values()):
            continue
        for name in CONTENDERS:
            cells = [form.format(result[name][key]) if key in result[name] else "-" for result in results]
            lines.append(row(label if name == "server" else "", name, cells))
        if key == "deliveries_per_second":
            ratios = [column.ratio() for column in columns]
            lines.append(row("", "ratio", ["-" if ratio is None else f"{ratio:.2f}" for ratio in ratios]))
    lines.append("")
    lines += [f"{column.scenario:<10} {about(BY_NAME[column.scenario], column.users)}" for column in columns]
    lines.append(
        "A delivery is one line at one receiver. In a channel the latency ends when the last listener has the line.\n"
        "Medians over the rounds; a ratio is the median of the ratios of rounds that were played next to each other."
    )
    return "\n".join(lines)


def about(scenario: Scenario, users: int) -> str:
    text = scenario.about
    if users < scenario.users:
        text += f"; only {users:,}, because this machine's limit of open files allows no more"
    if scenario.dialect == "json":
        text += "; the yardstick relays the same load as IRC lines"
    return text


def judge(columns: Sequence[Column]) -> tuple[list[str], bool]:
    """One line PASS or FAIL for each target of the columns, and whether nothing was missed."""
    lines = []
    for column in columns:
        if column.failure:
            lines.append(f"FAIL  {column.scenario}: {column.failure}")
            continue
        for target in TARGETS:
            if target.scenario == column.scenario:
                lines.append(verdict(target, column))
    return lines, not any(line.startswith("FAIL") for line in lines)


def verdict(target: Target, column: Column) -> str:
    value = column.ratio() if target.measure == "ratio" else column.measures()["server"].get(target.measure)
    reached = value is not None and (value >= target.bound if target.at_least else value <= target.bound)
    sign = ">=" if target.at_least else "<="
    measured = "not measured" if value is None else f"{value:.2f}"
    name = target.measure.replace("_", " ")
    return f"{'PASS' if reached else 'FAIL'}  {column.scenario}: {name} {measured}, wanted {sign} {target.bound:g}"


def as_json(columns: Sequence[Column]) -> dict[str, object]:
    """Everything that was measured, for a file."""
    return {
        column.scenario: {**asdict(column), "medians": column.measures(), "ratio": column.ratio()} for column in columns
    }
