//! Imports of tables as sent.

use serde::Serialize;
use utoipa::ToSchema;

use super::entities::EventKindBody;
use crate::domain::{Import, RowError};
use crate::http::paging::PageBody;
use crate::services::ImportReport;

/// Why a row is no event.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RowError)]
pub struct RowErrorBody {
    /// Line of the file, the header being line 1.
    pub row: u64,
    /// Column, or the field where no column is to blame.
    pub column: String,
    /// What it held.
    pub found: String,
    /// What it may hold.
    pub expected: String,
}

impl From<RowError> for RowErrorBody {
    fn from(error: RowError) -> Self {
        Self {
            row: error.row,
            column: error.column,
            found: error.found,
            expected: error.expected,
        }
    }
}

/// A column that is read.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ImportColumn)]
pub struct ImportColumnBody {
    /// What it means.
    pub field: String,
    /// Its header.
    pub header: String,
}

/// How a table is read, and what became of its rows, or would.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ImportReport)]
pub struct ImportReportBody {
    /// What the rows are.
    pub kind: EventKindBody,
    /// Encoding.
    pub encoding: String,
    /// How times are written.
    pub date_format: String,
    /// Where the clocks hung.
    pub time_zone: String,
    /// Country whose numbers are written without a country code.
    pub region: String,
    /// Columns that are read.
    pub columns: Vec<ImportColumnBody>,
    /// Rows, the header not counted.
    pub rows_total: u64,
    /// Rows that were read.
    pub rows: u64,
    /// Events that are new.
    pub added: u64,
    /// Rows that say what another row of the case says.
    pub duplicates: u64,
    /// Rows that are no events.
    pub refused: u64,
    /// What is wrong with those, the first thousand errors.
    pub errors: Vec<RowErrorBody>,
}

impl From<ImportReport> for ImportReportBody {
    fn from(report: ImportReport) -> Self {
        let plan = report.plan;
        let columns = plan.columns.into_iter().map(|column| ImportColumnBody {
            field: column.field.as_str().to_owned(),
            header: column.header,
        });
        Self {
            kind: plan.kind.into(),
            encoding: plan.encoding.as_str().to_owned(),
            date_format: plan.date_format.as_str().to_owned(),
            time_zone: plan.time_zone,
            region: plan.region,
            columns: columns.collect(),
            rows_total: report.rows_total,
            rows: report.counts.rows,
            added: report.counts.added,
            duplicates: report.counts.duplicates,
            refused: report.counts.refused,
            errors: report.errors.into_iter().map(Into::into).collect(),
        }
    }
}

/// The import of a table.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Import)]
pub struct ImportBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Case.
    pub case_id: uuid::Uuid,
    /// What the rows are.
    pub kind: EventKindBody,
    /// Name of the file.
    pub filename: String,
    /// Digest of the sealed file.
    pub sha256: String,
    /// Its size.
    pub size_bytes: u64,
    /// `pending`, `done`, `failed` or `cancelled`.
    pub state: String,
    /// Why it was given up.
    pub failure: Option<String>,
    /// Rows, the header not counted.
    pub rows_total: u64,
    /// Rows that were read so far.
    pub rows: u64,
    /// Events that are new.
    pub added: u64,
    /// Rows that say what another row of the case says.
    pub duplicates: u64,
    /// Rows that are no events.
    pub refused: u64,
    /// When it was asked for.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last went on.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

impl From<Import> for ImportBody {
    fn from(import: Import) -> Self {
        Self {
            id: import.id.0,
            case_id: import.case_id.0,
            kind: import.kind.into(),
            filename: import.filename,
            sha256: import.sha256.to_string(),
            size_bytes: import.size_bytes,
            state: import.state.as_str().to_owned(),
            failure: import.failure.map(|failure| failure.detail),
            rows_total: import.rows_total,
            rows: import.counts.rows,
            added: import.counts.added,
            duplicates: import.counts.duplicates,
            refused: import.counts.refused,
            created_at: import.created_at.to_string(),
            updated_at: import.updated_at.to_string(),
        }
    }
}

/// A page of imports.
pub type ImportPage = PageBody<ImportBody>;

/// An import with what became of its rows.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ImportDetail)]
pub struct ImportDetailBody {
    /// The import.
    pub import: ImportBody,
    /// How its table is read, and what is wrong with its rows.
    pub report: ImportReportBody,
}

/// A table that was received.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReceivedImport)]
pub struct ReceivedImportBody {
    /// The import.
    pub import: ImportBody,
    /// Its job; null for one that is done.
    pub job_id: Option<uuid::Uuid>,
    /// Whether the case has this import already.
    pub already_there: bool,
}
