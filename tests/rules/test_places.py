"""The counties against the national list of codes, and the lists against the document's own counts."""

import re
from pathlib import Path

import pytest

from app.rules.reference import places
from app.rules.reference.places import Division, ListName, load_divisions
from app.rules.reference.township_names import load_township_names
from app.rules.strict_yaml import ParameterError
from tests.support.grid import grid

SHIPPED = Path(places.__file__).with_suffix(".yaml").read_text(encoding="utf-8")
PLACES = load_divisions()

# GB/T 2260 as the Ministry of Civil Affairs published it for January 2018.
COUNTIES = {
    ("150100", "呼和浩特市"): """
        150102新城区 150103回民区 150104玉泉区 150105赛罕区 150121土默特左旗 150122托克托县 150123和林格尔县
        150124清水河县 150125武川县""",
    ("150200", "包头市"): """
        150202东河区 150203昆都仑区 150204青山区 150205石拐区 150206白云鄂博矿区 150207九原区 150221土默特右旗
        150222固阳县 150223达尔罕茂明安联合旗""",
    ("150300", "乌海市"): """
        150302海勃湾区 150303海南区 150304乌达区""",
    ("150400", "赤峰市"): """
        150402红山区 150403元宝山区 150404松山区 150421阿鲁科尔沁旗 150422巴林左旗 150423巴林右旗 150424林西县
        150425克什克腾旗 150426翁牛特旗 150428喀喇沁旗 150429宁城县 150430敖汉旗""",
    ("150500", "通辽市"): """
        150502科尔沁区 150521科尔沁左翼中旗 150522科尔沁左翼后旗 150523开鲁县 150524库伦旗 150525奈曼旗
        150526扎鲁特旗 150581霍林郭勒市""",
    ("150600", "鄂尔多斯市"): """
        150602东胜区 150603康巴什区 150621达拉特旗 150622准格尔旗 150623鄂托克前旗 150624鄂托克旗 150625杭锦旗
        150626乌审旗 150627伊金霍洛旗""",
    ("150700", "呼伦贝尔市"): """
        150702海拉尔区 150703扎赉诺尔区 150721阿荣旗 150722莫力达瓦达斡尔族自治旗 150723鄂伦春自治旗
        150724鄂温克族自治旗 150725陈巴尔虎旗 150726新巴尔虎左旗 150727新巴尔虎右旗 150781满洲里市
        150782牙克石市 150783扎兰屯市 150784额尔古纳市 150785根河市""",
    ("150800", "巴彦淖尔市"): """
        150802临河区 150821五原县 150822磴口县 150823乌拉特前旗 150824乌拉特中旗 150825乌拉特后旗 150826杭锦后旗""",
    ("150900", "乌兰察布市"): """
        150902集宁区 150921卓资县 150922化德县 150923商都县 150924兴和县 150925凉城县 150926察哈尔右翼前旗
        150927察哈尔右翼中旗 150928察哈尔右翼后旗 150929四子王旗 150981丰镇市""",
    ("152200", "兴安盟"): """
        152201乌兰浩特市 152202阿尔山市 152221科尔沁右翼前旗 152222科尔沁右翼中旗 152223扎赉特旗 152224突泉县""",
    ("152500", "锡林郭勒盟"): """
        152501二连浩特市 152502锡林浩特市 152522阿巴嘎旗 152523苏尼特左旗 152524苏尼特右旗 152525东乌珠穆沁旗
        152526西乌珠穆沁旗 152527太仆寺旗 152528镶黄旗 152529正镶白旗 152530正蓝旗 152531多伦县""",
    ("152900", "阿拉善盟"): """
        152921阿拉善左旗 152922阿拉善右旗 152923额济纳旗""",
}

HOHHOT, BAOTOU, CHIFENG, TONGLIAO, ORDOS, HULUNBUIR = "1501", "1502", "1504", "1505", "1506", "1507"
BAYANNUR, ULANQAB, HINGGAN, XILINGOL, ALXA = "1508", "1509", "1522", "1525", "1529"

