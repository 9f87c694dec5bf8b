// npm's implementation of Standard Webhooks: signs or verifies what stdin says, and prints what comes of it.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const { Webhook } = createRequire(`${process.env.PACKAGES}/`)("standardwebhooks");

const given = JSON.parse(readFileSync(0, "utf8"));
const webhook = new Webhook(given.secret);
let said;
if (process.argv[2] === "sign") {
  const now = new Date();
  said = {
    "webhook-id": given.id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
    "webhook-signature": webhook.sign(given.id, now, given.body),
  };
} else {
  try {
    webhook.verify(given.body, given.headers);
    said = { verified: true };
  } catch (error) {
    said = { verified: error.message };
  }
}
process.stdout.write(JSON.stringify(said));
