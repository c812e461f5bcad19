"""The command line: help, files in and out byte for byte, what is said, and how each command ends."""

from pathlib import Path

from tests.corpus.area import Area
from tests.corpus.area_registers import CITY, INSTITUTIONS, PERSONS, POOR

COMMANDS = (
    "",
    "serve",
    "migrate",
    "reimburse",
    "import-projects",
    "import-institutions",
    "import-persons",
    "demo",
    "token",
    "token create",
    "token list",
    "token revoke",
    "verify",
)
_COLUMNS = (
    "claim,service_date,patient.registration,visit.kind,visit.facility_level,bill.total,bill.in_scope",
    "patient.major_disease,year_to_date.admissions,year_to_date.admissions_at_level,readings.band_rates",
)
BILLS = f"""{",".join(_COLUMNS)}
1,2018-05-20,registered,inpatient,city,50000.00,50000.00,,,,
2,2018-05-20,registered,inpatient,city,186000.00,171000.00,true,,,
3,2018-05-20,none,outpatient,township,320,300,false,1,1,whole_amount
4,2016-05-20,registered,inpatient,city,50000.00,50000.00,,,,
5,2018-05-20,rich,inpatient,city,-1,x,maybe,1,2,none
6,2018-05-20,registered,inpatient,city,1.00,2.00,,,,
"7, quoted",2018-05-20,exited_with_policy,home_bed,out_of_region,100000.00,99999.99,,,,marginal
8,2018-05-20,registered,inpatient,city,50000.00
,,,,,,,,,,
9,2018-05-20,registered,inpatient,city,50000.00,50000.00,true,0,0,marginal
"""


def commands(area: Area) -> None:
    """Every command, done and refused."""
    area.on("2018-05-20")
    area.title("help")
    for name in COMMANDS:
        area.run(*name.split(), "--help")
    area.run()
    area.run("nonsense")
    area.title("without a store")
    for name in ("verify", "demo", "token list", "token revoke 1"):
        area.run(*name.split())
    area.run("token", "create", "--name", "x", "--place", "150923")
    area.run("verify", ANDA_DATABASE_URL="sqlite:////nowhere/at/all.db")
    area.run("migrate", ANDA_DATABASE_URL="sqlite:////nowhere/at/all.db")
    area.run("migrate", ANDA_MAX_BODY_BYTES="few")
    area.run("migrate", ANDA_NONSENSE="1")
    _reimburse(area)
    _store(area)
    _registers(area)
    _projects(area)
    area.run("verify")


def _reimburse(area: Area) -> None:
    area.title("a file of bills")
    area.file("bills.csv", text=BILLS)
    area.run("reimburse", "bills.csv")
    area.file("bills.reimbursed.csv")
    area.file("bills.refused.csv")
    area.run("reimburse", "bills.csv", "--english", "--output", "out.csv", "--refused", "wrong.csv")
    area.file("out.csv")
    area.file("wrong.csv")
    area.file("good.csv", text="\n".join(BILLS.splitlines()[:4]) + "\n")
    area.run("reimburse", "good.csv")
    area.file("good.reimbursed.csv")
    area.run("reimburse", "good.csv", "--output", "good.parquet")
    area.run("reimburse", "none.csv")
    for name, text in (
        ("misspelt.csv", BILLS.replace("bill.total", "bill.totl")),
        ("twice.csv", BILLS.replace("claim,", "bill.total,", 1)),
        ("lacking.csv", "claim,service_date\n1,2018-05-20\n"),
        ("empty.csv", ""),
        ("bills.txt", BILLS),
    ):
        area.file(name, text=text)
        area.run("reimburse", name)
    area.run("reimburse", "good.csv", ANDA_PARAMETERS="none.yaml")
    area.file("wrong.yaml", text="civil_relief.none:\n  values: []\n")
    area.run("reimburse", "good.csv", ANDA_PARAMETERS="wrong.yaml")
    area.run("serve", ANDA_PARAMETERS="wrong.yaml")
    area.run("serve", ANDA_NATIONAL_CODES="wrong.yaml")


def _store(area: Area) -> None:
    area.title("tokens")
    area.run("migrate")
    area.run("token", "list")
    area.run("token", "create", "--name", "旗县", "--place", "150923")
    area.run("token", "create", "--name", "乡镇", "--place", "150923100", "--days", "1")
    area.run("token", "create", "--name", "村", "--place", "150923100201", "--days", "30")
    for place in ("15", "110101", "150923000", "150923100000", "x", "150999"):
        area.run("token", "create", "--name", "x", "--place", place)
    area.run("token", "create", "--name", "x")
    area.run("token", "create", "--name", "x", "--place", "150923", "--institution", CITY)
    area.run("token", "create", "--name", "x", "--institution", CITY)
    area.run("token", "create", "--name", "", "--place", "150923")
    area.run("token", "create", "--name", "a\tb", "--place", "150923")
    area.run("token", "create", "--name", "x", "--place", "150923", "--days", "0")
    area.run("token", "revoke", "3")
    area.run("token", "revoke", "3")
    area.run("token", "revoke", "99")
    area.run("token", "revoke", "x")
    area.on("2018-05-22")
    area.run("token", "list")


def _registers(area: Area) -> None:
    area.title("registers")
    area.file("institutions.csv", text=INSTITUTIONS)
    area.run("import-institutions", "institutions.csv")
    area.run("import-institutions", "institutions.csv")
    wrong = (
        INSTITUTIONS.replace("city", "moon").replace("镇卫生院", "") + "1.5E+10,x,county,\nH1,a,county,\nH1,b,county,\n"
    )
    area.file("wrong-institutions.csv", text=wrong)
    area.run("import-institutions", "wrong-institutions.csv")
    area.run("import-institutions", "wrong-institutions.csv", "--english")
    area.run("token", "create", "--name", "市医院", "--institution", CITY)
    area.file("persons.csv", text=PERSONS)
    area.run("import-persons", "persons.csv")
    area.run("import-persons", "persons.csv")
    wrong = PERSONS.replace(f"{POOR},registered,2014-01-01,", f"{POOR},rich,2014-02-30,x")
    wrong += "150923198001011234,registered,2014-01-01,\n1.50923E+12,registered,2014-01-01,\nshort,registered\n"
    area.file("wrong-persons.csv", text=wrong)
    area.run("import-persons", "wrong-persons.csv")
    area.run("import-persons", "wrong-persons.csv", "--english")
    area.file("nothing.csv", text="number,status\n")
    area.run("import-persons", "nothing.csv")
    area.run("import-persons", "none.csv")
    refused_files(area)


def _projects(area: Area) -> None:
    area.title("projects")
    area.run("demo")
    area.run("demo", ANDA_DATABASE_URL="sqlite:///empty.db", ANDA_TODAY="2017-01-02")
    area.run("migrate", shown=False, ANDA_DATABASE_URL="sqlite:///empty.db")
    area.run("demo", ANDA_DATABASE_URL="sqlite:///empty.db", ANDA_TODAY="2017-01-02")
    area.run("import-projects", "persons.csv")
    area.run("import-projects", "none.xlsx")


def refused_files(area: Area) -> None:
    for path in sorted(Path().glob("*refused*")):
        area.file(path.name)
