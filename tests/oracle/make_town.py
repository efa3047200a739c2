#!/usr/bin/env python3
"""Writes town.json. No randomness: every unit, fact and date stands below, by hand.

Run:  python3 make_town.py > town.json
All names are invented; none of them is a village, person or office of the notice.
"""
import json

OLD = "2010-01-01"   # created_on of everything that was always there

# id, name, created_on
VILLAGES = [
    ("v01", "青芦村", OLD), ("v02", "双槐村", OLD), ("v03", "柳渡村", OLD),
    ("v04", "石磨村", OLD), ("v05", "望潮村", OLD), ("v06", "鹤鸣村", OLD),
    ("v07", "桃湾村", OLD), ("v08", "白鹭村", OLD), ("v09", "草桥村", OLD),
    ("v10", "仓前村", OLD), ("v11", "稻香村", OLD), ("v12", "荷塘村", OLD),
    ("v13", "芦荡村", OLD), ("v14", "槐荫村", OLD), ("v15", "长堰村", OLD),
    ("v16", "清溪村", OLD), ("v17", "梅坞村", OLD),
    ("v18", "枫台村", "2021-09-29"),
    ("v19", "星野村", "2021-11-16"),      # added during the period
    ("v20", "竹影村", "2022-03-01"),      # added during the period
]

T, F = True, False
# id, full members, probationary members, committee?, groups?, number of group units
# (the first fact of a branch counts from the day the branch is created)
BRANCHES = [
    ("v01-b1", 28, 2, T, T, 3), ("v01-b2", 12, 1, T, F, 0), ("v01-b3", 5, 0, F, F, 0),
    ("v02-b1", 19, 1, T, T, 2), ("v02-b2", 6, 0, T, F, 0),      # 6 members, keeps its committee
    ("v03-b1", 23, 0, T, T, 2),
    ("v04-b1", 31, 3, T, T, 3), ("v04-b2", 9, 0, F, F, 0),      # 9 members, no committee yet
    ("v04-b3", 4, 1, F, F, 0), ("v04-b4", 14, 0, T, T, 2),
    ("v05-b1", 17, 1, T, F, 0), ("v05-b2", 8, 0, T, F, 0),
    ("v06-b1", 26, 0, T, T, 3), ("v06-b2", 11, 0, T, T, 1), ("v06-b3", 3, 0, F, F, 0),
    ("v07-b1", 20, 2, T, F, 2),                                 # group units exist, flag still off
    ("v07-b2", 6, 1, F, F, 0), ("v07-b3", 6, 0, F, F, 0),
    ("v08-b1", 15, 0, T, T, 2),
    ("v09-b1", 18, 1, T, T, 2), ("v09-b2", 7, 0, F, F, 0),      # 7 members, never a committee
    ("v10-b1", 22, 0, T, T, 2), ("v10-b2", 5, 0, F, F, 0), ("v10-b3", 6, 0, T, T, 1),
    ("v11-b1", 13, 1, T, F, 0),
    ("v12-b1", 16, 0, T, T, 2), ("v12-b2", 7, 0, T, F, 0),
    ("v13-b1", 29, 2, T, T, 3), ("v13-b2", 10, 0, T, T, 0),     # flag on, but no group unit
    ("v13-b3", 5, 0, F, F, 0), ("v13-b4", 8, 0, T, T, 2),
    ("v14-b1", 21, 0, T, T, 3), ("v14-b2", 6, 0, F, F, 0),
    ("v15-b1", 24, 1, T, T, 2), ("v15-b2", 9, 0, T, F, 1),      # group unit exists, flag off all year
    ("v15-b3", 4, 0, F, F, 0),
    ("v16-b1", 18, 0, T, T, 2), ("v16-b2", 7, 1, T, F, 0),
    ("v17-b1", 14, 1, T, T, 1), ("v17-b2", 7, 0, T, F, 0),
    ("v18-b1", 12, 0, T, F, 2), ("v18-b2", 5, 1, F, F, 0),
    ("v19-b1", 10, 0, F, F, 0),
    ("v20-b1", 11, 0, T, T, 2), ("v20-b2", 5, 0, F, F, 0),
    ("t-b1", 16, 0, T, T, 2), ("t-b2", 8, 1, F, F, 0),          # the two 直属支部
]

# units that do not begin with their parent
FOUNDED = {
    "v07-b3": "2022-03-10",        # on a study day
    "v16-b2": "2021-12-31",        # on the last day of month, quarter, half-year, year
    "v14-b1-g3": "2022-04-30",     # group founded on the last day of a month
    "v18-b1-g1": "2021-12-01", "v18-b1-g2": "2021-12-01",
}
# units that stop: they do not exist on this day any more
CLOSED = {
    "v10-b3": "2021-12-20", "v10-b3-g1": "2021-12-20",                              # on a study day
    "v13-b4": "2022-06-30", "v13-b4-g1": "2022-06-30", "v13-b4-g2": "2022-06-30",   # last day of Q2
    "v06-b2-g1": "2022-06-15",     # group closed, the branch's flag stays on
}
# later facts of a branch: from, full, probationary, committee?, groups?
CHANGES = {
    "v01-b1": [("2022-02-28", 30, 0, T, T)],     # numbers only
    "v04-b2": [("2022-01-31", 9, 0, T, F)],      # committee elected, last day of January
    "v05-b2": [("2022-03-31", 8, 0, F, F)],      # committee dissolved, last day of March
    "v07-b1": [("2022-02-01", 21, 1, T, T)],     # groups introduced, first day of February
    "v12-b2": [("2022-05-01", 6, 0, T, F)],      # 7 -> 6 members, committee kept
    "v14-b2": [("2022-07-01", 8, 0, T, F)],      # 6 -> 8 members and a committee, first day of Q3
    "v16-b1": [("2022-08-31", 18, 0, T, F)],     # groups given up, last day of August; the units stay
    "v17-b2": [("2022-05-01", 6, 0, F, F),       # committee dissolved, first day of May
               ("2022-09-30", 7, 0, T, F)],      # elected again on the observation day
    "v18-b1": [("2021-12-01", 12, 0, T, T)],     # groups introduced, both founded that day
    "v18-b2": [("2022-03-15", 7, 0, F, F)],      # 5 -> 7 members, still no committee
    "v19-b1": [("2021-12-10", 10, 0, T, F)],     # new branch elects its committee
}