# How many counties of each prefecture stand on a list, counted in the document by hand.
BY_PREFECTURE: dict[ListName, dict[str, int]] = {
    "national_poor": {HOHHOT: 1, HULUNBUIR: 2, HINGGAN: 5, TONGLIAO: 4, CHIFENG: 8, XILINGOL: 3, ULANQAB: 8},
    "regional_poor": {
        HOHHOT: 1,
        BAOTOU: 1,
        HULUNBUIR: 4,
        HINGGAN: 1,
        CHIFENG: 2,
        TONGLIAO: 2,
        XILINGOL: 5,
        ULANQAB: 2,
        ORDOS: 1,
        BAYANNUR: 5,
        ALXA: 2,
    },
    "old_revolutionary_base": {
        HOHHOT: 7,
        BAOTOU: 3,
        HULUNBUIR: 5,
        HINGGAN: 6,
        TONGLIAO: 4,
        CHIFENG: 5,
        XILINGOL: 3,
        ULANQAB: 9,
        ORDOS: 6,
        BAYANNUR: 1,
    },
    "border": {BAOTOU: 1, HULUNBUIR: 5, HINGGAN: 2, XILINGOL: 5, ULANQAB: 1, BAYANNUR: 2, ALXA: 3},
    "pastoral": {
        BAOTOU: 1,
        HULUNBUIR: 4,
        HINGGAN: 1,
        TONGLIAO: 3,
        CHIFENG: 5,
        XILINGOL: 9,
        ULANQAB: 1,
        ORDOS: 4,
        BAYANNUR: 2,
        ALXA: 3,
    },
    "contiguous_poor_area": {HINGGAN: 5, ULANQAB: 3},
    "deeply_poor": {ULANQAB: 8},
}
STATED: dict[ListName, int] = {
    "national_poor": 31,
    "regional_poor": 26,
    "old_revolutionary_base": 49,
    "border": 19,
    "pastoral": 33,
    "contiguous_poor_area": 8,
    "deeply_poor": 8,
}

OLD_BASE: tuple[ListName, ...] = ("old_revolutionary_base",)
IN_ULANQAB: dict[str, tuple[ListName, ...]] = {
    "集宁区": OLD_BASE,
    "卓资县": ("national_poor", "old_revolutionary_base", "deeply_poor"),
    "化德县": ("national_poor", "contiguous_poor_area", "deeply_poor"),
    "商都县": ("national_poor", "contiguous_poor_area", "deeply_poor"),
    "兴和县": ("national_poor", "old_revolutionary_base", "contiguous_poor_area", "deeply_poor"),
    "凉城县": ("regional_poor", "old_revolutionary_base"),
    "察哈尔右翼前旗": ("national_poor", "old_revolutionary_base", "deeply_poor"),
    "察哈尔右翼中旗": ("national_poor", "old_revolutionary_base", "deeply_poor"),
    "察哈尔右翼后旗": ("national_poor", "old_revolutionary_base", "deeply_poor"),
    "四子王旗": ("national_poor", "old_revolutionary_base", "border", "pastoral", "deeply_poor"),
    "丰镇市": ("regional_poor", "old_revolutionary_base"),
}


def named(places: tuple[Division, ...]) -> list[str]:
    return [place.name["zh"] for place in places]


# Codes ---------------------------------------------------------------------------------------------


def test_every_county_has_its_national_code_and_name() -> None:
    expected = {entry[:6]: entry[6:] for listed in COUNTIES.values() for entry in listed.split()}
    assert len(expected) == 103
    assert {code: place.name["zh"] for code, place in PLACES.by_code.items()} == expected


def test_every_county_lies_in_its_prefecture() -> None:
    for (code, name), listed in COUNTIES.items():
        for entry in listed.split():
            prefecture = PLACES.by_code[entry[:6]].prefecture
            assert (prefecture.code, prefecture.name["zh"]) == (code, name)


