#!/usr/bin/env -S python3 -B
"""What the pages tell people to type: each command and option is one that the program knows. Their configs and answers are
tried by docs_recipes_test and docs_chat_test."""
import glob
import os
import re

from lab import ROOT
from tap import equal, main, true

SPANS = re.compile(r"`(?:[A-Z_]+=\S+ )?(?:build/)?lowtide ([a-z][a-z-]*)([^`\n]*)`")
LINES = re.compile(r"^ *(?:\$ )?(?:[A-Z_]+=\S+ )?(?:build/)?lowtide ([a-z][a-z-]*)([^\n]*)$", re.M)
BLOCKS = re.compile(r"^ *```[a-z]*\n(.*?)^ *```", re.M | re.S)


def pages():
    for path in [os.path.join(ROOT, "README.md"), *sorted(glob.glob(os.path.join(ROOT, "contrib", "docs", "*.md")))]:
        with open(path, encoding="utf-8") as file:
            yield os.path.basename(path), file.read()


def told():
    """(page, command, the rest of the line) of all that is to be typed."""
    for page, text in pages():
        for command, rest in SPANS.findall(BLOCKS.sub("", text)):
            yield page, command, rest
        for block in BLOCKS.findall(text):
            for command, rest in LINES.findall(block):
                yield page, command, rest


def test_every_command_of_the_pages_is_there(lab):
    helps, wrong, count = {}, [], 0
    for page, command, rest in told():
        count += 1
        if command not in helps:
            helps[command] = lab.run("help", command)
        if helps[command].code != 0:
            wrong.append(f"{page}: lowtide {command}{rest}")
            continue
        known = set(re.findall(r"--[a-z][a-z-]*", helps[command].out))
        for option in re.findall(r"--[a-z][a-z-]*", rest):
            if option not in known:
                wrong.append(f"{page}: lowtide {command}{rest}: no {option}")
    equal(wrong, [])
    true(count > 50, f"there should be more than {count}")
    print(f"# {count} commands")


def sections():
    """section -> its keys, as config.ini.example has them."""
    found, keys = {}, set()
    with open(os.path.join(ROOT, "config.ini.example"), encoding="utf-8") as file:
        for line in file:
            head, key = re.match(r"(?:# )?\[(\w+)", line), re.match(r"(?:# )?([a-z_]+) +=", line)
            if head:
                keys = found.setdefault(head.group(1), set())
            elif key:
                keys.add(key.group(1))
    return found


def test_every_setting_of_the_pages_is_there(lab):
    del lab
    known = sections()
    anywhere, wrong, count = set().union(*known.values()), [], 0
    for page, text in pages():
        prose = BLOCKS.sub("", text)
        if page == "recipes.md":  # its own test reads it: a recipe's keys are its language
            continue
        for key in re.findall(r"`([a-z_]+) = ?[^`\n]*`", prose):
            count += 1
            wrong += [f"{page}: {key} ="] if key not in anywhere else []
        for keys, section in re.findall(r"((?:`[a-z_]+`(?:, | and )?)+) (?:of|in) `\[(discord|slack|http|lowtide)\]`", prose):
            for key in re.findall(r"`([a-z_]+)`", keys):
                count += 1
                wrong += [f"{page}: {key} of [{section}]"] if key not in known[section] else []
    equal(wrong, [])
    true(count > 15, f"there should be more than {count}")
    print(f"# {count} settings")


def test_the_readme_s_channels_are_those_that_there_are(lab):
    """And each takes what the table says that it needs."""
    del lab
    with open(os.path.join(ROOT, "config.ini.example"), encoding="utf-8") as file:
        types = {}
        for part in re.split(r"^# \[channel my-", file.read(), flags=re.M)[1:]:
            types[part.split("]")[0]] = set(re.findall(r"^# ([a-z_]+) +=", part.split("\n\n")[0], re.M))
    table = next(text for page, text in pages() if page == "README.md").split("## Channels\n", 1)[1].split("\n\n`", 1)[0]
    told = {}
    for names, needs in re.findall(r"^\| (`[^|]+) \|[^|]*\| ?([^|]*)\|$", table, re.M):
        for name in re.findall(r"`([a-z-]+)`", names):
            told[name] = set(re.findall(r"`([a-z]+)`", needs))
    equal(sorted(told), sorted(types))
    for name, needs in told.items():
        equal(needs - types[name], set(), name)


def test_every_page_and_picture_that_is_linked_is_there(lab):
    del lab
    missing = []
    for page, text in pages():
        folder = ROOT if page == "README.md" else os.path.join(ROOT, "contrib", "docs")
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", BLOCKS.sub("", text)):
            if not os.path.exists(os.path.join(folder, link)):
                missing.append(f"{page}: {link}")
    equal(missing, [])


if __name__ == "__main__":
    main()
