// Another implementation of Standard Webhooks: signs and verifies the calls of stdin, and prints what comes of each.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const { Webhook } = createRequire(`${process.env.APEX_TOOLS}/`)("standardwebhooks");

const results = JSON.parse(readFileSync(0, "utf8")).map(({ secret, headers, body }) => {
  const webhook = new Webhook(secret);
  const sent = new Date(Number(headers["webhook-timestamp"]) * 1000);
  let verified = true;
  try {
    webhook.verify(body, headers);
  } catch (error) {
    verified = error.message;
  }
  return { signature: webhook.sign(headers["webhook-id"], sent, body), verified };
});
console.log(JSON.stringify(results));
