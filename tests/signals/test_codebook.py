import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.signals.codebook import (
    AUDIENCE,
    LEVEL,
    PROMINENCE,
    REPLY,
    TieEffect,
    load_codebook,
    parse_tie_effect,
    strength,
)
from tests.signals.seed_folder import SEEDS, copy_of_seeds

# id: (warmth, discrimination), as in the model note
EXPECTED = {
    "G1": (0.35, 0.5), "G2": (0.8, 1), "G3": (1.1, 1.2), "G4": (0.6, 0.8), "G5": (0.5, 0.7), "G6": (0.9, 1),
    "G7": (1.4, 1.2), "G8": (2, 1.3), "D1": (-0.2, 0.5), "D2": (-0.5, 0.8), "D3": (-0.5, 0.9),
    "D4": (-0.5, 0.8), "D5": (-0.9, 1.1), "D6": (-0.8, 1), "D7": (-1.1, 1.1), "D8": (-1.5, 1.1),
    "R1": (1.5, 1.2), "R2": (1.3, 1.1), "R3": (-1.3, 1.2), "R4": (-1.5, 1.2), "R5": (-2.2, 1.3),
    "R6": (1.5, 1.2), "R7": (-1.9, 1.1),
}  # fmt: skip


def test_the_codebook_holds_the_23_types_with_the_weights_of_the_model_note() -> None:
    types = load_codebook(SEEDS).types
    fitted = {t.id for t in types if t.source.startswith("fitted")}
    assert fitted == {"G1", "G5", "D5", "D1"}
    assert {t.id: t.warmth for t in types} == {name: warmth for name, (warmth, _) in EXPECTED.items()}
    for t in types:
        assert t.warmth_sd == pytest.approx(0.1 + 0.3 * abs(t.warmth), abs=1e-3)
        assert t.half_life_days in {90, 365, 1825}
        if t.id in fitted:  # weighed with the house prior, and so never far from it
            assert t.discrimination == pytest.approx(EXPECTED[t.id][1], rel=0.35)
            assert "log-sd" in t.source
            continue
        assert t.discrimination == EXPECTED[t.id][1]
        assert t.difficulty == pytest.approx(t.warmth - math.copysign(0.5, t.warmth))


def test_silence_is_the_complement_of_the_ritual_it_replaces() -> None:
    codebook = load_codebook(SEEDS)
    ritual, silence = (codebook.types[codebook.index(name)] for name in ("G1", "D1"))

    def chance(sign: int, act: object, theta: float) -> float:
        return 1 / (1 + math.exp(-sign * act.discrimination * (theta - act.difficulty)))

    for theta in (-2.0, 0.0, 1.3):
        assert chance(1, ritual, theta) + chance(-1, silence, theta) == pytest.approx(1)


def test_kinds_of_facts_are_ordered_as_one_would_say() -> None:
    codebook = load_codebook(SEEDS)
    level = {kind.id: kind.level for kind in codebook.kinds}
    assert level["close_ally"] > level["alliance"] > level["friendly"] > level["trade"] > level["distant"]
    assert level["distant"] > level["rival_camp"] > level["backs_enemy"] > level["hostile"]
    assert codebook.kinds[codebook.kind_index("embassy")].tie == 3


def test_an_unknown_id_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(InputError, match="'g6' is not an act type of the codebook; did you mean G6"):
        load_codebook(SEEDS).index("g6")


def test_strength_is_the_product_of_what_is_known() -> None:
    assert strength() == 1
    assert strength("head", "inner", "public") == pytest.approx(1.5 * 0.8 * 1.2)
    assert strength("deputy", is_reply=True) == pytest.approx(REPLY)
    with pytest.raises(InputError, match="level: 'king' is not a level"):
        strength("king")


@given(
    st.sampled_from([None, *LEVEL]),
    st.sampled_from([None, *PROMINENCE]),
    st.sampled_from([None, *AUDIENCE]),
)
def test_a_reply_always_says_less(level: str | None, prominence: str | None, audience: str | None) -> None:
    plain = strength(level, prominence, audience)
    assert 0 < strength(level, prominence, audience, is_reply=True) < plain <= 1.5 * 1.3 * 1.2


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("", None),
        ("0..1>2", TieEffect(0, 1, 2)),
        ("3>2", TieEffect(3, 3, 2)),
        ("2..3>=", TieEffect(2, 3, None)),
    ],
)
def test_tie_effects_are_read(text: str, effect: TieEffect | None) -> None:
    assert parse_tie_effect(text) == effect


@given(st.text(max_size=8))
def test_a_tie_effect_is_read_or_refused(text: str) -> None:
    try:
        effect = parse_tie_effect(text)
    except ValueError:
        return
    assert effect is None or 0 <= effect.lowest <= effect.highest <= 3


GOOD = "G1,gesture,hello,,,0.4,0.1,0,1,0.5,0,90,,yes,prior"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (GOOD.replace("gesture", "gestures"), "family"),
        (GOOD.replace("0.4", "-0.4"), "warmth"),
        (GOOD.replace("0.4", "nan"), "warmth"),
        (GOOD.replace("0.4", "warm"), "warmth"),
        (GOOD.replace(",0.1,", ",-1,"), "warmth_sd"),
        (GOOD.replace(",1,0.5", ",0,0.5"), "discrimination"),
        (GOOD.replace(",0.5,", ",1.5,"), "publicity"),
        (GOOD.replace(",90,", ",0,"), "half_life_days"),
        (GOOD.replace(",90,,", ",90,3..2>1,"), "tie_effect"),
        (GOOD.replace("yes", "maybe"), "choosable"),
        (GOOD.replace("prior", ""), "source"),
        (GOOD + "\n" + GOOD, "id"),
    ],
)
def test_a_wrong_cell_of_the_codebook_is_named(tmp_path: Path, row: str, column: str) -> None:
    header = (SEEDS / "codebook.csv").read_text(encoding="utf-8").splitlines()[0]
    folder = copy_of_seeds(tmp_path, codebook=f"{header}\n{row}\n".encode())
    with pytest.raises(InputError) as caught:
        load_codebook(folder)
    assert [problem.key for problem in caught.value.problems] == [column]
    assert f"codebook.csv:{3 if column == 'id' else 2}: {column}: " in str(caught.value)


def test_a_folder_without_a_codebook_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_codebook(tmp_path)
    assert [problem.file.name for problem in caught.value.problems] == ["codebook.csv", "kinds.csv"]
