"""PyPI's implementation of Standard Webhooks: signs or verifies what stdin says, and prints what comes of it."""

import json
import os
import sys
from datetime import datetime, timezone

sys.path.insert(0, os.environ["PACKAGES"])
from standardwebhooks.webhooks import Webhook  # noqa: E402

given = json.load(sys.stdin)
webhook = Webhook(given["secret"])
if sys.argv[1] == "sign":
    now = datetime.now(tz=timezone.utc)
    signature = webhook.sign(given["id"], now, given["body"])
    timestamp = str(int(now.timestamp()))
    said = {"webhook-id": given["id"], "webhook-timestamp": timestamp, "webhook-signature": signature}
else:
    try:
        webhook.verify(given["body"], given["headers"])
        said = {"verified": True}
    except Exception as error:
        said = {"verified": str(error)}
json.dump(said, sys.stdout)
