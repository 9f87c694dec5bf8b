// Runs static methods of a class, statement by statement, from its own text. It knows what the signing needs, and ends with
// an error at anything else: what it does not understand it does not pass over.

import { createHmac } from "node:crypto";
import { all, inner, kind, words } from "./tree.mjs";

/** What Apex offers, as far as the signing goes. The names are in lower case, for Apex makes no difference. */
const STATIC = {
  "encodingutil.base64decode": (text) => {
    const bytes = Buffer.from(text, "base64");
    if (bytes.toString("base64") !== text) throw new Error(`no base64: ${text}`);
    return bytes;
  },
  "encodingutil.base64encode": (bytes) => bytes.toString("base64"),
  "blob.valueof": (text) => Buffer.from(text, "utf8"),
  "crypto.generatemac": (algorithm, bytes, key) => {
    if (algorithm !== "hmacSHA256") throw new Error(`no such algorithm: ${algorithm}`);
    return createHmac("sha256", key).update(bytes).digest();
  },
  "json.serialize": (value) => JSON.stringify(value),
};

const OF_STRING = {
  removestart: (text, start) => (text.startsWith(start) ? text.slice(start.length) : text),
};

class HttpRequest {
  headers = {};
  setmethod(method) {
    this.method = method;
  }
  setendpoint(url) {
    this.url = url;
  }
  settimeout(milliseconds) {
    this.timeout = milliseconds;
  }
  setheader(name, value) {
    this.headers[name] = value;
  }
  setbody(body) {
    this.body = body;
  }
}

export class Program {
  constructor(tree) {
    this.methods = new Map(all(tree, "MethodDeclaration").map((method) => [words(method.id()).toLowerCase(), method]));
  }

  /** Calls a method of the class. */
  call(name, values) {
    const method = this.methods.get(name.toLowerCase());
    if (!method) throw new Error(`there is no method ${name}`);
    const names = all(method.formalParameters(), "FormalParameter").map((parameter) => words(parameter.id()).toLowerCase());
    if (names.length !== values.length) throw new Error(`${name} takes ${names.length} values`);
    const variables = new Map(names.map((parameter, index) => [parameter, values[index]]));
    for (const statement of method.block().children.slice(1, -1).map(inner)) {
      if (kind(statement) === "ReturnStatement") return this.value(statement.children[1], variables);
      this.run(statement, variables);
    }
    throw new Error(`${name} returned nothing`);
  }

  run(statement, variables) {
    switch (kind(statement)) {
      case "LocalVariableDeclarationStatement": {
        const declarators = all(statement, "VariableDeclarator");
        for (const declarator of declarators) {
          variables.set(words(declarator.id()).toLowerCase(), this.value(declarator.expression(), variables));
        }
        return;
      }
      case "ExpressionStatement":
        this.value(statement.children[0], variables);
        return;
      default:
        throw new Error(`not understood: ${kind(statement)} ${words(statement)}`);
    }
  }

  value(expression, variables) {
    const node = inner(expression);
    switch (kind(node)) {
      case "Literal":
        return literal(node.getText());
      case "Id":
        return variable(node.getText(), variables);
      case "Arth2Expression":
        return this.sum(node, variables);
      case "MethodCall":
        return this.call(words(node.id()), this.values(node.expressionList(), variables));
      case "DotExpression":
        return this.dot(node, variables);
      case "NewExpression":
        if (words(node) !== "new HttpRequest ( )") throw new Error(`not understood: ${words(node)}`);
        return new HttpRequest();
      default:
        throw new Error(`not understood: ${kind(node)} ${words(node)}`);
    }
  }

  values(list, variables) {
    return list ? list.expression_list().map((expression) => this.value(expression, variables)) : [];
  }

  sum(node, variables) {
    const [left, operator, right] = node.children;
    const [one, other] = [this.value(left, variables), this.value(right, variables)];
    if (operator.getText() !== "+" || typeof one !== "string" || typeof other !== "string") {
      throw new Error(`not understood: ${words(node)}`);
    }
    return one + other;
  }

  /** A method of a class of Salesforce's, of a text, or of a request. */
  dot(node, variables) {
    const [receiver, , called] = node.children;
    if (kind(called) !== "DotMethodCall") throw new Error(`not understood: ${words(node)}`);
    const name = words(called.anyId()).toLowerCase();
    const values = this.values(called.expressionList(), variables);
    const known = STATIC[`${words(receiver).toLowerCase()}.${name}`];
    if (known && !variables.has(words(receiver).toLowerCase())) return known(...values);
    const object = this.value(receiver, variables);
    if (typeof object === "string" && OF_STRING[name]) return OF_STRING[name](object, ...values);
    if (object instanceof HttpRequest && object[name]) return object[name](...values);
    throw new Error(`not understood: ${words(node)}`);
  }
}

function variable(name, variables) {
  if (!variables.has(name.toLowerCase())) throw new Error(`there is no ${name}`);
  return variables.get(name.toLowerCase());
}

function literal(text) {
  if (/^\d+$/.test(text)) return Number(text);
  if (!/^'[^'\\]*'$/.test(text)) throw new Error(`not understood: ${text}`);
  return text.slice(1, -1);
}
