#!/usr/bin/env python3
"""Licences, bans and sources of every crate that is built, by the lists in .deny.toml.

Does what `cargo deny check licenses bans sources` does for this project, on machines without cargo-deny.
"""

import re
import subprocess
import sys
import tomllib


def built_packages():
    """(name, version, origin, licence) of what is built here with the features in use; the lock file holds more."""
    tree = subprocess.run(
        ("cargo", "tree", "--workspace", "--locked", "--prefix", "none", "--format", "{p}|{l}"),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    line = re.compile(r"(\S+) v(\S+)(?: \(proc-macro\))?(?: \(([^*)]*)\))?\|(.*?)(?: \(\*\))?")
    return {line.fullmatch(text).groups() for text in tree.splitlines() if text}


def acceptable(expression, allowed):
    """Evaluates an SPDX expression; `/` is the old way to write OR. AND binds more tightly than OR."""
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))

    def alternatives():
        result = conjunction()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            result = conjunction() or result
        return result

    def conjunction():
        result = licence()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            result = licence() and result
        return result

    def licence():
        name = tokens.pop(0)
        if name == "(":
            result = alternatives()
            tokens.pop(0)
            return result
        if tokens and tokens[0] == "WITH":
            name = f"{name} WITH {tokens[1]}"
            del tokens[:2]
        return name in allowed

    return alternatives()


def complaints(rules, packages):
    allowed = set(rules["licenses"]["allow"])
    banned = {ban["crate"]: ban["reason"] for ban in rules["bans"]["deny"]}
    for name, version, origin, licence in sorted(packages, key=str):
        if name in banned:
            yield f"{name} {version} is banned: {banned[name]}"
        if not acceptable(licence or "none", allowed):
            yield f"{name} {version} has the licence {licence or 'none'}, which .deny.toml does not allow"
        if origin and not origin.startswith("/"):
            yield f"{name} {version} comes from {origin}, not from the registry"


def main():
    with open(".deny.toml", "rb") as file:
        rules = tomllib.load(file)
    packages = built_packages()
    found = list(complaints(rules, packages))
    print("\n".join(found) if found else f"licences, bans and sources of {len(packages)} crates are in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
