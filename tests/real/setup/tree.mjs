// The parser's tree, as the other files need it.

/** The kind of a node: the grammar's name of it. */
export const kind = (node) => (node.children ? node.constructor.name.replace(/Context$/, "") : "Terminal");

/** The node below those that only wrap one other. */
export function inner(node) {
  while (node.children?.length === 1 && node.children[0].children) node = node.children[0];
  return node;
}

/** Every node of a kind, in the order of the text. */
export function all(node, wanted) {
  const found = kind(node) === wanted ? [node] : [];
  return found.concat((node.children ?? []).flatMap((child) => all(child, wanted)));
}

/** The words of a node, one blank between them. */
export function words(node) {
  if (!node.children) return node.getText() === "<EOF>" ? "" : node.getText();
  return node.children.map(words).filter((word) => word !== "").join(" ");
}