def test_the_home_prefecture_is_ulanqab_with_its_eleven_counties() -> None:
    assert (PLACES.home.prefix, PLACES.home.name["zh"]) == ("1509", "乌兰察布市")
    at_home = [place for place in PLACES.by_code.values() if place.prefecture == PLACES.home]
    assert len(at_home) == 11
    assert all(place.code.startswith(PLACES.home.prefix) for place in at_home)


def test_every_name_is_chinese_in_chinese_and_has_no_chinese_in_english() -> None:
    chinese = re.compile(r"[一-鿿]")
    wordings = [place.name for place in PLACES.by_code.values()]
    wordings += [place.prefecture.name for place in PLACES.by_code.values()]
    for list_ in PLACES.lists.values():
        wordings += [list_.name, *([list_.note] if list_.note else [])]
        wordings += [group.area.name for group in list_.groups if group.area]
    for wording in wordings:
        assert chinese.search(wording["zh"]), wording
        assert not chinese.search(re.sub(r"\([^)]*\)", "", wording["en"])), wording
    assert len({place.name["en"] for place in PLACES.by_code.values()}) == 103


# Lists ---------------------------------------------------------------------------------------------


@grid("list_", STATED)
def test_a_list_has_as_many_counties_as_its_heading_states(list_: ListName) -> None:
    shown = PLACES.lists[list_]
    assert (shown.stated, len(set(shown.counties))) == (STATED[list_], STATED[list_])


@grid("list_", STATED)
def test_a_list_has_the_counties_of_each_prefecture_that_the_document_gives_it(list_: ListName) -> None:
    counted: dict[str, int] = {}
    for code in PLACES.lists[list_].counties:
        counted[code[:4]] = counted.get(code[:4], 0) + 1
    assert counted == BY_PREFECTURE[list_]
    stated = {group.prefecture.prefix: group.stated for group in PLACES.lists[list_].groups if group.prefecture}
    if list_ in {"national_poor", "regional_poor", "old_revolutionary_base"}:
        assert stated == BY_PREFECTURE[list_]
    elif list_ == "contiguous_poor_area":
        assert stated == {HINGGAN: None, ULANQAB: 3}
    elif list_ == "deeply_poor":
        assert stated == {ULANQAB: 8}
    else:
        assert stated == {}


@grid("name", IN_ULANQAB)
def test_every_county_of_ulanqab_is_listed_as_the_document_lists_it(name: str) -> None:
    (place,) = PLACES.find(name)
    assert tuple(listing.list.id for listing in place.listed_as) == IN_ULANQAB[name]
    areas = {listing.list.id: listing.area.id for listing in place.listed_as if listing.area}
    assert areas == ({"contiguous_poor_area": "yanshan_taihang"} if "contiguous_poor_area" in areas else {})


def test_the_lists_of_ulanqab_agree_with_the_report_part() -> None:
    listed = [list_ for lists in IN_ULANQAB.values() for list_ in lists]
    assert len(IN_ULANQAB) == 11
    assert [listed.count(list_) for list_ in ("national_poor", "regional_poor", "old_revolutionary_base")] == [8, 2, 9]
    assert listed.count("contiguous_poor_area") == 3


def test_the_poor_counties_are_fifty_seven_and_none_is_both_national_and_regional() -> None:
    national, regional = (set(PLACES.lists[list_].counties) for list_ in ("national_poor", "regional_poor"))
    assert not national & regional
    assert len(national | regional) == 57


def test_the_deeply_poor_counties_are_the_national_poor_ones_of_ulanqab_by_a_reading() -> None:
    national = {code for code in PLACES.lists["national_poor"].counties if code.startswith(ULANQAB)}
    deeply = PLACES.lists["deeply_poor"]
    assert set(deeply.counties) == national
    assert (deeply.basis, deeply.clause) == ("assumption", "报告部分一、R29")
    assert {list_.id for list_ in PLACES.lists.values() if list_.basis != "policy"} == {"deeply_poor"}
    assert PLACES.is_deeply_poor("150923")
    assert not PLACES.is_deeply_poor("150981")  # Fengzhen: a regional poor county
    assert not PLACES.is_deeply_poor("150125")  # Wuchuan: a national poor county of another prefecture


