"""A daemon that is a bot at a fake Discord, and how long it takes to be back after something went wrong.

    bot = Bot(lab, plans=[Plan(hello=False)])
    bot.breaks("RST", lambda: bot.live.reset())     # prints `# RST: back after 312 ms`
"""
import shutil
import time

from discord_gateway import Discord
from tap import equal, eventually, fail, true
from websocket import Gone

PATIENCE_S = 90
TOKENS = ("cGxhbnRlZA.planted.token-one", "cGxhbnRlZA.planted.token-two")  # of one application


class Bot:
    def __init__(self, lab, plans=(), heartbeat_ms=41250, token=Discord.TOKEN, text="", tls=None, **settings):
        self.lab = lab
        self.discord = Discord(lab, tls)
        self.discord.plans = list(plans)
        self.discord.heartbeat_interval = heartbeat_ms
        for name, value in settings.items():
            setattr(self.discord, name, value)
        lab.env["DISCORD_BOT_TOKEN"] = token
        lab.config("[account kimi]\nprovider = manual\nlabel = Kimi\n" + self.discord.settings(text),
                   "schedule = 0 0 1 1 *\nlog_level = debug\n")
        self.count = 0
        self.started = time.time()
        self.daemon = lab.daemon("run", "--config", "config.ini")

    def restart(self):
        self.started = time.time()
        self.daemon = self.lab.daemon("run", "--config", "config.ini")

    def over(self):
        """The end of this bot and of all that it remembers: the next one begins anew."""
        self.no_violations()
        self.daemon.stop()
        self.discord.close()
        shutil.rmtree(self.lab.state)

    def ready(self, more=1, seconds=PATIENCE_S):
        """Waits for so many more connections that are ready; answers the last."""
        self.count += more
        return self.discord.wait_ready(self.count, seconds)

    @property
    def live(self):
        return self.discord.live

    def answers(self, question=None):
        """Whether a question is acknowledged within Discord's three seconds."""
        question = question or self.discord.command("balance")
        true(question.acknowledged(), "a question was not acknowledged")
        return question

    def back(self, name, since, resumed=None):
        """Waits until it is ready again, asks, and prints how long it took. resumed: whether it must be by RESUME."""
        identifies = len(self.discord.identifies)
        connection = self.ready()
        print(f"# {name}: back after {(connection.times['ready'] - since) * 1000:.0f} ms", flush=True)
        if resumed is not None:
            equal("resume" in connection.times, resumed, f"{name}: by RESUME")
            equal(len(self.discord.identifies) - identifies <= (0 if resumed else 1), True, f"{name}: IDENTIFY")
        self.answers()
        return connection

    def breaks(self, name, fault, resumed=True):
        """The fault, and the way back from it, after which questions are answered."""
        since = time.time()
        try:
            fault()
        except Gone:  # it hung up before we had finished
            pass
        return self.back(name, since, resumed)

    def survives(self, name, fault):
        """The fault changes nothing: the same connection answers the next question, once it has read what came before."""
        live, since = self.live, time.time()
        fault()
        beats = len(live.heartbeats)
        live.ask_heartbeat()
        eventually(lambda: len(live.heartbeats) > beats, f"{name}: read to its end")
        question = self.answers()
        print(f"# {name}: answered after {(question.first_at - since) * 1000:.0f} ms", flush=True)
        true(self.live is live, f"{name}: the connection was lost")

    def no_violations(self, allowed=()):
        with self.discord.lock:
            wrong = [v for v in self.discord.violations if not any(piece in v for piece in allowed)]
        if wrong:
            fail(f"violations: {wrong}")


def started(lab, **keys):
    bot = Bot(lab, **keys)
    bot.ready()
    bot.answers()
    return bot
