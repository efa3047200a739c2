#!/usr/bin/env python3
"""Every duty of the town in town.json, plan start 2021-10-01, seen on 2022-09-30.

Run:  python3 oracle.py [town.json] > expected.tsv
Output, one duty a line, tab separated, no header:
    rule, unit, person or -, window first, window last or -, grace last or -

Dates are plain strings "YYYY-MM-DD"; they compare correctly as strings.
Sources: D = domain.md (section), T = templates.md, B = the brief of this oracle.
"""
import json
import sys

PLAN_START = "2021-10-01"     # B: "The plan starts on 2021-10-01 (plan.start_on)"
OBSERVED = "2022-09-30"       # B: "The observation day is 2022-09-30"
HORIZON = "2022-10-14"        # B: "a window counts when its first day is on or before 2022-10-14"
GRACE_DAYS = 3                # B: "Grace is 3 days after the last day"
ISSUE = "2021-09-29"          # D §0: "Issuer ... dated 2021-09-29"
YEARS = [2020, 2021, 2022, 2023]   # more than enough; the limits above cut off the rest

# ---------------------------------------------------------------- calendar (D §9)


def ymd(y, m, d):
    return "%04d-%02d-%02d" % (y, m, d)


def parts(day):
    return int(day[0:4]), int(day[5:7]), int(day[8:10])


def leap(y):
    """Gregorian: every 4th year, not every 100th, but every 400th."""
    return y % 4 == 0 and (y % 100 != 0 or y % 400 == 0)


def month_length(y, m):
    """D §7: "25..EOM is 4 days in a common February, 5 in a leap one, 6 or 7 otherwise"."""
    if m == 2:
        return 29 if leap(y) else 28
    return 30 if m in (4, 6, 9, 11) else 31


def month_end(y, m):
    """D §9: "月底, 12月底: last day of the month"."""
    return ymd(y, m, month_length(y, m))


def plus_days(day, n):
    """n days later, counted one by one (n is 3 here). D §9: weekends "do not shift"."""
    y, m, d = parts(day)
    for _ in range(n):
        d += 1
        if d > month_length(y, m):
            d, m = 1, m + 1
            if m > 12:
                m, y = 1, y + 1
    return ymd(y, m, d)


def plus_months(day, n):
    """D §9: "ends on the corresponding day of the last month; if none, on the last day of
    that month". No duty below uses it; it is here for the calendar self-test only."""
    y, m, d = parts(day)
    m += n
    while m > 12:
        m, y = m - 12, y + 1
    return ymd(y, m, min(d, month_length(y, m)))


# ---------------------------------------------------------------- windows: (first, last)


def months():
    """D §8, 3.1.2: "QUOTA>=1 per MONTH"."""
    return [(ymd(y, m, 1), month_end(y, m)) for y in YEARS for m in range(1, 13)]


def quarters():
    """D §9: "Q1 01-01..03-31, Q2 ..06-30, Q3 ..09-30, Q4 ..12-31"."""
    out = []
    for y in YEARS:
        out.append((ymd(y, 1, 1), ymd(y, 3, 31)))
        out.append((ymd(y, 4, 1), ymd(y, 6, 30)))
        out.append((ymd(y, 7, 1), ymd(y, 9, 30)))
        out.append((ymd(y, 10, 1), ymd(y, 12, 31)))
    return out


def half_years():
    """D §9: "上半年 / 下半年, 每半年: 01-01..06-30 / 07-01..12-31"."""
    out = []
    for y in YEARS:
        out.append((ymd(y, 1, 1), ymd(y, 6, 30)))
        out.append((ymd(y, 7, 1), ymd(y, 12, 31)))
    return out


def whole_years():
    """T 1.3.1: "1 per year (domain's default; whole year)"."""
    return [(ymd(y, 1, 1), ymd(y, 12, 31)) for y in YEARS]


