"""The desk's forms in a real Chromium: what is refused is found, what came too late is kept."""

import re
from itertools import product
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.demo_store import Demo
from tests.support.scale import chosen
from tests.support.screens import PHONE, SCREEN, accessible, fits, looking
from tools.screenshots.browser import submit

LONG = "第一段。\n\n  第二段。\n" + "已逐项核对账目并张贴。" * 40
WORDS = {
    "": {"revise": "修改内容", "withdraw": "撤回", "note": "说明或原因", "tasks": "建设任务", "leave": "退出"},
    "?lang=en": {
        "revise": "Change what it says",
        "withdraw": "Withdraw it",
        "note": "Note or reason",
        "tasks": "Tasks",
        "leave": "Leave",
    },
}


def enter(page: Page, token: str) -> None:
    page.fill("#token", token)
    submit(page, "main form button")


def declare(page: Page, name: str) -> None:
    submit(page, "main a[role=button]")
    for field, value in (
        ("name", name),
        ("category", "基础设施"),
        ("budget.total", "120000"),
        ("budget.sources", "县级配套资金: 120000"),
    ):
        page.fill(f"[name='{field}']", value)
    submit(page, "main form button[type=submit]")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "language", "script"),
    chosen(
        [(PHONE, "", True), (SCREEN, "?lang=en", False)],
        list(product([PHONE, SCREEN], ["", "?lang=en"], [True, False])),
    ),
)
def test_what_a_refused_step_lacks_is_at_the_top_and_leads_to_its_field(
    browser: Browser, site: str, demo: Demo, width: int, language: str, script: bool
) -> None:
    words = WORDS[language]
    with looking(browser, f"{site}/desk{language}", width, script) as page:
        enter(page, demo.token("village"))
        declare(page, f"水渠 {width} {language} {script}")
        page.locator("details > summary", has_text=words["withdraw"]).click()
        submit(page, "#form-withdraw button")
        alert = page.get_by_role("alert")
        expect(alert).to_be_in_viewport()
        expect(alert).to_be_focused()
        fits(page)
        alert.get_by_role("link", name=words["note"]).click()
        note = page.locator("#withdraw-note")
        expect(note).to_be_in_viewport()
        assert page.locator("details[open]").count() == 1
        if script:
            page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
            accessible(page)
            fits(page)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "language"),
    chosen([(PHONE, ""), (SCREEN, "?lang=en")], list(product([PHONE, SCREEN], ["", "?lang=en"]))),
)
def test_a_change_that_came_too_late_is_typed_once(
    browser: Browser, site: str, demo: Demo, width: int, language: str
) -> None:
    words = WORDS[language]
    with looking(browser, f"{site}/desk{language}", width) as page:
        enter(page, demo.token("village"))
        declare(page, f"道路 {width} {language}")
        address = urlsplit(page.url).path
        page.locator("details > summary", has_text=words["revise"]).click()
        page.get_by_label(words["tasks"]).fill(LONG)
        page.context.clear_cookies()
        submit(page, "#form-revise button")
        fits(page)
        accessible(page)
        enter(page, demo.token("village"))
        expect(page.get_by_role("alert")).to_be_focused()
        assert page.get_by_label(words["tasks"]).input_value() == LONG
        fits(page)
        accessible(page)
        submit(page, "#form-revise button")
        assert urlsplit(page.url).path == address
        assert "已逐项核对" in page.locator("main").inner_text()


def test_a_refused_declaration_and_a_refused_decision_are_shown_with_what_was_typed(
    browser: Browser, site: str, demo: Demo
) -> None:
    with looking(browser, f"{site}/desk", PHONE) as page:
        enter(page, demo.token("village"))
        submit(page, "main a[role=button]")
        page.get_by_label("资金来源").fill("县级 900")
        submit(page, "main form button[type=submit]")
        fits(page)
        accessible(page)
        expect(page.get_by_label("资金来源")).to_have_accessible_description(re.compile("第1行"))
        page.get_by_role("alert").get_by_role("link", name="项目名称").click()
        expect(page.get_by_label("项目名称")).to_be_in_viewport()


def test_a_decision_that_is_refused_keeps_its_answer(browser: Browser, site: str, demo: Demo) -> None:
    with looking(browser, f"{site}/notices?place={demo.place('village')}", PHONE) as page:
        submit(page, "tbody a")
        page.fill("#content", "路线绕开了六户贫困户。")
        submit(page, "form[action*='/objection'] button")
        page.goto(f"{site}/desk")
        enter(page, demo.token("village"))
        answer = f"{LONG}11010519491231002X"
        article = page.locator("article", has_text="路线绕开了").first
        article.locator("textarea").fill(answer)
        with page.expect_navigation():
            article.locator("button").first.click()
        expect(page.get_by_role("alert")).to_be_in_viewport()
        assert page.get_by_label("答复（公开）").input_value() == answer
        fits(page)
        accessible(page)


def test_a_form_clicked_twice_is_carried_out_once_and_says_done(browser: Browser, site: str, demo: Demo) -> None:
    with looking(browser, f"{site}/desk", SCREEN) as page:
        enter(page, demo.token("village"))
        declare(page, "桥")
        page.locator("details > summary", has_text="撤回").click()
        page.get_by_label("说明或原因").last.fill("不再申报")
        page.locator("#form-withdraw button").dblclick()
        expect(page.locator(".done").first).to_contain_text("已撤回")
        # Chromium may send the form once or twice.
        expect(page.get_by_role("status")).to_contain_text(re.compile("已办理|已经办理.*只办理一次"))
        expect(page.locator(".timeline li")).to_have_count(2)


@pytest.mark.parametrize("act", ["leave", "session"])
def test_a_page_of_another_site_changes_nothing_of_the_session(
    browser: Browser, site: str, demo: Demo, act: str
) -> None:
    def another_site(route: Route) -> None:
        form = f"<form method=post action='{site}/desk/{act}'><input name=token value='{demo.token('village')}'></form>"
        route.fulfill(content_type="text/html", body=f"{form}<script>document.forms[0].submit()</script>")

    context = browser.new_context()
    page = context.new_page()
    context.route("http://elsewhere.example/**", another_site)
    page.goto(f"{site}/desk")
    enter(page, demo.token("county"))
    before = context.cookies()
    page.goto("http://elsewhere.example/")
    page.wait_for_url(f"{site}/desk**")
    assert context.cookies() == before
    page.goto(f"{site}/desk")
    with page.expect_navigation():
        page.get_by_role("button", name="退出").click()
    assert page.locator("#token").count() == 1 and context.cookies() == []
    context.close()
