#!/usr/bin/env -S python3 -B
"""`lowtide providers test`: a recipe reads answers that somebody saved, and tells each step."""
import json

from tap import equal, has, lacks, main

DEEPSEEK = json.dumps({"is_available": True, "owner": "jane@example.com", "balance_infos": [
    {"currency": "CNY", "total_balance": "0.00", "granted_balance": "0", "topped_up_balance": "0"},
    {"currency": "USD", "total_balance": "110.00", "granted_balance": "10.00", "topped_up_balance": "100.00"}]})
ACME = """[recipe acme]
ask = GET https://api.acme.example/v1/balance
header.Authorization = Bearer {key}
available = /data/total minus /data/used
unit = USD
"""


def words(text):
    """Each line's words with single spaces: what is aligned how is nobody's business."""
    return [" ".join(line.split()) for line in text.splitlines()]


def trial(lab, *args, **how):
    return lab.run("providers", "test", *args, **how)


def test_each_step_of_a_built_in_recipe_is_told(lab):
    done = trial(lab, "deepseek", "--body", lab.write("answer.json", DEEPSEEK))
    equal(done.code, 0, done.err)
    lines = words(done.out)
    for line in (f"GET https://api.deepseek.com/user/balance → HTTP 200, {len(DEEPSEEK)} bytes",
                 "/balance_infos/*[currency={unit}] → 1 row not 0",
                 'available row:/total_balance "110.00" → 110',
                 'unit row:/currency "USD" → USD',
                 "reading available 110, cash 100, voucher 10 USD; level ok"):
        has(lines, line)
    has(done.out, "🐋 **DeepSeek:** $110.00 available (threshold: $5.00)")
    lacks(done.out + done.err, "jane", "only what the recipe points at is shown")


def test_the_last_step_before_a_failure_says_what_is_there(lab):
    answer = lab.write("answer.json", '{"data": {"total": 5, "spent": 2}}')
    done = trial(lab, lab.write("acme.ini", ACME), "--body", answer)
    equal(done.code, 1)
    lines = words(done.out)
    has(lines, "/data/used not there; /data is an object: total, spent")
    has(lines, "reading unknown (malformed): no number at /data/used")


def test_a_recipe_of_a_file_and_one_of_the_config_are_tried_alike(lab):
    answer = lab.write("answer.json", '{"data": {"total": 5, "used": 2}}')
    lab.write("acme.ini", ACME)
    lab.config(ACME)
    by_file = trial(lab, "acme.ini", "--body", answer)
    by_name = trial(lab, "acme", "--config", "config.ini", "--body", answer)
    equal((by_file.code, by_name.code), (0, 0), by_file.err + by_name.err)
    equal(by_file.out, by_name.out)
    has(words(by_file.out), "/data/total minus /data/used → 3")
    has(by_file.out, "level warning")


def test_a_recipe_that_is_wrong_is_told_with_its_line(lab):
    answer = lab.write("answer.json", "{}")
    done = trial(lab, lab.write("acme.ini", ACME.replace("minus", "less")), "--body", answer)
    equal(done.code, 1)
    has(done.err, "acme.ini:4: ")
    done = trial(lab, lab.write("none.ini", "ask = GET https://x.example/\n"), "--body", answer)
    equal(done.code, 1)
    has(done.err, "there are 0 recipes in it")


def test_several_asks_take_their_answers_in_order(lab):
    first = lab.write("projects.json", '{"projects": [{"project_id": "p1"}]}')
    second = '{"balances": [{"units": "usd", "amount": 4.5}, {"units": "hour", "amount": 9}]}'
    done = trial(lab, "deepgram", "--body", first, "--body", "-", stdin=second.encode())
    equal(done.code, 0, done.err)
    has(done.out, "https://api.deepgram.com/v1/projects/p1/balances")
    has(words(done.out), "available sum /balances/*[units={unit}]/amount → 4.5")
    short = trial(lab, "deepgram", "--body", first)
    equal(short.code, 1)
    has(short.out, "one --body more")
    given = trial(lab, "deepgram", "--set", "project=p2", "--body", "-", stdin=second.encode())
    equal(given.code, 0, "an ask that only finds the project is left out")
    has(given.out, "/projects/p2/balances")
    more = trial(lab, "deepgram", "--set", "project=p2", "--body", "-", "--body", first, stdin=second.encode())
    has(more.err, "1 answer was not asked for")


