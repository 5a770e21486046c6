//! One row to one event, or to what is wrong with it.

use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::figures::{amount, duration_ms};
use super::plan::{DurationUnit, Plan};
use super::{Field, Record, TableError};
use crate::domain::{Amount, Currency, EntityKind, EventKind, Role, RowError, Timestamp};
use crate::entities::{NormalForm, Region, folded, normal_form};

/// Longest value that an error repeats, in characters.
const SHOWN_CHARS: usize = 80;
/// Longest reference, in characters.
const MAX_REFERENCE_CHARS: usize = 128;

/// Who or what takes part, as a row says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyFacts {
    /// What it does.
    pub role: Role,
    /// Its normal form.
    pub form: NormalForm,
    /// As it is written.
    pub written: String,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFacts {
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Money.
    pub amount: Option<(Amount, Currency)>,
    /// Number that the bank or operator gave it.
    pub reference: Option<String>,
    /// Who and what takes part: `from` and `to` first.
    pub parties: Vec<PartyFacts>,
    /// What makes two rows the same event.
    pub content_key: [u8; 16],
}

/// A plan with what it takes to read rows.
pub struct RowReader<'p> {
    plan: &'p Plan,
    zone: TimeZone,
    region: Region,
}

impl<'p> RowReader<'p> {
    /// Reads rows under this plan.
    ///
    /// # Errors
    /// The plan's time zone or region is not known.
    pub fn new(plan: &'p Plan) -> Result<Self, TableError> {
        Ok(Self {
            plan,
            zone: plan.zone()?,
            region: plan.region()?,
        })
    }
}

impl RowReader<'_> {
    /// What a row says.
    ///
    /// # Errors
    /// Everything that is wrong with it, column by column.
    pub fn read(&self, record: Record<'_>) -> Result<EventFacts, Vec<RowError>> {
        let mut row = Row {
            reader: self,
            record,
            errors: Vec::new(),
        };
        row.check_width();
        let at = row.time();
        let parties = row.parties();
        let duration_ms = row.duration();
        let amount = row.amount();
        let reference = row.reference();
        match (at, row.errors.is_empty()) {
            (Some(at), true) => {
                let mut facts = EventFacts {
                    at,
                    duration_ms,
                    amount,
                    reference,
                    parties,
                    content_key: [0; 16],
                };
                facts.content_key = content_key(self.plan.kind, &facts);
                Ok(facts)
            }
            _ => Err(row.errors),
        }
    }
}

/// A row that is being read.
struct Row<'a> {
    reader: &'a RowReader<'a>,
    record: Record<'a>,
    errors: Vec<RowError>,
}

