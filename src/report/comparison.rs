//! A comparison of two recordings as a page that can be checked later.
//!
//! The page holds its findings as JSON, and its signature where it has one. It is a function of these
//! and the language alone, so that whoever has them can make it again, byte for byte.

mod population;
mod signature;
mod subject;
mod words;

use maud::{DOCTYPE, Markup, PreEscaped, html};

pub use signature::signature_in;
pub use words::Language;

use super::plots::{PlotError, distribution};
use super::signing::ReportSignature;
use crate::domain::{Bandwidth, ComparedSide, ComparisonFindings, Sha256};

const STYLE: &str = "body{font:16px/1.5 sans-serif;color:#1a1a1a;max-width:56rem;margin:2rem auto;\
padding:0 1rem}h1,h2{line-height:1.2}table{border-collapse:collapse;margin:1rem 0;width:100%;\
font-size:.92rem}th,td{border-bottom:1px solid #ccc;padding:.3rem .5rem;text-align:left;\
vertical-align:top;overflow-wrap:anywhere}th{font-weight:600}thead th{border-bottom:2px solid #888}\
tbody th{width:28%;font-weight:normal;color:#444}.ratio{font-size:2rem;margin:.5rem 0 0}\
.notice{border-left:.3rem solid #0072b2;padding:.2rem .8rem}.outside{border-left:.3rem solid #d55e00;\
padding:.2rem .8rem}figure{margin:1rem 0;break-inside:avoid}figure svg{max-width:100%;height:auto}\
code{overflow-wrap:anywhere}";

const DATA_START: &str = "<script type=\"application/json\" id=\"findings\">";
const DATA_END: &str = "</script>";

/// What a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct ComparisonReport<'a> {
    /// The findings.
    pub findings: &'a ComparisonFindings,
    /// The findings as canonical JSON.
    pub canonical: &'a str,
    /// Who signed them; none for a report without a signature.
    pub signature: Option<&'a ReportSignature>,
    /// In which language.
    pub language: Language,
}

