"""The page of a bill in a real browser: filled in, read, corrected, copied, printed; with scripts and without."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Browser, Page, Response, expect

from app.pages.bill_form import flat
from app.schemas.examples import BILLS
from tests.support.scale import chosen
from tests.support.screens import PHONE, SCREEN, accessible, fits, looking, unbroken

README = BILLS["registered_major_disease"]["value"]
A_PAGE = 1_000
"""Pixels that a page of A4 is high at least, without its margins."""

PAGES = 4
"""Of paper, that the slip of the README comes to: its first layer on the first, its readings on the last."""
HEAVIEST = 300_000
"""Bytes that a page may come to with all its files, before any compression."""


def filled(page: Page) -> None:
    """Fill in the bill of the README as somebody at a desk does, and ask."""
    page.get_by_label("出院或就诊日期").fill("2018-05-20")
    page.get_by_label("建档立卡情况").select_option("建档立卡贫困人口（未脱贫）")
    page.get_by_label("患有重大疾病").check()
    page.get_by_label("就诊类型").select_option("住院")
    page.get_by_label("医疗机构级别").select_option("市级医院（三级）")
    page.get_by_label("医疗费用总额（元）").fill("186000.00")
    page.get_by_label("政策范围内费用（元）").fill("171000.00")
    page.get_by_role("button", name="计算").click()
    page.wait_for_url("**/bill?*")


@contextmanager
def slip_of_the_readme(browser: Browser, address: str, width: int = SCREEN, script: bool = True) -> Iterator[Page]:
    with looking(browser, f"{address}/bill?{urlencode(flat(README))}", width, script) as page:
        yield page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "script"),
    chosen([(PHONE, True), (SCREEN, False)], list(product([PHONE, SCREEN], [True, False]))),
)
def test_a_bill_is_filled_in_and_its_slip_says_what_the_api_answers(
    browser: Browser, address: str, width: int, script: bool
) -> None:
    answer = httpx.post(f"{address}/v1/reimbursements", json=README).json()
    with looking(browser, f"{address}/bill", width, script) as page:
        fits(page)
        filled(page)
        paid = page.locator(".layers tbody[id] > tr:first-child > td:nth-child(3)").all_inner_texts()
        left = page.locator(".layers tbody[id] > tr:first-child > td:nth-child(4)").all_inner_texts()
        assert paid == [layer["paid"] for layer in answer["layers"]]
        assert left == [layer["left"] for layer in answer["layers"]]
        assert page.inner_text("#out-of-pocket") == answer["summary"]["out_of_pocket"] == "5172.54"
        last = page.locator("#slip .layers > tfoot > tr").last.inner_text()
        for amount in ("180827.46", "5172.54", "186000.00"):
            assert amount in last
        expect(page.locator("#slip-title")).to_be_in_viewport()
        fits(page)


@pytest.mark.parametrize("script", [True, False], ids=["with_scripts", "without_scripts"])
def test_a_layer_opens_into_its_tiers_its_reasons_and_its_clauses(browser: Browser, address: str, script: bool) -> None:
    with slip_of_the_readme(browser, address, PHONE, script) as page:
        layer = page.locator("#civil_relief")
        tiers = layer.locator(".tiers")
        assert not tiers.is_visible()
        layer.locator("summary").click()
        assert tiers.is_visible()
        assert tiers.locator("tbody tr").count() == 2
        assert "七.1.(3)" in layer.inner_text() and "七.1.(4)" in layer.inner_text()
        fits(page)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "spoken"), chosen([(PHONE, "zh"), (SCREEN, "en")], [(PHONE, "zh"), (PHONE, "en"), (SCREEN, "en")])
)
def test_the_form_and_the_slip_are_accessible_and_fit_with_everything_open(
    browser: Browser, address: str, width: int, spoken: str
) -> None:
    bill = {**flat(BILLS["second_admission"]["value"]), "patient.accident_disability": "true", "lang": spoken}
    with looking(browser, f"{address}/bill?{urlencode(bill)}", width) as page:
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        accessible(page)
        fits(page)
        unbroken(page)


def test_the_pictures_of_the_slip_are_seen(browser: Browser, address: str) -> None:
    with slip_of_the_readme(browser, address) as page:
        drawn = page.evaluate("[...document.images].map((image) => image.complete && image.naturalWidth > 0)")
        assert drawn == [True, True]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "script"),
    chosen([(PHONE, True), (SCREEN, False)], list(product([PHONE, SCREEN], [True, False]))),
)
def test_a_form_that_is_wrong_says_so_and_loses_nothing(
    browser: Browser, address: str, width: int, script: bool
) -> None:
    with looking(browser, f"{address}/bill", width, script) as page:
        page.get_by_label("医疗费用总额（元）").fill("十八万")
        page.get_by_label("患有重大疾病").check()
        page.get_by_role("button", name="计算").click()
        page.wait_for_url("**/bill?*")
        total = page.get_by_label("医疗费用总额（元）")
        assert total.input_value() == "十八万"
        assert page.get_by_label("患有重大疾病").is_checked()
        expect(total).to_have_accessible_description("金额以元为单位，不得为负，最多两位小数，如1200.00。")
        assert page.get_by_role("alert").get_by_role("link").count() == 5
        page.get_by_role("alert").get_by_role("link", name="就诊类型").click()
        expect(page.get_by_label("就诊类型")).to_be_in_viewport()
        fits(page)
        if script:
            accessible(page)
        total.fill("186000.00")
        page.get_by_label("建档立卡情况").select_option("非建档立卡贫困人口")
        page.get_by_label("就诊类型").select_option("门诊")
        page.get_by_label("医疗机构级别").select_option("嘎查村卫生室")
        page.get_by_label("政策范围内费用（元）").fill("100")
        page.get_by_role("button", name="计算").click()
        expect(page.locator("#slip")).to_be_visible()


def test_the_command_is_copied_with_one_press(browser: Browser, address: str) -> None:
    with slip_of_the_readme(browser, address) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        button = page.locator("button[data-copies=command]")
        button.click()
        expect(button).to_have_text("已复制")
        assert page.evaluate("navigator.clipboard.readText()") == page.inner_text("#command")


def test_there_is_nothing_to_press_that_needs_a_script_where_there_is_none(browser: Browser, address: str) -> None:
    with slip_of_the_readme(browser, address, script=False) as page:
        assert page.get_by_role("button").all_inner_texts() == ["计算"]


@pytest.mark.parametrize("script", [True, False], ids=["with_scripts", "without_scripts"])
def test_what_is_printed_is_the_slip_with_every_layer_open_and_no_form(
    browser: Browser, address: str, script: bool
) -> None:
    with slip_of_the_readme(browser, address, script=script) as page:
        page.emulate_media(media="print")
        assert not page.get_by_label("医疗费用总额（元）").is_visible()
        assert not page.locator("#command").is_visible()
        assert page.locator("#link").is_visible()
        for layer in page.locator(".layers tbody[id]").all():
            assert layer.locator(".tiers").is_visible()
            assert layer.locator("li").first.is_visible()
        assert page.locator(".facts dl").is_visible()
        # A4 less its margins, at 96 pixels an inch.
        page.set_viewport_size({"width": 680, "height": 1000})
        fits(page)
        assert page.evaluate("getComputedStyle(document.querySelector('.layers > tfoot')).display") == "table-row-group"
        drawn = page.pdf(prefer_css_page_size=True)
        assert drawn.startswith(b"%PDF")
        assert len(re.findall(rb"/Type\s*/Page\b", drawn)) == PAGES


@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_paper_the_first_page_has_every_layer_and_no_page_is_without_any_of_the_slip(
    browser: Browser, address: str, language: str
) -> None:
    with looking(browser, f"{address}/bill?{urlencode({**flat(README), 'lang': language})}") as page:
        assert not page.locator(".overview").is_visible(), "on the screen the layers open"
        page.emulate_media(media="print")
        overview = page.locator(".overview")
        assert overview.locator("tbody tr").count() == 6
        assert overview.evaluate("each => each.getBoundingClientRect().bottom") < A_PAGE
        sums = page.locator("tfoot").evaluate_all("each => each.map(foot => getComputedStyle(foot).display)")
        assert set(sums) == {"table-row-group"}, "a foot of a table would stand on every page"
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) <= PAGES + (language == "en")


def test_the_page_with_all_its_files_is_light(browser: Browser, address: str) -> None:
    answers: list[Response] = []
    with looking(browser, f"{address}/", SCREEN) as page:
        page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright marks what it calls
        page.goto(f"{address}/bill?{urlencode(flat(README))}", wait_until="networkidle")
        bodies = [len(answer.body()) for answer in answers if not answer.url.startswith("data:")]
        assert len(bodies) >= 6
        assert sum(bodies) < HEAVIEST
