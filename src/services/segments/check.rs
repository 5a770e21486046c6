//! What a person may say of who speaks when.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::domain::Segment;
use crate::services::ServiceError;

/// Most segments of one revision: a 12-hour call with a turn every two seconds.
pub(super) const MAX_SEGMENTS: usize = 20_000;

/// Where a segment begins or ends; ends come first where both are at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Edge {
    End,
    Start,
}

/// Segments of a recording in order, without overlap within a channel: where two voices speak at
/// once, that stretch is overlap and nobody's.
///
/// # Errors
/// `Invalid` with the segment that is wrong: of a channel or a time that the recording does not
/// have, of a label on two channels, of a voice that speaks twice at once.
pub fn check_segments(
    segments: Vec<Segment>,
    channels: u16,
    duration_ms: u64,
) -> Result<Vec<Segment>, ServiceError> {
    if segments.len() > MAX_SEGMENTS {
        return Err(invalid(
            "segments",
            format!("{} segments", segments.len()),
            format!("at most {MAX_SEGMENTS}"),
        ));
    }
    let mut channel_of = HashMap::new();
    for (place, segment) in segments.iter().enumerate() {
        let at = format!(
            "segment {place} from {} to {} ms",
            segment.start_ms, segment.end_ms
        );
        if segment.channel >= channels {
            let expected = format!("a channel below {channels}");
            let found = format!("channel {} in {at}", segment.channel);
            return Err(invalid("segments.channel", found, expected));
        }
        // Rounding may have put the end of the last segment one millisecond behind the recording's.
        if segment.start_ms >= segment.end_ms || segment.end_ms > duration_ms.saturating_add(1) {
            let expected = format!("a start before the end, and an end of at most {duration_ms}");
            return Err(invalid("segments.end_ms", at, expected));
        }
        if let Some(label) = segment.label {
            let first = *channel_of.entry(label).or_insert(segment.channel);
            if first != segment.channel {
                let found = format!("label {label} on channels {first} and {}", segment.channel);
                let expected = "one channel for each label".to_owned();
                return Err(invalid("segments.label", found, expected));
            }
        }
    }
    let mut sorted = segments;
    sorted.sort_by_key(|s| (s.channel, s.label, s.start_ms, s.end_ms));
    for pair in sorted.windows(2) {
        let [left, right] = pair else { continue };
        let same = (left.channel, left.label) == (right.channel, right.label);
        if same && left.label.is_some() && right.start_ms < left.end_ms {
            let found = format!(
                "two segments of one label from {} and {} ms",
                left.start_ms, right.start_ms
            );
            let expected = "segments of one voice that do not overlap".to_owned();
            return Err(invalid("segments", found, expected));
        }
    }
    let mut apart: Vec<Segment> = Vec::with_capacity(sorted.len());
    for channel in 0..channels {
        let own: Vec<Segment> = sorted
            .iter()
            .filter(|segment| segment.channel == channel)
            .copied()
            .collect();
        apart.extend(without_overlap(&own, channel));
    }
    Ok(apart)
}

fn without_overlap(segments: &[Segment], channel: u16) -> Vec<Segment> {
    let mut edges: Vec<(u64, Edge, Option<u16>)> = segments
        .iter()
        .flat_map(|segment| {
            [
                (segment.start_ms, Edge::Start, segment.label),
                (segment.end_ms, Edge::End, segment.label),
            ]
        })
        .collect();
    edges.sort_unstable();
    // A boundary that somebody set between two segments of one voice stays; one that overlap has
    // cut into its own pieces does not.
    let set: HashSet<(u64, Option<u16>)> = segments
        .iter()
        .map(|segment| (segment.start_ms, segment.label))
        .collect();
    let mut active: BTreeMap<Option<u16>, usize> = BTreeMap::new();
    let mut found: Vec<Segment> = Vec::with_capacity(segments.len());
    for (place, &(start_ms, edge, label)) in edges.iter().enumerate() {
        match edge {
            Edge::Start => *active.entry(label).or_default() += 1,
            Edge::End => {
                if let Some(count) = active.get_mut(&label) {
                    *count -= 1;
                    if *count == 0 {
                        active.remove(&label);
                    }
                }
            }
        }
        let Some(&(end_ms, ..)) = edges.get(place + 1) else {
            break;
        };
        let mut speaking = active.iter();
        let label = match (speaking.next(), speaking.next()) {
            (None, _) => continue,
            (Some((label, 1)), None) => *label,
            (Some(_), _) => None,
        };
        if end_ms == start_ms {
            continue;
        }
        let piece = Segment {
            channel,
            start_ms,
            end_ms,
            label,
        };
        match found.last_mut() {
            Some(last)
                if last.end_ms == start_ms
                    && last.label == label
                    && !set.contains(&(start_ms, label)) =>
            {
                last.end_ms = end_ms;
            }
            _ => found.push(piece),
        }
    }
    found
}

fn invalid(field: &'static str, found: String, expected: String) -> ServiceError {
    ServiceError::Invalid {
        field,
        found,
        expected,
    }
}
