//! `GET /imports/{id}`.

use axum::Json;
use axum::extract::State;

use crate::domain::ImportId;
use crate::http::AppState;
use crate::http::dto::ImportDetailBody;
use crate::http::extract::Ids;
use crate::http::problem::Problem;

/// One import: how far it is, how its table is read, and what is wrong with rows that are no events.
#[utoipa::path(
    get,
    path = "/api/v1/imports/{id}",
    tag = "entities",
    params(("id" = uuid::Uuid, Path, description = "Import")),
    responses((status = 200, body = ImportDetailBody), (status = 404, body = Problem)),
)]
pub async fn get_import(
    State(state): State<AppState>,
    Ids(id): Ids<ImportId>,
) -> Result<Json<ImportDetailBody>, Problem> {
    let (import, report) = state.services.import_report(id).await?;
    Ok(Json(ImportDetailBody {
        import: import.into(),
        report: report.into(),
    }))
}
