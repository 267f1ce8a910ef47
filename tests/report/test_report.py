"""A report is one page that needs nothing, says what it should, and cannot be broken by names."""

import copy
import html.parser
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import examples
from lamina.base.errors import ArgumentError
from lamina.report import drawings
from lamina.report.facts import Facts
from lamina.report.markup import Html
from lamina.report.page import report_html, write_report
from lamina.report.phrases import translated
from lamina.report.texts import TEXTS
from lamina.report.words import Words

EVIL = "<script>alert(1)</script>\"'&$x^2$**`{row}_"
VOID = {"meta", "br", "path", "rect", "circle", "line", "hr", "col"}


class Page(html.parser.HTMLParser):
    """Elements, texts, and the sections in order; fails where elements do not nest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.sections: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append(tag)
        self.attributes += attributes
        if tag == "section":
            self.sections.append(dict(attributes)["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list) -> None:
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.texts))


@pytest.fixture
def drawn() -> None:
    """Asks for curves that are really drawn."""


@pytest.fixture(autouse=True)
def undrawn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Curves are left out, but where a test asks for them: drawing takes most of the time."""
    if "drawn" not in request.fixturenames:
        monkeypatch.setattr(drawings, "_drawing", lambda draw: Html("<svg></svg>"))


@pytest.fixture(scope="module")
def titanic(data_folder: Path) -> Facts:
    return examples.facts("titanic")


@pytest.fixture(scope="module")
def mpg(data_folder: Path) -> Facts:
    return examples.facts("mpg")


@pytest.fixture(scope="module")
def penguins(data_folder: Path) -> Facts:
    return examples.facts("penguins")


@pytest.fixture
def named(name: str, request: pytest.FixtureRequest) -> Facts:
    """The facts that the test's parameter `name` names."""
    return request.getfixturevalue(name)


def renamed(facts: Facts, name: str) -> Facts:
    """Facts in which every name and text that a user chose is `name`."""
    made = copy.deepcopy(facts)
    made["title"] = made["data"]["source"] = made["reproduce"]["command"] = name
    made["target"] |= {"names": [name], "reason": name}
    made["target"]["classes"] = [name for _ in made["target"]["classes"]]
    made["data"]["notes"] = [name]
    made["data"]["dropped"] = [{"reason": name, "rows": 3}]
    made["warnings"] = [
        {"kind": "leakage", "column": name, "score": 1.0, "metric": "r2"},
        {"kind": "note", "text": name},
    ]
    for column in made["columns"]:
        column |= {"name": name, "reason": name, "summary": name}
    for row in made["importance"]:
        row["name"] = name
    for mistake in made["mistakes"]:
        mistake |= {"true": name, "predicted": name, "values": {name: name}}
    for row in made["split"].get("shares", []):
        row["class"] = name
    made["split"] |= {"notes": [name], "how": "groups", "by": name}
    for row in made["scores"]["per_class"]:
        row["class"] = name
    if made["scores"]["confusion"]:
        classes = made["scores"]["confusion"]["classes"]
        made["scores"]["confusion"]["classes"] = [name for _ in classes]
    for curve in made["curves"].get("roc", []) + made["curves"].get("pr", []):
        curve["class"] = name
    for layer in made["network"]["layers"]:
        layer |= {"type": name, "activation": name}
    made["training"]["settings"] = {name: name}
    made["baselines"]["majority"]["answer"] = name
    made["baselines"]["linear"]["note"] = name
    made["card"] = {name: name}
    made["reproduce"] |= {"versions": {name: name}, "machine": name}
    return made


@pytest.mark.parametrize(
    ("name", "language"), [("titanic", "ko"), ("penguins", "en"), ("mpg", "ko")]
)
def test_a_page_needs_nothing_beside_itself(
    name: str, language: str, drawn: None, named: Facts
) -> None:
    page = report_html(named, language)
    found = Page(page)
    assert not {"script", "link", "img", "iframe", "object", "embed", "form"} & set(found.tags)
    assert not re.search(r"@import|url\((?!#)|https?://", page)
    assert not any(key.startswith("on") for key, _ in found.attributes)
    assert all(value.startswith("#") for key, value in found.attributes if key == "href")
    assert ("lang", language) in found.attributes
    assert "nan" not in found.text.lower().split()
    charts = page.count('class="chart"')
    assert charts == {"titanic": 5, "penguins": 5, "mpg": 5}[name]
    # Ids name what a drawing clips and repeats: what is asked for is there, in every drawing.
    ids = {value for key, value in found.attributes if key == "id"}
    assert set(re.findall(r"url\(#(\w+)\)", page)) <= ids
    assert {v[1:] for k, v in found.attributes if k == "href" and v != "#"} <= ids


def test_a_drawing_takes_the_colours_and_the_font_of_the_page(drawn: None) -> None:
    curve = {"class": "a", "fpr": [0, 0.5, 1], "tpr": [0, 0.9, 1]}
    svg = drawings.roc([curve], "위양성률", "진양성률")
    assert ">위양성률</text>" in svg
    assert "var(--c0)" in svg
    assert not re.search(r"#0[ab]000\d|font-family|<style|<metadata|xlink", svg)
    assert svg == drawings.roc([curve], "위양성률", "진양성률")


