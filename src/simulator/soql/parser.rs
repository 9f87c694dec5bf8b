//! Tokens to a query.

use super::lexer::{Token, tokens};
use super::{Condition, Literal, Malformed, Name, Operator, Order, Query, Selection};

/// How deep parentheses and NOT may be nested; deeper is refused rather than recursed into.
const DEEPEST: usize = 50;

/// Reads a query, or says where it stops being one.
pub(in crate::simulator) fn parse(text: &str) -> Result<Query, Malformed> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, end: text.len() };
    let query = parser.query()?;
    match parser.tokens.get(parser.next) {
        None => Ok(query),
        Some(_) => Err(parser.unexpected()),
    }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    end: usize,
}

impl Parser {
    fn query(&mut self) -> Result<Query, Malformed> {
        self.keyword("SELECT")?;
        let selection = self.selection()?;
        self.keyword("FROM")?;
        let object = self.name()?;
        let condition = if self.takes_keyword("WHERE") { Some(self.condition(0)?) } else { None };
        let mut order = Vec::new();
        if self.takes_keyword("ORDER") {
            self.keyword("BY")?;
            order.push(self.order()?);
            while self.takes_symbol(",") {
                order.push(self.order()?);
            }
        }
        let limit = if self.takes_keyword("LIMIT") { Some(self.whole_number()?) } else { None };
        Ok(Query { selection, object, condition, order, limit })
    }

    fn selection(&mut self) -> Result<Selection, Malformed> {
        let first = self.name()?;
        if first.text.eq_ignore_ascii_case("count") && self.takes_symbol("(") {
            self.symbol(")")?;
            return Ok(Selection::Count);
        }
        let mut fields = vec![first];
        while self.takes_symbol(",") {
            fields.push(self.name()?);
        }
        Ok(Selection::Fields(fields))
    }

    /// AND and OR may not be mixed without parentheses.
    fn condition(&mut self, depth: usize) -> Result<Condition, Malformed> {
        let first = self.term(depth)?;
        for (word, group) in [("AND", Condition::All as fn(Vec<Condition>) -> Condition), ("OR", Condition::Any)] {
            if self.peeks_keyword(word) {
                let mut terms = vec![first];
                while self.takes_keyword(word) {
                    terms.push(self.term(depth)?);
                }
                if self.peeks_keyword("AND") || self.peeks_keyword("OR") {
                    return Err(self.unexpected());
                }
                return Ok(group(terms));
            }
        }
        Ok(first)
    }

    fn term(&mut self, depth: usize) -> Result<Condition, Malformed> {
        if depth > DEEPEST {
            return Err(self.unexpected());
        }
        if self.takes_keyword("NOT") {
            return Ok(Condition::Not(Box::new(self.term(depth + 1)?)));
        }
        if self.takes_symbol("(") {
            let condition = self.condition(depth + 1)?;
            self.symbol(")")?;
            return Ok(condition);
        }
        let field = self.name()?;
        let negated = self.takes_keyword("NOT");
        if negated || self.peeks_keyword("IN") {
            self.keyword("IN")?;
            return Ok(Condition::In { field, negated, literals: self.list()? });
        }
        let operator = self.operator()?;
        Ok(Condition::Compare { field, operator, literal: self.literal()? })
    }

    fn list(&mut self) -> Result<Vec<Literal>, Malformed> {
        self.symbol("(")?;
        let mut literals = vec![self.literal()?];
        while self.takes_symbol(",") {
            literals.push(self.literal()?);
        }
        self.symbol(")")?;
        Ok(literals)
    }

