//! `GET /graph/path`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::AppState;
use crate::http::dto::PathBody;
use crate::http::extract::Params;
use crate::http::problem::Problem;
use crate::services::{Node, NodeKind};

/// Between which nodes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PathParams {
    /// From which node, `case:ID`, `subject:ID`, `voice:ID`, `entity:ID` or `group:ID`.
    pub from: String,
    /// To which.
    pub to: String,
}

/// The shortest path between two nodes of the archive, of at most six edges.
#[utoipa::path(
    get,
    path = "/api/v1/graph/path",
    tag = "entities",
    params(PathParams),
    responses(
        (status = 200, body = PathBody),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 422, body = Problem),
    ),
)]
pub async fn get_path(
    State(state): State<AppState>,
    Params(params): Params<PathParams>,
) -> Result<Json<PathBody>, Problem> {
    let from = node("from", &params.from)?;
    let to = node("to", &params.to)?;
    Ok(Json(state.services.graph_path(from, to).await?.into()))
}

fn node(field: &str, text: &str) -> Result<Node, Problem> {
    let wrong = || {
        Problem::invalid(
            field,
            format!("{text:?}"),
            "case:ID, subject:ID, voice:ID, entity:ID or group:ID",
        )
    };
    let (kind, id) = text.split_once(':').ok_or_else(wrong)?;
    let kind = match kind {
        "case" => NodeKind::Case,
        "subject" => NodeKind::Subject,
        "voice" => NodeKind::Voice,
        "entity" => NodeKind::Entity,
        "group" => NodeKind::Group,
        _ => return Err(wrong()),
    };
    let id = id.parse().map_err(|_| wrong())?;
    Ok(Node { kind, id })
}
