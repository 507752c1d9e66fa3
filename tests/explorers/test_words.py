"""The words of every page: each place in a sentence has its rule and its column, each choice its words."""

import json
import pkgutil
import re

import pytest

import hedge_widgets.pages
from hedge_widgets.live import LiveText
from tests.explorers.opened import TOPICS


def test_every_page_is_here() -> None:
    """A new page joins this test."""
    assert {module.name for module in pkgutil.iter_modules(hedge_widgets.pages.__path__)} == {
        *TOPICS,
        "page",
        "address",
        "book",
        "carried",
    }


@pytest.mark.parametrize("name", TOPICS)
def test_every_place_in_a_sentence_has_a_rule_and_a_column(name: str) -> None:
    """A place without a rule would stop the sentence in the browser; one without a column would stay as it was."""
    parts = [part for part in TOPICS[name]().live._parts if isinstance(part, LiveText)]
    assert {"story", "tiles"} <= {part.key for part in parts}
    for part in parts:
        spec = json.loads(part.spec)
        lines = [line for block in spec["blocks"] for line in block["lines"]]
        used = {place for line in lines for words in line["templates"] for place in re.findall(r"\{(\w+)\}", words)}
        assert used <= set(spec["slots"]), (part.key, used - set(spec["slots"]))
        chosen = {line["pick"] for line in lines if line["pick"]} | {b["tone"] for b in spec["blocks"] if b["tone"]}
        assert used | chosen <= set(spec["values"]), (part.key, (used | chosen) - set(spec["values"]))
        for line in lines:
            if line["pick"]:
                assert 0 <= int(spec["values"][line["pick"]]) < len(line["templates"]), line["pick"]
