//! The population that a comparison was measured on: who is in it, and how many look as good.

use maud::{Markup, html};

use super::words::Language;
use super::{band, named_rows, seconds};
use crate::domain::{
    EnrolledChoice, NetSpeech, PopulationFindings, PopulationMismatch, PopulationSelection,
    PopulationWarning, Reach,
};

pub(super) fn section(population: &PopulationFindings, language: Language) -> Markup {
    let rates = population.rates;
    html! {
        @if let Some(rates) = rates {
            p { (reach(rates.probe, language.of("the left voice", "左侧语音"), language)) }
            p { (reach(rates.candidate, language.of("the right side", "右侧"), language)) }
        }
        p class="notice" { (language.population_notice()) }
        @for warning in &population.used.warnings {
            p class="outside" { (unlike(warning, language)) }
        }
        (named_rows(&facts(population, language)))
    }
}

/// How many voices reach the ratio with one side.
fn reach(reach: Reach, side: &str, language: Language) -> String {
    let Reach {
        voices,
        reached,
        upper,
    } = reach;
    let upper = format!("{:.2} %", 100.0 * upper);
    language.of(
        format!(
            "With {side}, {reached} of {voices} voices of the population reach this ratio or more; of \
             such people at most {upper} do, at 95 %."
        ),
        format!(
            "与{side}比较，人群中 {voices} 个语音里有 {reached} 个达到或超过该似然比；\
             此类人员中的比例上限为 {upper}（95%）。"
        ),
    )
}

fn facts(population: &PopulationFindings, language: Language) -> Vec<(&'static str, String)> {
    let (used, facts) = (&population.used, population.facts);
    let speech = facts
        .net_speech
        .map(|speech: NetSpeech| seconds(speech.as_millis(), language));
    let [left, right] = population.left_out.each_ref().map(Vec::len);
    vec![
        (
            language.of("Population", "参考人群"),
            language.of(
                format!("{}, version {}", used.name, used.version),
                format!("{}，第 {} 版", used.name, used.version),
            ),
        ),
        (
            language.of("Whom it stands for", "代表的人群"),
            population
                .description
                .clone()
                .unwrap_or_else(|| language.of("not said", "未说明").to_owned()),
        ),
        (
            language.of("Digest of its members (SHA-256)", "成员摘要（SHA-256）"),
            used.sha256.to_string(),
        ),
        (
            language.of("How they were chosen", "选取条件"),
            chosen(&population.selection, language),
        ),
        (
            language.of("Voices; recordings", "语音数；录音数"),
            format!("{}; {}", facts.voices, facts.recordings),
        ),
        (
            language.of(
                "Of them narrowband; tied to a person of the archive",
                "其中窄带；已建库人员",
            ),
            format!("{}; {}", facts.narrowband, facts.enrolled),
        ),
        (
            language.of(
                "Net speech: shortest, median, longest",
                "净语音：最短、中位、最长",
            ),
            speech.join(", "),
        ),
        (
            language.of(
                "Not counted, as they may be the person on the left; on the right",
                "未计入（可能为左侧；右侧人员本人）",
            ),
            format!("{left}; {right}"),
        ),
        (
            language.of("Model of its voiceprints", "声纹模型"),
            population.model.to_string(),
        ),
        (
            language.of("Version made", "版本建立时间"),
            population.made_at.to_string(),
        ),
    ]
}

/// The conditions of a selection, in words.
fn chosen(selection: &PopulationSelection, language: Language) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut say = |english: &str, chinese: &str, value: &str| {
        words.push(
            format!("{} {value}", language.of(english, chinese))
                .trim()
                .to_owned(),
        );
    };
    match selection.enrolled {
        EnrolledChoice::Any => {}
        EnrolledChoice::Enrolled => say("tied to a person", "已建库", ""),
        EnrolledChoice::NotEnrolled => say("tied to nobody", "未建库", ""),
    }
    if let Some(class) = selection.subject_class {
        say("of the class", "人员类别", language.subject_class(class));
    }
    if let Some(case) = selection.case_id {
        say("of the case", "案件", &case.to_string());
    }
    if let Some(bandwidth) = selection.bandwidth {
        say("measured as", "实测带宽", band(bandwidth, language));
    }
    let seconds = |speech: NetSpeech| seconds(speech.as_millis(), language);
    if let Some(least) = selection.min_net_speech {
        say("net speech from", "净语音不少于", &seconds(least));
    }
    if let Some(most) = selection.max_net_speech {
        say("net speech up to", "净语音不多于", &seconds(most));
    }
    if let Some(from) = selection.from {
        say("calls from", "通话时间自", &from.to_string());
    }
    if let Some(until) = selection.until {
        say("calls before", "通话时间早于", &until.to_string());
    }
    if !selection.voice_ids.is_empty() {
        say(
            "named one by one:",
            "逐一指定：",
            &selection.voice_ids.len().to_string(),
        );
    }
    if words.is_empty() {
        return language
            .of("every voice of the archive", "库中全部语音")
            .to_owned();
    }
    words.join(language.of("; ", "；"))
}

/// In what the population is unlike the case.
fn unlike(warning: &PopulationWarning, language: Language) -> String {
    let side = match warning.side.as_str() {
        "left" => language.of("the left side", "左侧"),
        "right" => language.of("the right side", "右侧"),
        other => other,
    };
    let (found, range) = (&warning.found, &warning.population);
    match warning.kind {
        PopulationMismatch::Bandwidth => language.of(
            format!("Unlike the case: {side} is {found}, {range} voices of the population are."),
            format!("与本案不同：{side}为 {found}，人群中 {range} 的语音为该带宽。"),
        ),
        PopulationMismatch::NetSpeech => language.of(
            format!("Unlike the case: {side} has {found} of net speech, nearly all of the population {range}."),
            format!("与本案不同：{side}净语音 {found}，人群绝大多数为 {range}。"),
        ),
        PopulationMismatch::Unlike => language.of(
            format!(
                "Unlike the case: {side} has a mean score of {found} with the population, nearly all of \
                 its own voices {range}."
            ),
            format!("与本案不同：{side}与人群的平均得分为 {found}，人群自身绝大多数为 {range}。"),
        ),
    }
}
