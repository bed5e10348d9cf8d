#!/usr/bin/env -S python3 -B
"""The kinds of account besides prepaid: a ledger, spend against a budget, a quota; each through the program."""
import datetime
import json
import os
import re
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from fakes import Answer, HttpServer
from lab import ROOT
from tap import equal, has, lacks, main, true

KEY = "sk-ant-admin01-planted-secret"


class Costs:
    """Anthropic's cost report: the fixture's page first, then one more. amount is cents of all of it together."""

    def __init__(self, lab):
        with open(os.path.join(ROOT, "tests/fixtures/providers/anthropic-cost-report.json"), encoding="utf-8") as file:
            self.fixture = json.load(file)
        self.cents, self.currency, self.status, self.since = "1352.85", "USD", 200, []
        self.server = HttpServer(lab)
        self.server.default = self.answer

    def answer(self, request):
        query = parse_qs(urlsplit(request.path).query)
        if request.header("x-api-key") != KEY:
            return Answer(401, {"type": "error"})
        if self.status != 200:
            return Answer(self.status, {})
        if "page" not in query:
            self.since.append(query["starting_at"][0])
            first = json.loads(json.dumps(self.fixture))
            for day in first["data"]:
                for row in day["results"]:
                    row["amount"], row["currency"] = "0", self.currency
            return Answer(200, first)
        row = {"currency": self.currency, "amount": self.cents}
        return Answer(200, {"data": [{"results": [row]}], "has_more": False, "next_page": None})


def configure(lab, costs, text, lowtide=""):
    lab.config(f"[account claude]\nkey = {KEY}\nbase_url = {costs.server.url}\nlabel = Claude\nemoji = 💳\n{text}", lowtide)


def run(lab, *args):
    done = lab.run(*args, "--config", "config.ini")
    lacks(done.out + done.err, KEY)
    return done


def balance(lab):
    return json.loads(run(lab, "check", "claude", "--json").out)["accounts"][0]


def test_a_ledger_takes_off_what_was_spent_since_the_note(lab):
    lab.steady(86400)
    costs = Costs(lab)
    configure(lab, costs, "provider = ledger\nspend = anthropic\n")
    done = run(lab, "check", "claude")
    equal(done.code, 1, "nothing noted yet")
    has(done.out, "lowtide set claude AMOUNT")
    equal(costs.server.requests, [], "nobody is asked without a note")
    costs.cents = "150"
    done = run(lab, "set", "claude", "42.10")
    equal((done.code, done.out), (0, "Claude: $42.10 noted\n"))
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    equal(costs.since, [f"{today}T00:00:00Z"])
    has(run(lab, "check").out, f"💳 **Claude:** ≈ $42.10 (noted {today})")
    costs.cents = "400.0000001"
    found = balance(lab)
    equal((found["available"], found["estimated"], found["used"], found["error"]), ("39.599999999", True, None, None))
    true(found["age_seconds"] < 60, "as of now, however old the note is")
    costs.cents = "400"
    equal(run(lab, "topup", "claude", "10").code, 0)
    equal(balance(lab)["available"], "49.6")
    done = run(lab, "set", "claude", "49")
    equal(done.code, 0)
    true(re.search(r"^the ledger said ≈ \$49\.60, you noted \$49\.00: off by \$0\.60 in \d+s$", done.out, re.M), done.out)
    equal(balance(lab)["available"], "49")
    costs.cents = "5720"
    done = run(lab, "check")
    equal(done.code, 2, "it owes")
    has(done.out, "🚨 **Claude:** ≈ -$4.20 (noted")