def test_the_order_of_the_page(titanic: Facts, mpg: Facts) -> None:
    leaky = titanic | {"warnings": [{"kind": "leakage", "column": "alive", "score": 1.0}]}
    start = ["verdict", "warnings", "data", "split", "network", "learning"]
    end = ["importance", "mistakes", "card", "reproduce"]
    classes = ["confusion", "per-class", "ranking", "thresholds", "calibration"]
    assert Page(report_html(leaky)).sections == start + classes + end
    assert Page(report_html(mpg)).sections == [*start, "values", *end]


def test_the_verdict_in_both_languages(titanic: Facts) -> None:
    figure = titanic["scores"]["figures"]["accuracy"]
    shown = [f"{100 * figure[k]:.1f}%" for k in ("value", "low", "high")]
    shown += [
        f"{100 * titanic['baselines'][k]['figures']['accuracy']['value']:.1f}%"
        for k in ("majority", "linear")
    ]
    value, low, high, majority, linear = shown
    assert (
        f"On 134 rows it had never seen, the model predicts survived correctly {value} of the time "
        f"(95% interval {low} to {high}); always answering “0” reaches {majority} and "
        f"a logistic regression {linear}." in Page(report_html(titanic)).text
    )
    assert (
        f"처음 보는 134개 행에서 모델은 survived 값을 {value} 맞혔습니다(95% 구간 {low} ~ {high}). "
        f"늘 “0”만 답하면 {majority}, 로지스틱 회귀는 {linear}입니다."
        in Page(report_html(titanic, "ko")).text
    )


@pytest.mark.parametrize(
    ("majority", "linear", "said"),
    [
        ((0.1, 0.05, 0.2), (0.05, 0.01, 0.1), "Better than the linear model"),
        ((0.1, 0.05, 0.2), (0.05, -0.01, 0.1), "Not clearly better than the linear model"),
        ((0.1, 0.05, 0.2), (-0.05, -0.1, -0.01), "Worse than the linear model"),
        ((0.01, -0.05, 0.2), (0.05, 0.01, 0.1), "No better than always giving the same answer"),
    ],
)
def test_the_judgement(majority: tuple, linear: tuple, said: str, titanic: Facts) -> None:
    made = copy.deepcopy(titanic)
    for name, figure in (("majority", majority), ("linear", linear)):
        ahead = dict(zip(("value", "low", "high"), figure, strict=True))
        made["baselines"][name]["ahead"] = ahead
    judged = re.findall(r'class="judged \w+"><strong>([^<:]*)', report_html(made))
    assert judged == [said]


def test_two_models_that_answer_alike_are_called_equal(titanic: Facts) -> None:
    made = copy.deepcopy(titanic)
    made["baselines"]["linear"]["ahead"] = {"value": 0.0, "low": 0.0, "high": 0.0}
    assert "Exactly as good as the linear model" in report_html(made)


def test_leakage_raises_a_red_banner(titanic: Facts) -> None:
    assert "banner danger" not in report_html(titanic)
    made = titanic | {
        "warnings": [
            {"kind": "leakage", "column": "alive", "score": 1.0, "metric": "balanced_accuracy"}
        ]
    }
    page = report_html(made)
    assert 'class="banner danger"' in page
    assert "Column “alive” alone predicts “survived”" in Page(page).text
    assert "Balanced accuracy 100%" in Page(page).text
    assert "“alive” 열 하나만으로 “survived” 값을" in Page(report_html(made, "ko")).text


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", ["titanic", "mpg"])
def test_names_are_harmless(language: str, named: Facts) -> None:
    page = report_html(renamed(named, EVIL), language)
    found = Page(page)
    assert "script" not in found.tags
    assert "<script" not in page
    assert page.count("&lt;script&gt;") > 20
    assert EVIL in found.text


def test_names_that_no_page_may_hold(penguins: Facts) -> None:
    page = report_html(renamed(penguins, "a\0b\x1b\ud800\nc"))
    assert page.encode()
    assert not re.search("[\0\x1b]", page)


def test_what_does_not_exist_is_never_zero(titanic: Facts) -> None:
    made = copy.deepcopy(titanic)
    nothing = {"value": None, "why": "undefined: no positives"}
    for name in ("recall", "f1", "auc", "average_precision"):
        made["scores"]["figures"][name] = nothing
    made["scores"]["per_class"][1] |= {"recall": nothing, "f1": nothing}
    made["curves"] |= {"roc": [], "pr": []}
    # four tiles, two cells, and the place of the curves
    assert Page(report_html(made)).text.count("undefined: no positives") == 7
    assert Page(report_html(made, "ko")).text.count("정의되지 않음: 양성 행 없음") == 7


def test_a_score_that_does_not_exist(titanic: Facts) -> None:
    made = copy.deepcopy(titanic)
    made["scores"]["figures"]["accuracy"] = {"value": None, "why": "undefined: no rows"}
    text = Page(report_html(made)).text
    assert "cannot be said from 134 test rows (undefined: no rows)" in text


