import pytest
from hypothesis import given
from hypothesis import strategies as st

from real_cloned.corpora.names import credited_names, normalize_name

NAMES = st.text(max_size=30)
WORDS = st.text(st.characters(categories=["L", "Nd"]), min_size=3, max_size=9)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beyoncé", "BEYONCE"),
        ("The Beatles", "beatles"),
        ("Beatles, The", "The Beatles"),
        ("The 1975", "1975"),
        ("Simon & Garfunkel", "Simon &  Garfunkel"),
        ("AC/DC", "ac dc"),
        ("AC/DC", "ACDC"),
        ("Jay-Z", "JAY Z"),
        ("Sigur Rós", "sigur-ros"),
        ("Die Ärzte", "DIE ARZTE"),
        ("MØ", "Mo"),
        ("ﬁne", "Fine"),
        ("Straße", "STRASSE"),
        ("Кино", "КИНО"),
        ("宇多田ヒカル", "宇多田ﾋｶﾙ"),
    ],
)
def test_spellings_of_one_name_are_one(one, other):
    assert normalize_name(one) == normalize_name(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *[("The The", "Thea"), ("!!!", "???"), ("Nina", "Nino"), ("椎名林檎", "林檎"), ("311", "312")],
        *[("कील", "कल"), ("ハハ", "ババ"), ("Breathe Me", "Brea Me")],
    ],
)
def test_different_names_stay_different(one, other):
    assert normalize_name(one) != normalize_name(other)


@pytest.mark.parametrize(
    ("credit", "names"),
    [
        ("Drake", {"drake"}),
        ("Drake feat. Rihanna", {"drake", "rihanna"}),
        ("Drake (Ft. Rihanna)", {"drake", "rihanna"}),
        ("Drake [featuring The Weeknd & Rihanna]", {"drake", "rihanna", "weeknd"}),
        ("Marshmello x Bastille", {"marshmello", "bastille"}),
        ("Malcolm X and Nina", {"malcolmx", "nina"}),
        ("Simon & Garfunkel", {"simon", "garfunkel"}),
        ("Earth, Wind & Fire", {"earth", "wind", "fire"}),
        ("Ella Fitzgerald and Her Orchestra", {"ellafitzgerald"}),
        ("Queen vs. Five", {"queen", "five"}),
        ("Wisin y Yandel", {"wisin", "yandel"}),
        ("AC/DC", {"acdc"}),
        ("Lil Nas X", {"lilnasx"}),
        ("Fleetwood Mac", {"fleetwoodmac"}),
        ("Defeat", {"defeat"}),
        ("The 1975 ft. 311", {"1975", "311"}),
    ],
)
def test_a_credit_counts_as_itself_and_as_its_parts(credit, names):
    assert credited_names(credit) >= {normalize_name(credit)} | names
    joined = {name for name in credited_names(credit) if not any(part != name and part in name for part in names)}
    assert joined == names


@given(NAMES)
def test_a_normalized_name_is_its_own_and_is_empty_for_spaces_only(name):
    normalized = normalize_name(name)
    assert normalize_name(normalized) == normalized
    assert bool(normalized) == bool(name.strip())


@given(NAMES)
def test_case_and_outer_spaces_do_not_count(name):
    assert normalize_name(f" {name}\t") == normalize_name(name)
    assert normalize_name(name.casefold()) == normalize_name(name)


@given(WORDS, WORDS)
def test_a_guest_is_found_in_a_credit_next_to_its_main_singer(singer, guest):
    assert credited_names(f"{singer} feat. {guest}") >= {normalize_name(singer), normalize_name(guest)}


@given(NAMES)
def test_the_names_of_a_credit_are_never_empty(credit):
    assert "" not in credited_names(credit)
    assert bool(credited_names(credit)) == bool(credit.strip())
