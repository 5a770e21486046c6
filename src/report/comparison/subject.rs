//! The voices of a person behind a joint ratio.

use maud::{Markup, html};

use super::words::Language;
use super::{band, seconds, signed};
use crate::domain::{SubjectFindings, SubjectVoice};

pub(super) fn section(subject: &SubjectFindings, language: Language) -> Markup {
    html! {
        p {
            (language.of("Person: ", "人员：")) strong { (subject.subject.name) }
            " (" (language.subject_class(subject.subject.class)) ", " code { (subject.subject.id) } ")"
        }
        p { (language.joint(subject.voices.len(), subject.recordings)) }
        table {
            thead { tr { @for head in language.subject_heads() { th scope="col" { (head) } } } }
            tbody { @for (number, voice) in (1..).zip(&subject.voices) { (row(number, voice, language)) } }
        }
        @if let Some(least) = subject.least_agreement {
            @let number = |id| subject.voices.iter().position(|voice| voice.voice_id == id).map(|at| at + 1);
            @if let (Some(left), Some(right)) = (number(least.left), number(least.right)) {
                p class=[(least.log10_lr < 0.0).then_some("outside")] {
                    (language.least_agreement((left, right), &signed(least.log10_lr)))
                }
            }
        }
    }
}

fn row(number: usize, voice: &SubjectVoice, language: Language) -> Markup {
    let side = &voice.side;
    html! { tr {
        td { (number) }
        td { (side.filename) br; code { (side.sha256) } }
        td { (side.channel + 1) ", " (side.label + 1) }
        td { (seconds(side.net_speech.as_millis(), language)) ", " (band(side.quality.bandwidth, language)) }
        td { (format!("{:.4}", voice.score.0)) }
        td { (signed(voice.log10_lr)) }
    } }
}
