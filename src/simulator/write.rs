//! Changes to records, with the checks that Salesforce makes, alone and as collections.

use serde_json::{Map, Value, json};

use super::id;
use super::message::{ApiError, Response};
use super::org::Call;
use super::quirks::FailedId;
use super::relay::{DomainFilter, Relay};
use super::schema::{Field, Kind};
use super::state::OrgState;

/// The most records of one collection.
const LARGEST_COLLECTION: usize = 200;

const ROLLED_BACK: &str =
    "Record rolled back because not all records were valid and the request was using AllOrNone header";

/// What is wrong with one record; its key is `statusCode` in a collection and `errorCode` elsewhere.
#[derive(Clone, Debug)]
pub(super) struct RecordError {
    pub(super) status_code: String,
    pub(super) message: String,
    pub(super) fields: Vec<String>,
}

impl RecordError {
    fn new(status_code: &str, message: impl Into<String>, fields: &[&str]) -> Self {
        let fields = fields.iter().map(ToString::to_string).collect();
        Self { status_code: status_code.into(), message: message.into(), fields }
    }
}

impl OrgState {
    /// Changes fields of one record.
    pub(super) fn update(
        &mut self,
        call: &Call,
        object: &str,
        record: &str,
        changes: &Map<String, Value>,
    ) -> Result<(), RecordError> {
        self.may_edit(call, object)?;
        if !id::is_well_formed(record) {
            return Err(RecordError::new(
                "MALFORMED_ID",
                format!("{object} ID: id value of incorrect type: {record}"),
                &["Id"],
            ));
        }
        if self.records.deleted.iter().any(|deleted| id::same(deleted, record)) {
            return Err(RecordError::new("ENTITY_IS_DELETED", "entity is deleted", &[]));
        }
        let unknown = || RecordError::new("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", &[]);
        let mut relay = self.relay_mut(record).cloned().ok_or_else(unknown)?;
        self.apply(call, &mut relay, changes, |field| field.updateable)?;
        self.refuse(record)?;
        if let Some(place) = self.relay_mut(record) {
            *place = relay;
        }
        Ok(())
    }

    /// Makes a record and returns its id.
    pub(super) fn create(
        &mut self,
        call: &Call,
        object: &str,
        values: &Map<String, Value>,
    ) -> Result<String, RecordError> {
        self.may_edit_any(call, object)?;
        match object {
            "EmailRelay" => {}
            "EmailDomainFilter" => return self.create_filter(values),
            _ => return Err(RecordError::new("INSUFFICIENT_ACCESS_OR_READONLY", "not made by this simulator", &[])),
        }
        let mut relay = Relay { port: String::new(), tls_setting: String::new(), ..Relay::clean("") };
        self.apply(call, &mut relay, values, |field| field.createable)?;
        let required = [("Host", &relay.host), ("Port", &relay.port), ("TlsSetting", &relay.tls_setting)];
        let missing: Vec<&str> = required.iter().filter(|(_, value)| value.is_empty()).map(|(name, _)| *name).collect();
        if !missing.is_empty() {
            let message = format!("Required fields are missing: [{}]", missing.join(", "));
            return Err(RecordError::new("REQUIRED_FIELD_MISSING", message, &missing));
        }
        Ok(self.put_relay(relay))
    }

    fn create_filter(&mut self, values: &Map<String, Value>) -> Result<String, RecordError> {
        let text = |name: &str| values.get(name).and_then(Value::as_str).unwrap_or_default().to_string();
        let relay_id = text("EmailRelayId");
        if self.relay_mut(&relay_id).is_none() {
            return Err(RecordError::new(
                "INVALID_CROSS_REFERENCE_KEY",
                "invalid cross reference id",
                &["EmailRelayId"],
            ));
        }
        let priority = values.get("PriorityNumber").and_then(Value::as_u64).unwrap_or(1) as u32;
        if self.records.filters.iter().any(|filter| filter.priority == priority) {
            return Err(RecordError::new(
                "DUPLICATE_VALUE",
                "duplicate value found: PriorityNumber",
                &["PriorityNumber"],
            ));
        }
        Ok(self.put_filter(DomainFilter {
            id: String::new(),
            relay_id,
            from_domain: text("FromDomain"),
            to_domain: text("ToDomain"),
            is_active: values.get("IsActive").and_then(Value::as_bool).unwrap_or_default(),
            priority,
        }))
    }

