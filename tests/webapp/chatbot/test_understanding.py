"""What messages say: negation, uncertainty, other people, what is over, numbers in words, spelling, everyday words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.chatbot.understanding import Understanding, fact_table, read
from webapp.chatbot.vocabulary import LANGUAGES, source


def _said(text: str, language: str = "en") -> dict[str, object]:
    return {fact.name: fact.value for fact in read(text, language).facts}


@pytest.mark.parametrize(
    ("text", "language", "fact"),
    [
        ("no lump", "en", "lump"),
        ("I don't have a lump", "en", "lump"),
        ("I dont have any lumps", "en", "lump"),
        ("I can't feel a lump", "en", "lump"),
        ("never had a fever", "en", "fever"),
        ("no pain, lump or discharge", "en", "nipple_discharge"),
        ("the nipple isn't inverted", "en", "nipple_retraction"),
        ("painless", "en", "pain"),
        ("it does not hurt", "en", "pain"),
        ("no family history of breast cancer", "en", "family_breast_cancer"),
        ("je n'ai pas de boule", "fr", "lump"),
        ("aucune boule", "fr", "lump"),
        ("sans fièvre", "fr", "fever"),
        ("ni boule ni douleur", "fr", "pain"),
        ("je n'allaite pas", "fr", "breastfeeding"),
        ("je ne suis pas enceinte", "fr", "pregnant"),
        ("ça ne fait pas mal", "fr", "pain"),
    ],
)
def test_what_is_denied_is_absent(text: str, language: str, fact: str) -> None:
    assert _said(text, language)[fact] is False


@pytest.mark.parametrize(
    ("text", "language", "fact"),
    [
        ("I have not slept because of the lump", "en", "lump"),
        ("no one believes me about my lump", "en", "lump"),
        ("the lump doesn't go away", "en", "lump"),
        ("no pain but a lump", "en", "lump"),
        ("No fever, my nipple is bleeding", "en", "nipple_discharge"),
        ("not only a lump, also pain", "en", "lump"),
        ("I haven't told anyone about my lump", "en", "lump"),
        ("I can't stop thinking of this lump", "en", "lump"),
        ("I'm not sure if it is a lump", "en", "lump"),
        ("je n'ai pas dormi à cause de la boule", "fr", "lump"),
        ("pas de fièvre mais une boule", "fr", "lump"),
        ("la boule ne part pas", "fr", "lump"),
        ("je n'ai pas encore consulté pour ma boule", "fr", "lump"),
        ("je ne sais pas si c'est une boule", "fr", "lump"),
    ],
)
def test_a_no_elsewhere_in_the_sentence_denies_nothing(text: str, language: str, fact: str) -> None:
    assert _said(text, language)[fact] is True


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I think I have a lump", "en"),
        ("maybe a small lump", "en"),
        ("it might be a lump", "en"),
        ("je crois que j'ai une boule", "fr"),
        ("peut-être une petite boule", "fr"),
    ],
)
def test_what_is_uncertain_counts_and_is_marked(text: str, language: str) -> None:
    fact = next(fact for fact in read(text, language).facts if fact.name == "lump")
    assert fact.value is True
    assert fact.uncertain


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my mother has a lump", "en"),
        ("my sister found a lump in her breast", "en"),
        ("a friend has a lump", "en"),
        ("ma mère a une boule", "fr"),
        ("ma sœur a trouvé une boule", "fr"),
    ],
)
def test_what_somebody_else_has_is_not_the_persons(text: str, language: str) -> None:
    said = read(text, language)
    assert "lump" not in {fact.name for fact in said.facts}
    assert "someone_else" in said.notices


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my mother had breast cancer at 50", "en"),
        ("breast cancer runs in the family", "en"),
        ("ma mère a eu un cancer du sein", "fr"),
        ("il y a des cancers du sein dans ma famille", "fr"),
    ],
)
def test_cancer_in_the_family_is_family_history_and_not_ones_own(text: str, language: str) -> None:
    said = _said(text, language)
    assert said["family_breast_cancer"] is True
    assert "own_breast_cancer" not in said
    assert "age" not in said


@pytest.mark.parametrize(
    ("text", "language"),
    [("the lump has gone away", "en"), ("my lump disappeared", "en"), ("la boule a disparu", "fr")],
)
def test_what_is_over_is_noticed_and_not_taken_as_present(text: str, language: str) -> None:
    said = read(text, language)
    assert "lump" not in {fact.name for fact in said.facts}
    assert "resolved" in said.notices


def test_what_is_only_imagined_is_not_taken_as_present() -> None:
    assert _said("what if I find a lump?") == {}


@pytest.mark.parametrize(
    ("text", "language", "age"),
    [
        ("I am forty-five", "en", 45),
        ("I'm 45 years old", "en", 45),
        ("45yo f", "en", 45),
        ("aged thirty one", "en", 31),
        ("a woman of 68", "en", 68),
        ("j'ai quarante-cinq ans", "fr", 45),
        ("soixante et onze ans", "fr", 71),
        ("âgée de 31 ans", "fr", 31),
        ("quatre-vingt-douze ans", "fr", 92),
    ],
)
def test_age_is_read_in_figures_and_words(text: str, language: str, age: int) -> None:
    said = read(text, language)
    assert age in {said.number, *(fact.value for fact in said.facts if fact.name == "age")}


@pytest.mark.parametrize(
    ("text", "language"),
    [("for 3 years", "en"), ("20 years ago", "en"), ("il y a 3 ans", "fr"), ("depuis 20 ans", "fr")],
)
def test_a_length_of_time_is_no_age(text: str, language: str) -> None:
    assert "age" not in _said(text, language)


@pytest.mark.parametrize(
    ("text", "days"), [("for three weeks", 21), ("since 2 months", 60), ("for a week", 7), ("2 years ago", 730)]
)
def test_duration_is_read_in_days(text: str, days: int) -> None:
    assert _said(text)["duration_days"] == days


@pytest.mark.parametrize(
    ("text", "language", "fact"),
    [
        ("painful lumb", "en", "lump"),
        ("my niple is bleeding", "en", "nipple_discharge"),
        ("swolen breasts", "en", "swelling"),
        ("I have diskharge from the nipple", "en", "nipple_discharge"),
        ("redness and inflamation", "en", "skin_redness"),
        ("une boulle", "fr", "lump"),
        ("mon mamelont est retracté", "fr", "nipple_retraction"),
        ("je suis encainte", "fr", "pregnant"),
        ("douleurr au sein", "fr", "pain"),
    ],
)
def test_spelling_mistakes_are_forgiven(text: str, language: str, fact: str) -> None:
    assert _said(text, language)[fact] is True


@pytest.mark.parametrize(
    ("text", "language", "answer"),
    [
        ("no", "en", "no"),
        ("nope", "en", "no"),
        ("No.", "en", "no"),
        ("no, thanks", "en", "no"),
        ("yes!", "en", "yes"),
        ("I don't know", "en", "unknown"),
        ("not sure", "en", "unknown"),
        ("skip", "en", "skip"),
        ("start again", "en", "restart"),
        ("none of these", "en", "no"),
        ("non", "fr", "no"),
        ("oui", "fr", "yes"),
        ("je ne sais pas", "fr", "unknown"),
        ("recommencer", "fr", "restart"),
    ],
)
def test_short_answers_are_answers(text: str, language: str, answer: str) -> None:
    assert read(text, language).answer == answer


def test_no_lump_denies_the_lump_and_not_the_question() -> None:
    assert read("no lump", "en").answer == ""


@pytest.mark.parametrize(
    ("text", "asked", "answered"),
    [
        ("bonjour, j'ai une boule", "en", "fr"),
        ("hello, I have a lump", "fr", "en"),
        ("non", "en", "fr"),
        ("42", "fr", "fr"),
        ("me duele el pecho", "en", "en"),
    ],
)
def test_language_follows_the_message(text: str, asked: str, answered: str) -> None:
    assert read(text, asked).language == answered


def test_quote_is_the_persons_own_words() -> None:
    fact = next(fact for fact in read("There is a LUMB in my brest", "en").facts if fact.name == "lump")
    assert fact.words == "LUMB"


@pytest.mark.parametrize("language", LANGUAGES)
def test_vocabulary_names_only_known_facts(language: str) -> None:
    helpers = {"skin_changes", "no_symptoms", "proxy"}
    assert set(source(language)["concepts"]) - helpers <= set(fact_table())
    assert set(source(language)["denials"]) <= set(fact_table())


@given(text=st.text(max_size=400), language=st.sampled_from(LANGUAGES))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_without_an_error(text: str, language: str) -> None:
    said = read(text, language)
    assert isinstance(said, Understanding)
    assert all(fact.words in text for fact in said.facts)
