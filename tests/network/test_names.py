"""What looks the same is the same state; what differs in capitals alone is told."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.network.answer import find_blocs
from sim.network.names import equal_but_for_case, state_name
from sim.network.reading import read_network

FORMS = {
    "as it is": "Côte d'Ivoire",
    "decomposed": unicodedata.normalize("NFD", "Côte d'Ivoire"),
    "no-break blank": "Côte\u00a0d'Ivoire",
    "narrow no-break blank": "Côte\u202fd'Ivoire",
    "zero width": "Cô\u200bte d'Ivo\u200dire",
    "soft hyphen and a mark of direction": "Côte d'Ivo\u00adire\u200e",
    "byte order mark": "\ufeffCôte d'Ivoire",
    "variation selector": "Côte\ufe0f d'Ivoire",
    "blanks": "  Côte \t d'Ivoire ",
    "between letter and accent": "Co\u200d\u0302te d'Ivoire",
}


@pytest.mark.parametrize("name", FORMS.values(), ids=FORMS)
def test_what_looks_the_same_is_one_state(tmp_path, name):
    (tmp_path / "n.csv").write_text(
        f"a,b,sign\n{name},Mali,1\nCôte d'Ivoire,Togo,-1\nMali,Togo,1\n", encoding="utf-8"
    )
    found = find_blocs(tmp_path / "n.csv")
    assert found.network.names == ("Côte d'Ivoire", "Mali", "Togo")
    assert found.result.frustration_index == 1.0


@given(st.text())
def test_folding_twice_is_folding_once(name):
    assert state_name(state_name(name)) == state_name(name)
    assert state_name(unicodedata.normalize("NFD", name)) == state_name(unicodedata.normalize("NFC", name))


def test_names_equal_but_for_case_are_told_and_stay_apart(sim, tmp_path):
    (tmp_path / "n.csv").write_text("a,b,sign\nKorea,Japan,1\nKOREA,Japan,-1\n")
    network = read_network(tmp_path / "n.csv")
    assert network.names == ("Korea", "Japan", "KOREA")
    code, _, err = sim("blocs", tmp_path / "n.csv")
    assert code == 0
    assert err == "equal but for capitals, and taken for different states: 'Korea' and 'KOREA'\n"


def test_only_capitals_make_a_note():
    assert equal_but_for_case(["A", "b", "a", "B", "c"]) == [("A", "a"), ("b", "B")]
    assert equal_but_for_case(["Straße", "STRASSE"]) == [("Straße", "STRASSE")]
    assert equal_but_for_case(["A", "B"]) == []


def test_names_that_fold_together_appear_twice_in_a_matrix(tmp_path):
    (tmp_path / "n.csv").write_text("who,A B,A\u00a0B\nA B,0,1\nA\u00a0B,1,0\n", encoding="utf-8")
    with pytest.raises(Exception, match=r":1: the name 'A B' appears twice"):
        read_network(tmp_path / "n.csv")


def test_escapes_in_names_are_text(sim, tmp_path):
    (tmp_path / "n.csv").write_text("a,b,sign\n\x1b[31mEVIL\x1b[0m\x1b]0;title\x07,B,1\nB,C,-1\n")
    code, out, _ = sim("blocs", tmp_path / "n.csv")
    assert code == 0
    assert r"\x1b[31mEVIL\x1b[0m\x1b]0;title\x07, B" in out
    assert "\x1b" not in out


def test_no_picture_holds_an_escape(sim, tmp_path):
    file = tmp_path / "x\x1b]0;t\x07.csv"
    file.write_text("a,b,sign\n\x1b[31mEVIL\x1b[0m,B,1\nB,C,-1\n")
    code, out, _ = sim("blocs", file, "--out", tmp_path / "pictures")
    assert code == 0
    assert "\x1b" not in out
    assert not any(b"\x1b" in picture.read_bytes() for picture in (tmp_path / "pictures").glob("*.svg"))
