"""The scenarios: what happens, where a crash may come in, and what must hold afterwards. One line each in SCENARIOS."""
import os
import signal
import socket
import sqlite3
import time

import laws
from world import ROOT, law

DAY_MS = 86400000
SCHEMA_1 = os.path.join(ROOT, "tests", "fixtures", "store", "schema-1.sql")


class Account:
    def __init__(self, name, amount, form="short", low=False):
        self.name, self.amount, self.form, self.low = name, amount, form, low

    def section(self, peer):
        return (f"[account {self.name}]\nprovider = moonshot\nkey = ${{KEY}}\nbase_url = {peer.url}/v/{self.name}\n"
                f"label = {self.name.title()}\nlog_format = {self.form}\n")


class Channel:
    """A word is a type and, behind a slash, what it sends."""

    KINDS = {
        "discord-webhook": "url = {url}/api/webhooks/123456/{name}\n",
        "slack-webhook": "url = {url}/services/T0/B0/{name}\n",
        "discord-bot": "base_url = {url}\ntoken = planted-bot-token\nchannel = 42\n",
        "slack-bot": "base_url = {url}\ntoken = xoxb-planted-token\nchannel = C1\n",
    }
    EXACT = ("discord-bot",)  # a repeat is told apart by its nonce

    def __init__(self, word):
        self.type, _, self.sends = word.partition("/")
        self.name = self.type
        self.summaries = self.sends in ("", "summary")
        self.alerts = self.sends in ("", "alerts")
        self.exact = self.type in self.EXACT

    def section(self, peer):
        sends = f"sends = {self.sends}\n" if self.sends else ""
        return f"[channel {self.name}]\ntype = {self.type}\n{self.KINDS[self.type].format(url=peer.url, name=self.name)}{sends}\n"


