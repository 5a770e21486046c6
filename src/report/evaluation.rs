//! An evaluation as a page with its tables and plots in it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::plots::{Curve, PlotError, calibration, cross_entropy, detection, tippett, zoo};
use crate::evaluation::{Identification, Interval, Judgement, Trials};
use crate::scoring::NOTICE;

const STYLE: &str = "body{font:16px/1.5 sans-serif;color:#1a1a1a;max-width:60rem;margin:2rem auto;\
padding:0 1rem}h1,h2{line-height:1.2}table{border-collapse:collapse;margin:1rem 0;font-size:.9rem;\
width:100%}caption{text-align:left;font-weight:bold;padding:.3rem 0}th,td{border-bottom:1px solid \
#ccc;padding:.3rem .5rem;text-align:right;vertical-align:top}th:first-child,td:first-child{\
text-align:left}td span{color:#555;display:block;font-size:.8rem;white-space:nowrap}dt{font-weight:\
bold}dd{margin:0 0 .4rem;overflow-wrap:anywhere}figure{margin:1.5rem 0;break-inside:avoid}\
figure svg{max-width:100%;height:auto}figcaption{font-size:.9rem}.notice{border-left:.3rem solid \
#0072b2;padding:.2rem .8rem}";

/// A group of trials with its figures, or why it has none.
#[derive(Debug)]
pub struct EvaluationRow {
    /// Name of the group.
    pub name: String,
    /// The figures, or what there was too little of.
    pub judged: Result<Judgement, String>,
}

/// A plot with its file's name.
#[derive(Debug)]
pub struct PlotFile {
    /// Such as `det.svg`.
    pub name: &'static str,
    /// How to read it.
    pub caption: &'static str,
    /// The plot.
    pub svg: String,
}

/// What a report of an evaluation is made of.
#[derive(Debug)]
pub struct EvaluationReport<'a> {
    /// Names and values that say what was judged, with what.
    pub facts: Vec<(&'static str, String)>,
    /// All trials by LLR.
    pub by_llr: &'a Trials,
    /// All trials by the score before calibration.
    pub by_score: &'a Trials,
    /// Groups by LLR that are large enough for a curve, with names.
    pub conditions: Vec<(String, Trials)>,
    /// Tables of figures under captions.
    pub tables: Vec<(&'static str, Vec<EvaluationRow>)>,
    /// Errors of searching each recording among the others' speakers.
    pub identification: Vec<Identification>,
}

impl EvaluationReport<'_> {
    /// The plots.
    ///
    /// # Errors
    /// A drawing fails.
    pub fn plots(&self) -> Result<Vec<PlotFile>, PlotError> {
        let all = Curve {
            name: "all, by LLR",
            trials: self.by_llr,
        };
        let conditions: Vec<Curve<'_>> = self
            .conditions
            .iter()
            .map(|(name, trials)| Curve { name, trials })
            .collect();
        let mut detected = vec![
            all_of(&all),
            Curve {
                name: "all, by score",
                trials: self.by_score,
            },
        ];
        detected.extend(conditions.iter().map(all_of));
        let mut calibrated = vec![all_of(&all)];
        calibrated.extend(conditions.iter().map(all_of));
        Ok(vec![
            PlotFile {
                name: "det.svg",
                caption: "The errors at every threshold; nearer to the lower left corner is better. \
                          On the grey diagonal both rates are alike.",
                svg: detection(&detected)?,
            },
            PlotFile {
                name: "tippett.svg",
                caption: "For each LR, the share of pairs of one speaker and of two that have at \
                          least that LR. Two speakers' pairs to the right of the grey line, and one \
                          speaker's to the left of it, mislead.",
                svg: tippett(&[all_of(&all)])?,
            },
            PlotFile {
                name: "ece.svg",
                caption: "What it costs to believe the LRs, for every prior. The distance to the \
                          dashed curve is lost by calibration; above the grey curve it would be \
                          better not to use the LRs at all.",
                svg: cross_entropy(&all)?,
            },
            PlotFile {
                name: "calibration.svg",
                caption: "The LR that was given, and the one that the pairs bear out. Right of the \
                          grey line, the LR claims more than it should.",
                svg: calibration(&calibrated)?,
            },
            PlotFile {
                name: "zoo.svg",
                caption: "Each speaker once: to the left those who are hard to recognise, at the \
                          top those who are taken for others.",
                svg: zoo(&all)?,
            },
        ])
    }

    /// The page, with the plots in it.
    pub fn html(&self, plots: &[PlotFile]) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "Evaluation of likelihood ratios" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    h1 { "Evaluation of likelihood ratios" }
                    p class="notice" { (NOTICE) }
                    h2 { "What was judged" }
                    dl { @for (name, value) in &self.facts { dt { (name) } dd { (value) } } }
                    h2 { "Figures" }
                    @for (caption, rows) in &self.tables { (table(caption, rows)) }
                    p {
                        "In small print, 95 % intervals by drawing speakers anew. EER: where misses \
                         and false alarms are alike. DCF: cost at a prior of 0.01 relative to always \
                         saying the same. Cllr: cost of the LLRs over all priors in bits, 1 for an \
                         answer that says nothing; minCllr: what the best calibration would leave."
                    }
                    @if !self.identification.is_empty() { (identification(&self.identification)) }
                    h2 { "Plots" }
                    @for plot in plots {
                        figure { (PreEscaped(&plot.svg)) figcaption { (plot.caption) } }
                    }
                    h2 { "What this does not show" }
                    ul {
                        li { "How it does on recordings unlike these: other languages, channels, lengths and ways of speaking." }
                        li { "Disguise, imitation, replay or synthetic speech: nothing looks for them." }
                        li { "More than the number of speakers can carry: with few, the intervals are wide and themselves uncertain." }
                    }
                }
            }
        };
        page.into_string()
    }
}