    /// Deletes one record.
    pub(super) fn delete(&mut self, call: &Call, object: &str, record: &str) -> Result<(), RecordError> {
        self.may_edit_any(call, object)?;
        if self.records.deleted.iter().any(|deleted| id::same(deleted, record)) {
            return Err(RecordError::new("ENTITY_IS_DELETED", "entity is deleted", &[]));
        }
        let filters = self.records.filters.len();
        self.records.filters.retain(|filter| !id::same(&filter.id, record));
        if self.records.filters.len() < filters || self.delete_relay(record) {
            return Ok(());
        }
        Err(RecordError::new("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", &[]))
    }

    fn may_edit_any(&self, call: &Call, object: &str) -> Result<(), RecordError> {
        if object == "Organization" || !call.user.edits_object {
            let message = "insufficient access rights on object id";
            return Err(RecordError::new("INSUFFICIENT_ACCESS_OR_READONLY", message, &[]));
        }
        Ok(())
    }

    /// Only relays can be changed here; filters are made and deleted.
    fn may_edit(&self, call: &Call, object: &str) -> Result<(), RecordError> {
        self.may_edit_any(call, object)?;
        if object == "EmailRelay" {
            return Ok(());
        }
        Err(RecordError::new("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", &[]))
    }

    /// Fails where a test's script wants this relay's update to fail.
    fn refuse(&mut self, record: &str) -> Result<(), RecordError> {
        let due = |times: Option<u32>| times.is_none_or(|times| times > 0);
        let refusal = self.refusals.iter_mut().find(|one| id::same(&one.relay_id, record) && due(one.times));
        let Some(refusal) = refusal else { return Ok(()) };
        refusal.times = refusal.times.map(|times| times - 1);
        Err(RecordError::new(&refusal.status_code, refusal.message.clone(), &[]))
    }

