// Reads Apex with a real parser, for the tests: node apex.mjs COMMAND FILE, with the folder of the packages in APEX_TOOLS.
//   check FILE…    the syntax errors
//   clearing FILE  what the class does to relays: its queries, its assignments, its writes
//   sign FILE      runs the class's own steps of signing on the JSON of stdin
// Each prints JSON.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { clearing } from "./clearing.mjs";
import { Program } from "./program.mjs";

const { ApexParserFactory, ApexErrorListener } = createRequire(`${process.env.APEX_TOOLS}/`)("@apexdevtools/apex-parser");

function parse(file) {
  const errors = [];
  class Listener extends ApexErrorListener {
    apexSyntaxError(line, column, message) {
      errors.push(`${file}:${line}:${column}: ${message}`);
    }
  }
  const { parser } = ApexParserFactory.createLexerAndParser(readFileSync(file, "utf8"), new Listener());
  return { tree: parser.compilationUnit(), errors };
}

/** The tree of a file that has no errors. */
function parsed(file) {
  const { tree, errors } = parse(file);
  if (errors.length > 0) throw new Error(errors.join("\n"));
  return tree;
}

const commands = {
  check: (files) => files.flatMap((file) => parse(file).errors),
  clearing: ([file]) => clearing(parsed(file)),
  sign: ([file]) => {
    const program = new Program(parsed(file));
    return JSON.parse(readFileSync(0, "utf8")).map((call) => {
      const body = call.body ?? program.call("payload", [call.organizationId, call.sandboxId, call.sandboxName]);
      return program.call("signedRequest", [call.url, call.secret, call.id, call.timestamp, body]);
    });
  },
};

const [command, ...files] = process.argv.slice(2);
console.log(JSON.stringify(commands[command](files)));
