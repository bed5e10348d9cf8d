#!/usr/bin/env -S python3 -B
"""A vendor that nobody knows: one file in the folder of recipes and one answer are enough, from `check` to the channel."""
import json
import os
import shutil

from fakes import HttpServer, Webhooks
from scenes import discord
from tap import equal, has, lacks, main, true

KEY = "quark-planted-key"
FILES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures", "newcomer")
PATH = "/v3/team%207/wallet"


class Newcomer:
    """The folder of recipes, the vendor's server and its one account."""

    def __init__(self, lab, account="", recipe=None):
        self.lab = lab
        self.vendor = HttpServer(lab)
        self.hooks = Webhooks(lab)
        with open(os.path.join(FILES, "quarkcloud.json"), encoding="utf-8") as file:
            self.vendor.answer(PATH, 200, file.read())
        os.makedirs(lab.path("vendors"))
        if recipe is None:
            shutil.copy(os.path.join(FILES, "quarkcloud.ini"), lab.path("vendors"))
        else:
            lab.write("vendors/quarkcloud.ini", recipe)
        lab.env["QUARKCLOUD_API_KEY"] = KEY
        lab.config(f"[account quark]\nprovider = quarkcloud\nteam = team 7\nbase_url = {self.vendor.url}\n{account}\n" +
                   discord(self.hooks), f"recipes = {lab.path('vendors')}\nschedule = 0 0 1 1 *")

    def run(self, command, *args):
        return self.lab.run(command, "--config", "config.ini", *args)


def test_check_shows_it(lab):
    scene = Newcomer(lab, "warning = 5000")
    done = scene.run("check", "--json")
    account = json.loads(done.out)["accounts"][0]
    equal({name: account[name] for name in ("account", "provider", "label", "unit", "available", "used", "limit", "error")},
          {"account": "quark", "provider": "quarkcloud", "label": "Quark", "unit": "EUR", "available": "6300.005",
           "used": "4200", "limit": "10500.005", "error": None})
    equal(done.code, 0)
    request = scene.vendor.requests[0]
    equal((request.method, request.path, request.header("x-quark-key")), ("POST", PATH, KEY))
    has(request.body.decode(), '{"since":"20')
    has(scene.run("check").out, "🦆 **Quark:** €6,300.00 (threshold: €5,000.00)")


def test_it_goes_to_the_channel_like_all(lab):
    scene = Newcomer(lab, "warning = 7000")
    equal(scene.run("update").code, 2)
    true(any("Quark" in text for text in scene.hooks.alerts), scene.hooks.contents)
    has(scene.run("history").out, "6,300.00")


def test_it_is_listed_with_the_others(lab):
    has(Newcomer(lab).run("providers").out, "quarkcloud")


def test_its_failure_has_its_own_hint(lab):
    scene = Newcomer(lab)
    scene.vendor.answer(PATH, 200, {"state": "stranger", "echo": KEY})
    done = scene.run("check", "--json")
    equal(done.code, 1)
    equal(json.loads(done.out)["accounts"][0]["error"]["code"], "auth")
    said = scene.run("check")
    has(said.out + said.err + scene.run("doctor").out, "quarks are asked for at https://quark.example/keys")
    lacks(said.out + said.err + done.out + done.err, KEY)


def test_a_slip_in_its_file_is_named_with_file_and_line(lab):
    scene = Newcomer(lab, recipe="[recipe quarkcloud]\nask = GET https://h/\navialable = /a\nunit = EUR\n")
    done = scene.run("check")
    equal(done.code, 1)
    has(done.err, "quarkcloud.ini:3: ")
    has(done.err, 'did you mean "available"?')
    equal(scene.vendor.requests, [])


if __name__ == "__main__":
    main()
