//! What a report of a comparison says, in both languages.

use crate::domain::{Evidence, NO_SUPPORT, SubjectClass};
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

    /// What an interval says and does not say; one that holds recordings is of a calibration that knows
    /// how far the score of one pair of people strays.
    pub(super) fn interval(self, holds_recordings: bool) -> &'static str {
        if holds_recordings {
            return self.of(
                "It holds 95 % of the ratios that other recordings of the same two people, and \
                 calibrations on other speakers, would give. It says nothing of recordings unlike the \
                 data of the calibration.",
                "区间涵盖同样两人的其他录音、以及用其他说话人所得校准会给出的似然比的 95%。\
                 对与校准数据不同的录音，它什么也说明不了。",
            );
        }
        self.of(
            "It holds 95 % of the ratios that calibrations on speakers drawn anew would give, not the \
             uncertainty of the recordings themselves.",
            "区间涵盖重新抽取说话人后所得校准结果的 95%，不包含录音本身的不确定性。",
        )
    }

    /// What a signature shows and does not show.
    pub(super) fn signature(self) -> [&'static str; 3] {
        self.of(
            [
                "It shows that whoever holds this key signed exactly these findings: a single value that \
                 was changed since would be found.",
                "It does not show who holds the key, nor when it signed: compare the id with the one that \
                 the issuing unit made known, or check with its public key: voxtrace verify REPORT LEFT \
                 RIGHT --public-key FILE.",
                "It does not show that the recordings are genuine or that the findings are right: for the \
                 latter, verify computes them anew.",
            ],
            [
                "签名表明：持有该密钥者所签署的正是上述结论；此后任何一个数值被改动都会被发现。",
                "签名不能表明密钥由谁持有，也不能表明签署时间：请与出具单位公布的密钥编号核对，或用其公钥核验：\
                 voxtrace verify REPORT LEFT RIGHT --public-key FILE。",
                "签名不能表明录音真实，也不能表明结论正确：后者由 verify 重新计算核验。",
            ],
        )
    }

    /// How the ratio of several voices came about.
    pub(super) fn joint(self, voices: usize, recordings: u32) -> String {
        self.of(
            format!(
                "The ratio above is the mean of the natural logarithms of the ratios of {voices} voices in \
                 {recordings} recordings, each as the calibration gives it for that voice alone. That they \
                 are one person's was decided by people, when they were enrolled."
            ),
            format!(
                "上述似然比为 {recordings} 段录音中 {voices} 个语音各自似然比自然对数的平均值，每个值均由校准对该语音\
                 单独给出。这些语音属于同一人由建库时的人工决定。"
            ),
        )
    }

    pub(super) fn subject_heads(self) -> [&'static str; 6] {
        self.of(
            [
                "No.",
                "File, SHA-256",
                "Channel, label",
                "Net speech, band",
                "Score",
                "log10 LR of it alone",
            ],
            [
                "序号",
                "文件、SHA-256",
                "声道、标签",
                "净语音、带宽",
                "得分",
                "单独的 log10 LR",
            ],
        )
    }

    /// Which two voices of a person agree least.
    pub(super) fn least_agreement(self, (left, right): (usize, usize), log10_lr: &str) -> String {
        self.of(
            format!(
                "Of these voices, {left} and {right} agree least with each other: log10 LR {log10_lr}. \
                 Below 0 it supports that two people speak in them."
            ),
            format!(
                "其中语音 {left} 与 {right} 彼此最不一致：log10 LR {log10_lr}。低于 0 时支持两者为不同的人。"
            ),
        )
    }

    pub(super) fn subject_class(self, class: SubjectClass) -> &'static str {
        match class {
            SubjectClass::Suspect => self.of("suspect", "嫌疑人"),
            SubjectClass::Convicted => self.of("convicted", "已决人员"),
            SubjectClass::Victim => self.of("victim", "受害人"),
            SubjectClass::Witness => self.of("witness", "证人"),
            SubjectClass::Staff => self.of("staff", "工作人员"),
            SubjectClass::Unknown => self.of("class unknown", "类别未知"),
        }
    }

    /// What rates on a population say.
    pub(super) fn population_notice(self) -> &'static str {
        self.of(
            "These are shares of innocent voices of this population that look as good. They do not change \
             the ratio. A person who speaks in several of its calls counts several times.",
            "上述为该人群中同样相像的无关语音所占比例，不改变似然比。在多段通话中出现的同一人会被多次计入。",
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
