#!/usr/bin/env -S python3 -B
"""Vendors are asked as seldom as they wish, once for what is the same, and nothing that costs."""
from fakes import Answer, HttpServer, VendorServer, Webhooks, moonshot
from scenes import SECRETS, discord
from tap import equal, has, main, true

HOURLY = """[recipe hourly]
every = 1h
ask = GET https://openrouter.ai/api/v1/credits
header.Authorization = Bearer {key}
available = /data/total_credits minus /data/total_usage
unit = USD
"""
CREDITS = {"data": {"total_credits": 120, "total_usage": 37.5}}


def account(name, provider, vendor, extra=""):
    return (f"[account {name}]\nprovider = {provider}\nkey = planted-key-{provider}\nbase_url = {vendor.url}\nlabel = {name}\n"
            f"log = none\n{extra}\n")


def asked(vendor):
    return [f"{request.method} {request.path}" for request in vendor.requests]


def run(lab, command, *args):
    return lab.run(command, "--config", "config.ini", *args)


def test_who_wants_to_be_asked_once_an_hour_is_asked_once_by_all_commands(lab):
    vendor, hooks = HttpServer(lab), Webhooks(lab)
    vendor.answer("/api/v1/credits", 200, CREDITS)
    lab.config(HOURLY + account("router", "hourly", vendor) + discord(hooks), "schedule = 0 0 1 1 *")
    for _ in range(2):
        has(run(lab, "check").out, "$82.50")
    equal(len(vendor.requests), 2, "check records nothing, so nothing can be reused")
    for _ in range(2):
        has(run(lab, "update").out, "$82.50")
    has(run(lab, "check").out, "$82.50")
    has(run(lab, "doctor").out, "router")
    raw = run(lab, "check", "--raw").out
    has(raw, "--- router: not asked again: asked ")
    has(raw, "$82.50")
    daemon = lab.daemon("run", "--config", "config.ini")
    daemon.wait_for(r"\$82\.50")
    daemon.stop()
    equal(len(vendor.requests), 3, "asked by two checks, and once by two updates, check, doctor and the daemon")
    equal(len(hooks.summaries), 2, "each update posts")
    equal(len(run(lab, "history").out.strip().splitlines()), 2, "history: its head and one reading")


def test_a_failure_is_asked_again_at_once(lab):
    vendor, hooks = HttpServer(lab), Webhooks(lab)
    vendor.answer("/api/v1/credits", 503, "{}")
    lab.config(account("router", "openrouter", vendor) + discord(hooks), "schedule = 0 0 1 1 *")
    has(run(lab, "update").out, "HTTP 503")
    equal(len(vendor.requests), 1, "no quick second try")
    vendor.answer("/api/v1/credits", 200, CREDITS)
    has(run(lab, "update").out, "$82.50")


def test_two_accounts_with_one_key_are_one_question(lab):
    vendor = VendorServer(lab)
    lab.config(account("one", "moonshot", vendor) + account("two", "moonshot", vendor, "warning = 1000"), "")
    done = run(lab, "check", "--raw")
    equal(asked(vendor), ["GET " + VendorServer.PATH])
    equal(done.out.count("--- one: HTTP 200"), 1)
    equal(done.out.count("--- two: HTTP 200"), 1)
    equal(done.out.count('"available_balance"'), 2, "the answer is shown for each")
    has(done.out, "**one:** $12.34")
    has(done.out, "⚠️ **two:** $12.34")


def test_their_second_try_is_one_question_too(lab):
    vendor = VendorServer(lab)
    vendor.next_answers(Answer(503, "{}"))
    lab.config(account("one", "moonshot", vendor) + account("two", "moonshot", vendor), "")
    has(run(lab, "check").out, "**two:** $12.34")
    equal(len(vendor.requests), 2)


def test_doctor_and_check_ask_for_the_balance_and_nothing_else(lab):
    lab.env.update(SECRETS)
    vendor, hooks = HttpServer(lab), Webhooks(lab)
    vendor.answer(VendorServer.PATH, 200, moonshot())
    vendor.answer("/api/check-balance", 200, {"usd_balance": "12.5", "nano_balance": "1", "nanoDepositAddress": "x"})
    lab.config(account("kimi", "moonshot", vendor) + account("nano", "nanogpt", vendor) + discord(hooks), "")
    for command in ("doctor", "check"):
        vendor.requests.clear()
        has(run(lab, command).out, "nano")
        equal(sorted(asked(vendor)), ["GET " + VendorServer.PATH, "POST /api/check-balance"], command)
        post = next(request for request in vendor.requests if request.method == "POST")
        equal((post.header("Content-Length"), post.body), ("0", b""), "a POST without a body")
        true("content-type" not in post.headers, "no body, no type")


if __name__ == "__main__":
    main()