def test_a_contiguous_area_is_named_for_its_counties_only() -> None:
    areas = {
        place.name["zh"]: listing.area.id
        for place in PLACES.by_code.values()
        for listing in place.listed_as
        if listing.area
    }
    assert areas == dict.fromkeys(
        ["科尔沁右翼前旗", "科尔沁右翼中旗", "扎赉特旗", "阿尔山市", "突泉县"], "greater_khingan_south"
    ) | dict.fromkeys(["商都县", "化德县", "兴和县"], "yanshan_taihang")


# Names ---------------------------------------------------------------------------------------------


@grid(
    ("asked", "found"),
    [
        ("商都", ["商都县"]),
        ("商都县", ["商都县"]),
        ("shangdu", ["商都县"]),
        ("Shangdu County", ["商都县"]),
        ("新城", ["新城区"]),
        ("察右前旗", ["察哈尔右翼前旗"]),
        ("科右中旗", ["科尔沁右翼中旗"]),
        ("科左中旗", ["科尔沁左翼中旗"]),
        ("达茂旗", ["达尔罕茂明安联合旗"]),
        ("鄂温克旗", ["鄂温克族自治旗"]),
        ("鄂温克自治旗", ["鄂温克族自治旗"]),
        ("鄂伦春", ["鄂伦春自治旗"]),
        ("莫旗", ["莫力达瓦达斡尔族自治旗"]),
        ("莫力达瓦达翰尔自治旗", ["莫力达瓦达斡尔族自治旗"]),
        ("乌兰特前旗", ["乌拉特前旗"]),
        ("清水河", ["清水河县"]),
        ("和林县", ["和林格尔县"]),
        ("鄂托克", ["鄂托克旗"]),
        ("乌拉特", ["乌拉特前旗", "乌拉特中旗", "乌拉特后旗"]),
        ("察右", ["察哈尔右翼前旗", "察哈尔右翼中旗", "察哈尔右翼后旗"]),
        ("都县", []),
        ("大同", []),
    ],
)
def test_a_county_is_found_by_any_of_its_names(asked: str, found: list[str]) -> None:
    assert named(PLACES.find(asked)) == found


def test_every_county_is_found_by_each_of_its_names_and_no_other_is() -> None:
    for place in PLACES.by_code.values():
        for name in place.names:
            assert PLACES.find(name) == (place,), name


# Townships and villages ----------------------------------------------------------------------------


def test_every_township_and_village_of_ulanqab_has_a_name() -> None:
    names = PLACES.townships.by_code
    assert len(names) == 1627
    assert [len([code for code in names if len(code) == digits]) for digits in (9, 12)] == [110, 1517]
    assert {code[:6] for code in names} == {code for code in PLACES.by_code if code.startswith(ULANQAB)}
    assert all(re.search(r"[一-鿿]", name) for name in names.values())


@grid(
    ("code", "chinese", "english"),
    [
        ("150923", "商都县", "Shangdu County"),
        ("150923101", "商都县七台镇", "七台镇, Shangdu County"),
        ("150923101200", "商都县七台镇骆驼盘村民委员会", "骆驼盘村民委员会, 七台镇, Shangdu County"),
        ("150921106", "卓资县卓资山镇", "卓资山镇, Zhuozi County"),
        ("150923100201", None, None),  # no such township
        ("150923101999", None, None),  # no such village of a township that there is
        ("150202001", None, None),  # of another prefecture
        ("110101", None, None),
    ],
)
def test_a_place_is_named_with_its_township_and_county(code: str, chinese: str | None, english: str | None) -> None:
    assert (PLACES.full_name(code, "zh"), PLACES.full_name(code, "en")) == (chinese, english)


def test_a_county_holds_its_townships_and_a_township_its_villages() -> None:
    townships = "七台镇、十八顷镇、大黑沙土镇、西井子镇、屯垦队镇、小海子镇、大库伦乡、卯都乡、玻璃忽镜乡、三大顷乡"
    assert "、".join(PLACES.below("150923").values()) == townships
    assert all(code.startswith("150923101") and len(code) == 12 for code in PLACES.below("150923101"))
    assert len(PLACES.below("150923101")) > 10
    assert PLACES.below("150923101200") == {}


