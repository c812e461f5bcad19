"""Institutions and persons that the ledger's areas share, and everybody's token."""

from tests.corpus.area import Area

CITY, COUNTY, CLINIC, VILLAGE, REGION, AWAY = (f"H1509{at:07}" for at in (4, 3, 2, 1, 5, 6))

INSTITUTIONS = f"""code,name,level,place
{VILLAGE},村卫生室,village,150923
{CLINIC},镇卫生院,township,150923
{COUNTY},旗县医院,county,150923
{CITY},市医院,city,150923
{REGION},自治区医院,in_region,
{AWAY},外省医院,out_of_region,
"""
POOR, SICK, CHRONIC, EXITED, ENDED, PLAIN, CHANGING = (f"15092300000{at}" for at in range(10, 17))
STRANGER = "1509230000099"

PERSONS = f"""number,status,from,until
{POOR},registered,2014-01-01,
{SICK},registered,2014-01-01,
{SICK},major_disease,2016-05-01,
{CHRONIC},registered,2014-01-01,
{CHRONIC},chronic_disease,2016-05-01,
{EXITED},exited_with_policy,2016-12-31,
{EXITED},major_disease,2014-01-01,
{ENDED},exited_without_policy,2016-12-31,
{PLAIN},none,2014-01-01,
{CHANGING},registered,2014-01-01,2018-06-30
{CHANGING},exited_without_policy,2018-07-01,
"""

PLACES = {
    "village": "150923100201",
    "township": "150923100",
    "county": "150923",
    "other village": "150923100202",
    "other township": "150923101",
    "other county": "150924",
}


def registers(area: Area) -> dict[str, str]:
    """Migrate the store, import both registers, and make a token for everybody; return the tokens by whose they are."""
    area.run("migrate")
    area.file("institutions.csv", text=INSTITUTIONS)
    area.run("import-institutions", "institutions.csv")
    area.file("persons.csv", text=PERSONS)
    area.run("import-persons", "persons.csv")
    tokens = {who: area.token(who, place=place) for who, place in PLACES.items()}
    hospitals = {"hospital": CITY, "county hospital": COUNTY, "clinic": CLINIC, "away": AWAY, "region": REGION}
    return tokens | {who: area.token(who, institution=code) for who, code in hospitals.items()}
