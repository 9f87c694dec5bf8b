//! Carries out a query: checks its names against what the user may see, filters, sorts, pages.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use super::id;
use super::message::{ApiError, Response};
use super::org::Call;
use super::quirks::PasswordInQuery;
use super::schema::{self, Field, Kind};
use super::soql::{self, Condition, Literal, Name, Operator, Order, Query, Selection};
use super::state::OrgState;

type Row = Map<String, Value>;

/// What a query is checked and carried out against.
struct Plan<'a> {
    text: &'a str,
    object: &'static str,
    fields: Vec<Field>,
}

impl OrgState {
    pub(super) fn query(&mut self, call: &Call) -> Result<Response, ApiError> {
        let text = call.parameter("q").ok_or_else(|| malformed("A query string has to be specified"))?;
        let query = soql::parse(text).map_err(|error| malformed(&error.pointed(text)))?;
        let plan = self.plan(text, &query, call)?;
        let rows = self.selected_rows(&plan, &query)?;
        match &query.selection {
            Selection::Count => Ok(Response::json(200, json!({"totalSize": rows.len(), "done": true, "records": []}))),
            Selection::Fields(names) => {
                let fields = names.iter().map(|name| self.selectable(&plan, name)).collect::<Result<Vec<_>, _>>()?;
                let records = rows.iter().map(|row| self.record(plan.object, call.version, row, &fields)).collect();
                Ok(self.first_page(call.version, records))
            }
        }
    }

    fn plan<'a>(&self, text: &'a str, query: &Query, call: &Call) -> Result<Plan<'a>, ApiError> {
        let Some(object) = self.visible_object(&query.object.text, call) else {
            let message = format!(
                "sObject type '{}' is not supported. If you are attempting to use a custom object, be sure to append \
                 the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate \
                 names.",
                query.object.text
            );
            let at = query.object.at;
            return Err(ApiError::new(400, "INVALID_TYPE", soql::pointed(text, at, at, &message)));
        };
        Ok(Plan { text, object, fields: self.visible_fields(object, call) })
    }

    fn selected_rows(&self, plan: &Plan<'_>, query: &Query) -> Result<Vec<Row>, ApiError> {
        if let Some(condition) = &query.condition {
            plan.check(condition)?;
        }
        let order = query.order.iter().map(|order| Ok((plan.filterable(&order.field)?, order)));
        let order = order.collect::<Result<Vec<_>, ApiError>>()?;
        let mut rows = self.rows(plan.object);
        rows.retain(|row| query.condition.as_ref().is_none_or(|condition| plan.holds(condition, row)));
        rows.sort_by(|left, right| compare_rows(&order, left, right));
        rows.truncate(query.limit.unwrap_or(usize::MAX));
        Ok(rows)
    }

    fn selectable(&self, plan: &Plan<'_>, name: &Name) -> Result<Field, ApiError> {
        let field = plan.field(name)?;
        let hidden =
            matches!(field.kind, Kind::Encrypted(_)) && self.quirks.password_in_query == PasswordInQuery::InvalidField;
        if hidden { Err(plan.no_such_column(name)) } else { Ok(field.clone()) }
    }

    /// A row with the fields asked for, in the order asked for, behind its attributes.
    pub(super) fn record(&self, object: &str, version: u32, row: &Row, fields: &[Field]) -> Value {
        let id = row.get("Id").and_then(Value::as_str).unwrap_or_default();
        let url = format!("/services/data/v{version}.0/sobjects/{object}/{id}");
        let mut record = Map::from_iter([("attributes".to_string(), json!({"type": object, "url": url}))]);
        for field in fields {
            let value = row.get(&field.name).cloned().unwrap_or_default();
            let shown = match (&field.kind, self.quirks.password_in_query) {
                (Kind::Encrypted(_), PasswordInQuery::Mask) if !value.is_null() => "****".into(),
                (Kind::Encrypted(_), _) => Value::Null,
                _ => value,
            };
            // What an org leaves out on purpose is absent, not null.
            if row.contains_key(&field.name) {
                record.insert(field.name.clone(), shown);
            }
        }
        record.into()
    }

    fn first_page(&mut self, version: u32, records: Vec<Value>) -> Response {
        if records.len() <= self.limits.page_size {
            return Response::json(200, json!({"totalSize": records.len(), "done": true, "records": records}));
        }
        let cursor = id::generated("01g", self.next_number());
        self.cursors.insert(cursor.clone(), records);
        self.page(version, &cursor, 0).unwrap_or_else(Response::from)
    }

    pub(super) fn next_page(&mut self, version: u32, locator: &str) -> Result<Response, ApiError> {
        let invalid = || ApiError::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
        let (cursor, offset) = locator.split_once('-').ok_or_else(invalid)?;
        self.page(version, cursor, offset.parse().map_err(|_| invalid())?)
    }

    fn page(&self, version: u32, cursor: &str, offset: usize) -> Result<Response, ApiError> {
        let records = self.cursors.get(cursor).filter(|records| offset < records.len());
        let invalid = || ApiError::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
        let records = records.ok_or_else(invalid)?;
        let end = records.len().min(offset + self.limits.page_size);
        let mut page =
            json!({"totalSize": records.len(), "done": end == records.len(), "records": records[offset..end]});
        if end < records.len() {
            page["nextRecordsUrl"] = format!("/services/data/v{version}.0/query/{cursor}-{end}").into();
        }
        Ok(Response::json(200, page))
    }

    /// The object's own name, where this version has it and the user may see it.
    pub(super) fn visible_object(&self, name: &str, call: &Call) -> Option<&'static str> {
        let object = schema::object(name, call.version)?;
        let is_hidden = names(&call.user.hidden_objects, object);
        (object == "Organization" || call.user.sees_object && !is_hidden).then_some(object)
    }

    /// The fields of an object that this version has and the user may see.
    pub(super) fn visible_fields(&self, object: &str, call: &Call) -> Vec<Field> {
        let mut fields = schema::fields(object, call.version, &self.quirks.extra_fields);
        if object == "EmailDomainKey" && !self.quirks.domain_match_pattern {
            fields.retain(|field| field.name != "DomainMatchPattern");
        }
        if object == "EmailRelay" {
            fields.retain(|field| !names(&call.user.hidden_fields, &field.name));
            for field in &mut fields {
                let readonly = !call.user.edits_object || names(&call.user.readonly_fields, &field.name);
                field.updateable &= !readonly;
                field.createable &= !readonly;
            }
        }
        fields
    }
}

