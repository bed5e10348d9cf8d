"""Tests that speak TAP, in a few lines. A test is a function test_…(lab); its name is the behaviour it shows.

    from tap import equal, has, main

    def test_help_names_each_command(lab):
        has(lab.run("--help").out, "check")

    if __name__ == "__main__":
        main()
"""
import concurrent.futures
import inspect
import sys
import time
import traceback

from lab import Lab, TooLate


class Skip(Exception):
    """Raised where a peer is not there. The reason names the command that brings it."""


class Failed(Exception):
    pass


def fail(what):
    raise Failed(what)


def equal(found, expected, what="value"):
    if found != expected:
        fail(f"{what}\n  expected: {expected!r}\n  found:    {found!r}")


def has(text, piece, what="text"):
    if piece not in text:
        fail(f"{what} lacks {piece!r}\n  found: {text!r}")


def lacks(text, piece, what="text"):
    if piece in text:
        fail(f"{what} holds {piece!r}\n  found: {text!r}")


def true(condition, what):
    if not condition:
        fail(what)


def eventually(condition, what, seconds=60):
    """Waits until the condition holds; answers what it answered. A busy machine may take its time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            fail(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def run_one(test):
    """("passed", seconds), ("skip", why) or ("failed", lines)."""
    lab, started = Lab(), time.monotonic()
    try:
        test(lab)
        return ("passed", f"{time.monotonic() - started:.1f} s")
    except Skip as skip:
        return ("skip", str(skip))
    except Exception as error:  # a fault in a test is a failed test
        text = str(error) if isinstance(error, (Failed, TooLate)) else traceback.format_exc()
        return ("failed", f"{text}\n{where(error)}\n{lab.transcript()}")
    finally:
        lab.close()


def where(error):
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/test_" in f.filename or f.filename.endswith("_test")]
    return f"at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}: {frames[-1].line}" if frames else ""


def main(at_once=1):
    """Runs the caller's tests, in the order of the file; arguments choose those whose names hold one of them. at_once: so many
    run beside each other, for what they do most is wait. Each has a lab of its own, and nothing else may be shared."""
    module = inspect.getmodule(inspect.stack()[1][0])
    tests = [f for name, f in vars(module).items() if name.startswith("test_") and callable(f)]
    tests = [f for f in tests if len(sys.argv) < 2 or any(piece in f.__name__ for piece in sys.argv[1:])]
    print(f"1..{len(tests)}")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        for number, (test, (outcome, told)) in enumerate(zip(tests, pool.map(run_one, tests)), 1):
            name = test.__name__[len("test_"):]
            if outcome == "passed":
                print(f"ok {number} - {name} ({told})", flush=True)
            elif outcome == "skip":
                print(f"ok {number} - {name} # skip {told}", flush=True)
            else:
                failed += 1
                print(f"not ok {number} - {name}\n# " + told.strip().replace("\n", "\n# "), flush=True)
    sys.exit(1 if failed else 0)