class Rounds:
    """`update`, killed, and `update` again until nothing waits. Amounts sink by a cent a run, so that each message and each
    line names its round."""

    def __init__(self, accounts, channels, commands=(("update",),)):
        self.accounts = accounts
        self.channels = [Channel(word) for word in channels]
        self.commands = commands
        self.low = [account.name for account in accounts if account.low]

    # --- what happens

    def prepare(self, world):
        world.config(f"[lowtide]\nstate_dir = {world.state}\nschedule = 0 0 1 1 *\n"
                     + "".join(thing.section(world.peer) for thing in self.accounts + self.channels))

    def begin(self, world):
        self.runs = 0
        self.next_run(world)

    def next_run(self, world):
        for account in self.accounts:
            world.peer.balances[account.name] = account.amount and f"{(account.amount - self.runs) / 100:.2f}"
        self.runs += 1

    def act(self, world):
        """The part that is struck: until it is killed, or says that it failed."""
        for words in self.commands:
            if world.run(*words, struck=True) in ("killed", 1):
                return

    def recover(self, world):
        for attempt in range(8):
            time.sleep(1 if attempt > 1 else 0)  # what was not taken comes again after a while
            self.next_run(world)
            code = world.run("update")
            law(code == (2 if self.low else 1 if any(a.amount is None for a in self.accounts) else 0),
                f"after the restart `update` ends with {code}: {world.last_said}")
            store = world.store()
            if all(row["state"] in laws.ENDS for row in store["outbox"]) and not store["log_line"]:
                return store
        return world.store()

    # --- what must hold

    def look(self, world):
        """As of the death."""
        world.peer.settle()
        store = world.store()
        heard = {channel.name: world.peer.messages(channel.name) for channel in self.channels}
        if store is not None:
            self.judge_store(store, "at the crash")
        return store, heard

    def judge_store(self, store, when):
        laws.intact(store, when)
        laws.turns_are_whole(store, [a.name for a in self.accounts], [c.name for c in self.channels if c.summaries], when)
        laws.alerted_is_queued(store, self.low, [c.name for c in self.channels if c.alerts], when)
        self.judge_amounts(store, when)

    def judge(self, world, seen, store, tally):
        then, heard = seen
        world.peer.settle()
        self.judge_store(store, "at the end")
        laws.nothing_waits(store)
        settled = {row["id"] for row in then["outbox"] if row["state"] == "sent"} if then else set()
        for row in store["outbox"]:
            channel = next(c for c in self.channels if c.name == row["channel"])
            told = world.peer.messages(channel.name)
            laws.told_once(row, self.text_of(store, row), heard[channel.name], told, row["id"] in settled, tally, channel.exact)
        laws.doubts_are_counted(store, {c.name: world.peer.messages(c.name) for c in self.channels})
        self.judge_alien(world, store)
        self.judge_logs(world, store)

    def amount_in(self, store, turn, account):
        key = {name: number for number, name in store.account_names.items()}[account]
        row = next(r for r in store["reading"] if r["turn_id"] == turn and r["account_id"] == key)
        return f"${row['available'] / 10**9:.2f}" if row["available"] is not None else "unknown"

    def text_of(self, store, row):
        """Words that only this message holds."""
        if laws.is_alert(row):
            return f"{self.low[0].title()} credits low! Available"
        name = next(a.name for a in self.accounts if a.amount)
        return f"{name.title()}: {self.amount_in(store, row['turn_id'], name)}"

    def judge_alien(self, world, store):
        """Nothing was told that no row stands for."""
        for channel in self.channels:
            texts = [self.text_of(store, row) for row in store["outbox"] if row["channel"] == channel.name]
            for told in world.peer.messages(channel.name):
                law(any(text in told for text in texts), f"told, and nothing in the store says so: {told!r}")

    def judge_logs(self, world, store):
        taken = {row["turn_id"] for row in store["outbox"] if row["kind"] == "summary" and row["state"] == "sent"}
        for account in self.accounts:
            posted = sum(self.amount_in(store, turn, account.name) != "unknown" for turn in taken)
            laws.log_is_true(world.log(account.name), account.name, account.form, store, int(account.low), posted)

    def judge_amounts(self, store, when):
        """What was read is what the vendor said, or unknown. It may have said it in any of its rounds."""
        for account in self.accounts:
            key = {name: number for number, name in store.account_names.items()}.get(account.name)
            said = {account.amount - i for i in range(self.runs)} if account.amount else set()
            read = {r["available"] for r in store["reading"] if r["account_id"] == key and r["turn_id"] > 0} - {None}
            law(all(amount // 10**7 in said for amount in read), f"{account.name} is read as {read}, and was {said} {when}")


class Topup(Rounds):
    """`set` and `topup` by hand, then a round. Whoever saw no answer looks, and notes it again if it is not there."""

    NOTES = (("set", "hand", "10.00"), ("topup", "hand", "5.00", "--expires", "2090-01-01"))

    def __init__(self, accounts, channels):
        super().__init__(accounts, channels, self.NOTES + (("update",),))

    def prepare(self, world):
        super().prepare(world)
        with open(os.path.join(world.folder, "config.ini"), "a", encoding="utf-8") as file:
            file.write("[account hand]\nprovider = manual\nlabel = Hand\n")

    def begin(self, world):
        super().begin(world)
        self.noted = 0

    def act(self, world):
        for words in self.commands:
            code = world.run(*words, struck=True)
            if world.last_said.endswith("noted\n"):
                self.noted += 1
            if code in ("killed", 1):
                return

    def judge_store(self, store, when):
        laws.intact(store, when)
        laws.turns_are_whole(store, [a.name for a in self.accounts] + ["hand"], [c.name for c in self.channels], when)
        law([row["nano"] for row in store["note"]] in ([], [10 * 10**9], [10 * 10**9, 5 * 10**9]), f"notes {when}: {store['note']}")
        law(len(store["note"]) >= self.noted, f"{self.noted} notes were answered, {len(store['note'])} are there {when}")

    def recover(self, world):
        store = world.store()
        for words in self.NOTES[len(store["note"]) if store else 0:]:
            law(world.run(*words) == 0, f"`{' '.join(words)}` fails after the restart: {world.last_said}")
        return super().recover(world)

    def judge(self, world, seen, store, tally):
        super().judge(world, seen, store, tally)
        newest = max(turn["id"] for turn in store["turn"])
        law(self.amount_in(store, newest, "hand") == "$15.00", f"10 and 5 noted make {self.amount_in(store, newest, 'hand')}")


class Retention(Rounds):
    """`cleanup` of a store with a year of history, of which thirty days stay."""

    OLD, RECENT = 2400, 300  # more than two chunks; readings that stay

    def __init__(self, accounts, channels):
        super().__init__(accounts, channels, (("cleanup", "--keep", "30d"),))

    def prepare(self, world):
        super().prepare(world)
        self.begin(world)
        law(world.run("update") == 0, f"the store cannot be made: {world.said}")
        self.fill(os.path.join(world.state, "lowtide.db"), int(time.time() * 1000))
        world.save_template()

    def fill(self, path, now_ms):
        db = sqlite3.connect(path)
        columns = [row[1] for row in db.execute("PRAGMA table_info(reading)")]
        first = dict(zip(columns, db.execute("SELECT * FROM reading WHERE seq = 1").fetchone()))
        ages = [31 * DAY_MS + i * 300 * DAY_MS // self.OLD for i in range(self.OLD)]
        ages += [i * 29 * DAY_MS // self.RECENT + 3600000 for i in range(self.RECENT)]
        rows = []
        for seq, age in enumerate(ages, 2):
            row = {**first, "seq": seq, "turn_id": 0, "at_ms": now_ms - age, "asked_ms": now_ms - age, "time_ms": now_ms - age}
            rows.append(tuple(row[name] for name in columns))
        db.executemany(f"INSERT INTO reading VALUES ({', '.join('?' * len(columns))})", rows)
        db.execute("UPDATE account_state SET seq = ?", (len(rows) + 1,))
        db.executemany("INSERT INTO rollup (span_ms, start_ms, series_id, readings, unknown, last_ms) VALUES (?, ?, 1, 1, 0, 0)",
                       [(span, (now_ms - i * DAY_MS) // span * span) for span in (3600000, DAY_MS) for i in range(1, 330)])
        db.commit()
        db.close()

    def judge_store(self, store, when):
        laws.intact(store, when)
        recent = [row for row in store["reading"] if row["at_ms"] > time.time() * 1000 - 30 * DAY_MS]
        law(len(recent) == self.RECENT + 1, f"{len(recent)} of {self.RECENT + 1} recent readings are there {when}")
        law(sum(row["span_ms"] == DAY_MS for row in store["rollup"]) == 330, f"daily roll-ups are gone {when}")

    def recover(self, world):
        law(world.run("cleanup", "--keep", "30d") == 0, f"`cleanup` fails after the restart: {world.last_said}")
        return world.store()

    def judge(self, world, seen, store, tally):
        self.judge_store(store, "at the end")
        law(len(store["reading"]) == self.RECENT + 1, f"{len(store['reading'])} readings stay, not {self.RECENT + 1}")


class Migration(Rounds):
    """`update` on a store of the first schema, with an alert still on its way: the store is old and whole, or new and whole."""

    def prepare(self, world):
        super().prepare(world)
        os.makedirs(world.state, 0o700)
        db = sqlite3.connect(os.path.join(world.state, "lowtide.db"))
        with open(SCHEMA_1, encoding="utf-8") as file:
            db.executescript(file.read())
        db.close()
        world.save_template()

    def judge_store(self, store, when):
        laws.intact(store, when)
        law(store.version >= 1, f"the schema is {store.version} {when}")
        old = [row for row in store["reading"] if row["turn_id"] <= 2]
        law([(r["seq"], r["available"]) for r in old] == [(1, 6000000000), (2, 4500000000)], f"old readings {when}: {old}")
        law(list(laws.told_ranks(store).values()) == [1], f"what was told is forgotten {when}")
        alerts = [row["state"] for row in store["outbox"] if laws.is_alert(row)]
        law(len(alerts) == 1, f"alerts {when}: {alerts}")

    def judge_logs(self, world, store):
        text = world.log("kimi")
        law(len(text.splitlines()) - text.count("POSTED") == self.turns_of(store), f"lines lost or twice:\n{text}")

    @staticmethod
    def turns_of(store):
        return sum(turn["id"] > 2 for turn in store["turn"])


class Daemon(Rounds):
    """`run`, its first round and its end; killed, and started again until nothing waits."""

    def serve(self, world, struck):
        """Until all that is wanted was told, then SIGTERM. Answers how it ended."""
        process = world.start("run", struck=struck)
        try:
            self.wait(world, process, struck)
            process.send_signal(signal.SIGTERM)
        except ProcessLookupError:
            pass
        return world.end(process, "run")

    def wait(self, world, process, struck):
        end = time.monotonic() + (3 if struck else 60)  # a fault may leave nothing to tell
        while process.poll() is None and time.monotonic() < end:
            if not struck and os.path.exists(os.path.join(world.state, "lowtide.db")) and self.rests(world):
                return
            if struck and self.is_told(world):
                return
            time.sleep(0.004)

    def is_told(self, world):
        return all(len(world.peer.messages(c.name)) >= c.summaries + c.alerts for c in self.channels)

    @staticmethod
    def rests(world):
        """A round of this process is recorded, and nothing of it waits. Looked at from a connection of its own."""
        db = sqlite3.connect(f"file:{world.state}/lowtide.db?mode=ro", uri=True, timeout=5)
        try:
            begun = db.execute("SELECT COUNT(*) FROM turn").fetchone()[0]
            waits = db.execute("SELECT (SELECT COUNT(*) FROM outbox WHERE state IN ('pending', 'sending'))"
                               " + (SELECT COUNT(*) FROM log_line)").fetchone()[0]
            return begun > world.turns and waits == 0
        except sqlite3.Error:
            return False
        finally:
            db.close()

    def act(self, world):
        self.serve(world, True)

    def recover(self, world):
        self.next_run(world)
        store = world.store()
        world.turns = len(store["turn"]) if store else 0
        law(self.serve(world, False) == 0, f"`run` does not end well after the restart: {world.last_said}")
        return world.store()

    def judge_store(self, store, when):
        laws.intact(store, when)
        laws.alerted_is_queued(store, self.low, [c.name for c in self.channels if c.alerts], when)
        law(all(any(r["turn_id"] == t["id"] for r in store["reading"]) for t in store["turn"]), f"a turn without readings {when}")

    def judge(self, world, seen, store, tally):
        super().judge(world, seen, store, tally)
        summaries = [row["state"] for row in store["outbox"] if row["kind"] == "summary"]
        wanted = len([c for c in self.channels if c.summaries])
        law(summaries.count("sent") <= wanted <= summaries.count("sent") + summaries.count("doubtful"),
            f"the first start's summary: {summaries}")


def many():
    return [Account("alpha", 1234), Account("beta", 5678, "detailed"), Account("gamma", None), Account("delta", 9012)]


def low():
    return [Account("kimi", 450, "detailed", low=True)]


def alert():
    return Rounds(low(), ["discord-webhook"])


def rounds():
    return Rounds(many(), ["discord-webhook", "slack-webhook"])


def topup():
    return Topup([Account("alpha", 1234)], ["discord-webhook"])


def retention():
    return Retention([Account("alpha", 1234)], ["discord-webhook"])


def migration():
    return Migration(low(), ["discord-webhook"])


def daemon():
    return Daemon(low(), ["discord-webhook"])


# name: (what happens, what comes between)
SCENARIOS = {
    "round": (rounds, "killed"),
    "alert-webhook": (alert, "killed"),
    "alert-slack": (lambda: Rounds(low() + [Account("alpha", 1234)], ["slack-webhook"]), "killed"),
    "alert-only": (lambda: Rounds(low(), ["discord-webhook/alerts", "slack-webhook/summary"]), "killed"),
    "alert-bot": (lambda: Rounds(low(), ["discord-bot"]), "killed"),
    "alert-slack-bot": (lambda: Rounds(low(), ["slack-bot"]), "killed"),
    "topup": (topup, "killed"),
    "retention": (retention, "killed"),
    "migration": (migration, "killed"),
    "daemon": (daemon, "killed"),
    "round, no memory": (rounds, "no memory at times"),
    "alert, no memory": (alert, "no memory"),
    "topup, no memory": (topup, "no memory at times"),
    "retention, no memory": (retention, "no memory at times"),
    "migration, no memory": (migration, "no memory at times"),
    "daemon, no memory": (daemon, "no memory at times"),
    "round, no memory in libraries": (rounds, "no memory in libraries"),
    "alert, no memory in libraries": (alert, "no memory in libraries"),
    "topup, no memory in libraries": (topup, "no memory in libraries"),
    "retention, no memory in libraries": (retention, "no memory in libraries"),
    "migration, no memory in libraries": (migration, "no memory in libraries"),
    "daemon, no memory in libraries": (daemon, "no memory in libraries"),
    "alert, disk full": (alert, "disk full"),
    "retention, disk full": (retention, "disk full"),
    "migration, disk full": (migration, "disk full"),
    "alert, disk full for a moment": (alert, "disk full for a moment"),
    "alert, sync fails": (alert, "sync fails"),
    "topup, sync fails": (topup, "sync fails"),
    "retention, sync fails": (retention, "sync fails"),
    "migration, sync fails": (migration, "sync fails"),
}
