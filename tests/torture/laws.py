"""What must hold after a crash and a restart. Each law raises Broken with a sentence."""
import re

from world import law

LINE = {
    "short": re.compile(r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\] \w+: (?:-?[$¥][\d,]+\.\d\d|unknown \(.+\))"),
    "unknown": re.compile(r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\] \w+: unknown \(.+\)"),
    "detailed": re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) \| Available: -?[$¥][\d,]+\.\d\d(?: \| \w+: -?[$¥][\d,]+\.\d\d)*"),
}
RAISED = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] ALERT: .+")
POSTED = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] POSTED: .+ Balance: [$¥][\d,]+\.\d\d.*")


def intact(store, when):
    law(not store.faults, f"the database is damaged {when}: {store.faults[:3]}")


def turns_are_whole(store, accounts, channels, when):
    """Each turn has a reading of every account, and a summary for every channel that wants one."""
    names = store.account_names
    for turn in store["turn"]:
        read = sorted(names[row["account_id"]] for row in store["reading"] if row["turn_id"] == turn["id"])
        law(read == sorted(accounts), f"turn {turn['id']} {when} has readings of {read}, not of {sorted(accounts)}")
        told = sorted(row["channel"] for row in store["outbox"] if row["turn_id"] == turn["id"] and row["kind"] == "summary"
                      and row["part"] == 0)
        law(told == sorted(channels), f"turn {turn['id']} {when} has summaries for {told}, not for {sorted(channels)}")


def told_ranks(store):
    """What is remembered as told, by account: 1 warning, 2 critical."""
    if store.version < 4:
        return {row["account"]: row["alerted"] for row in store["account_state"]}
    return {row["account"]: row["low_told"] for row in store["alert_memory"]}


def alerted_is_queued(store, low, channels, when):
    """An account is remembered as told if and only if its alert is in the outbox, once for each channel. A scenario has one
    low account at most."""
    told = [account for account, rank in told_ranks(store).items() if rank]
    law(set(told) <= set(low), f"{told} are remembered as told {when}; low are {low}")
    alerts = sorted(row["channel"] for row in store["outbox"] if is_alert(row))
    law(alerts == (sorted(channels) if told else []), f"remembered as told {when}: {told}; alerts queued for {alerts}")


def is_alert(row):
    return row["kind"] not in ("summary", "recovery", "test")


# How a message may end. Doubtful: a summary that may have arrived and is not sent again.
ENDS = ("sent", "superseded", "doubtful")


def nothing_waits(store):
    waiting = [(row["key"], row["channel"], row["state"]) for row in store["outbox"] if row["state"] not in ENDS]
    law(not waiting, f"lost: still in the outbox at the end: {waiting}")
    dropped = [row["key"] for row in store["outbox"] if row["state"] == "superseded" and row["kind"] != "summary"]
    law(not dropped, f"lost: not a summary, and superseded: {dropped}")
    unsaid = [row["key"] for row in store["outbox"] if row["state"] == "doubtful" and is_alert(row)]
    law(not unsaid, f"lost: an alert that was not said again although it was in doubt: {unsaid}")
    lines = [row["text"] for row in store["log_line"]]
    law(not lines, f"log lines lost: still queued at the end: {lines}")


def doubts_are_counted(store, channels):
    """What doctor tells of a channel is what became of its messages. `channels`: what each was told, by name."""
    kept = {row["channel"]: row for row in store["channel_state"]}
    for name, told in channels.items():
        row = kept.get(name, {"doubtful": 0, "repeated": 0})
        doubtful = {r["key"] for r in store["outbox"] if r["channel"] == name and r["state"] == "doubtful"}
        law(row["doubtful"] == len(doubtful), f"{name} counts {row['doubtful']} messages in doubt, and there are {doubtful}")
        marked = sum(text.startswith(REPEAT) for text in told)
        law(row["repeated"] <= marked, f"{name} counts {row['repeated']} repeats, and was told {marked}: {told}")


REPEAT = "(possible repeat) "


class Tally:
    """Messages that came twice, for the report."""

    def __init__(self):
        self.doubtful = self.repeats = 0


def told_once(row, text, before, after, settled, tally, exact=False):
    """`text` names the message among what the channel was told: `before` the death and in all, `after`. Only an alert comes
    a second time, and says so, and through a bot none does."""
    first = sum(text in told for told in before)
    total = sum(text in told for told in after)
    where = f"{row['key']} on {row['channel']} (\"{text}\")"
    if row["state"] == "sent":
        law(total > 0, f"lost: {where} is settled as sent and never arrived")
    law(not settled or total == first, f"said twice: {where} was settled as sent before the death, and came again")
    doubtful = first == 1 and not settled
    again = doubtful and is_alert(row) and not exact
    law(total <= (2 if again else 1), f"said twice: {where} came {total} times, {first} of them before the death")
    unmarked = [told for told in after if text in told and not told.startswith(REPEAT)]
    law(len(unmarked) <= 1, f"said twice and unmarked: {where}: {unmarked}")
    tally.doubtful += doubtful
    tally.repeats += total == 2


def log_is_true(text, account, form, store, crossed, posted):
    """One line for each reading of the store, one for each alert, one for each summary that was taken; none torn."""
    law(text.endswith("\n") or not text, f"{account}.log ends in a torn line: {text[-60:]!r}")
    kinds = {"reading": [], "alert": 0, "posted": 0}
    for line in text.splitlines():
        match = LINE[form].fullmatch(line) or LINE["unknown"].fullmatch(line)
        if match:
            kinds["reading"].append(match[1])
        elif RAISED.fullmatch(line):
            kinds["alert"] += 1
        elif POSTED.fullmatch(line):
            kinds["posted"] += 1
        else:
            law(False, f"{account}.log holds a torn or strange line: {line!r}")
    key = {name: number for number, name in store.account_names.items()}[account]
    readings = sum(row["account_id"] == key and row["turn_id"] > 0 for row in store["reading"])
    law(len(kinds["reading"]) == readings, f"{account}.log has {len(kinds['reading'])} lines for {readings} readings:\n{text}")
    law(kinds["reading"] == sorted(kinds["reading"]), f"{account}.log is out of order:\n{text}")
    law(kinds["alert"] == crossed, f"{account}.log has {kinds['alert']} ALERT lines for {crossed} crossings:\n{text}")
    law(kinds["posted"] == posted, f"{account}.log has {kinds['posted']} POSTED lines for {posted} summaries taken:\n{text}")
