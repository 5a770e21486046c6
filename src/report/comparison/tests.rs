use super::*;
use crate::domain::{
    CalibrationFacts, ChannelQuality, Evidence, Llr, MediaFacts, ModelId, NetSpeech, Provenance,
    SampleRate, Score, ScoreHistogram, VerbalWords, VoiceQuality,
};

fn side(filename: &str) -> ComparedSide {
    ComparedSide {
        filename: filename.to_owned(),
        sha256: Sha256::of(filename.as_bytes()),
        media: MediaFacts {
            container: "wav".to_owned(),
            codec: "pcm_alaw".to_owned(),
            sample_rate: SampleRate::new(8000).unwrap(),
            channels: 2,
            bits_per_sample: Some(8),
            decoder: None,
            bit_rate_bps: None,
            duration_ms: 30_000,
            damage: None,
        },
        channel: 1,
        label: 0,
        channel_quality: ChannelQuality {
            level_dbfs: -20.0,
            peak_dbfs: -3.0,
            clipping_ratio: 0.0,
            dc_offset: 0.0,
            speech_ratio: 0.5,
            silence_ratio: None,
            tone_ratio: None,
            music_ratio: Some(0.25),
            cross_talk: None,
            codec_trace: None,
        },
        net_speech: NetSpeech::from_millis(12_345),
        speech_used: NetSpeech::from_millis(12_000),
        quality: VoiceQuality {
            bandwidth: Bandwidth::Narrowband,
            high_band_db: -80.0,
            speech_level_dbfs: -18.5,
            snr_db: Some(31.5),
            wada_snr_db: None,
            clipping_ratio: Some(0.01),
            band_top_hz: Some(3400.0),
        },
        segments: None,
        provenance: Provenance {
            software_version: "1".to_owned(),
            model: ModelId::new("model"),
            model_sha256: Sha256([1; 32]),
            vad_sha256: Sha256([2; 32]),
            segmentation_sha256: None,
            parameters: serde_json::json!({ "a": 0.1 }),
        },
    }
}

fn findings() -> ComparisonFindings {
    ComparisonFindings {
        left: side("left </script><b>.wav"),
        right: side("right.wav"),
        subject: None,
        population: None,
        evidence: Evidence {
            score: Score(0.612_345_6),
            llr: Llr(4.0),
            log10_lr: Llr(4.0).log10(),
            log10_lr_interval: Some([1.25, 2.5]),
            verbal: "moderate_support_same".to_owned(),
            verbal_words: None,
            calibration: CalibrationFacts {
                interval_holds_recordings: false,
                compensation_sha256: None,
                name: "test".to_owned(),
                data: "made up".to_owned(),
                condition: "narrowband_narrowband".to_owned(),
                cllr: 0.125,
                speakers: 50,
                outside: vec!["net speech is short".to_owned()],
                weight: Some(0.25),
            },
        },
        calibration_sha256: Sha256([3; 32]),
        scores: Some(ScoreHistogram {
            range: [-0.3, 1.0],
            targets: vec![0.0, 0.25, 0.75],
            non_targets: vec![0.5, 0.5, 0.0],
        }),
        software_version: "1".to_owned(),
    }
}

fn page(language: Language) -> String {
    page_of(&findings(), language)
}

fn page_of(findings: &ComparisonFindings, language: Language) -> String {
    // Sorted and dense already: what the audit's canonical form gives for it.
    let canonical = serde_json::to_value(findings).unwrap().to_string();
    ComparisonReport {
        findings,
        canonical: &canonical,
        signature: None,
        language,
    }
    .html()
    .unwrap()
}

#[test]
fn the_findings_come_back_out_of_the_page_and_names_of_files_are_no_markup() {
    for language in [Language::English, Language::Chinese] {
        let page = page(language);
        let found: ComparisonFindings = serde_json::from_str(findings_in(&page).unwrap()).unwrap();
        assert_eq!(found, findings());
        assert!(!page.contains("<b>"), "{page}");
        assert_eq!(page.matches("</script>").count(), 1);
    }
    assert_eq!(findings_in("<html></html>"), None);
}

#[test]
fn the_page_says_ratio_interval_words_and_limits_in_both_languages() {
    let (english, chinese) = (page(Language::English), page(Language::Chinese));
    for text in [
        "+1.74",
        "+1.25 to +2.50",
        "moderate support",
        "never an identification",
        "made up",
    ] {
        assert!(english.contains(text), "{text}");
    }
    for text in [
        "+1.74",
        "+1.25 至 +2.50",
        "中等程度支持",
        "不是两段录音出自",
        "窄带",
    ] {
        assert!(chinese.contains(text), "{text}");
    }
    for page in [&english, &chinese] {
        assert!(page.contains("net speech is short"));
        assert!(page.contains("<svg"));
    }
}

#[test]
fn the_page_says_what_the_interval_holds() {
    let mut findings = findings();
    let words = |findings: &ComparisonFindings| {
        [Language::English, Language::Chinese].map(|language| page_of(findings, language))
    };
    let [of_lines, _] = words(&findings);
    assert!(of_lines.contains("not the uncertainty of the recordings"));
    findings.evidence.calibration.interval_holds_recordings = true;
    let [english, chinese] = words(&findings);
    assert!(english.contains("other recordings of the same two people"));
    assert!(!english.contains("not the uncertainty of the recordings"));
    assert!(chinese.contains("同样两人的其他录音"));
}

#[test]
fn every_number_that_differs_is_named_and_names_of_files_do_not_count() {
    let reported = findings();
    let mut found = findings();
    found.left.filename = "copy.wav".to_owned();
    assert_eq!(reported.differences(&found), []);
    found.evidence.score = Score(0.5);
    found.right.segments = Some(Vec::new());
    let fields: Vec<String> = reported
        .differences(&found)
        .into_iter()
        .map(|difference| difference.field)
        .collect();
    assert_eq!(fields, ["evidence.score", "right.segments"]);
}

#[test]
fn the_words_are_those_that_the_ratio_was_given_with() {
    let page = |words: Option<VerbalWords>, language| {
        let mut findings = findings();
        findings.evidence.verbal_words = words;
        ComparisonReport {
            findings: &findings,
            canonical: "{}",
            signature: None,
            language,
        }
        .html()
        .unwrap()
    };
    let own = || {
        Some(VerbalWords {
            en: "fairly good".to_owned(),
            zh: "尚可".to_owned(),
        })
    };
    assert!(page(own(), Language::English).contains("fairly good support for the proposition"));
    assert!(page(own(), Language::Chinese).contains("尚可支持"));
    // Findings older than the setting have the words of their time.
    assert!(page(None, Language::English).contains("moderate support for the proposition"));
    assert!(page(None, Language::Chinese).contains("中等程度支持"));
}