def test_a_ledger_without_its_cost_is_unknown_and_keeps_the_note(lab):
    costs = Costs(lab)
    configure(lab, costs, "provider = ledger\nspend = anthropic\ndeadline = 2s\n")
    costs.status = 503
    done = run(lab, "topup", "claude", "10")
    equal(done.code, 1, "a top-up of nothing")
    has(done.err, "lowtide set claude AMOUNT")
    done = run(lab, "set", "claude", "42.10")
    equal((done.code, done.out), (0, "Claude: $42.10 noted\n"))
    has(done.err, "(HTTP 503): the whole day's cost will be taken off")
    found = balance(lab)
    equal((found["available"], found["error"]["code"]), (None, "server"))
    costs.status, costs.cents = 200, "150"
    equal(balance(lab)["available"], "40.6", "the whole day")
    costs.status = 503
    done = run(lab, "set", "claude", "40")
    has(done.out, "what the ledger said before is not known (HTTP 503)")
    costs.status, costs.currency = 200, "EUR"
    found = balance(lab)
    equal(found["error"], {"code": "not_configured", "detail": "the cost is in EUR, the note in USD"})


def test_a_ledger_is_a_round_like_all_others(lab):
    costs = Costs(lab)
    configure(lab, costs, "provider = ledger\nspend = anthropic\nlog = claude.log\n")
    costs.cents = "0"
    equal(run(lab, "set", "claude", "3").code, 0)
    done = run(lab, "update")
    equal(done.code, 2)
    has(done.out, "⚠️ **Claude:** ≈ $3.00 (noted")
    has(lab.read("claude.log"), "Claude: ≈ $3.00")
    has(run(lab, "history").out, "3.00")


def test_spend_is_told_against_its_budget_and_without_one(lab):
    lab.steady(86400)
    costs = Costs(lab)
    configure(lab, costs, "provider = anthropic\nbudget = 50.00\n")
    for cents, line, code, level in (("3471", "💳 **Claude:** $34.71 of $50.00 spent this month", 0, "ok"),
                                     ("4000", "⚠️ **Claude:** $40.00 of $50.00 spent this month", 2, "warning"),
                                     ("4750", "🚨 **Claude:** $47.50 of $50.00 spent this month", 2, "critical"),
                                     ("6000", "🚨 **Claude:** $60.00 of $50.00 spent this month", 2, "critical")):
        costs.cents = cents
        done = run(lab, "check")
        has(done.out, line)
        equal(done.code, code, line)
        equal(balance(lab)["level"], level)
    found = balance(lab)
    equal((found["available"], found["used"], found["limit"], found["unit"]), (None, "60", "50", "USD"))
    month = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-01T00:00:00Z")
    equal(set(costs.since), {month})
    costs.currency = "EUR"
    done = run(lab, "check", "claude")
    equal(done.code, 1)
    has(done.out, "the cost is in EUR, the budget in USD")
    has(done.out, "unit = EUR")
    configure(lab, costs, "provider = anthropic\n")
    costs.currency, costs.cents = "USD", "29202"
    done = run(lab, "check")
    equal(done.code, 0)
    has(done.out, "💳 **Claude:** $292.02 used, no limit")
    equal(balance(lab)["limit"], None)


def test_a_quota_tells_when_it_resets_in_the_configs_zone(lab):
    resets = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0) + datetime.timedelta(days=3)
    said = {"used": "82", "limit": "100", "unit": "percent", "resets_at": resets.strftime("%Y-%m-%dT%H:%M:%SZ")}
    script = lab.write("quota", f"#!/bin/sh\necho '{json.dumps(said)}'\n", 0o700)
    lab.config(f"[account plan]\nprovider = command\ncommand = {script}\nlabel = Plan\nemoji = 🧠\n",
               "timezone = Asia/Kolkata\n")
    local = resets.astimezone(ZoneInfo("Asia/Kolkata"))
    done = run(lab, "check")
    has(done.out, f"⚠️ **Plan:** 82 % used, resets {local.strftime('%a %H:%M')}")
    equal(done.code, 2)
    found = json.loads(run(lab, "check", "--json").out)["accounts"][0]
    equal((found["used"], found["limit"], found["resets_at"]), ("82", "100", said["resets_at"]))


if __name__ == "__main__":
    main()