    fn apply(
        &self,
        call: &Call,
        relay: &mut Relay,
        values: &Map<String, Value>,
        may: fn(&Field) -> bool,
    ) -> Result<(), RecordError> {
        let fields = self.visible_fields("EmailRelay", call);
        let mut forbidden = Vec::new();
        for (name, value) in values {
            if name == "attributes" || name.eq_ignore_ascii_case("id") {
                continue;
            }
            let Some(field) = fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)) else {
                let message = format!("No such column '{name}' on sobject of type EmailRelay");
                return Err(RecordError::new("INVALID_FIELD", message, &[]));
            };
            if may(field) {
                check_value(field, value)?;
                relay.set(&field.name, value);
            } else {
                forbidden.push(field.name.as_str());
            }
        }
        if !forbidden.is_empty() {
            let names = forbidden.join(", ");
            let message = format!(
                "Unable to create/update fields: {names}. Please check the security settings of this field and verify \
                 that it is read/write for your profile or permission set."
            );
            return Err(RecordError::new("INVALID_FIELD_FOR_INSERT_UPDATE", message, &forbidden));
        }
        self.check_relay(relay)
    }

    /// SMTP authentication needs verified TLS, a user name and a password.
    fn check_relay(&self, relay: &Relay) -> Result<(), RecordError> {
        if !relay.is_require_auth {
            return Ok(());
        }
        let error = |message: &str, field: &str| Err(RecordError::new("FIELD_INTEGRITY_EXCEPTION", message, &[field]));
        if relay.tls_setting != "RequiredVerify" {
            return error("Enabling SMTP authentication requires the TLS setting Required Verify.", "TlsSetting");
        }
        if self.quirks.username_may_be_null_with_auth {
            return Ok(());
        }
        if relay.username.is_none() {
            return error("Enter a username to enable SMTP authentication.", "Username");
        }
        if relay.password.is_none() {
            return error("Enter a password to enable SMTP authentication.", "Password");
        }
        Ok(())
    }

    /// `PATCH /composite/sobjects`: 200 whatever becomes of the records, 400 for a body that is no collection.
    pub(super) fn update_collection(&mut self, call: &Call) -> Result<Response, ApiError> {
        let bad = |message: &str| ApiError::new(400, "JSON_PARSER_ERROR", message);
        let body = call.body.clone().unwrap_or_default();
        let records = body["records"].as_array().ok_or_else(|| bad("The property 'records' is required"))?;
        if records.len() > LARGEST_COLLECTION {
            let message = "record limit reached. cannot submit more than 200 records into this request";
            return Err(ApiError::new(400, "EXCEEDED_ID_LIMIT", message));
        }
        let all_or_none = match &body["allOrNone"] {
            Value::Null => false,
            Value::Bool(all_or_none) => *all_or_none,
            _ => return Err(bad("Cannot deserialize instance of boolean from 'allOrNone'")),
        };
        let before = self.records.clone();
        let mut results: Vec<Result<String, RecordError>> =
            records.iter().map(|record| self.update_one_of_many(call, record)).collect();
        let failed = results.iter().any(Result::is_err);
        if failed && all_or_none {
            self.records = before;
            for result in results.iter_mut().filter(|result| result.is_ok()) {
                *result = Err(RecordError::new("ALL_OR_NONE_OPERATION_ROLLED_BACK", ROLLED_BACK, &[]));
            }
        }
        let status = if failed && call.in_composite && self.quirks.failed_collection_is_400 { 400 } else { 200 };
        let ids = records.iter().map(|record| record_id(record).unwrap_or_default().to_string());
        let answers: Vec<Value> =
            results.into_iter().zip(ids).map(|(result, id)| self.save_result(result, &id)).collect();
        Ok(Response::json(status, answers.into()))
    }

    fn update_one_of_many(&mut self, call: &Call, record: &Value) -> Result<String, RecordError> {
        let object = record["attributes"]["type"].as_str().unwrap_or_default();
        let unknown = || RecordError::new("INVALID_TYPE", format!("sObject type '{object}' is not supported."), &[]);
        let object = self.visible_object(object, call).ok_or_else(unknown)?;
        let id = record_id(record)
            .ok_or_else(|| RecordError::new("MISSING_ARGUMENT", "Id not specified in an update call", &[]))?;
        let changes = record.as_object().cloned().unwrap_or_default();
        self.update(call, object, id, &changes)?;
        Ok(if id.len() == 15 { id::with_check(id) } else { id.to_string() })
    }

    fn save_result(&self, result: Result<String, RecordError>, id: &str) -> Value {
        let error = match result {
            Ok(id) => return json!({"id": id, "success": true, "errors": []}),
            Err(error) => error,
        };
        let errors = json!([{"statusCode": error.status_code, "message": error.message, "fields": error.fields}]);
        match self.quirks.failed_id {
            FailedId::Present => json!({"id": id, "success": false, "errors": errors}),
            FailedId::Null => json!({"id": null, "success": false, "errors": errors}),
            FailedId::Absent => json!({"success": false, "errors": errors}),
        }
    }
}

fn record_id(record: &Value) -> Option<&str> {
    record.as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case("id"))?.1.as_str()
}

/// Type, length and picklist of one value.
fn check_value(field: &Field, value: &Value) -> Result<(), RecordError> {
    let name = field.name.as_str();
    let text = match (&field.kind, value) {
        (Kind::Boolean, Value::Bool(_)) => return Ok(()),
        (_, Value::Null) if field.nillable => return Ok(()),
        (_, Value::Null) => {
            let message = format!("Required fields are missing: [{name}]");
            return Err(RecordError::new("REQUIRED_FIELD_MISSING", message, &[name]));
        }
        (Kind::Boolean, _) | (_, Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            let message = format!("Cannot deserialize instance of the type of {name} from {value}");
            return Err(RecordError::new("JSON_PARSER_ERROR", message, &[name]));
        }
        (_, Value::String(text)) => text,
    };
    match &field.kind {
        Kind::Text(longest) | Kind::Encrypted(longest) if text.chars().count() > *longest as usize => {
            let message = format!("{name}: data value too large (max length={longest})");
            Err(RecordError::new("STRING_TOO_LONG", message, &[name]))
        }
        Kind::Picklist(values) if !values.is_empty() && !values.contains(&text.as_str()) => {
            let message = format!("{name}: bad value for restricted picklist field: {text}");
            Err(RecordError::new("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, &[name]))
        }
        _ => Ok(()),
    }
}