def test_a_status_belongs_to_the_body_behind_it(lab):
    key = '{"data": {"limit": 50, "limit_remaining": 31, "usage": 64}}'
    done = trial(lab, "openrouter", "--status", "403", "--body", lab.write("refused.json", "{}"), "--body", "-",
                 stdin=key.encode())
    equal(done.code, 0, done.err)
    has(words(done.out), "fallback HTTP 403 → openrouter-key")
    has(done.out, "management key", "the hint of what would be better")
    done = trial(lab, "moonshot", "--body", "-", "--status", "401", stdin=b"")
    equal(done.code, 1)
    has(words(done.out), "reading unknown (auth): HTTP 401")


def test_host_and_unit_are_what_the_account_would_say(lab):
    body = b'{"code":0,"status":true,"data":{"available_balance":12,"cash_balance":12,"voucher_balance":0}}'
    done = trial(lab, "moonshot", "--set", "base_url=https://api.moonshot.cn", "--body", "-", stdin=body)
    has(done.out, "¥12.00")
    has(done.out, "GET https://api.moonshot.cn/v1/users/me/balance")
    done = trial(lab, "deepseek", "--unit", "CNY", "--body", lab.write("answer.json", DEEPSEEK))
    has(done.out, "available 0, cash 0, voucher 0 CNY; level critical")


def test_steps_and_reading_as_json(lab):
    answer = lab.write("answer.json", DEEPSEEK)
    told = json.loads(trial(lab, "deepseek", "--json", "--body", answer).out)
    equal(told["provider"], "deepseek")
    has(told["steps"], {"key": "available", "formula": "row:/total_balance", "found": '"110.00"', "more": 0})
    has(told["steps"], {"key": "available", "formula": "row:/total_balance", "result": "110", "more": 0})
    equal((told["reading"]["available"], told["reading"]["unit"], told["reading"]["error"]), ("110", "USD", None))
    told = json.loads(trial(lab, "deepseek", "--json", "--body", "-", stdin=b"<html>").out)
    equal((told["reading"]["error"]["code"], told["reading"]["available"], told["reading"]["unit"]), ("malformed", None, None))


def test_long_lists_are_cut(lab):
    rows = ",".join('{"results": [{"amount": {"value": 1, "currency": "usd"}}]}' for _ in range(30))
    body = f'{{"data": [{rows}], "has_more": false, "next_page": null}}'
    done = trial(lab, "openai", "--body", "-", stdin=body.encode())
    equal(done.code, 0, done.err)
    has(done.out, "… and 22 more")
    has(words(done.out), "used sum /data/*/results/*/amount/value → 30")


def test_what_cannot_be_tried_is_told(lab):
    body = lab.write("answer.json", "{}")
    for args, said in ((("deepseek",), "--body FILE"),
                       (("deepseek", "--body", "missing.json"), "missing.json"),
                       (("deepseek", "--body", body, "--status", "20x"), "not an HTTP status"),
                       (("deepsek", "--body", body), 'did you mean "deepseek"?'),
                       (("postgres", "--body", body), "is no recipe"),
                       (("xai", "--body", body, "--set", "team"), "name=value"),
                       (("xai", "--body", body, "--set", "key=sk-1"), "no key is needed"),
                       (("xai", "--body", body, "--set", "taem=1"), 'did you mean "team"?'),
                       (("xai", "team", "--body", body), "one word too many"),
                       ((), "a recipe and its saved answers")):
        done = trial(lab, *args)
        equal((done.code, done.out), (1, ""), str(args))
        has(done.err, said, str(args))
    has(lab.run("providers", "deepseek", "--body", body).err, "providers test NAME")
    has(lab.run("providers", "deepseek", "xai").err, "one provider at a time")


if __name__ == "__main__":
    main()