impl ComparisonReport<'_> {
    /// The page.
    ///
    /// # Errors
    /// The plot cannot be drawn.
    pub fn html(&self) -> Result<String, PlotError> {
        let language = self.language;
        let evidence = &self.findings.evidence;
        let scores = self.findings.scores.as_ref();
        let plot = scores
            .map(|scores| distribution(scores, evidence.score.0, language.distribution()))
            .transpose()?;
        let title = match &self.findings.subject {
            None => language.of("Comparison of two recordings", "两段录音的比较"),
            Some(_) => language.of(
                "Comparison of a recording with the recordings of a person",
                "一段录音与一名人员的录音的比较",
            ),
        };
        let digest = Sha256::of(self.canonical.as_bytes());
        let page = html! {
            (DOCTYPE)
            html lang=(language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    h1 { (title) }
                    (self.result())
                    h2 { (language.of("The two voices", "两个语音")) }
                    (self.sides())
                    @if let Some(subject) = &self.findings.subject {
                        h2 { (language.of("The person's recordings", "该人员的录音")) }
                        (subject::section(subject, language))
                    }
                    @if let Some(population) = &self.findings.population {
                        h2 { (language.of("Among the voices of a population", "在参考人群的语音中")) }
                        (population::section(population, language))
                    }
                    h2 { (language.of("How the ratio came about", "似然比如何得出")) }
                    (self.provenance())
                    @if let Some(plot) = plot {
                        figure {
                            (PreEscaped(plot))
                            figcaption { (language.of(
                                "The score among those of the calibration's trials under this condition.",
                                "该得分在此条件下校准试验得分中的位置。",
                            )) }
                        }
                    }
                    h2 { (language.of("What this does not show", "本报告不能说明什么")) }
                    ul { @for limit in language.limits() { li { (limit) } } }
                    h2 { (language.of("Checking this report", "核验本报告")) }
                    p {
                        (self.checking().0) " " code { (self.checking().1) }
                    }
                    p { (language.of("Digest of the findings (SHA-256): ", "结论摘要（SHA-256）：")) code { (digest) } }
                    @if let Some(signature) = self.signature {
                        h2 { (language.of("Signature", "签名")) }
                        (signature::section(signature, language))
                    }
                    (PreEscaped(DATA_START)) (PreEscaped(embedded(self.canonical))) (PreEscaped(DATA_END))
                    @if let Some(signature) = self.signature { (signature::data(signature)) }
                }
            }
        };
        Ok(page.into_string())
    }

    fn result(&self) -> Markup {
        let language = self.language;
        let evidence = &self.findings.evidence;
        html! {
            p class="ratio" { "log10 LR " strong { (signed(evidence.log10_lr)) } }
            @if let Some([low, high]) = evidence.log10_lr_interval {
                p { (language.of("95 % interval: ", "95% 区间：")) (signed(low)) (language.of(" to ", " 至 ")) (signed(high)) }
                p { (language.interval(evidence.calibration.interval_holds_recordings)) }
            }
            p { (language.verbal(evidence)) }
            p class="notice" { (language.notice()) }
            @for note in &evidence.calibration.outside {
                p class="outside" {
                    (language.of("Outside of what the calibration was made on: ", "超出校准范围：")) (note)
                }
            }
            @if let Some(weight) = evidence.calibration.weight {
                p class="outside" { (language.drawn(weight)) }
            }
        }
    }

    /// How the report is checked: what is needed, and the command.
    fn checking(&self) -> (&'static str, &'static str) {
        let findings = self.findings;
        if findings.subject.is_none() && findings.population.is_none() {
            let needed = self.language.of(
                "With both recordings at hand, this command computes everything anew and says what differs:",
                "备齐两段录音后，以下命令会重新计算全部内容并指出差异：",
            );
            return (needed, "voxtrace verify REPORT LEFT RIGHT");
        }
        let needed = self.language.of(
            "With the recordings or the archive at hand, this command computes anew what they allow, and \
             says what differs and what it could not compute:",
            "备有录音或档案库时，以下命令会重新计算其所能计算的内容，并指出差异以及无法计算的内容：",
        );
        (
            needed,
            "voxtrace verify REPORT LEFT RECORDING... --data DIR",
        )
    }

    fn sides(&self) -> Markup {
        let language = self.language;
        let sides = [&self.findings.left, &self.findings.right].map(|side| facts(side, language));
        let [left, right] = &sides;
        let right_name = match self.findings.subject {
            None => language.of("Right", "右"),
            Some(_) => language.of(
                "Right: of the person's voices, the one with the highest score",
                "右：该人员得分最高的语音",
            ),
        };
        html! {
            table {
                thead { tr {
                    th {} th scope="col" { (language.of("Left", "左")) } th scope="col" { (right_name) }
                } }
                tbody {
                    @for ((name, left), (_, right)) in left.iter().zip(right) {
                        tr { th scope="row" { (name) } td { (left) } td { (right) } }
                    }
                }
            }
        }
    }

    fn provenance(&self) -> Markup {
        let language = self.language;
        let (findings, made) = (self.findings, &self.findings.left.provenance);
        let calibration = &findings.evidence.calibration;
        let rows = [
            (
                match findings.subject {
                    None => language.of("Score (cosine)", "得分（余弦）"),
                    Some(_) => language.of(
                        "Mean score of the person's voices (cosine)",
                        "该人员各语音的平均得分（余弦）",
                    ),
                },
                format!("{:.4}", findings.evidence.score.0),
            ),
            (
                language.of("Condition", "条件"),
                language.condition(&calibration.condition),
            ),
            (
                language.of("Calibration", "校准"),
                format!(
                    "{}, SHA-256 {}",
                    calibration.name, findings.calibration_sha256
                ),
            ),
            (
                language.of("Its data; the population", "校准数据（参照人群）"),
                calibration.data.clone(),
            ),
            (
                language.of("Its speakers", "校准说话人数"),
                calibration.speakers.to_string(),
            ),
            (
                language.of("Its Cllr on speakers held out", "留出说话人上的 Cllr"),
                format!("{:.3} bit", calibration.cllr),
            ),
            (
                language.of("Model", "模型"),
                format!("{}, SHA-256 {}", made.model, made.model_sha256),
            ),
            (
                language.of("Channels taken out by", "信道补偿"),
                match calibration.compensation_sha256 {
                    Some(sha256) => format!("SHA-256 {sha256}"),
                    None => language
                        .of("nothing: plain cosine", "无：原始余弦")
                        .to_owned(),
                },
            ),
            (
                language.of("Speech detection", "语音检测模型"),
                format!("SHA-256 {}", made.vad_sha256),
            ),
            (
                language.of("Version of Voxtrace", "Voxtrace 版本"),
                findings.software_version.clone(),
            ),
        ];
        named_rows(&rows)
    }
}

