// What a class does to relays, read from its tree: nothing is left out that could select, change or write one.

import { all, inner, kind, words } from "./tree.mjs";

/** Every query of relays, every assignment to a field, and everything that writes or deletes. */
export function clearing(tree) {
  const queries = all(tree, "Query").filter((query) => /\bFROM EmailRelay\b/i.test(words(query)));
  const writes = [
    "InsertStatement",
    "UpdateStatement",
    "DeleteStatement",
    "UndeleteStatement",
    "UpsertStatement",
    "MergeStatement",
  ].flatMap((statement) => all(tree, statement));
  const database = all(tree, "DotExpression").filter((dot) => /^Database \. /i.test(words(dot)));
  return {
    queries: queries.map((query) => ({ text: words(query), ...condition(query) })),
    assignments: all(tree, "AssignExpression").flatMap(fieldAssignment),
    writes: [...writes, ...database].map((write) => words(write).replace(/ ;$/, "")),
  };
}

/** The tests of a query's condition, and the words that join them. */
function condition(query) {
  const [where] = all(query, "WhereClause");
  const fields = all(where, "FieldExpression");
  return {
    tests: fields.map((field) => words(field).split(" ")),
    joined: words(where).split(" ").filter((word) => /^(and|or|not)$/i.test(word)),
  };
}

/** The field and the value of an assignment to `relay.FIELD`; those to the class's own fields (`this.…`) are none. */
function fieldAssignment(assignment) {
  const [left, operator, right] = assignment.children;
  const target = inner(left);
  if (kind(target) !== "DotExpression" || /^this \. /i.test(words(target))) return [];
  return [{ target: words(target).split(" . "), operator: operator.getText(), value: words(right) }];
}