fn names(list: &[String], name: &str) -> bool {
    list.iter().any(|listed| listed.eq_ignore_ascii_case(name))
}

impl Plan<'_> {
    fn field(&self, name: &Name) -> Result<&Field, ApiError> {
        let found = self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(&name.text));
        found.ok_or_else(|| self.no_such_column(name))
    }

    fn filterable(&self, name: &Name) -> Result<&Field, ApiError> {
        let field = self.field(name)?;
        if field.filterable {
            return Ok(field);
        }
        Err(self.invalid(name, &format!("field '{}' can not be filtered in a query call", field.name)))
    }

    fn no_such_column(&self, name: &Name) -> ApiError {
        let message = format!(
            "No such column '{}' on entity '{}'. If you are attempting to use a custom field, be sure to append the \
             '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate \
             names.",
            name.text, self.object
        );
        self.invalid(name, &message)
    }

    fn invalid(&self, name: &Name, message: &str) -> ApiError {
        ApiError::new(400, "INVALID_FIELD", soql::pointed(self.text, name.at, name.at + 1, message))
    }

    fn check(&self, condition: &Condition) -> Result<(), ApiError> {
        match condition {
            Condition::All(terms) | Condition::Any(terms) => terms.iter().try_for_each(|term| self.check(term)),
            Condition::Not(term) => self.check(term),
            Condition::Compare { field, operator, literal } => self.check_literal(field, Some(*operator), literal),
            Condition::In { field, literals, .. } => {
                literals.iter().try_for_each(|literal| self.check_literal(field, None, literal))
            }
        }
    }

    fn check_literal(&self, name: &Name, operator: Option<Operator>, literal: &Literal) -> Result<(), ApiError> {
        let field = self.filterable(name)?;
        let wrong = |kind: &str| {
            let message = format!("value of filter criterion for field '{}' must be of type {kind}", field.name);
            Err(self.invalid(name, &message))
        };
        match (&field.kind, literal) {
            (_, Literal::Null) => Ok(()),
            (Kind::Id | Kind::Reference(_), Literal::Text(text)) => {
                if operator == Some(Operator::Like) {
                    return Err(self.invalid(name, "invalid operator on id field"));
                }
                if id::is_well_formed(text) || text.is_empty() {
                    return Ok(());
                }
                let message = soql::pointed(self.text, name.at, name.at + 1, &format!("invalid ID field: {text}"));
                Err(ApiError::new(400, "INVALID_QUERY_FILTER_OPERATOR", message))
            }
            (Kind::Id | Kind::Reference(_), _) => wrong("string and should be enclosed in quotes"),
            (Kind::Boolean, Literal::Boolean(_)) => match operator {
                Some(Operator::Equal | Operator::NotEqual) | None => Ok(()),
                Some(_) => Err(self.invalid(name, "invalid operator on boolean field")),
            },
            (Kind::Boolean, _) => wrong("boolean and should not be enclosed in quotes"),
            (Kind::Number, Literal::Number(_)) | (Kind::DateTime, Literal::Number(_)) => Ok(()),
            (Kind::Number, _) => wrong("int and should not be enclosed in quotes"),
            (Kind::DateTime, _) => wrong("dateTime and should not be enclosed in quotes"),
            (_, Literal::Text(_)) => Ok(()),
            _ => wrong("string and should be enclosed in quotes"),
        }
    }

    fn holds(&self, condition: &Condition, row: &Row) -> bool {
        let value = |name: &Name| {
            let field = self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(&name.text));
            let is_id = field.is_some_and(|field| matches!(field.kind, Kind::Id | Kind::Reference(_)));
            (is_id, field.and_then(|field| row.get(&field.name)).cloned().unwrap_or_default())
        };
        match condition {
            Condition::All(terms) => terms.iter().all(|term| self.holds(term, row)),
            Condition::Any(terms) => terms.iter().any(|term| self.holds(term, row)),
            Condition::Not(term) => !self.holds(term, row),
            Condition::Compare { field, operator, literal } => {
                let (is_id, actual) = value(field);
                compare(&actual, *operator, literal, is_id)
            }
            Condition::In { field, negated, literals } => {
                let (is_id, actual) = value(field);
                let found = literals.iter().any(|literal| compare(&actual, Operator::Equal, literal, is_id));
                found != *negated
            }
        }
    }
}