/// Names and values of one side.
fn facts(side: &ComparedSide, language: Language) -> Vec<(&'static str, String)> {
    let none = || language.of("not measured", "未测得").to_owned();
    let number = |value: Option<f32>, unit: &str| match value {
        Some(value) => format!("{value:.1} {unit}"),
        None => none(),
    };
    let percent = |share: f32| format!("{:.1} %", 100.0 * share);
    let media = &side.media;
    let quality = &side.quality;
    vec![
        (language.of("File", "文件"), side.filename.clone()),
        ("SHA-256", side.sha256.to_string()),
        (
            language.of("Format", "格式"),
            format!(
                "{}, {}, {} Hz, {} {}",
                media.container,
                media.codec,
                media.sample_rate.hz(),
                media.channels,
                language.of("channels", "个声道"),
            ),
        ),
        (
            language.of("Duration", "时长"),
            seconds(media.duration_ms, language),
        ),
        (
            language.of("Read whole", "是否完整读取"),
            match &media.damage {
                None => language.of("yes", "是").to_owned(),
                Some(damage) => format!("{} ({})", seconds(damage.at_ms, language), damage.reason),
            },
        ),
        (
            language.of("Voice: channel, label", "语音：声道、标签"),
            format!("{}, {}", side.channel + 1, side.label + 1),
        ),
        (
            language.of("Segments set by", "分段来源"),
            match side.segments {
                None => language.of("measurement", "自动测定").to_owned(),
                Some(_) => language.of("a person", "人工修订").to_owned(),
            },
        ),
        (
            language.of("Net speech", "净语音"),
            seconds(side.net_speech.as_millis(), language),
        ),
        (
            language.of("Speech in the voiceprint", "用于声纹的语音"),
            seconds(side.speech_used.as_millis(), language),
        ),
        (
            language.of("Measured band", "实测带宽"),
            band(quality.bandwidth, language).to_owned(),
        ),
        (
            language.of("Band up to", "频带上限"),
            quality
                .band_top_hz
                .map_or_else(none, |top| format!("{top:.0} Hz")),
        ),
        (
            language.of("Speech above pauses", "语音高于停顿"),
            number(quality.snr_db, "dB"),
        ),
        (
            language.of("SNR (WADA)", "信噪比（WADA）"),
            number(quality.wada_snr_db, "dB"),
        ),
        (
            language.of("Level of the speech", "语音电平"),
            number(Some(quality.speech_level_dbfs), "dBFS"),
        ),
        (
            language.of("Clipped", "削波"),
            quality.clipping_ratio.map_or_else(none, percent),
        ),
        (
            language.of("Music on the channel", "声道中的音乐"),
            side.channel_quality.music_ratio.map_or_else(none, percent),
        ),
    ]
}

fn seconds(ms: u64, language: Language) -> String {
    format!("{:.1} {}", ms as f64 / 1000.0, language.of("s", "秒"))
}

/// A table of names and values.
fn named_rows(rows: &[(&str, String)]) -> Markup {
    html! { table { tbody {
        @for (name, value) in rows { tr { th scope="row" { (name) } td { (value) } } }
    } } }
}

/// The band of a voice in words.
fn band(bandwidth: Bandwidth, language: Language) -> &'static str {
    match bandwidth {
        Bandwidth::Narrowband => language.of("narrowband", "窄带"),
        Bandwidth::Wideband => language.of("wideband", "宽带"),
    }
}

/// Two decimals with a sign; zero has none.
fn signed(value: f64) -> String {
    let text = format!("{value:+.2}");
    if text == "+0.00" || text == "-0.00" {
        "0.00".to_owned()
    } else {
        text
    }
}

/// JSON that no browser takes for markup: it stays the same JSON.
fn embedded(canonical: &str) -> String {
    canonical.replace('<', "\\u003c")
}

/// The JSON that a page holds, as it stands there; none where there is none.
pub fn findings_in(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once(DATA_START)?;
    let (json, _) = rest.split_once(DATA_END)?;
    Some(json)
}

#[cfg(test)]
mod tests;
