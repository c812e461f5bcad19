"""What can be looked up without a store: figures, readings, benefits, counties, procedures, problems."""

import re

from tests.corpus.area import Area


def reference(area: Area) -> None:
    """Reference data in both languages, of a day, and unchanged since."""
    with area.served():
        for url in ("/v1/parameters", "/v1/readings", "/v1/benefits", "/v1/poverty-line", "/v1/regions"):
            found = area.both("GET", url)
            _again(area, url, found.headers["etag"])
            area.both("GET", f"{url}?nonsense=1")
        for day in ("2016-12-31", "2017-01-01", "2018-05-20", "nonsense", "", "2018-02-30"):
            area.ask("GET", f"/v1/parameters?on={day}", en=day != "2018-05-20")
        names = [each["name"] for each in area.ask("GET", "/v1/parameters", shown=False).json()["parameters"]]
        for name in names[::12]:
            area.both("GET", f"/v1/parameters/{name}")
            area.ask("GET", f"/v1/parameters/{name}?on=2018-05-20")
        _again(area, f"/v1/parameters/{names[0]}", area.ask("GET", f"/v1/parameters/{names[0]}").headers["etag"])
        area.both("GET", f"/v1/parameters/{names[0]}?on=2016-12-31")
        area.both("GET", f"/v1/parameters/{names[0]}?on=never")
        area.both("GET", "/v1/parameters/no.such.figure")
        for year in ("2016", "2017", "2018", "2020", "2030", "nonsense", "99999", "-1"):
            area.both("GET", f"/v1/poverty-line?year={year}")
        for query in (
            "county=150923",
            "county=150981",
            "county=999999",
            "county=x",
            "name=商都",
            "name=商都县",
            "name=旗",
        ):
            area.both("GET", f"/v1/regions?{query}")
        area.both("GET", "/v1/regions?county=150923&name=化德")
        area.both("GET", "/v1/regions?county=150923&county=150924")
        for place in ("150923", "150923101", "150923101200", "150923101999", "150923100201", "110101001", "1509"):
            area.both("GET", f"/v1/regions?place={place}")
        area.both("GET", "/v1/regions?place=150923101&county=150922")
        found = area.both("GET", "/v1/housing-options")
        _again(area, "/v1/housing-options", found.headers["etag"])
        area.both("GET", "/v1/housing-options?nonsense=1")
        found = area.both("GET", "/v1/procedures")
        _again(area, "/v1/procedures", found.headers["etag"])
        for each in found.json()["procedures"]:
            area.both("GET", f"/v1/procedures/{each['procedure']}")
        area.both("GET", "/v1/procedures/none")
        area.both("GET", "/v1/procedures?nonsense=1")


def _again(area: Area, url: str, tag: str) -> None:
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*", '"other"'):
        area.ask("GET", url, headers={"If-None-Match": given})
        area.ask("GET", url, en=True, headers={"If-None-Match": given}, shown=given == tag)


def documentation(area: Area) -> None:
    """The pages for integrators: one for each problem, Swagger UI, ReDoc and their files."""
    with area.served():
        slugs = sorted(set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`: ", str(area.document()))))
        for slug in (*slugs, "unauthorized", "forbidden", "nonsense"):
            area.both("GET", f"/problems/{slug}")
        area.ask("GET", "/docs")
        area.ask("GET", "/redoc")
        area.ask("GET", "/documentation-assets/redoc.standalone.js")
        area.ask("GET", "/documentation-assets/favicon.png")
        area.ask("GET", "/documentation-assets/swagger-ui.css")
        area.ask("GET", "/documentation-assets/none.js")
        for url in ("/docs/oauth2-redirect", "/documentation-assets", "/documentation-assets/../main.py"):
            area.ask("GET", url)