def decembers():
    """D §9: "年底: due 12-31; window start is a setting (default 12-01 ...)"."""
    return [(ymd(y, 12, 1), ymd(y, 12, 31)) for y in YEARS]


def days_10_20():
    """D §9: "每月10日、20日: those dates; every month has them"; a window of one day each."""
    return [(ymd(y, m, d), ymd(y, m, d))
            for y in YEARS for m in range(1, 13) for d in (10, 20)]


def month_ends():
    """D §9: "25日至月底: 25..28/29/30/31"."""
    return [(ymd(y, m, 25), month_end(y, m)) for y in YEARS for m in range(1, 13)]


def quarter_month_ends():
    """D §8, 3.2.3: "BYMONTH=3,6,9,12;BYMONTHDAY=-1"; T: "opens on the 25th"."""
    return [(ymd(y, m, 25), month_end(y, m)) for y in YEARS for m in (3, 6, 9, 12)]


def once(first, last):
    return [(first, last)]


def undated(first):
    return [(first, None)]


# ---------------------------------------------------------------- templates
# (code, who owes, windows, `first`): windows that END before `first` are never owed (T, B).

M1 = "2021-10-01"   # T: "first full windows October 2021, 2021Q4, 2021H2" — October 2021
Q1 = "2021-10-01"   # 2021Q4 begins
H1 = "2021-07-01"   # 2021H2 begins
Y1 = "2021-01-01"   # T: "yearly ones begin with 2021"
O1 = ISSUE          # once: no period, nothing to cut off

OCT_MID = once("2021-10-11", "2021-10-31")   # D §9: "10月中下旬: 10-11 .. 10-31"
OCT_END = once(ISSUE, "2021-10-31")          # D §8: "DUE=2021-10-31"; T: "opens 2021-09-29"
NOV_END = once(ISSUE, "2021-11-30")          # D §8: "DUE=2021-11-30"; T: "opens 2021-09-29"
DEC_END = once(ISSUE, "2021-12-31")          # D §8: "DUE=2021-12-31"; T: "opens 2021-09-29"

