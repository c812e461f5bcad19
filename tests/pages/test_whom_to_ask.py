"""Whom pages tell people to ask: the supervision line of the document, or what the deployment names instead."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.pages.bill_form import flat
from app.schemas.examples import BILLS
from app.settings import Settings
from tests.support.demo_store import Demo, demo_in

LINE = "扶贫监督举报电话12317（乌兰察布市扶贫常识解读，报告部分四.(六)）"
BILL = flat(next(iter(BILLS.values()))["value"])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return demo_in(tmp_path_factory.mktemp("ask"))


@contextmanager
def serving(settings: Settings, **changes: object) -> Iterator[TestClient]:
    with TestClient(create_app(settings.model_copy(update=changes))) as client:
        yield client


def asked_at(site: TestClient, page: str, lang: str = "zh") -> str:
    """What a page says where it tells whom to ask."""
    language = "" if lang == "zh" else "?lang=en"
    if page == "bill":
        text = site.get("/bill", params=BILL | ({"lang": "en"} if lang == "en" else {})).text
    elif page == "household":
        begun = site.post(
            f"/household{language}",
            data={"as_of": "2018-09-01", "registration": "registered", "members": "张三", "do": "begin"},
        ).text
        facts = re.search(r'name="facts" value="([^"]*)"', begun)
        assert facts is not None
        text = site.post(f"/household{language}", data={"facts": unescape(facts[1]), "do": "finish"}).text
    else:
        number = site.get("/v1/notices?status=open").json()["items"][0]["id"]
        text = site.get(f"/notices/{number}{page}{language}").text
    said = re.search(r'id="whom-to-ask">([^<]*)<', text)
    assert said is not None, page
    return unescape(said[1])


PAGES = ["", "/poster", "bill", "household"]


def test_the_supervision_line_is_named_with_its_clause(demo: Demo) -> None:
    with serving(demo.settings, contact=None) as site:
        for page in PAGES:
            assert LINE in asked_at(site, page), page
            english = asked_at(site, page, "en")
            assert "12317" in english and "报告部分四.(六)" in english, page


def test_a_deployment_names_a_contact_of_its_own_instead(demo: Demo) -> None:
    with serving(demo.settings, contact="商都县扶贫办 0474-1234567") as site:
        assert {asked_at(site, page) for page in PAGES} == {"商都县扶贫办 0474-1234567"}


def test_a_deployment_names_another_line_from_a_day_on_in_its_parameter_file(demo: Demo, tmp_path: Path) -> None:
    own = tmp_path / "county.yaml"
    own.write_text(
        "supervision.line:\n  values:\n    - {from: 2018-05-20, value: 0474-12317, clause: 第九条, "
        "basis: local_source, checked: 2018-05-20}\n",
        encoding="utf-8",
    )
    for day, line in (("2018-05-19", "12317（乌兰察布市"), ("2018-05-20", "0474-12317（county.yaml，第九条）")):
        settings = Settings(**{**demo.settings.model_dump(), "contact": None, "parameters": own, "today": day})
        with serving(settings) as site:
            assert line in asked_at(site, "bill")


def test_the_line_is_known_on_a_day_before_the_policy(demo: Demo) -> None:
    settings = Settings(**{**demo.settings.model_dump(), "contact": None, "today": "2016-12-31"})
    with serving(settings) as site:
        assert LINE in asked_at(site, "bill")
