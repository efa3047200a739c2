#!/usr/bin/env python3
"""Self-checks. Run:  python3 test_oracle.py"""
import copy
import datetime
import os
import re
import subprocess
import sys

import oracle as o

HERE = os.path.dirname(os.path.abspath(__file__))


def calendar():
    # month ends
    assert o.month_end(2021, 10) == "2021-10-31"
    assert o.month_end(2021, 11) == "2021-11-30"
    assert o.month_end(2022, 2) == "2022-02-28"
    assert o.month_end(2021, 12) == "2021-12-31"
    # leap day (outside the town's year on purpose)
    assert o.month_end(2024, 2) == "2024-02-29"
    assert o.leap(2024) and o.leap(2000) and not o.leap(1900) and not o.leap(2022)
    assert o.plus_days("2024-02-27", 3) == "2024-03-01"
    assert o.plus_days("2022-02-27", 3) == "2022-03-02"
    assert o.plus_days("2021-12-31", 3) == "2022-01-03"
    assert o.plus_days("2022-09-30", 3) == "2022-10-03"
    # domain.md §9, "examples" and "leap day"
    assert o.plus_months("2021-01-31", 1) == "2021-02-28"
    assert o.plus_months("2023-01-31", 1) == "2023-02-28"
    assert o.plus_months("2024-01-31", 1) == "2024-02-29"
    assert o.plus_months("2021-11-30", 3) == "2022-02-28"
    assert o.plus_months("2021-10-15", 12) == "2022-10-15"
    assert o.plus_months("2024-02-29", 12) == "2025-02-28"
    assert o.plus_months("2024-08-31", 6) == "2025-02-28"
    # domain.md §7: "25..EOM is 4 days in a common February, 5 in a leap one, 6 or 7 otherwise"
    for y in range(2020, 2030):
        for m in range(1, 13):
            n = o.month_length(y, m) - 24
            if m == 2:
                assert n == (5 if y in (2020, 2024, 2028) else 4)
            else:
                assert n in (6, 7)
    # ten years against Python's own calendar
    day = datetime.date(2020, 1, 1)
    while day < datetime.date(2031, 1, 1):
        nxt = day + datetime.timedelta(days=1)
        assert o.plus_days(day.isoformat(), 1) == nxt.isoformat()
        assert o.plus_days(day.isoformat(), 3) == (day + datetime.timedelta(days=3)).isoformat()
        assert (nxt.day == 1) == (o.month_end(day.year, day.month) == day.isoformat())
        assert o.parts(day.isoformat()) == (day.year, day.month, day.day)
        day = nxt


def windows():
    years = o.YEARS
    o.YEARS = list(range(2020, 2031))
    try:
        # each kind that covers the calendar has no gap and no overlap
        for make, per_year in ((o.months, 12), (o.quarters, 4), (o.half_years, 2), (o.whole_years, 1)):
            w = make()
            assert len(w) == 11 * per_year
            assert w[0][0] == "2020-01-01" and w[-1][1] == "2030-12-31"
            for (a, b), (c, _) in zip(w, w[1:]):
                assert a <= b and o.plus_days(b, 1) == c
        assert len(o.days_10_20()) == 11 * 24
        assert ("2021-10-10", "2021-10-10") in o.days_10_20()      # a Sunday: does not shift
        assert datetime.date(2021, 10, 10).weekday() == 6
        assert ("2024-02-25", "2024-02-29") in o.month_ends()
        assert ("2022-02-25", "2022-02-28") in o.month_ends()
        assert len(o.month_ends()) == 11 * 12 and len(o.quarter_month_ends()) == 11 * 4
        assert set(o.quarter_month_ends()) < set(o.month_ends())
        ends = [b for _, b in o.quarters()]
        assert [b for _, b in o.quarter_month_ends()] == ends
        for q in ("2021-12-31", "2022-03-31", "2022-06-30", "2022-09-30"):
            assert q in ends
    finally:
        o.YEARS = years
    # the limits of the plan
    assert o.plus_days(o.OBSERVED, 14) == o.HORIZON


def codes():
    """Every code of templates.md is either in TEMPLATES or in NO_DUTY, and no other."""
    mine = [t[0] for t in o.TEMPLATES] + o.NO_DUTY
    assert len(mine) == len(set(mine)) == 60
    path = os.path.join(HERE, "templates.md")   # the list of templates, not kept here
    if not os.path.exists(path):
        print("  (templates.md not here: codes not compared)")
        return
    found = set()
    for row in open(path, encoding="utf-8"):
        cells = row.split("|")
        if len(cells) < 3 or not re.match(r"\s*\d\.\d", cells[1]):
            continue
        text = cells[2] if "…" in cells[1] else cells[1]
        last = None
        for m in re.finditer(r"(\d\.\d\.\d)(?:-(\d))?|(?<=[ ,])-(\d)", text):
            if m.group(1):
                last = m.group(1)
                found.add(m.group(0))
            else:
                found.add("%s-%s" % (last, m.group(3)))
    # "3.1.5-1 and -2 yearly" is read by the second branch of the pattern
    assert found == set(mine), (found ^ set(mine))


def names(town):
    path = os.path.join(HERE, "notice.txt")   # the notice, not kept here
    if not os.path.exists(path):
        print("  (notice.txt not here: names not compared)")
        return
    notice = open(path, encoding="utf-8").read()
    for u in town["units"]:
        if u["kind"] in ("town", "village"):
            assert u["name"].replace("村党总支", "").replace("镇党委", "") not in notice, u["name"]
    for m in town["mobile_members"]:
        assert m["name"] not in notice, m["name"]