TEMPLATES = [
    # action 1
    ("1.2.1",   "town",      OCT_MID,              O1),  # T; D §8 1.2.1 WINDOW=2021-10-11..2021-10-31
    ("1.3.1",   "town",      whole_years(),        Y1),  # T; D §8 1.3.1 "default >=1/YEAR"
    # action 2
    ("2.3.1",   "town",      undated(ISSUE),       O1),  # T "past at issue: office sets a new date"
    # action 3
    ("3.1.1",   "branch",    quarters(),           Q1),  # D §8 3.1.1 QUOTA>=1 per QUARTER
    ("3.1.2-1", "committee", months(),             M1),  # D §8 3.1.2 QUOTA>=1 per MONTH for 支部委员会
    ("3.1.2-2", "group",     months(),             M1),  # D §8 3.1.2 QUOTA>=1 per MONTH for 党小组会
    ("3.1.3",   "branch",    quarters(),           Q1),  # D §8 3.1.3 QUOTA>=1 per QUARTER
    ("3.1.4",   "branch",    days_10_20(),         M1),  # D §8 3.1.4 BYMONTHDAY=10,20
    ("3.1.5-1", "branch",    decembers(),          Y1),  # T "yearly 12-01..12-31"; D §8 3.1.5 DUE=12-31
    ("3.1.5-2", "branch",    decembers(),          Y1),  # same
    ("3.2.1",   "mobile",    half_years(),         H1),  # D §8 3.2.1 QUOTA>=1 per HALFYEAR
    ("3.2.2",   "mobile",    quarters(),           Q1),  # D §8 3.2.2 default QUOTA>=1 per QUARTER
    ("3.2.3",   "town",      quarter_month_ends(), "2021-12-31"),  # T "begins 2021-12-31"
    ("3.3.1-2", "branch",    months(),             M1),  # T "逐月整理 1 per month"
    ("3.3.1-3", "town",      quarters(),           Q1),  # T "按季检查 1 per quarter", town office
    ("3.3.1-4", "branch",    decembers(),          Y1),  # T "全年归档 yearly, 12-01..12-31"
    # action 4
    ("4.1.1",   "town",      DEC_END,              O1),  # T; D §8 4.1.1 DUE=2021-12-31
    ("4.1.2",   "town",      DEC_END,              O1),  # T; D §8 4.1.2 DUE=2021-12-31
    # action 5
    ("5.1.1",   "village",   NOV_END,              O1),  # T; D §8 5.1.1 DUE=2021-11-30
    ("5.1.2",   "village",   undated(ISSUE),       O1),  # D §8 5.1.2 ASAP;BASE=2021-09-29
    ("5.1.3",   "village",   undated(ISSUE),       O1),  # D §8 5.1.3 ASAP;BASE=2021-09-29
    ("5.2.1",   "village",   OCT_END,              O1),  # T; D §8 5.2.1 DUE=2021-10-31
    ("5.2.2-1", "village",   OCT_END,              O1),  # T; D §8 5.2.2 DUE=2021-10-31 for the set-up
    ("5.2.2-2", "village",   quarters(),           Q1),  # T "1 per quarter"; D §4 art. 30
    ("5.2.3",   "village",   OCT_END,              O1),  # T; D §8 5.2.3 DUE=2021-10-31
    ("5.3.1",   "village",   OCT_MID,              O1),  # D §8 5.3.1 WINDOW=2021-10-11..2021-10-31
    ("5.3.2",   "village",   OCT_MID,              O1),  # D §8 5.3.2 WINDOW=2021-10-11..2021-10-31
    # action 6
    ("6.1.1",   "village",   DEC_END,              O1),  # T; D §8 6.1.1 DUE=2021-12-31
    ("6.2.1-1", "village",   DEC_END,              O1),  # T; D §8 6.2.1 DUE=2021-12-31
    ("6.2.1-2", "town",      DEC_END,              O1),  # T discipline office
    ("6.2.1-3", "town",      DEC_END,              O1),  # T discipline office
    ("6.3.1-1", "town",      DEC_END,              O1),  # T discipline office; D §8 6.3.1 DUE=2021-12-31
    ("6.3.1-2", "town",      quarters(),           Q1),  # D §5 "一季一核查"
    ("6.3.1-3", "town",      decembers(),          Y1),  # D §5 "全年总核查"; T "12-01..12-31"
    # action 7, body of the notice 三(三)
    ("7.3.1",   "town",      month_ends(),         M1),  # T 月督查 "month end, every month, opens on the 25th"
    ("7.3.2",   "town",      quarters(),           Q1),  # T 季交流
    ("7.3.3",   "town",      half_years(),         H1),  # T 半年总结
    ("7.3.4",   "town",      decembers(),          Y1),  # T 年度述评 "yearly, 12-01..12-31"
]

# T: '"event" and "unset" produce no duty by themselves'. Nothing is computed for these:
NO_DUTY = ["1.1.1", "1.2.2", "1.3.2-1", "1.3.2-2", "1.3.3", "1.3.4", "2.1.1", "2.2.1-1", "2.2.1-2",
           "2.3.2", "3.3.1-1", "4.1.3-1", "4.1.3-2", "4.1.3-3", "4.2.1", "4.2.2", "4.3.1", "4.3.2",
           "7.1.1", "7.2.1", "7.4.1", "7.4.2"]

# ---------------------------------------------------------------- who owes, on one day (B)


def exists(unit, day):
    """B: "the unit does not exist on closed_on and later"."""
    return unit["created_on"] <= day and (unit["closed_on"] is None or day < unit["closed_on"])


def facts_on(branch, day):
    """The latest facts whose `from` is on or before the day."""
    current = None
    for fact in branch["facts"]:          # sorted by date, see check()
        if fact["from"] <= day:
            current = fact
    return current