def test_a_township_or_village_is_found_by_its_name_or_by_how_it_begins() -> None:
    assert PLACES.find_townships("七台镇") == ["150923101"]
    assert PLACES.find_townships("骆驼盘村", "150923") == ["150923101200"]
    assert PLACES.find_townships("七台镇", "150922") == []
    assert len(PLACES.find_townships("七台")) > 1
    assert PLACES.find_townships("杨柳青镇") == []


def test_the_names_are_read_once_in_the_life_of_a_process() -> None:
    assert load_divisions().townships.by_code is PLACES.townships.by_code


@grid(
    ("lines", "complaint"),
    [
        (["name,code"], "the first line must be 'code,name'"),
        (["code,name", "150923,商都县"], "is not a code of 9 or 12 digits and a name"),
        (["code,name", "150923101"], "is not a code of 9 or 12 digits and a name"),
        (["code,name", "150923000,商都县"], "is not a code of 9 or 12 digits and a name"),
        (["code,name", "150923101,七台镇", "150923101,七台镇"], "the code 150923101 stands twice"),
        (["code,name", "150923101200,骆驼盘村民委员会"], "the township of 150923101200 does not stand before it"),
    ],
)
def test_a_file_of_names_in_doubt_is_refused_with_the_line(tmp_path: Path, lines: list[str], complaint: str) -> None:
    path = tmp_path / "names.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ParameterError, match=re.escape(complaint)) as caught:
        load_township_names(path)
    assert str(caught.value).startswith(f"names.csv:{len(lines)}:")


# A file in doubt -----------------------------------------------------------------------------------


@grid(
    ("shipped", "doubtful", "complaint"),
    [
        ("150921: {name", "150923: {name", "the key '150923' stands twice"),
        ("150921: {name", "150821: {name", "begins with 1509"),
        ("150921: {name", "15092: {name", "not a code of six digits"),
        ("zh: 卓资县, en", "zh: 商都县, en", "the name '商都县' stands twice"),
        ("short: 察右中旗", "short: 察右前旗", "the name '察右前旗' stands twice"),
        ("short: 察右中旗", "brief: 察右中旗", "unknown key 'brief'"),
        ("en: Zhuozi County}", "en: ''}", "missing in one language"),
        ("  border:\n", "  frontier:\n", "unknown key 'frontier'"),
        ("counties: [武川县]", "counties: [武川旗]", "no county is called '武川旗'"),
        ("counties: [武川县]", "counties: [固阳县]", "does not lie in the prefecture"),
        ("counties: [商都县, 化德县, 兴和县]", "counties: [商都县, 化德县]", "states 3 counties, the list has 2"),
        ("stated: 33", "stated: 34", "states 34 counties, the list has 33"),
        ("stated: 33", "stated: many", "not a number of counties"),
        ("乌审旗,\n", "鄂托克旗,\n", "stands on the list twice"),
        ("area: yanshan_taihang", "area: yanshan", "no area is called 'yanshan'"),
        ("{prefecture: 包头市", "{prefecture: 包头", "no prefecture is called '包头'"),
        ("home: 150900", "home: 150999", "no prefecture has the code"),
        ("basis: policy", "basis: hearsay", "unknown basis 'hearsay'"),
        ("as_of: 2018-12-31", "as_of: 2018", "not a day"),
    ],
)
def test_a_file_in_doubt_is_refused_with_the_line(tmp_path: Path, shipped: str, doubtful: str, complaint: str) -> None:
    assert shipped in SHIPPED
    path = tmp_path / "places.yaml"
    path.write_text(SHIPPED.replace(shipped, doubtful, 1), encoding="utf-8")
    with pytest.raises(ParameterError, match=re.escape(complaint)) as caught:
        load_divisions(path)
    assert str(caught.value).startswith("places.yaml:")