def test_many_classes_show_the_largest_confusions(penguins: Facts) -> None:
    made = copy.deepcopy(penguins)
    count = 31
    matrix = [[50 if k == j else 0 for j in range(count)] for k in range(count)]
    for k in range(25):
        matrix[k][k + 1] = k + 1
    classes = [f"kind {k}" for k in range(count)]
    made["scores"]["confusion"] = {"classes": classes, "matrix": matrix}
    page = report_html(made)
    section = page[page.index('id="confusion"') : page.index('id="per-class"')]
    rows = re.findall(
        r"<code>(kind \d+)</code></th>.*?<code>(kind \d+)</code></td>.*?>(\d+)</td>", section
    )
    assert len(rows) == 20
    assert rows[0] == ("kind 24", "kind 25", "25")
    assert rows[-1] == ("kind 5", "kind 6", "6")
    made["scores"]["confusion"] = {"classes": classes[:30], "matrix": [r[:30] for r in matrix[:30]]}
    assert 'class="confusion many"' in report_html(made)


def test_parts_that_may_be_absent(titanic: Facts) -> None:
    made = copy.deepcopy(titanic)
    made.pop("importance")
    made["mistakes"] = []
    made["split"].pop("folds")
    made["split"].pop("shares")
    made["created"] = made["data"]["sha256"] = ""
    for baseline in made["baselines"].values():
        baseline.pop("ahead")
    made["baselines"]["linear"] = {"name": "logistic regression", "answer": "", "figures": {}}
    page = Page(report_html(made))
    assert "importance" not in page.sections
    assert "No test row was answered wrongly." in page.text


def test_labels(titanic: Facts) -> None:
    made = copy.deepcopy(titanic)
    made["target"] |= {"task": "multilabel", "names": ["a", "b"], "classes": ["a", "b"]}
    made["scores"]["confusion"] = None
    made["curves"]["thresholds"] = []
    made["curves"]["calibration"]["of"] = "labels"
    for mistake in made["mistakes"]:
        mistake["probability"] = None
    page = Page(report_html(made))
    assert "mean F1" in page.text
    assert "confusion" not in page.sections
    assert "thresholds" not in page.sections


def test_a_deep_network_is_shortened(titanic: Facts) -> None:
    made = copy.deepcopy(titanic)
    made["network"]["layers"] = made["network"]["layers"][:1] * 40
    text = Page(report_html(made)).text
    assert "… 26 more layers …" in text
    assert text.count("Dense 32") == 14


def test_a_layer_past_the_others_is_drawn_beside_them(titanic: Facts) -> None:
    made = copy.deepcopy(titanic)
    layer = {"type": "<linear>", "units": 1, "activation": "linear", "parameters": 510}
    made["network"]["layers"].append(layer | {"skips": True})
    page = report_html(made)
    assert "&lt;linear&gt; · 510 weights" in page
    assert "Dense 1 · sigmoid" in page[: page.index("&lt;linear&gt;")]


def test_reasons_that_columns_are_given_are_known_in_korean(data_folder: Path) -> None:
    import polars as pl

    from lamina.tables.kinds import infer_kinds

    for name in ("titanic", "mpg", "penguins", "breast_cancer_wisconsin"):
        frame = pl.read_csv(data_folder / f"{name}.csv", infer_schema=False)
        for kind in infer_kinds(frame):
            for part in translated(kind.reason).split("; "):
                assert re.search("[가-힣]", part), kind.reason


def test_the_file_is_whole_and_the_same_again(titanic: Facts, drawn: None, tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", titanic)
    content = (tmp_path / "report.html").read_bytes()
    assert content.startswith(b"<!doctype html>\n<html lang=")
    assert content.endswith(b"</html>\n")
    assert content.decode() == report_html(titanic)
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    assert len(content) < 400_000


def test_other_languages_are_refused(titanic: Facts) -> None:
    with pytest.raises(ArgumentError, match="'en' or 'ko'"):
        report_html(titanic, "fr")


def test_every_text_has_both_languages_and_the_same_blanks() -> None:
    for key, (english, korean) in TEXTS.items():
        assert english and korean, key
        for pattern in (r"\{(\w+)\}", r"\*\*", "`"):
            blanks = [sorted(set(re.findall(pattern, text))) for text in (english, korean)]
            assert blanks[0] == blanks[1] or key == "interval", key


def test_no_key_reaches_the_page(titanic: Facts, mpg: Facts) -> None:
    for facts in (titanic, mpg):
        text = Page(report_html(facts)).text
        keys = [k for k in TEXTS if "_" in k]
        assert not [k for k in keys if re.search(rf"\b{k}\b", text)]


def test_phrases_keep_what_they_catch() -> None:
    assert translated("without red, blue") == "red, blue 제외"
    assert Words("en").reason("without red") == "without red"
    assert translated(r"not fitted: \1 \g<0>") == r"학습하지 못함: \1 \g<0>"