def away(entry, day):
    """B: "away_since <= day and (returned_on is null or returned_on > day)"."""
    return entry["away_since"] <= day and (
        entry["returned_on"] is None or entry["returned_on"] > day)


def subjects(town, who, day):
    """The list of (unit id, person id or "-") that owe on that day."""
    out = []
    if who == "town":        # town office, town secretary, discipline office, 督导组
        out.append(("town", "-"))
    elif who == "mobile":    # mobile member, contact pair: unit = branch, person = member
        for entry in town["mobile_members"]:
            if away(entry, day):
                out.append((entry["branch"], entry["person"]))
    else:
        by_id = {u["id"]: u for u in town["units"]}
        for unit in town["units"]:
            if not exists(unit, day):
                continue
            if who == "village" and unit["kind"] == "village":
                out.append((unit["id"], "-"))
            elif who == "branch" and unit["kind"] == "branch":
                out.append((unit["id"], "-"))
            elif who == "committee" and unit["kind"] == "branch":
                # D §8 3.1.2: "Branch without a committee or groups: exempt by flag."
                if facts_on(unit, day)["has_committee"]:
                    out.append((unit["id"], "-"))
            elif who == "group" and unit["kind"] == "group":
                branch = by_id[unit["parent"]]
                if exists(branch, day) and facts_on(branch, day)["has_groups"]:
                    out.append((unit["id"], "-"))
    return out


def duties(town):
    lines = []
    for code, who, windows, starts in TEMPLATES:
        for first, last in windows:
            if last is not None and last < starts:
                continue                      # T, B: ends before `first`
            if last is not None and last < PLAN_START:
                continue                      # B: "windows whose last day is earlier are not owed"
            if first > HORIZON:
                continue                      # B: only up to 14 days ahead
            # B: "decided by facts on the window's last day if that is on or before 2022-09-30,
            # else by the facts of 2022-09-30"
            deciding = OBSERVED if last is None or last > OBSERVED else last
            for unit, person in subjects(town, who, deciding):
                lines.append("\t".join([
                    code, unit, person, first,
                    "-" if last is None else last,
                    "-" if last is None else plus_days(last, GRACE_DAYS)]))
    return sorted(lines)


def check(town):
    """The town itself is consistent (so that no rule is needed for odd cases)."""
    by_id = {u["id"]: u for u in town["units"]}
    assert len(by_id) == len(town["units"]), "ids are unique"
    for u in town["units"]:
        assert u["closed_on"] is None or u["created_on"] < u["closed_on"]
        assert u["created_on"] <= OBSERVED
        if u["parent"] is not None:
            p = by_id[u["parent"]]
            assert p["created_on"] <= u["created_on"], u["id"]
            if p["closed_on"] is not None:
                assert u["closed_on"] is not None and u["closed_on"] <= p["closed_on"], u["id"]
        if u["kind"] == "branch":
            froms = [f["from"] for f in u["facts"]]
            assert froms == sorted(set(froms)) and froms[0] == u["created_on"], u["id"]
            assert all(f <= OBSERVED for f in froms)
    last_return = {}
    for e in town["mobile_members"]:
        b = by_id[e["branch"]]
        assert b["kind"] == "branch"
        assert b["created_on"] <= e["away_since"] and b["closed_on"] is None, e
        assert e["away_since"] <= OBSERVED
        assert e["returned_on"] is None or e["away_since"] < e["returned_on"] <= OBSERVED
        p = e["person"]
        if p in last_return:      # a second absence begins after the first has ended
            assert last_return[p] is not None and last_return[p] < e["away_since"], e
        last_return[p] = e["returned_on"]


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


if __name__ == "__main__":
    TOWN = load(sys.argv[1] if len(sys.argv) > 1 else "town.json")
    check(TOWN)
    for line in duties(TOWN):
        print(line)
