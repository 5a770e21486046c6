//! Answers to store.

use voxtrace::domain::*;

use super::make::{Maker, analysis, model, quality};

fn facts() -> VoiceFacts {
    VoiceFacts {
        voice_id: None,
        recording_id: None,
        filename: "a.wav".to_owned(),
        case_no: Some("A-1".to_owned()),
        channel: 1,
        net_speech: NetSpeech::from_millis(9000),
        quality: quality(),
        label: Some(3),
        revision: Some(2),
    }
}

pub fn evidence() -> Evidence {
    Evidence {
        score: Score(0.712_345_6),
        // Needs all 17 digits.
        llr: Llr(0.1 + 0.2),
        log10_lr: Llr(0.1 + 0.2).log10(),
        log10_lr_interval: Some([-0.1, 1.0 / 3.0]),
        verbal: "moderate_support_same".to_owned(),
        verbal_words: Some(VerbalWords {
            en: "moderate".to_owned(),
            zh: "中等程度".to_owned(),
        }),
        calibration: CalibrationFacts {
            compensation_sha256: None,
            name: "c".to_owned(),
            data: "d".to_owned(),
            condition: "narrowband_narrowband".to_owned(),
            cllr: 0.123_456_789_012_345_68,
            speakers: 100,
            outside: vec![],
        },
    }
}

fn side() -> ComparedSide {
    let analysis = analysis(&[0]);
    ComparedSide {
        filename: "a.wav".to_owned(),
        sha256: Sha256::of(b"a"),
        media: analysis.media,
        channel: 1,
        label: 3,
        channel_quality: analysis.channels[0].quality,
        net_speech: NetSpeech::from_millis(9000),
        speech_used: NetSpeech::from_millis(8000),
        quality: quality(),
        segments: Some(vec![]),
        provenance: analysis.provenance,
    }
}

fn findings() -> ComparisonFindings {
    ComparisonFindings {
        left: side(),
        right: side(),
        evidence: evidence(),
        calibration_sha256: Sha256::of(b"calibration"),
        scores: Some(ScoreHistogram {
            range: [-0.3, 1.0],
            targets: vec![0.1 + 0.2, 0.7],
            non_targets: vec![1.0 / 3.0, 2.0 / 3.0],
        }),
        software_version: "0.1.0".to_owned(),
    }
}

impl Maker {
    pub fn search(&self) -> StoredSearch {
        StoredSearch {
            id: SearchId::new(self, self),
            request: SearchRequest {
                voice_id: None,
                probe_sha256: Sha256::of(b"probe"),
                against: Against::Subjects,
                top_k: 10,
                exact: true,
                case_id: None,
                purpose: Some("purpose".to_owned()),
                repeats: None,
            },
            answer: SearchAnswer {
                probe: facts(),
                candidates: vec![Candidate {
                    rank: 1,
                    evidence: evidence(),
                    margin_llr: None,
                    expected_false: 1.0 / 3.0,
                    operating_point: Some("screening".to_owned()),
                    voice: facts(),
                    subject: None,
                    same_bytes: false,
                }],
                method: SearchMethod::Hnsw {
                    recall_at_10: 0.987_654_321_098_765_4,
                },
                gallery_size: 7,
                operating_points: vec![
                    OperatingThreshold {
                        name: "screening".to_owned(),
                        expected_false: 1.0,
                        log10_lr: Some(1.0 / 3.0),
                    },
                    OperatingThreshold {
                        name: "strict".to_owned(),
                        expected_false: 0.01,
                        log10_lr: None,
                    },
                ],
                model: model(),
                model_sha256: Sha256::of(b"model"),
                population: None,
                software_version: "0.1.0".to_owned(),
            },
            created_at: self.now(),
        }
    }

    pub fn comparison(&self) -> Comparison {
        Comparison {
            id: ComparisonId::new(self, self),
            left: facts(),
            right: facts(),
            evidence: evidence(),
            model: model(),
            model_sha256: Sha256::of(b"model"),
            software_version: "0.1.0".to_owned(),
            findings: Some(Box::new(findings())),
            created_at: self.now(),
        }
    }
}