fn all_of<'a>(curve: &Curve<'a>) -> Curve<'a> {
    Curve {
        name: curve.name,
        trials: curve.trials,
    }
}

fn table(caption: &str, rows: &[EvaluationRow]) -> Markup {
    html! {
        table {
            caption { (caption) }
            thead { tr {
                @for head in ["Trials", "One speaker", "Two", "EER, %", "min DCF", "act DCF",
                    "FNMR at FMR 0.1 %, %", "Cllr", "minCllr"] { th scope="col" { (head) } }
            } }
            tbody {
                @for row in rows { tr {
                    th scope="row" { (row.name) }
                    @match &row.judged {
                        Ok(judged) => (cells(judged)),
                        Err(reason) => td colspan="8" { (reason) },
                    }
                } }
            }
        }
    }
}

fn cells(judged: &Judgement) -> Markup {
    let (figures, intervals) = (judged.figures, judged.intervals);
    let cell = |value: f64, Interval { low, high }: Interval, scale: f64, digits: usize| {
        let [value, low, high] = [value, low, high].map(|x| format!("{:.digits$}", x * scale));
        html! { td { (value) span { (low) " to " (high) } } }
    };
    html! {
        td { (judged.targets) }
        td { (judged.non_targets) }
        (cell(figures.eer, intervals.eer, 100.0, 2))
        (cell(figures.min_dcf, intervals.min_dcf, 1.0, 3))
        td { (format!("{:.3}", figures.act_dcf)) }
        (cell(figures.fnmr_at_fmr_0_001, intervals.fnmr_at_fmr_0_001, 100.0, 1))
        (cell(figures.cllr, intervals.cllr, 1.0, 3))
        (cell(figures.min_cllr, intervals.min_cllr, 1.0, 3))
    }
}

fn identification(rows: &[Identification]) -> Markup {
    html! {
        table {
            caption { "Searching each recording of the left side among those of the right side" }
            thead { tr {
                @for head in ["FPIR at most, %", "FPIR, %", "FNIR, %", "log10 LR from",
                    "Speakers listed", "Searches with the speaker listed", "without"] {
                    th scope="col" { (head) }
                }
            } }
            tbody {
                @for row in rows { tr {
                    td { (format!("{:.0}", 100.0 * row.fpir_at_most)) }
                    td { (format!("{:.2}", 100.0 * row.fpir)) }
                    td { (format!("{:.2}", 100.0 * row.fnir)) }
                    td { (format!("{:.2}", row.threshold / std::f64::consts::LN_10)) }
                    td { (row.listed) } td { (row.mated) } td { (row.non_mated) }
                } }
            }
        }
        p {
            "FPIR: share of searches for somebody who is not listed that name anybody; FNIR: share of \
             searches for somebody listed that do not name him. Each search is done with the speaker \
             listed and with him struck off."
        }
    }
}