def shape(town):
    o.check(town)
    kinds = [u["kind"] for u in town["units"]]
    assert kinds.count("village") == 20 and kinds.count("branch") == 47
    for v in town["units"]:
        if v["kind"] == "village":
            n = sum(1 for b in town["units"] if b["parent"] == v["id"])
            assert 1 <= n <= 4, v["id"]
        if v["kind"] == "branch":
            assert 0 <= sum(1 for g in town["units"] if g["parent"] == v["id"]) <= 3
    assert sum(1 for b in town["units"] if b["kind"] == "branch" and b["parent"] == "town") == 2
    out = subprocess.run([sys.executable, os.path.join(HERE, "make_town.py")],
                         stdout=subprocess.PIPE, check=True).stdout
    assert out == open(os.path.join(HERE, "town.json"), "rb").read(), "town.json is not fresh"


def rows(town):
    lines = o.duties(town)
    stored = open(os.path.join(HERE, "expected.tsv"), encoding="utf-8").read()
    assert stored == "".join(x + "\n" for x in lines), "expected.tsv is not fresh"
    assert len(lines) == len(set(lines)), "no duty twice"
    keys = set()
    for line in lines:
        code, unit, person, first, last, grace = line.split("\t")
        assert (code, unit, person, first) not in keys
        keys.add((code, unit, person, first))
        assert first <= "2022-10-14"
        if code in ("2.3.1", "5.1.2", "5.1.3"):
            assert last == grace == "-" and first == "2021-09-29"
        else:
            assert "2021-10-01" <= last and first <= last < grace
        assert (person != "-") == (code in ("3.2.1", "3.2.2"))
    return lines


def cells(line):
    return [c.strip() for c in line.strip().strip("|").split("|")]


def number(text):
    assert re.match(r"^[0-9 +×]+$", text), text
    return eval(text.replace("×", "*"))


def without(town, change):
    """The same town without one change."""
    t = copy.deepcopy(town)
    what, who = change.split()[:2]
    day = change.split()[2] if len(change.split()) > 2 else None
    inside = lambda uid: uid == who or uid.startswith(who + "-")
    if what == "fact":
        u = [u for u in t["units"] if u["id"] == who][0]
        n = len(u["facts"])
        u["facts"] = [f for f in u["facts"] if f["from"] != day]
        assert len(u["facts"]) == n - 1
    elif what == "created":
        t["units"] = [u for u in t["units"] if not inside(u["id"])]
        t["mobile_members"] = [m for m in t["mobile_members"] if not inside(m["branch"])]
        assert len(t["units"]) < len(town["units"])
    elif what == "closed":
        hit = [u for u in t["units"] if inside(u["id"]) and u["closed_on"]]
        assert hit
        for u in hit:
            u["closed_on"] = None
    elif what == "home":
        hit = [m for m in t["mobile_members"] if m["person"] == who and m["returned_on"] == day]
        assert len(hit) == 1
        hit[0]["returned_on"] = None
    elif what == "away":
        n = len(t["mobile_members"])
        t["mobile_members"] = [m for m in t["mobile_members"]
                               if not (m["person"] == who and m["away_since"] == day)]
        assert len(t["mobile_members"]) == n - 1
    else:
        raise AssertionError(change)
    return t


def handcheck(town, lines):
    text = open(os.path.join(HERE, "handcheck.md"), encoding="utf-8").read().split("\n")
    per = {}
    for line in lines:
        code = line.split("\t")[0]
        per[code] = per.get(code, 0) + 1
    seen = {}
    changes = set()
    for row in text:
        c = cells(row)
        if len(c) == 4 and re.match(r"^(\d\.\d\.\d|total)", c[0]):
            assert number(c[2]) == int(c[1]), row
            if c[0] == "total":
                assert int(c[1]) == len(lines) == sum(seen.values())
            else:
                seen[c[0]] = int(c[1])
        elif len(c) == 4 and re.match(r"^(fact|created|closed|home|away) ", c[0]):
            base = set(o.duties(without(town, c[0])))
            full = set(lines)
            assert (len(full - base), len(base - full)) == (number(c[1]), number(c[2])), (
                row, len(full - base), len(base - full))
            changes.add(c[0])
        elif len(c) == 4 and re.match(r"^\d{4}-\d\d-\d\d$", c[0]):
            who = sorted(set(p for _, p in o.subjects(town, "mobile", c[0])))
            assert who == c[2].split() and len(who) == int(c[3]), row
    assert seen == per, "every template is in the table"
    # every change of town.json has its line
    for u in town["units"]:
        if u["kind"] == "branch":
            for f in u["facts"][1:]:
                assert "fact %s %s" % (u["id"], f["from"]) in changes
        if u["closed_on"]:
            assert any(u["id"] == c.split()[1] or u["id"].startswith(c.split()[1] + "-")
                       for c in changes if c.startswith("closed ")), u["id"]
        if u["created_on"] > "2021-09-29":
            assert any(u["id"] == c.split()[1] or u["id"].startswith(c.split()[1] + "-")
                       for c in changes if c.startswith("created ")), u["id"]
    for m in town["mobile_members"]:
        if m["away_since"] >= "2021-09-30":
            assert "away %s %s" % (m["person"], m["away_since"]) in changes, m
        if m["returned_on"]:
            assert "home %s %s" % (m["person"], m["returned_on"]) in changes, m
    return len(changes)


if __name__ == "__main__":
    town = o.load(os.path.join(HERE, "town.json"))
    calendar()
    print("calendar ok")
    windows()
    print("windows ok")
    codes()
    print("codes ok")
    names(town)
    shape(town)
    print("town ok")
    lines = rows(town)
    print("rows ok:", len(lines))
    print("handcheck ok:", handcheck(town, lines), "changes")
