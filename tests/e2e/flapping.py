#!/usr/bin/env -S python3 -B
"""A line that breaks every 2 s, for as long as one likes. Discord resets the token of a bot that begins 1,000 sessions in a day
(IDENTIFY); Lowtide promises 50 at most.

    make endure                                              ten minutes
    tests/e2e/flapping.py [--minutes 10] [--only kept ...]

Four daemons at the same time: `kept` may resume its session each time; `forgotten` may not, and begins anew; `spent` may not
either, and has begun 49 in the day before; `slack` is Socket Mode. Prints how often each began anew, how long it took to be
back after each break, and its private memory. Fails where a promise does not hold.
"""
import argparse
import contextlib
import json
import os
import sqlite3
import sys
import textwrap
import threading
import time

if __name__ == "__main__":
    os.environ.setdefault("LOWTIDE_BUILD", "build")  # the sanitizers have memory of their own
from discord_gateway import Plan
from gateway_bot import Bot
from lab import Lab
from slack_socket import Plan as SlackPlan
from slack_socket import Slack

EVERY_S = 2
A_DAY = 50
SPENT = 49
GROWTH_MIB = 1.0


def private_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon:")) / 1024


class Line:
    """One daemon on a line that breaks. begun: sessions it had begun in the day before."""

    begun = 0

    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        self.wrong = []

    def flap(self, seconds):
        time.sleep(3)
        self.memory = [private_mib(self.daemon.pid)]
        self.break_often()
        time.sleep(seconds)
        self.memory.append(private_mib(self.daemon.pid))

    def outages(self):
        """Seconds from each break to the next moment at which questions could be asked; the last may have no end."""
        found, broken_at = [], None
        for one in self.connections():
            ready_at = self.ready_at(one)
            if ready_at and broken_at:
                found.append(ready_at - broken_at)
            if ready_at:
                broken_at = one.closed_at
        return found

    def judge(self, growth_mib):
        """Sentences on what did not hold."""
        wrong = list(self.wrong)
        if self.memory[1] - self.memory[0] > growth_mib:
            wrong.append(f"private memory grew by {self.memory[1] - self.memory[0]:.1f} MiB")
        if self.begun + self.sessions() > A_DAY:
            wrong.append(f"{self.begun + self.sessions()} sessions begun in a day")
        if self.daemon.process.poll() is not None:
            wrong.append(f"the daemon ended with {self.daemon.process.returncode}")
        return wrong

    def report(self):
        outages = sorted(self.outages())
        print(f"\n{self.name}: {self.sessions()} {self.WHAT}{f', {self.begun} in the day before' if self.begun else ''}; "
              f"{len(self.connections())} connections; private memory {self.memory[0]:.1f} MiB, then {self.memory[1]:.1f}")
        if outages:
            print(f"  back after: median {outages[len(outages) // 2] * 1000:.0f} ms, longest {outages[-1] * 1000:.0f} ms; each, in ms:")
            each = " ".join(f"{one * 1000:.0f}" for one in self.outages())
            print(textwrap.fill(each, 120, initial_indent="  ", subsequent_indent="  "))


class DiscordLine(Line):
    WHAT = "IDENTIFY"

    def __init__(self, lab, name, resume="resumed", begun=0):
        super().__init__(lab, name)
        self.resume, self.begun = resume, begun
        self.bot = Bot(lab)
        self.bot.ready()
        if begun:
            self.spend()

    def spend(self):
        """It has begun so many sessions in the last 20 hours, the last an hour ago."""
        self.bot.daemon.stop()
        now = int(time.time())
        before = [now - 3600 - number * 68400 // (self.begun - 1) for number in reversed(range(self.begun))]
        with contextlib.closing(sqlite3.connect(os.path.join(self.lab.state, "lowtide.db"))) as db, db:
            for name, text in db.execute("SELECT name, text FROM memo").fetchall():
                memo = json.loads(text)
                if "identified" in memo:
                    db.execute("UPDATE memo SET text = ? WHERE name = ?", (json.dumps({**memo, "identified": before}), name))
        with self.bot.discord.lock:
            self.bot.discord.identifies.clear()
        self.bot.restart()
        self.bot.ready()

    @property
    def daemon(self):
        return self.bot.daemon

    def break_often(self):
        self.bot.discord.usual = Plan(ends="reset", after=EVERY_S, resume=self.resume)
        self.bot.live.reset()

    def connections(self):
        return list(self.bot.discord.connections)

    @staticmethod
    def ready_at(one):
        return one.times.get("ready")

    def sessions(self):
        return len(self.bot.discord.identifies)

    def judge(self, growth_mib):
        wrong = super().judge(growth_mib) + list(self.bot.discord.violations)
        if self.resume == "resumed":
            if self.sessions() != 1:
                wrong.append(f"{self.sessions()} IDENTIFY for one session")
            self.bot.discord.usual = Plan()
            self.bot.discord.wait_ready(seconds=60)
            if not self.bot.discord.command("balance").acknowledged():
                wrong.append("a question after all that was not acknowledged")
        return wrong


class SlackLine(Line):
    WHAT = "apps.connections.open"

    def __init__(self, lab, name):
        super().__init__(lab, name)
        self.slack = Slack(lab)
        lab.env.update(SLACK_BOT_TOKEN=Slack.TOKEN, SLACK_APP_TOKEN=Slack.APP_TOKEN)
        lab.config("[account kimi]\nprovider = manual\n" + self.slack.settings("commands = socket"), "schedule = 0 0 1 1 *")
        self.daemon = lab.daemon("run", "--config", "config.ini")
        self.slack.wait_ready()

    def break_often(self):
        self.slack.usual = SlackPlan(ends="reset", after=EVERY_S)
        self.slack.live[-1].reset()

    def connections(self):
        return list(self.slack.connections)

    @staticmethod
    def ready_at(one):
        return one.times.get("hello")

    def sessions(self):
        return len(self.slack.opens)

    def judge(self, growth_mib):
        self.slack.usual = SlackPlan()
        wrong = [one for one in super().judge(growth_mib) if "in a day" not in one] + list(self.slack.violations)
        self.slack.wait_ready(seconds=90)
        if not self.slack.command("/balance").acknowledged():
            wrong.append("a question after all that was not acknowledged")
        return wrong


LINES = {
    "kept": DiscordLine,
    "forgotten": lambda lab, name: DiscordLine(lab, name, resume="invalid"),
    "spent": lambda lab, name: DiscordLine(lab, name, resume="invalid", begun=SPENT),
    "slack": SlackLine,
}


def endure(names, seconds, growth_mib=GROWTH_MIB):
    """Lets these lines flap at the same time, prints what came of it, and answers what did not hold."""
    labs = [Lab() for _ in names]
    try:
        lines = [LINES[name](lab, name) for name, lab in zip(names, labs)]
        flapping = [threading.Thread(target=line.flap, args=(seconds,)) for line in lines]
        for one in flapping:
            one.start()
        for one in flapping:
            one.join()
        found = []
        for line in lines:
            line.report()
            found += [f"{line.name}: {wrong}" for wrong in line.judge(growth_mib)]
        return found
    finally:
        for lab in labs:
            lab.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--only", nargs="+", choices=LINES, default=list(LINES))
    options = parser.parse_args()
    print(f"{options.minutes:g} minutes in which the line breaks every {EVERY_S} s (promised: {A_DAY} IDENTIFY in a day at most)", flush=True)
    wrong = endure(options.only, options.minutes * 60)
    print("\n" + ("\n".join(f"WRONG {one}" for one in wrong) or "all that is promised held"))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
