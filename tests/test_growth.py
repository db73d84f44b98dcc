"""The time of a check grows no faster than its document, however long its lines are."""

from __future__ import annotations

import time

import pytest

from drugpolicy_kg import inspection

#: What is said again and again in one paragraph: sentences, stops, marks, items, bodies, acts.
PARAGRAPHS = {
    "sentences": "This is a sentence about nothing in particular. ",
    "abbreviations": "See e.g. vol. 3 and No. 4, approx. five in all. ",
    "dots": "..........x",
    "marks": "They did so<sup>1</sup>. ",
    "items": "(i) do this; (ii) do that. ",
    "bodies": "Europol and the Member States will do so by 2027. ",
    "places": "In Spain and in France they did so. ",
    "acts": "See Regulation (EU) 2023/1322 and COM(2025) 744 final. ",
}


@pytest.mark.parametrize("unit", PARAGRAPHS.values(), ids=PARAGRAPHS)
def test_a_check_takes_as_many_times_longer_as_its_one_line_is_longer(unit: str) -> None:
    def seconds(size: int) -> float:
        text = f"# EU plan\n\n## 1. Ports\n\n**Action 1.** Do so.\n\n{unit * (size // len(unit))}\n"
        start = time.process_time()
        inspection.validate_bytes(text.encode(), "plan.md")
        return time.process_time() - start

    seconds(1_000)  # what is read once
    # Eight times the text: a quadratic step would take 64 times as long.
    assert seconds(80_000) < 24 * max(seconds(10_000), 0.05)


def test_a_hundred_times_the_actions_take_at_most_a_hundred_and_twenty_times_as_long() -> None:
    def seconds(actions: int) -> float:
        rows = "".join(
            f"<p>Action {number}. Search barges (i) by day; (ii) by night, in Spain too.</p>"
            "\t<p>1.1</p>\t<p>2032-2035</p>\t<p>European Commission Europol</p>\n\n"
            for number in range(1, actions + 1)
        )
        text = (
            "Brussels, 9.5.2031\nCOM(2031) 417 final\n\n**EU Action Plan on Barges 2032-2035**\n\n"
            "A) SAFER COASTS\n\nStrategic priority 1. Close small harbours\n\n"
            f"Actions\tCorresponding priority area\tTimetable\tResponsibility\n{rows}"
        )
        start = time.process_time()
        report = inspection.validate_bytes(text.encode(), "plan.txt")
        taken = time.process_time() - start
        assert not any(own.code == "DP-PLN-004" for own in report.findings)
        return taken

    seconds(2)
    assert seconds(800) < 120 * max(seconds(8), 0.04)
