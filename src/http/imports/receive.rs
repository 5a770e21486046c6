//! `POST /imports`: streamed to disk while it is hashed, looked through, sealed and queued; or only
//! tried.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::{CaseId, Sha256};
use crate::http::AppState;
use crate::http::dto::{ImportReportBody, ReceivedImportBody};
use crate::http::extract::Params;
use crate::http::idempotency::{Answer, once};
use crate::http::incoming::{FormFields, receive_request};
use crate::http::problem::Problem;
use crate::services::{Actor, CaseChoice, NewImport, Upload};

/// What is said of a table, in form fields or in the query.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportMetadata {
    /// `calls`, `transfers`, `logins` or `movements`.
    pub kind: Option<String>,
    /// Case.
    pub case_id: Option<String>,
    /// Or its number; it must exist.
    pub case_no: Option<String>,
    /// Name of the file.
    pub filename: Option<String>,
    /// How its columns are read, as TOML or JSON; what is left out is found from the table.
    pub mapping: Option<String>,
    /// `true` to write nothing and answer what would become of the rows.
    pub dry_run: Option<String>,
}

impl FormFields for ImportMetadata {
    const FIELDS: &'static str = "file, kind, case_id, case_no, filename, mapping, dry_run";

    fn field(&mut self, name: &str) -> Option<&mut Option<String>> {
        match name {
            "kind" => Some(&mut self.kind),
            "case_id" => Some(&mut self.case_id),
            "case_no" => Some(&mut self.case_no),
            "filename" => Some(&mut self.filename),
            "mapping" => Some(&mut self.mapping),
            "dry_run" => Some(&mut self.dry_run),
            _ => None,
        }
    }

    fn filename(&mut self) -> &mut Option<String> {
        &mut self.filename
    }
}

impl ImportMetadata {
    fn is_dry_run(&self) -> Result<bool, Problem> {
        match self.dry_run.as_deref() {
            None | Some("" | "false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Problem::invalid(
                "dry_run",
                format!("{other:?}"),
                "true or false",
            )),
        }
    }

    fn read(self) -> Result<NewImport, Problem> {
        let text = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
        let case = match (text(self.case_id), text(self.case_no)) {
            (None, None) => CaseChoice::None,
            (None, Some(case_no)) => CaseChoice::No(case_no),
            (Some(id), None) => CaseChoice::Id(
                id.parse::<CaseId>()
                    .map_err(|_| Problem::invalid("case_id", format!("{id:?}"), "an id"))?,
            ),
            (Some(_), Some(_)) => {
                return Err(Problem::invalid(
                    "case_id",
                    "given with case_no",
                    "only one of them",
                ));
            }
        };
        Ok(NewImport {
            filename: self.filename.unwrap_or_default(),
            case,
            kind: self.kind.unwrap_or_default(),
            mapping: self.mapping.unwrap_or_default(),
        })
    }
}

/// The form of an import, for the description.
#[derive(utoipa::ToSchema)]
#[allow(dead_code)]
pub struct ImportForm {
    /// The table.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// `calls`, `transfers`, `logins` or `movements`.
    kind: String,
    /// Case.
    case_id: Option<String>,
    /// Or its number; it must exist.
    case_no: Option<String>,
    /// How its columns are read, as TOML or JSON.
    mapping: Option<String>,
    /// `true` to write nothing and answer what would become of the rows.
    dry_run: Option<String>,
}

/// Imports a table of calls, transfers, logins or movements into a case, as a job. The file is
/// looked through first, and refused as a whole where it cannot be read; rows that are no events are
/// refused one by one. With `dry_run` nothing is written, and the answer is what would become of the
/// rows.
#[utoipa::path(
    post,
    path = "/api/v1/imports",
    tag = "entities",
    params(
        ImportMetadata,
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request safe"),
    ),
    request_body(
        content(
            (ImportForm = "multipart/form-data"),
            (Vec<u8> = "application/octet-stream"),
        ),
    ),
    responses(
        (status = 202, body = ReceivedImportBody, headers(("Location" = String)), description = "Queued; Location is its job"),
        (status = 200, body = ImportReportBody, description = "What would become of the rows, for dry_run; or the import that is there already"),
        (status = 400, body = Problem, description = "The body ended early, or is no form"),
        (status = 404, body = Problem, description = "The case does not exist"),
        (status = 413, body = Problem),
        (status = 422, body = Problem, description = "The table or its mapping is not taken"),
    ),
)]
pub async fn post_import(
    State(state): State<AppState>,
    Params(query): Params<ImportMetadata>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let (upload, metadata) = receive_request(&state, &headers, request, query).await?;
    let dry_run = metadata.is_dry_run()?;
    let new = metadata.read()?;
    if dry_run {
        let report = state.services.try_import(upload, new).await?;
        return Ok(Json(ImportReportBody::from(report)).into_response());
    }
    let request_sha256 = digest_of(&upload, &new);
    once(&state, &headers, "POST imports", request_sha256, async {
        let received = state
            .services
            .receive_import(&Actor::local(), upload, new)
            .await?;
        let status = match received.job_id {
            Some(_) => StatusCode::ACCEPTED,
            None => StatusCode::OK,
        };
        let location = match received.job_id {
            Some(id) => format!("/api/v1/jobs/{id}"),
            None => format!("/api/v1/imports/{}", received.import.id),
        };
        let body = ReceivedImportBody {
            import: received.import.into(),
            job_id: received.job_id.map(|id| id.0),
            already_there: received.already_there,
        };
        Ok(Answer::new(status, &body)?.at(location))
    })
    .await
}

/// What makes two imports the same request: the bytes and what is said of them.
fn digest_of(upload: &Upload, new: &NewImport) -> Sha256 {
    Sha256::of(format!("{} {new:?}", upload.sha256()).as_bytes())
}
