// Holds metadata against the schema of the Metadata API that comes with the Salesforce CLI: node metadata.mjs FILE…, with the
// CLI's folder in SALESFORCE_CLI. Prints what the schema does not know, and what it misses.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.env.SALESFORCE_CLI}/`);
const { ApiSchemas: schemas } = require("@jsforce/jsforce-node/lib/api/metadata/schema");
const { XMLParser } = require("fast-xml-parser");

/** The type of a property, and whether it can be missing. */
function property(schema) {
  if (Array.isArray(schema)) return { type: schema[0], optional: true };
  return { type: schema.replace(/^\?/, ""), optional: schema.startsWith("?") };
}

function properties(name) {
  const schema = schemas[name];
  return { ...(schema.extends ? properties(schema.extends) : {}), ...schema.props };
}

function problems(value, name, path) {
  const known = properties(name);
  const given = Object.keys(value).filter((key) => !key.startsWith("@"));
  const unknown = given.filter((key) => !(key in known)).map((key) => `${path}.${key}: unknown`);
  const missing = Object.entries(known)
    .filter(([key, schema]) => !property(schema).optional && !given.includes(key))
    .map(([key]) => `${path}.${key}: missing`);
  const inside = given
    .filter((key) => key in known && schemas[property(known[key]).type])
    .flatMap((key) => [value[key]].flat().flatMap((each) => problems(each, property(known[key]).type, `${path}.${key}`)));
  return [...unknown, ...missing, ...inside];
}

const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "@", ignoreDeclaration: true, parseTagValue: false });
const found = process.argv.slice(2).flatMap((file) => {
  const document = parser.parse(readFileSync(file, "utf8"));
  const [root] = Object.keys(document);
  if (!schemas[root]) return [`${root}: no schema`];
  return problems(document[root], root, root);
});
console.log(JSON.stringify([...new Set(found)]));
