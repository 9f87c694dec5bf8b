//! The resources of objects and of single records.

use serde_json::{Map, Value, json};

use super::app::User;
use super::id;
use super::message::{ApiError, Response};
use super::org::Call;
use super::schema::{self, Field};
use super::state::OrgState;
use super::write::RecordError;

impl OrgState {
    pub(super) fn object_list(&self, call: &Call) -> Response {
        let objects = schema::OBJECTS.iter().filter_map(|object| self.visible_object(object, call));
        let list: Vec<Value> = objects.map(|object| Value::from(self.object_properties(object, call))).collect();
        Response::json(200, json!({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": list}))
    }

    pub(super) fn describe(&self, call: &Call, object: &str) -> Result<Response, ApiError> {
        if call.in_composite && !self.quirks.describe_in_composite {
            return Err(ApiError::new(400, "INVALID_INPUT", "describe is not supported in a composite request"));
        }
        let object = self.visible_object(object, call).ok_or_else(ApiError::not_found)?;
        let fields: Vec<Value> = self.visible_fields(object, call).iter().map(Field::described).collect();
        let mut description = self.object_properties(object, call);
        description.insert("fields".into(), fields.into());
        let relations = if object == "EmailRelay" {
            json!([{"childSObject": "EmailDomainFilter", "field": "EmailRelayId", "relationshipName": "Filters"}])
        } else {
            json!([])
        };
        description.insert("childRelationships".into(), relations);
        Ok(Response::json(200, description.into()))
    }

    fn object_properties(&self, object: &str, call: &Call) -> Map<String, Value> {
        let edits = object != "Organization" && call.user.edits_object;
        let base = format!("/services/data/v{}.0/sobjects/{object}", call.version);
        let properties = json!({
            "name": object, "label": object, "labelPlural": object, "custom": false, "keyPrefix": null,
            "queryable": true, "retrieveable": true, "searchable": false,
            "createable": edits, "updateable": edits, "deletable": edits,
            "urls": {"sobject": base, "describe": format!("{base}/describe"), "rowTemplate": format!("{base}/{{ID}}")},
        });
        properties.as_object().cloned().unwrap_or_default()
    }

    /// `/sobjects/X`: what it is, or a new record.
    pub(super) fn object_resource(&mut self, call: &Call, name: &str) -> Result<Response, ApiError> {
        let object = self.visible_object(name, call).ok_or_else(ApiError::not_found)?;
        match call.method.as_str() {
            "GET" => {
                let properties = self.object_properties(object, call);
                Ok(Response::json(200, json!({"objectDescribe": properties, "recentItems": []})))
            }
            "POST" => {
                let fields = call.body.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
                let id = self.create(call, object, &fields).map_err(single)?;
                Ok(Response::json(201, json!({"id": id, "success": true, "errors": []})))
            }
            method => Err(ApiError::method_not_allowed(method)),
        }
    }

    /// `/sobjects/X/{id}`: read, change or delete one record.
    pub(super) fn record_resource(&mut self, call: &Call, name: &str, record: &str) -> Result<Response, ApiError> {
        let object = self.visible_object(name, call).ok_or_else(ApiError::not_found)?;
        match call.method.as_str() {
            "GET" => self.retrieve(call, object, record),
            "PATCH" => {
                let fields = call.body.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
                self.update(call, object, record, &fields).map_err(single)?;
                Ok(Response::no_content())
            }
            "DELETE" => {
                self.delete(call, object, record).map_err(single)?;
                Ok(Response::no_content())
            }
            method => Err(ApiError::method_not_allowed(method)),
        }
    }

    /// A user's record, as far as the Salesforce CLI looks at it after a login.
    pub(super) fn user_record(&self, call: &Call, record: &str) -> Result<Response, ApiError> {
        let is_it = |user: &&User| id::same(&self.user_id(&user.name), record);
        let user = self.users.iter().find(is_it).ok_or_else(ApiError::not_found)?;
        let id = self.user_id(&user.name);
        let url = format!("/services/data/v{}.0/sobjects/User/{id}", call.version);
        let attributes = json!({"type": "User", "url": url});
        Ok(Response::json(
            200,
            json!({"attributes": attributes, "Id": id, "Username": user.name, "IsActive": user.active}),
        ))
    }

    fn retrieve(&self, call: &Call, object: &'static str, record: &str) -> Result<Response, ApiError> {
        let mut fields = self.visible_fields(object, call);
        if let Some(wanted) = call.parameter("fields") {
            let all = std::mem::take(&mut fields);
            for name in wanted.split(',').map(str::trim) {
                let missing = || {
                    ApiError::new(400, "INVALID_FIELD", format!("No such column '{name}' on sobject of type {object}"))
                };
                let field = all.iter().find(|field| field.name.eq_ignore_ascii_case(name)).ok_or_else(missing)?;
                fields.push(field.clone());
            }
        }
        let is_it =
            |row: &Map<String, Value>| row.get("Id").and_then(Value::as_str).is_some_and(|id| id::same(id, record));
        let row = self.rows(object).into_iter().find(is_it).ok_or_else(ApiError::not_found)?;
        Ok(Response::json(200, self.record(object, call.version, &row, &fields)))
    }
}

/// The error of one record, where it is the whole answer.
fn single(error: RecordError) -> ApiError {
    let status = match error.status_code.as_str() {
        "ENTITY_IS_DELETED" | "INVALID_CROSS_REFERENCE_KEY" | "NOT_FOUND" => 404,
        "INSUFFICIENT_ACCESS_OR_READONLY" => 403,
        _ => 400,
    };
    ApiError::new(status, &error.status_code, error.message)
}
