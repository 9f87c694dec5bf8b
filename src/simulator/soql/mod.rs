//! SOQL as far as this simulator knows it: one object, no joins, no aggregates but `count()`.

mod lexer;
mod parser;

pub(super) use parser::parse;

/// A text that is not SOQL, and the position (bytes from 0) where that shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) at: usize,
    pub(super) message: String,
}

/// A name in the query and its position (bytes from 0).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) at: usize,
}

/// A query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) selection: Selection,
    pub(super) object: Name,
    pub(super) condition: Option<Condition>,
    pub(super) order: Vec<Order>,
    pub(super) limit: Option<usize>,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    Count,
    Fields(Vec<Name>),
}

/// What follows `WHERE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare { field: Name, operator: Operator, literal: Literal },
    In { field: Name, negated: bool, literals: Vec<Literal> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    Null,
    Boolean(bool),
    Number(String),
    Text(String),
}

/// One field of `ORDER BY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) field: Name,
    pub(super) descending: bool,
    pub(super) nulls_last: bool,
}

/// The query, a caret under a position, and what is wrong there: the form of Salesforce's own messages.
///
/// Salesforce counts the columns of fields from 1, those of objects from 0.
pub(super) fn pointed(query: &str, at: usize, column: usize, message: &str) -> String {
    let one_line = query.replace('\n', " ");
    format!("\n{one_line}\n{:at$}^\nERROR at Row:1:Column:{column}\n{message}", "")
}
