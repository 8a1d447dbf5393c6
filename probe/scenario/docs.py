"""Writes docs/scenarios-reference.md from the models: `python -m probe.scenario.docs [--check]`."""

import sys
from typing import Final

from probe.documents.drawing import EXAMPLES
from probe.documents.reference import DOCS, rows, table, write_or_check
from probe.model.scenario import StepKind
from probe.scenario.library import shipped_directory
from probe.scenario.load import load_scenarios
from probe.scenario.schema import scenario_schema
from probe.scenario.templates import ALWAYS

_HEAD: Final = """# Scenario files

<!-- Written by `python -m probe.scenario.docs` from the models. Change the docstrings there, not this page. -->

A scenario is a YAML file: an ordered list of steps with one deadline, and steps that clean up whatever happened.
`paypath validate` names every mistake at once, with file, line and column; `paypath schema scenario` prints the JSON Schema.

```yaml
{example}```

- A step has exactly one kind: {kinds}.
- `${{saved.NAME}}` stands for what an earlier step saved; in `cleanup`, for what any step saved. Every run also knows
  {always}. A name that nothing saved is a mistake that `paypath validate` finds.
- What is to vary from run to run is drawn under `values`, once for each run, and written `${{values.NAME}}` afterwards: {drawings}.
  Nothing else is computed in a scenario.
- Only Stripe's test payment methods (`pm_card_…`) and test tokens (`tok_…`) may stand in a scenario. Anything that could be
  a card number, and any Stripe key, is refused.
- An expected value is compared as it is, or it is a map of `min`, `max` (both inclusive), `matches` (a regular expression found anywhere in a text),
  `one_of`, `present`, and `any` (a list has an item of which all this holds: `data: {{any: {{id: …, type: …}}}}`). Regular expressions are RE2's: Python's syntax without look-around and back-references, so that none of them can hold up a run.
- Step names are unique in a file, scenario names among all files of the directory.

"""


def page() -> str:
    """The whole page."""
    schema = scenario_schema()
    step = {**schema["$defs"]["StepKeys"], "$defs": schema["$defs"]}
    columns = {
        "key": lambda row: f"`{'.'.join(row.key)}`",
        "value": lambda row: row.kind,
        "default": lambda row: "**required**" if row.required and len(row.key) == 1 else row.default,
        "meaning": lambda row: row.meaning,
    }
    example = (shipped_directory() / "card-charge.yaml").read_text(encoding="utf-8")
    always, drawings = (", ".join(f"`${{{name}}}`" for name in names) for names in (ALWAYS, EXAMPLES))
    kinds = ", ".join(f"`{kind}`" for kind in StepKind)
    head = _HEAD.format(example=example, kinds=kinds, always=always, drawings=drawings)
    tables = f"## The file\n\n{table(rows(schema), columns)}\n## A step\n\n{table(rows(step), columns)}"
    return head + tables + "\n## What comes with paypath\n\n" + _library()


def _library() -> str:
    shipped = load_scenarios(shipped_directory())
    return "".join(f"- `{scenario.name}`: {scenario.summary}\n" for scenario in shipped)


if __name__ == "__main__":
    sys.exit(write_or_check(DOCS / "scenarios-reference.md", page(), sys.argv[1:]))
