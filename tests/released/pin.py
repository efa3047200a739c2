#!/usr/bin/env python3
"""Pins what a released binary asks of the database: `pin.py <commit> > stage-n/queries.json`.

One line per query, from the commit's own server/.sqlx: the statement, the types it takes, the columns it gives.
"""

import json
import subprocess
import sys


def git(*arguments):
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


def type_name(described):
    return described if isinstance(described, str) else json.dumps(described, sort_keys=True)


commit = git("rev-parse", sys.argv[1]).strip()
migrations = git("ls-tree", "--name-only", commit, "migrations/").split()
lines = []
for path in sorted(git("ls-tree", "--name-only", commit, "server/.sqlx/").split()):
    stored = json.loads(git("show", f"{commit}:{path}"))
    described = stored["describe"]
    lines.append(
        json.dumps(
            {
                "sql": stored["query"],
                "takes": [type_name(t) for t in described["parameters"]["Left"]],
                "gives": [[c["name"], type_name(c["type_info"])] for c in described["columns"]],
            },
            ensure_ascii=False,
        )
    )
head = {"commit": commit, "migration": int(max(migrations).split("/")[1].split("_")[0])}
print(json.dumps(head)[:-1] + ', "queries": [')
print(",\n".join(lines))
print("]}")