# person, invented name, branch, away_since, returned_on
MOBILE = [
    ("p01", "甲一", "v01-b1", "2021-02-15", None),
    ("p02", "甲二", "v01-b2", "2020-08-01", None),
    ("p03", "甲三", "v02-b1", "2019-03-01", None),
    ("p04", "甲四", "v03-b1", "2021-06-10", "2021-09-30"),   # home the day before the plan starts
    ("p05", "甲五", "v04-b1", "2021-03-01", "2021-12-31"),   # home on the last day of Q4 / H2
    ("p06", "甲六", "v04-b2", "2021-03-01", "2022-01-01"),   # home on the first day of Q1 / H1
    ("p07", "甲七", "v05-b1", "2021-01-10", "2022-02-05"),   # home for the spring festival ...
    ("p07", "甲七", "v05-b1", "2022-05-06", None),           # ... and away again
    ("p08", "甲八", "v06-b1", "2021-10-01", None),           # leaves on the first day of Q4
    ("p09", "甲九", "v06-b3", "2021-12-31", None),           # leaves on the last day of Q4 / H2
    ("p10", "乙一", "v07-b1", "2022-01-01", None),           # leaves on the first day of Q1 / H1
    ("p11", "乙二", "v08-b1", "2022-03-31", None),           # leaves on the last day of Q1
    ("p12", "乙三", "v09-b1", "2022-04-01", None),           # leaves on the first day of Q2
    ("p13", "乙四", "v10-b1", "2022-06-30", None),           # leaves on the last day of Q2 / H1
    ("p14", "乙五", "v11-b1", "2022-07-01", None),           # leaves on the first day of Q3 / H2
    ("p15", "乙六", "v12-b1", "2021-05-20", "2022-03-31"),   # home on the last day of Q1
    ("p16", "乙七", "v12-b2", "2021-05-20", "2022-04-01"),   # home on the first day of Q2
    ("p17", "乙八", "v13-b1", "2020-11-11", "2022-06-30"),   # home on the last day of Q2 / H1
    ("p18", "乙九", "v13-b2", "2020-11-11", "2022-07-01"),   # home on the first day of Q3 / H2
    ("p19", "丙一", "v14-b1", "2021-04-04", "2022-09-30"),   # home on the observation day
    ("p20", "丙二", "v15-b1", "2022-09-30", None),           # leaves on the observation day
    ("p21", "丙三", "v16-b1", "2022-01-15", "2022-03-10"),   # away inside one quarter only
    ("p22", "丙四", "v17-b1", "2021-11-20", "2022-05-20"),
    ("p23", "丙五", "v18-b2", "2022-02-08", None),
    ("p24", "丙六", "v20-b1", "2022-05-01", None),
    ("p25", "丙七", "t-b1", "2018-07-01", None),
    ("p26", "丙八", "v16-b2", "2022-08-15", None),
    ("p27", "丙九", "t-b2", "2021-10-20", "2021-11-05"),     # two absences inside one quarter
    ("p27", "丙九", "t-b2", "2021-12-10", None),
]

NUMERAL = ["", "一", "二", "三", "四"]


def main():
    units = [{"id": "town", "kind": "town", "parent": None, "name": "芦汀镇党委",
              "created_on": OLD, "closed_on": None}]
    created = {"town": OLD}
    for vid, name, day in VILLAGES:
        created[vid] = day
        units.append({"id": vid, "kind": "village", "parent": "town", "name": name + "党总支",
                      "created_on": day, "closed_on": None})
    for bid, full, prob, committee, groups, count in BRANCHES:
        parent = "town" if bid.startswith("t-") else bid.split("-")[0]
        no = NUMERAL[int(bid[-1])]
        name = ("直属第%s党支部" if parent == "town" else "第%s党支部") % no
        created[bid] = FOUNDED.get(bid, created[parent])
        facts = [(created[bid], full, prob, committee, groups)] + CHANGES.get(bid, [])
        units.append({"id": bid, "kind": "branch", "parent": parent, "name": name,
                      "created_on": created[bid], "closed_on": CLOSED.get(bid),
                      "facts": [{"from": f[0], "has_committee": f[3], "has_groups": f[4],
                                 "full_members": f[1], "probationary_members": f[2]}
                                for f in facts]})
        for n in range(1, count + 1):
            gid = "%s-g%d" % (bid, n)
            units.append({"id": gid, "kind": "group", "parent": bid,
                          "name": "第%s党小组" % NUMERAL[n],
                          "created_on": FOUNDED.get(gid, created[bid]),
                          "closed_on": CLOSED.get(gid)})
    mobile = [{"person": p, "name": n, "branch": b, "away_since": a, "returned_on": r}
              for p, n, b, a, r in MOBILE]
    # one object a line, so that the file can be read and diffed
    print('{\n"units": [')
    print(",\n".join(json.dumps(u, ensure_ascii=False) for u in units))
    print('],\n"mobile_members": [')
    print(",\n".join(json.dumps(m, ensure_ascii=False) for m in mobile))
    print("]\n}")


main()
