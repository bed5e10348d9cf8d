"""Signs what Discord and Slack would sign."""
import hmac
import os
import subprocess
import time


class DiscordKey:
    """An application's key: `public` is what its owner puts into the config."""

    def __init__(self, lab):
        self.path = lab.path("discord.key")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.path], check=True, capture_output=True)
        der = subprocess.run(["openssl", "pkey", "-in", self.path, "-pubout", "-outform", "DER"], check=True, capture_output=True)
        self.public = der.stdout[-32:].hex()
        self.signed = lab.path("discord.signed")

    def sign(self, body, timestamp=None):
        """(timestamp, signature) of the body."""
        timestamp = str(int(time.time())) if timestamp is None else str(timestamp)
        with open(self.signed, "wb") as file:
            file.write(timestamp.encode() + body)
        done = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", self.signed], check=True,
                              capture_output=True)
        os.unlink(self.signed)
        return timestamp, done.stdout.hex()

    def headers(self, body, timestamp=None):
        timestamp, signature = self.sign(body, timestamp)
        return {"X-Signature-Ed25519": signature, "X-Signature-Timestamp": timestamp, "Content-Type": "application/json"}


def sign_slack(secret, body, timestamp=None):
    """(timestamp, signature) of the body."""
    timestamp = str(int(time.time())) if timestamp is None else str(timestamp)
    return timestamp, "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, "sha256").hexdigest()


def slack_headers(secret, body, timestamp=None):
    timestamp, signature = sign_slack(secret, body, timestamp)
    return {"X-Slack-Signature": signature, "X-Slack-Request-Timestamp": timestamp,
            "Content-Type": "application/x-www-form-urlencoded"}
