"""The board, an objection, the desk and the interview in a real Chromium: phone and screen, with script and without."""

import re
from itertools import product

import pytest
from playwright.sync_api import Browser, Page

from tests.support.demo_store import Demo
from tests.support.interview import MEMBERS, answered, known, said
from tests.support.scale import LONG, chosen, scaled
from tests.support.screens import PHONE, SCREEN, accessible, fits, looking, unbroken
from tools.screenshots.browser import submit

AT_ONCE = 8
"""Questions of the interview of which the small form draws one."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "language"),
    chosen([(PHONE, ""), (SCREEN, "?lang=en")], list(product([PHONE, SCREEN], ["", "?lang=en"]))),
)
def test_the_board_a_notice_its_poster_and_its_project_fit_and_serve_everybody(
    browser: Browser, site: str, width: int, language: str
) -> None:
    with looking(browser, f"{site}/{language}", width) as page:
        fits(page)
        accessible(page)
        page.goto(f"{site}/notices{language}")
        fits(page)
        unbroken(page)
        accessible(page)
        submit(page, "tbody a")
        assert re.search(r"/notices/\d+", page.url)
        fits(page)
        accessible(page)
        for link in ("a[href*='/poster']", "a[href*='/projects/']"):
            notice = page.url
            submit(page, link)
            fits(page)
            unbroken(page)
            accessible(page)
            page.goto(notice)


@pytest.mark.parametrize("script", [True, False])
def test_an_objection_is_posted_and_found_counted(browser: Browser, site: str, script: bool) -> None:
    with looking(browser, f"{site}/notices", PHONE, script=script) as page:
        submit(page, "tbody a")
        notice = page.url
        before = _in_time(page)
        page.fill("#content", "路线绕开了六户贫困户。")
        submit(page, "form[action*='/objection'] button")
        fits(page)
        assert page.locator("#receipt").inner_text()
        receipt = page.url
        page.reload()
        assert page.url == receipt
        page.go_back()
        assert page.url == notice
        page.reload()
        assert _in_time(page) == before + 1


@pytest.mark.parametrize("script", [True, False])
def test_a_double_click_makes_one_objection(browser: Browser, site: str, script: bool) -> None:
    with looking(browser, f"{site}/notices?lang=en", PHONE, script=script) as page:
        submit(page, "tbody a")
        page.goto(page.url.partition("?")[0])
        notice, before = page.url, _in_time(page)
        page.fill("#content", "双击提交。")
        page.locator("form[action*='/objection'] button").dblclick()
        page.wait_for_url("**/objections/*")
        page.goto(notice)
        assert _in_time(page) == before + 1


def test_a_refused_objection_is_said_where_the_page_opens(browser: Browser, site: str) -> None:
    with looking(browser, f"{site}/notices", PHONE) as page:
        submit(page, "tbody a")
        page.fill("#content", "身份证 150923198001011234")
        submit(page, "form[action*='/objection'] button")
        assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
        accessible(page)
        page.locator("[role=alert] a").click()
        assert page.evaluate("document.activeElement.id") == "content"


def _in_time(page: Page) -> int:
    found = re.search(r"期内提出(\d+)件", page.locator("#counted").inner_text())
    assert found is not None
    return int(found[1])


def test_an_officer_takes_a_project_from_draft_to_the_village_notice(browser: Browser, site: str, demo: Demo) -> None:
    with looking(browser, f"{site}/desk", SCREEN) as page:
        accessible(page)
        page.fill("#token", demo.token("village"))
        submit(page, "form button")
        fits(page)
        accessible(page)
        submit(page, "a[role=button]")
        accessible(page)
        for name, value in (
            ("name", "水渠修复"),
            ("category", "基础设施"),
            ("budget.total", "120000"),
            ("budget.sources", "县级配套资金: 120000"),
            ("performance_goals", "恢复灌溉三百亩"),
        ):
            page.fill(f"[name='{name}']", value)
        submit(page, "main form button[type=submit]")
        assert "草稿" in page.locator(".done").first.inner_text()
        accessible(page)
        page.get_by_label("会议日期").fill("2018-05-19")
        page.get_by_label("参加人数").fill("41")
        submit(page, "main form button[type=submit]")
        assert "嘎查村公示中" in page.locator(".done").first.inner_text()
        page.set_viewport_size({"width": PHONE, "height": 800})
        fits(page)
        accessible(page)
    with looking(browser, f"{site}/notices", PHONE) as page:
        assert page.locator("tbody a", has_text="水渠修复").count() >= 1


def go_on(page: Page, questions: int) -> None:
    """Answer questions without drawing each, and draw the next: a form costs a quarter of a second of a processor."""
    drawn = page.content()
    for _ in range(questions):
        if 'name="pointer"' in drawn:
            drawn = page.request.post(page.url, form={**answered(drawn)}).text()
    page.set_content(drawn)


@pytest.mark.slow
@pytest.mark.parametrize("width", chosen([PHONE], [PHONE, SCREEN]))
def test_the_interview_of_the_readme_s_household_comes_to_its_end(browser: Browser, site: str, width: int) -> None:
    with looking(browser, f"{site}/household", width) as page:
        fits(page)
        accessible(page)
        page.fill("#as-of", "2018-09-01")
        page.fill("#members", "\n".join(MEMBERS))
        submit(page, "main button[type=submit]")
        number = 0
        while page.locator("[name=pointer]").count():
            if number in {0, 8, 16}:  # a choice, a day, an amount
                fits(page)
                accessible(page)
            value = known(page.locator("[name=pointer]").input_value())
            if value is None:
                submit(page, "button[value=skip]")
            else:
                if page.locator("input[type=radio]").count():
                    page.check(f"input[value='{said(value)}']")
                else:
                    page.fill("#said", said(value))
                submit(page, "button[value=answer]")
            if not LONG:
                go_on(page, AT_ONCE - 1)
            number += scaled(AT_ONCE, 1)
        assert "13930元" in page.locator("#cash-per-year").inner_text()
        assert "6200元" in page.locator("#cash-once").inner_text()
        fits(page)
        accessible(page)
        with page.expect_download() as download:
            page.locator("form[action*='calendar.ics'] button").click()
        assert download.value.suggested_filename == "anda.ics"