impl<'a> Row<'a> {
    fn plan(&self) -> &'a Plan {
        self.reader.plan
    }

    /// The value of a field; none where the plan has none or the row has nothing there.
    fn value(&self, field: Field) -> Option<&'a str> {
        value(self.reader.plan, self.record, field)
    }

    fn wrong(&mut self, field: Field, found: &str, expected: impl Into<String>) {
        let column = self.reader.plan.column(field);
        let found = if found.is_empty() {
            "empty".to_owned()
        } else {
            let shown: String = found.chars().take(SHOWN_CHARS).collect();
            format!("{shown:?}")
        };
        self.errors.push(RowError {
            row: self.record.row,
            column: column
                .map_or(field.as_str(), |column| &column.header)
                .to_owned(),
            found,
            expected: expected.into(),
        });
    }

    /// Fewer or more fields than the header has shift what stands in them; empty ones at the end
    /// shift nothing.
    fn check_width(&mut self) {
        let width = self.plan().width;
        let beyond = (width..self.record.len())
            .any(|index| self.record.get(index).is_some_and(|text| !text.is_empty()));
        if self.record.len() < width || beyond {
            self.errors.push(RowError {
                row: self.record.row,
                column: "(row)".to_owned(),
                found: format!("{} fields", self.record.len()),
                expected: format!("{width} fields as in the header"),
            });
        }
    }

    fn time(&mut self) -> Option<Timestamp> {
        let plan = self.plan();
        let field = if plan.has(Field::At) {
            Field::At
        } else {
            Field::Date
        };
        let text = time_text(plan, self.record).unwrap_or_default();
        match plan.date_format.read(&text, &self.reader.zone) {
            Ok(at) => Some(at),
            Err(expected) => {
                self.wrong(field, &text, expected);
                None
            }
        }
    }

    fn parties(&mut self) -> Vec<PartyFacts> {
        let plan = self.plan();
        let directed = !plan.has(Field::From) && plan.has(Field::Direction);
        let sides = if directed {
            self.direction()
        } else {
            Some(Sides::AS_WRITTEN)
        };
        let Some(sides) = sides else {
            return Vec::new();
        };
        let mut parties = Vec::new();
        let from = self.needed(Role::From, sides.from, plan.from_kind);
        parties.extend(from);
        parties.extend(self.to(sides.to));
        let named = [
            (Role::FromName, sides.from_name, EntityKind::Person),
            (Role::ToName, sides.to_name, EntityKind::Person),
            (Role::Device, Field::Device, EntityKind::Device),
            (Role::Place, Field::Place, EntityKind::Address),
            (Role::Network, Field::Network, EntityKind::Address),
            (Role::App, Field::App, EntityKind::App),
            (
                Role::Organisation,
                Field::Organisation,
                EntityKind::Organisation,
            ),
        ];
        for (role, field, kind) in named {
            if let Some(text) = self.value(field) {
                parties.extend(self.party(role, field, kind, text));
            }
        }
        if let Some(imsi) = self.value(Field::Subscriber) {
            let marked = format!("imsi:{imsi}");
            let party = self.party(
                Role::Subscriber,
                Field::Subscriber,
                EntityKind::Device,
                &marked,
            );
            parties.extend(party);
        }
        if let Some(cell) = self.cell() {
            parties.extend(self.party(Role::Cell, Field::Cell, EntityKind::Cell, &cell));
        }
        parties
    }

    /// What is logged in to or paid; for a movement the cell or place where no column says more.
    fn to(&mut self, field: Field) -> Option<PartyFacts> {
        let plan = self.plan();
        if plan.kind != EventKind::Movement || plan.has(Field::To) {
            return self.needed(Role::To, field, plan.to_kind);
        }
        if let Some(cell) = self.cell() {
            return self.party(Role::To, Field::Cell, EntityKind::Cell, &cell);
        }
        match self.value(Field::Place) {
            Some(place) => self.party(Role::To, Field::Place, EntityKind::Address, place),
            None => {
                self.wrong(Field::Place, "", "a cell or a place");
                None
            }
        }
    }

    fn cell(&self) -> Option<String> {
        let cell = self.value(Field::Cell)?;
        Some(match self.value(Field::Area) {
            Some(area) => format!("{area}-{cell}"),
            None => cell.to_owned(),
        })
    }

    fn needed(&mut self, role: Role, field: Field, kind: EntityKind) -> Option<PartyFacts> {
        let text = self.value(field).unwrap_or_default();
        self.party(role, field, kind, text)
    }

    fn party(
        &mut self,
        role: Role,
        field: Field,
        kind: EntityKind,
        written: &str,
    ) -> Option<PartyFacts> {
        match normal_form(kind, written, self.reader.region) {
            Ok(form) => Some(PartyFacts {
                role,
                form,
                written: written.to_owned(),
            }),
            Err(error) => {
                self.wrong(field, written, error.expected);
                None
            }
        }
    }

    fn direction(&mut self) -> Option<Sides> {
        let plan = self.plan();
        let text = self.value(Field::Direction).unwrap_or_default();
        let word = folded(text);
        if plan.out_words.contains(&word) {
            return Some(Sides::OUTWARDS);
        }
        if plan.in_words.contains(&word) {
            return Some(Sides::INWARDS);
        }
        self.wrong(
            Field::Direction,
            text,
            "a direction such as 主叫 or 被叫, 出 or 进, out or in; a mapping may name others",
        );
        None
    }

    fn duration(&mut self) -> Option<u64> {
        let text = self.value(Field::Duration)?;
        match duration_ms(text) {
            Ok(ms) => Some(match (self.plan().duration_unit, is_bare(text)) {
                (DurationUnit::Milliseconds, true) => ms / 1000,
                (DurationUnit::Minutes, true) => ms.saturating_mul(60),
                (DurationUnit::Seconds, _) | (_, false) => ms,
            }),
            Err(expected) => {
                self.wrong(Field::Duration, text, expected);
                None
            }
        }
    }

    fn amount(&mut self) -> Option<(Amount, Currency)> {
        if self.plan().kind != EventKind::Transfer {
            return None;
        }
        let text = self.value(Field::Amount).unwrap_or_default();
        let amount = match amount(text) {
            Ok(amount) => Some(amount),
            Err(expected) => {
                self.wrong(Field::Amount, text, expected);
                None
            }
        };
        let currency = match self.value(Field::Currency) {
            None => Some(self.plan().currency.clone()),
            Some(text) => match text.parse() {
                Ok(currency) => Some(currency),
                Err(_) => {
                    self.wrong(Field::Currency, text, "a currency code such as CNY");
                    None
                }
            },
        };
        amount.zip(currency)
    }

    fn reference(&mut self) -> Option<String> {
        let text = self.value(Field::Reference)?;
        let plain = text.chars().count() <= MAX_REFERENCE_CHARS && !text.contains(char::is_control);
        if !plain {
            self.wrong(
                Field::Reference,
                text,
                "at most 128 characters without control characters",
            );
            return None;
        }
        Some(text.to_owned())
    }
}

