#!/usr/bin/env -S python3 -B
"""history --chart: a picture of one account, and a line of bars on a terminal."""
import os
import stat
import struct
import subprocess
import time

from lab import PROGRAM
from scenes import Kimi
from tap import equal, has, lacks, main

PICTURE = b"\x89PNG\r\n\x1a\n"


def log_of(*cents):
    """One reading an hour, the newest an hour ago."""
    now = int(time.time()) // 3600 * 3600
    lines = []
    for back, left in zip(range(len(cents), 0, -1), cents):
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now - back * 3600))
        lines.append(f"[{when}] Kimi: ${left / 100:.2f}\n")
    return "".join(lines)


def with_history(lab, *cents):
    scene = Kimi(lab)
    equal(scene.run("import", "--account", "kimi", lab.write("kimi.log", log_of(*cents))).code, 0)
    return scene


def can_draw(scene):
    return "draws no charts" not in scene.run("history", "kimi", "--chart", "probe.png").err


def test_a_chart_is_a_picture_in_the_file_that_is_named(lab):
    scene = with_history(lab, *range(5000, 3000, -50))
    if not can_draw(scene):
        done = scene.run("history", "kimi", "--chart", "kimi.png")
        equal(done.code, 1)
        has(done.out, "▇")
        has(done.err, "libcairo2-dev")
        return
    done = scene.run("history", "kimi", "--chart", "kimi.png")
    equal((done.code, done.out), (0, "the chart of kimi is in kimi.png\n"))
    with open(lab.path("kimi.png"), "rb") as file:
        dark = file.read()
    equal(dark[:8], PICTURE)
    equal(struct.unpack(">II", dark[16:24]), (1500, 780))
    equal(scene.run("history", "--chart", "kimi.png", "--light", "--since", "2d").code, 0, "the only account; over the old file")
    with open(lab.path("kimi.png"), "rb") as file:
        equal(file.read() == dark, False, "light is another picture")
    equal([name for name in os.listdir(lab.home) if ".new" in name], [], "nothing is left beside it")


def test_a_chart_goes_to_a_pipe_but_not_to_a_terminal(lab):
    scene = with_history(lab, 5000, 4900, 4800)
    if not can_draw(scene):
        return
    piped = subprocess.run([PROGRAM, "history", "--config", "config.ini", "kimi", "--chart", "-"], env=lab.env, cwd=lab.home,
                           capture_output=True, check=False)
    equal((piped.returncode, piped.stdout[:8]), (0, PICTURE))
    shown = lab.run_on_terminal("history", "kimi", "--chart", "-", "--config", "config.ini")
    equal(shown.code, 1)
    has(shown.out, "nothing for a terminal")


def test_what_is_no_regular_file_stays_as_it_is(lab):
    scene = with_history(lab, 5000, 4900, 4800)
    os.mkfifo(lab.path("fifo"))
    os.symlink(lab.write("precious", "mine"), lab.path("link"))
    for name in ("fifo", "link", lab.home, "/dev/null"):
        done = scene.run("history", "kimi", "--chart", name)
        equal(done.code, 1, name)
        has(done.err, "no regular file")
    equal(lab.read("precious"), "mine")
    equal(stat.S_ISFIFO(os.stat(lab.path("fifo")).st_mode), True)


def test_what_cannot_be_drawn_is_said(lab):
    scene = with_history(lab, 5000, 4900, 4800)
    for words, said in ((("kimi", "--light"), "--chart"), (("kimi", "--chart", "x.png", "--json"), "--json"),
                        (("kimi", "--chart", ""), "file"), (("kimi", "kimi", "--chart", "x.png"), "name one: kimi"),
                        (("nobody", "--chart", "x.png"), "nobody"),
                        (("kimi", "--chart", "x.png", "--since", "1s"), "no reading of kimi")):
        done = scene.run("history", *words)
        equal(done.code, 1, words)
        has(done.err, said, words)
    if can_draw(scene):
        has(scene.run("history", "kimi", "--chart", "nowhere/x.png").err, "No such file or directory")


def test_one_accounts_table_ends_with_its_course_on_a_terminal(lab):
    scene = with_history(lab, *range(5000, 3000, -100))
    shown = lab.run_on_terminal("history", "kimi", "--config", "config.ini")
    has(shown.out, "▇")
    lacks(scene.run("history", "kimi").out, "▇", "for a program")


if __name__ == "__main__":
    main()
