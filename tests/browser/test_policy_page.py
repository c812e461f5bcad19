"""The page of the policy in a real browser: searched while one types, and with a form where there is no script."""

import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.scale import LONG, chosen
from tests.support.screens import PHONE, SCREEN, accessible, fits, looking


def figures(page: Page) -> list[str]:
    """The figures that can be seen."""
    shown: list[str] = page.locator(".figure").evaluate_all(
        "figures => figures.filter((each) => each.checkVisibility()).map((each) => each.id)"
    )
    return shown


def empty_groups(page: Page) -> list[str]:
    """The headings of groups that can be seen while none of their figures can be."""
    shown: list[str] = page.locator(".group").evaluate_all(
        """groups => groups.filter((each) => each.checkVisibility() && ![...each.querySelectorAll(".figure")].some(
            (figure) => figure.checkVisibility())).map((each) => each.innerText)"""
    )
    return shown


def ids(page: str) -> list[str]:
    """The figures of a page that the service answers."""
    return re.findall(r'class="figure" id="([^"]+)"', page)


def thin_out(page: Page) -> None:
    """Leave two of each kind of part: the others come of the same template, and axe needs ten seconds for them."""
    page.evaluate(
        """for (const part of ["div.figure", "section.reading", "section.changes", "section li"]) {
            for (const each of document.querySelectorAll(`${part} ~ ${part} ~ ${part}`)) each.remove();
        }"""
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "spoken"), chosen([(PHONE, "zh"), (SCREEN, "en")], [(PHONE, "zh"), (PHONE, "en"), (SCREEN, "en")])
)
def test_the_page_is_accessible_and_fits(browser: Browser, address: str, width: int, spoken: str) -> None:
    with looking(browser, f"{address}/policy?lang={spoken}", width) as page:
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        fits(page)
        if not LONG:
            thin_out(page)
        accessible(page)
        page.goto(f"{address}/policy/basic_insurance.bands.city?lang={spoken}")
        accessible(page)
        fits(page)


def test_what_is_found_while_one_types_is_what_the_form_finds(browser: Browser, address: str) -> None:
    with looking(browser, f"{address}/policy", SCREEN) as page:
        every = figures(page)
        typed = {}
        for asked in ("民政", "deductible", "起付线 city", "R19", "85%", "nothing like it", ""):
            page.get_by_role("searchbox").fill(asked)
            typed[asked] = figures(page)
            assert page.locator("#found").inner_text() == f"显示{len(typed[asked])}项。"
            assert page.locator("#nothing").is_visible() == (not typed[asked])
            assert empty_groups(page) == []
        assert page.url == f"{address}/policy"
        assert typed.pop("") == every
        assert len({len(found) for found in typed.values()}) > 3, "the searches differ"
        served = {asked: ids(httpx.get(f"{address}/policy", params={"q": asked}).text) for asked in typed}
        assert served == typed
        page.get_by_role("searchbox").fill("起付线 city")
        page.get_by_role("button", name="查找").click()
        page.wait_for_url("**/policy?*")
        assert figures(page) == typed["起付线 city"]


def test_the_search_works_without_scripts(browser: Browser, address: str) -> None:
    with looking(browser, f"{address}/policy", PHONE, script=False) as page:
        page.get_by_role("searchbox").fill("民政大病救助分段")
        page.get_by_role("button", name="查找").click()
        page.wait_for_url("**/policy?*")
        assert figures(page) == ["civil_relief.bands"]
        fits(page)


def test_a_slip_leads_to_the_figure_it_cites(browser: Browser, address: str) -> None:
    bill = "service_date=2018-05-20&patient.registration=registered&visit.kind=inpatient&visit.facility_level=city"
    with looking(browser, f"{address}/bill?{bill}&bill.total=50000&bill.in_scope=50000", SCREEN) as page:
        page.locator("#civil_relief summary").click()
        page.locator("#civil_relief").get_by_role("link", name="民政大病救助分段比例").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("民政大病救助分段比例")
        page.get_by_role("link", name="全部标准").click()
        expect(page.locator("[id='civil_relief.bands']")).to_be_in_viewport()