fn compare(actual: &Value, operator: Operator, literal: &Literal, is_id: bool) -> bool {
    let ordering = match (actual, literal) {
        (Value::Null, Literal::Null) => Some(Ordering::Equal),
        (Value::Bool(left), Literal::Boolean(right)) => Some(left.cmp(right)),
        (Value::Number(left), Literal::Number(right)) => {
            left.as_f64().zip(right.parse().ok()).and_then(|(left, right): (f64, f64)| left.partial_cmp(&right))
        }
        (Value::String(left), Literal::Text(right)) if is_id => {
            let full = if right.len() == 15 { id::with_check(right) } else { right.clone() };
            Some(left.cmp(&full))
        }
        (Value::String(left), Literal::Text(pattern)) if operator == Operator::Like => {
            let (left, pattern) = (left.to_lowercase(), pattern.to_lowercase());
            return like(&left.chars().collect::<Vec<_>>(), &pattern.chars().collect::<Vec<_>>());
        }
        (Value::String(left), Literal::Text(right)) => Some(left.to_lowercase().cmp(&right.to_lowercase())),
        (Value::String(left), Literal::Number(right)) => Some(left.cmp(right)),
        _ => None,
    };
    match operator {
        Operator::Equal => ordering == Some(Ordering::Equal),
        // A null is unequal to every value.
        Operator::NotEqual => ordering != Some(Ordering::Equal),
        Operator::Less => ordering == Some(Ordering::Less),
        Operator::LessOrEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        Operator::Greater => ordering == Some(Ordering::Greater),
        Operator::GreaterOrEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        Operator::Like => false,
    }
}

/// `%` stands for any text, `_` for one character.
fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('%', rest)) => (0..=text.len()).any(|skipped| like(&text[skipped..], rest)),
        Some((expected, rest)) => text
            .split_first()
            .is_some_and(|(character, text)| (*expected == '_' || expected == character) && like(text, rest)),
    }
}

fn compare_rows(order: &[(&Field, &Order)], left: &Row, right: &Row) -> Ordering {
    for (field, order) in order {
        let value = |row: &Row| row.get(&field.name).cloned().unwrap_or_default();
        let (left, right) = (value(left), value(right));
        let ordering = match (left.is_null(), right.is_null()) {
            (true, true) => Ordering::Equal,
            (false, false) if order.descending => compare_values(&right, &left),
            (false, false) => compare_values(&left, &right),
            (left_is_null, _) if left_is_null == order.nulls_last => Ordering::Greater,
            _ => Ordering::Less,
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    Ordering::Equal
}

fn compare_values(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => left.as_u64().cmp(&right.as_u64()),
        _ => Ordering::Equal,
    }
}

fn malformed(message: &str) -> ApiError {
    ApiError::new(400, "MALFORMED_QUERY", message)
}

impl soql::Malformed {
    fn pointed(&self, text: &str) -> String {
        soql::pointed(text, self.at, self.at + 1, &self.message)
    }
}
