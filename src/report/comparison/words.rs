//! What a report of a comparison says, in both languages.

use crate::domain::{Evidence, NO_SUPPORT};
use crate::report::plots::DistributionWords;
use crate::scoring::enfsi_scale;

/// Language of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese.
    Chinese,
}

impl Language {
    /// One of two texts.
    pub(super) fn of<T>(self, english: T, chinese: T) -> T {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }

    /// Its tag, as HTML writes it.
    pub fn tag(self) -> &'static str {
        self.of("en", "zh")
    }

    /// What a ratio supports, in the words of the verbal scale that it was given with.
    pub(super) fn verbal(self, evidence: &Evidence) -> String {
        let code = evidence.verbal.as_str();
        if code == NO_SUPPORT {
            let text = self.of("no support either way", "不支持任何一方");
            return text.to_owned();
        }
        let (strength, direction) = code.split_once("_support_").unwrap_or((code, ""));
        // Findings that are older than scales of one's own have no words.
        let words = evidence
            .verbal_words
            .clone()
            .or_else(|| enfsi_scale().words(code));
        let strength =
            words.map_or_else(|| strength.to_owned(), |words| self.of(words.en, words.zh));
        let direction = match direction {
            "same" => self.of("that one person speaks in both", "同一人在两段录音中讲话"),
            "different" => self.of("that two people speak", "两人分别讲话"),
            other => other,
        };
        self.of(
            format!("{strength} support for the proposition {direction}"),
            format!("{strength}支持“{direction}”这一主张"),
        )
    }

    /// A pair of bandwidths in words.
    pub(super) fn condition(self, code: &str) -> String {
        let text = match code {
            "narrowband_narrowband" => self.of("both narrowband", "双方均为窄带"),
            "narrowband_wideband" => self.of("one narrowband, one wideband", "一方窄带、一方宽带"),
            "wideband_wideband" => self.of("both wideband", "双方均为宽带"),
            other => other,
        };
        text.to_owned()
    }

    pub(super) fn distribution(self) -> &'static DistributionWords {
        self.of(&ENGLISH_PLOT, &CHINESE_PLOT)
    }

    /// That a ratio was drawn toward 0, and how far.
    pub(super) fn drawn(self, weight: f64) -> String {
        let percent = format!("{:.0} %", 100.0 * weight);
        self.of(
            format!(
                "The voices are unlike those that the calibration was made on, so the log10 LR is \
                 drawn toward 0: it is {percent} of what the score alone says."
            ),
            format!("语音与校准数据不同，log10 LR 已向 0 收缩：为得分本身所示值的 {percent}。"),
        )
    }

    /// What the ratio is and is not.
    pub(super) fn notice(self) -> &'static str {
        self.of(
            crate::scoring::NOTICE,
            "似然比比较的是：同一人讲话与两人讲话，哪一种更能解释这两段录音。它不是两段录音出自\
             同一人的概率，也不是身份认定。",
        )
    }

    /// What an interval says and does not say.
    pub(super) fn interval(self) -> &'static str {
        self.of(
            "It holds 95 % of the ratios that calibrations on speakers drawn anew would give, not the \
             uncertainty of the recordings themselves.",
            "区间涵盖重新抽取说话人后所得校准结果的 95%，不包含录音本身的不确定性。",
        )
    }

    /// What the report does not show.
    pub(super) fn limits(self) -> [&'static str; 4] {
        self.of(
            [
                "The ratio is that of the model and the calibration named above. On recordings unlike \
                 the calibration's data (other languages, channels, lengths, ways of speaking) it may \
                 be wrong.",
                "The people who could have spoken otherwise are represented by the speakers of the \
                 calibration's data. Relatives, or people of one region, resemble each other more.",
                "Disguise, imitation, replay and synthetic speech are not looked for.",
                "Which voice of a recording is compared was decided by measurement or by a person; \
                 who that voice belongs to is not part of this report.",
            ],
            [
                "本似然比由上列模型与校准得出。若录音与校准数据不同（语言、信道、时长、说话方式），\
                 结果可能有误。",
                "“另有其人”由校准数据中的说话人代表；亲属或同一地区的人彼此更为相似。",
                "未检测伪装、模仿、重放与合成语音。",
                "比较的是录音中的哪个语音由测量或人工确定；该语音属于谁不在本报告范围内。",
            ],
        )
    }
}

const ENGLISH_PLOT: DistributionWords = DistributionWords {
    title: "Where the score lies",
    score: "Score (cosine)",
    share: "Share of the trials of each kind, %",
    targets: "one speaker",
    non_targets: "two speakers",
    here: "this comparison",
};

const CHINESE_PLOT: DistributionWords = DistributionWords {
    title: "得分所处位置",
    score: "得分（余弦）",
    share: "各类试验所占比例，%",
    targets: "同一说话人",
    non_targets: "不同说话人",
    here: "本次比较",
};
