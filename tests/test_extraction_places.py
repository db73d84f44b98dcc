"""The roles of places, told by the words near them or by their sentence."""

from __future__ import annotations

import pytest

from drugpolicy_kg.extraction.places import PlaceRoles
from tests.conftest import knowledge

EN = PlaceRoles(knowledge().languages["en"])
DA = PlaceRoles(knowledge().languages["da"])


def _roles(sentence: str, place: str, *others: str, reader: PlaceRoles = EN) -> tuple[str, ...]:
    spans = [(sentence.index(name), sentence.index(name) + len(name)) for name in (place, *others)]
    return reader.roles(sentence, *spans[0], spans)


@pytest.mark.parametrize(
    ("sentence", "place", "others", "role"),
    [
        (
            (
                "Regular dialogues should be conducted with the Western Balkan region and "
                "countries, Central Asia region and countries, Russia, USA."
            ),
            "Russia",
            ("Western Balkan", "Central Asia", "USA"),
            "dialogue",
        ),
        (
            "In addition, dialogues on drugs should be launched with China, Iran and Colombia.",
            "Iran",
            ("China", "Colombia"),
            "dialogue-new",
        ),
        ("in particular cocaine from South America.", "South America", (), "source"),
        (
            "risks associated to drugs crime, emanating from Afghanistan.",
            "Afghanistan",
            (),
            "source",
        ),
        ("containers leaving Ecuador are checked", "Ecuador", (), "source"),
        ("drugs smuggled via the Western Balkans", "Western Balkans", (), "transit"),
        ("shipped through Ghana and Togo to the EU", "Togo", ("Ghana",), "transit"),
        ("strengthening cooperation with Colombia", "Colombia", (), "partner"),
        (
            "engaging with partners in Latin America, the Caribbean, China, and India.",
            "India",
            ("Latin America", "Caribbean", "China"),
            "partner",
        ),
        ("cocaine destined for Europe", "Europe", (), "destination"),
        (
            "Six Member States (Belgium, Germany, France, Italy) have set up a Coalition",
            "Italy",
            ("Belgium", "Germany", "France"),
            "member",
        ),
    ],
)
def test_the_words_before_or_behind_a_list_are_said_of_each_of_its_places(
    sentence: str, place: str, others: tuple[str, ...], role: str
) -> None:
    assert role in _roles(sentence, place, *others)


def test_north_africa_is_source_transit_and_destination() -> None:
    sentence = (
        "North Africa and the Middle East are a major source, transit and destination of illicit "
        "drugs and the illicit drug business is growing."
    )
    for place, other in (("North Africa", "Middle East"), ("Middle East", "North Africa")):
        assert set(_roles(sentence, place, other)) == {"source", "transit", "destination"}


def test_a_place_of_which_nothing_is_said_has_no_role() -> None:
    assert _roles("An 11-year-old girl died in Antwerp (Belgium).", "Belgium", "Antwerp") == ()


def test_words_behind_another_list_are_not_said_of_a_place() -> None:
    assert "source" not in _roles("Europol met in Oslo; cocaine from Peru.", "Oslo", "Peru")


def test_a_danish_dialogue_is_one_in_danish() -> None:
    sentence = "Der bør regelmæssigt føres dialoger med Rusland og USA."
    assert _roles(sentence, "USA", "Rusland", reader=DA) == ("dialogue",)


def test_danish_dialogues_to_be_opened_are_new() -> None:
    sentence = "Desuden bør der indledes dialoger om narkotika med Kina, Iran og Colombia."
    assert _roles(sentence, "Iran", "Kina", "Colombia", reader=DA) == ("dialogue-new",)
