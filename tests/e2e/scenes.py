"""The config that most tests use: Claude in PostgreSQL, Kimi at Moonshot, one Discord channel."""
import re

from fakes import Postgres, VendorServer, Webhooks

KIMI_KEY = "sk-planted-moonshot-key-0123456789"
SECRETS = {"MOONSHOT_API_KEY": KIMI_KEY, "SUPABASE_DB_PASSWORD": Postgres.PASSWORD}


def kimi(vendor, extra="", name="kimi"):
    return (f"[account {name}]\nprovider = moonshot\nkey = ${{MOONSHOT_API_KEY}}\nbase_url = {vendor.url}\nlabel = Kimi\n"
            f"emoji = 🌙\nlog_format = detailed\n{extra}\n")


def discord(hooks, extra="", name="peter-chat"):
    return f"[channel {name}]\ntype = discord-webhook\nurl = {hooks.discord}\n{extra}\n"


class Kimi:
    """One account at one vendor, one channel: what most tests need. `scene.vendor`, `scene.hooks`, `scene.update()`."""

    def __init__(self, lab, lowtide="schedule = 0 0 1 1 *", account="", channel="", text=""):
        self.lab = lab
        self.vendor = VendorServer(lab)
        self.hooks = Webhooks(lab)
        lab.env.update(SECRETS)
        self.parts = {"lowtide": lowtide, "account": account, "channel": channel, "text": text}
        self.configure()

    def configure(self, **parts):
        self.parts.update(parts)
        p = self.parts
        self.lab.config(kimi(self.vendor, p["account"]) + discord(self.hooks, p["channel"]) + p["text"], p["lowtide"])

    def update(self, *args, **keys):
        return self.lab.run("update", "--config", "config.ini", *args, **keys)

    def run(self, command, *args, **keys):
        return self.lab.run(command, "--config", "config.ini", *args, **keys)

    def daemon(self, **keys):
        return self.lab.daemon("run", "--config", "config.ini", **keys)

    @property
    def log(self):
        return timeless(self.lab.read("state", "logs", "kimi.log"))


def timeless(log):
    """A text log with its times as TIME."""
    return re.sub(r"^(\[?)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", r"\1TIME", log, flags=re.M)