    fn operator(&mut self) -> Result<Operator, Malformed> {
        let operator = match self.tokens.get(self.next).map(|(_, token)| token) {
            Some(Token::Symbol("=")) => Operator::Equal,
            Some(Token::Symbol("!=" | "<>")) => Operator::NotEqual,
            Some(Token::Symbol("<")) => Operator::Less,
            Some(Token::Symbol("<=")) => Operator::LessOrEqual,
            Some(Token::Symbol(">")) => Operator::Greater,
            Some(Token::Symbol(">=")) => Operator::GreaterOrEqual,
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("LIKE") => Operator::Like,
            _ => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(operator)
    }

    fn literal(&mut self) -> Result<Literal, Malformed> {
        let literal = match self.tokens.get(self.next).map(|(_, token)| token) {
            Some(Token::Text(text)) => Literal::Text(text.clone()),
            Some(Token::Number(number)) => Literal::Number(number.clone()),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("null") => Literal::Null,
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("true") => Literal::Boolean(true),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("false") => Literal::Boolean(false),
            _ => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(literal)
    }

    fn order(&mut self) -> Result<Order, Malformed> {
        let field = self.name()?;
        let descending = if self.takes_keyword("DESC") {
            true
        } else {
            self.takes_keyword("ASC");
            false
        };
        let mut nulls_last = descending;
        if self.takes_keyword("NULLS") {
            nulls_last = self.takes_keyword("LAST");
            if !nulls_last {
                self.keyword("FIRST")?;
            }
        }
        Ok(Order { field, descending, nulls_last })
    }

    fn whole_number(&mut self) -> Result<usize, Malformed> {
        let number = match self.tokens.get(self.next) {
            Some((_, Token::Number(number))) => number.parse().ok(),
            _ => None,
        };
        let number = number.ok_or_else(|| self.unexpected())?;
        self.next += 1;
        Ok(number)
    }

    fn name(&mut self) -> Result<Name, Malformed> {
        let Some((at, Token::Word(word))) = self.tokens.get(self.next).cloned() else { return Err(self.unexpected()) };
        const RESERVED: [&str; 12] =
            ["SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "NULL", "TRUE", "FALSE", "LIMIT"];
        if RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved)) {
            return Err(self.unexpected());
        }
        self.next += 1;
        Ok(Name { text: word, at })
    }

    fn peeks_keyword(&self, expected: &str) -> bool {
        matches!(self.tokens.get(self.next), Some((_, Token::Word(word))) if word.eq_ignore_ascii_case(expected))
    }

    fn takes_keyword(&mut self, expected: &str) -> bool {
        let there = self.peeks_keyword(expected);
        self.next += usize::from(there);
        there
    }

    fn keyword(&mut self, expected: &str) -> Result<(), Malformed> {
        if self.takes_keyword(expected) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn takes_symbol(&mut self, expected: &str) -> bool {
        let there = matches!(self.tokens.get(self.next), Some((_, Token::Symbol(symbol))) if *symbol == expected);
        self.next += usize::from(there);
        there
    }

    fn symbol(&mut self, expected: &str) -> Result<(), Malformed> {
        if self.takes_symbol(expected) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> Malformed {
        let Some((at, token)) = self.tokens.get(self.next) else {
            return Malformed { at: self.end, message: "unexpected token: '<EOF>'".into() };
        };
        let shown = match token {
            Token::Word(text) | Token::Number(text) | Token::Text(text) => text,
            Token::Symbol(text) => *text,
        };
        Malformed { at: *at, message: format!("unexpected token: '{shown}'") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_snippets_condition_is_read() {
        let query =
            parse("SELECT Id, Username FROM EmailRelay WHERE IsRequireAuth = true OR Username != null ORDER BY Id")
                .expect("a query");
        let Some(Condition::Any(terms)) = query.condition else { panic!("an OR") };
        assert_eq!(terms.len(), 2);
        assert_eq!(query.order[0].field.text, "Id");
    }

    #[test]
    fn and_with_or_needs_parentheses() {
        let malformed = parse("SELECT Id FROM X WHERE a = 1 AND b = 2 OR c = 3").expect_err("mixed");
        assert_eq!(malformed, Malformed { at: 39, message: "unexpected token: 'OR'".into() });
        assert!(parse("SELECT Id FROM X WHERE (a = 1 OR b = 2) AND c = 3").is_ok());
        assert!(parse("SELECT Id FROM X WHERE a = 1 AND (b = 2 OR NOT (c = 3))").is_ok());
    }

    #[test]
    fn texts_keep_their_escaped_quotes() {
        let query = parse(r"SELECT Id FROM X WHERE a = 'O\'Neil' LIMIT 1").expect("a query");
        let Some(Condition::Compare { literal, .. }) = query.condition else { panic!("a comparison") };
        assert_eq!(literal, Literal::Text("O'Neil".into()));
        assert!(parse(r"SELECT Id FROM X WHERE a = 'O'Neil'").is_err());
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for text in
            ["", "SELECT", "SELECT FROM X", "SELECT Id FROM X WHERE", "SELECT Id FROM X LIMIT 'a'", "SELECT * FROM X"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&format!("SELECT Id FROM X WHERE {}", "(".repeat(100_000))).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*", tail in "[ a-zA-Z0-9='()!<>,.@{}\\\\]*") {
            let _ = parse(&text);
            let _ = parse(&format!("SELECT Id FROM X WHERE {tail}"));
        }
    }
}
