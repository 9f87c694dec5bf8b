"""For scripts/bench-service: signs requests, looks for what was accepted in the database, times the disk.

sign SECRET_FILE PREFIX COUNT   one request a line: webhook-id, webhook-timestamp, webhook-signature, body; tabs between
prove DATABASE ACCEPTED         fails unless each job of ACCEPTED (one id a line) is there, once, with its delivery
disk FOLDER                     how long it takes to have a page on disk
"""

import base64
import hashlib
import hmac
import os
import sqlite3
import sys
import time

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number, width):
    digits = ""
    while number or len(digits) < width:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits


def sign(secret_file, prefix, count):
    with open(secret_file) as file:
        key = base64.b64decode(file.read().strip().removeprefix("whsec_"))
    # Names begin with the second, for those of one run must not come again in the next.
    now = int(time.time())
    for number in range(int(count)):
        name = base36(now % 36**5, 5) + base36(number, 5)
        delivery = f"msg_{prefix}_{name}"
        body = f'{{"organizationId": "00D00{name}","sandboxId": "0GQ00{name}","sandboxName": "{name}"}}'
        digest = hmac.digest(key, f"{delivery}.{now}.{body}".encode(), hashlib.sha256)
        print(delivery, now, "v1," + base64.b64encode(digest).decode(), body, sep="\t")


def prove(database, accepted):
    with open(accepted) as file:
        answered = file.read().split()
    connection = sqlite3.connect(database)
    problem = connection.execute("PRAGMA integrity_check").fetchone()[0]
    kept = {job for (job,) in connection.execute("SELECT jobs.id FROM jobs JOIN deliveries ON job = jobs.id")}
    rows = connection.execute("SELECT COUNT(*) FROM deliveries").fetchone()[0]
    lost = [job for job in answered if job not in kept]
    twice = len(answered) - len(set(answered))
    print(f"on disk after kill -9: of {len(answered)} answers 202, {len(answered) - len(lost)} have their job and delivery;")
    print(f"  {rows} deliveries in all (those beyond were on their way when wrk stopped); integrity: {problem}")
    if lost or twice or problem != "ok":
        sys.exit(f"bench-service: {len(lost)} accepted jobs are lost, {twice} were answered twice")


def disk(folder):
    times = []
    with open(os.path.join(folder, "disk"), "wb", buffering=0) as file:
        for _ in range(100):
            file.write(bytes(4096))
            begun = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begun)
    os.remove(os.path.join(folder, "disk"))
    times.sort()
    print(f"fsync p50 {times[50] * 1000:.1f} ms, p99 {times[98] * 1000:.1f} ms")


if __name__ == "__main__":
    {"sign": sign, "prove": prove, "disk": disk}[sys.argv[1]](*sys.argv[2:])