/// Which fields stand on which side.
#[derive(Debug, Clone, Copy)]
struct Sides {
    from: Field,
    to: Field,
    from_name: Field,
    to_name: Field,
}

impl Sides {
    const AS_WRITTEN: Self = Self {
        from: Field::From,
        to: Field::To,
        from_name: Field::FromName,
        to_name: Field::ToName,
    };
    const OUTWARDS: Self = Self {
        from: Field::Own,
        to: Field::Other,
        from_name: Field::OwnName,
        to_name: Field::OtherName,
    };
    const INWARDS: Self = Self {
        from: Field::Other,
        to: Field::Own,
        from_name: Field::OtherName,
        to_name: Field::OwnName,
    };
}

fn value<'a>(plan: &'a Plan, record: Record<'a>, field: Field) -> Option<&'a str> {
    if let Some(constant) = plan.constant(field) {
        return Some(constant);
    }
    let text = record.get(plan.column(field)?.index)?;
    // What tables write where they have nothing.
    let nothing = matches!(text, "" | "-" | "--" | "\\N" | "NULL" | "null" | "无");
    (!nothing).then_some(text)
}

/// The day and time of a row in one text.
pub(super) fn time_text(plan: &Plan, record: Record<'_>) -> Option<String> {
    if plan.has(Field::At) {
        return value(plan, record, Field::At).map(str::to_owned);
    }
    let date = value(plan, record, Field::Date)?;
    let time = value(plan, record, Field::TimeOfDay)?;
    Some(format!("{date} {time}"))
}

fn is_bare(text: &str) -> bool {
    text.chars().all(|c| c.is_numeric() || c.is_whitespace())
}

/// The first half of a SHA-256 over everything that a row says, however it is written.
fn content_key(kind: EventKind, facts: &EventFacts) -> [u8; 16] {
    let mut hasher = Sha256::new();
    let mut line = |name: &str, value: &str| {
        hasher.update(name.as_bytes());
        hasher.update((value.len() as u64).to_be_bytes());
        hasher.update(value.as_bytes());
    };
    line("kind", kind.as_str());
    line("at", &facts.at.as_millis().to_string());
    if let Some(ms) = facts.duration_ms {
        line("duration", &ms.to_string());
    }
    if let Some((amount, currency)) = &facts.amount {
        line("amount", &amount.to_string());
        line("currency", currency.as_str());
    }
    if let Some(reference) = &facts.reference {
        line("reference", reference);
    }
    for party in &facts.parties {
        line(party.role.as_str(), party.form.kind.as_str());
        line("value", &party.form.value);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    let mut key = [0; 16];
    key.copy_from_slice(digest.split_at(16).0);
    key
}
