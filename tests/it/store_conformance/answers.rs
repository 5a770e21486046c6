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
            interval_holds_recordings: true,
            compensation_sha256: None,
            name: "c".to_owned(),
            data: "d".to_owned(),
            condition: "narrowband_narrowband".to_owned(),
            cllr: 0.123_456_789_012_345_68,
            speakers: 100,
            outside: vec![],
            weight: None,
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
        population: None,
        subject: None,
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

fn rates() -> PopulationRates {
    let reach = |reached| Reach {
        voices: 99,
        reached,
        upper: 1.0 / 3.0,
    };
    PopulationRates {
        probe: reach(1),
        candidate: reach(0),
    }
}

fn population_use() -> PopulationUse {
    PopulationUse {
        id: PopulationId(uuid::Uuid::from_u128(7)),
        name: "callers".to_owned(),
        version: 2,
        sha256: Sha256::of(b"members"),
        voices: 99,
        warnings: vec![PopulationWarning {
            kind: PopulationMismatch::Unlike,
            side: "probe".to_owned(),
            found: "0.051".to_owned(),
            population: "0.120 - 0.310".to_owned(),
        }],
    }
}

fn subject_side() -> SubjectSide {
    let [left, right] = [1, 2].map(|number| VoiceId(uuid::Uuid::from_u128(number)));
    SubjectSide {
        subject: CandidateSubject {
            id: SubjectId(uuid::Uuid::from_u128(3)),
            name: "Suspect 01".to_owned(),
            class: SubjectClass::Suspect,
        },
        recordings: 2,
        voice_count: 3,
        voices: vec![JointVoice {
            voice: facts(),
            score: Score(0.1),
            log10_lr: -1.0 / 3.0,
        }],
        least_agreement: Some(Agreement {
            left,
            right,
            log10_lr: -0.7,
        }),
    }
}

impl Maker {
    pub fn search(&self) -> StoredSearch {
        StoredSearch {
            id: SearchId::new(self, self),
            request: SearchRequest {
                filters: voxtrace::domain::SearchFilters::default(),
                voice_id: None,
                probe_sha256: Sha256::of(b"probe"),
                against: Against::Subjects,
                top_k: 10,
                exact: true,
                case_id: None,
                purpose: Some("purpose".to_owned()),
                repeats: None,
                population_id: Some(PopulationId(uuid::Uuid::from_u128(7))),
                population_version: Some(2),
            },
            answer: SearchAnswer {
                left_out_unknown: 0,
                probe: facts(),
                candidates: vec![Candidate {
                    rank: 1,
                    evidence: evidence(),
                    margin_llr: None,
                    expected_false: 1.0 / 3.0,
                    expected_false_extrapolated: true,
                    operating_point: Some("screening".to_owned()),
                    voice: facts(),
                    subject: None,
                    same_bytes: false,
                    population: Some(rates()),
                }],
                subjects: vec![SubjectCandidate {
                    rank: 1,
                    evidence: evidence(),
                    margin_llr: Some(1.0 / 3.0),
                    expected_false: 0.1 + 0.2,
                    side: subject_side(),
                    population: None,
                }],
                method: SearchMethod::Hnsw {
                    recall_at_10: 0.987_654_321_098_765_4,
                },
                gallery_size: 7,
                operating_points: vec![
                    OperatingThreshold {
                        name: "screening".to_owned(),
                        expected_false: 1.0,
                        extrapolated: false,
                        log10_lr: Some(1.0 / 3.0),
                    },
                    OperatingThreshold {
                        name: "strict".to_owned(),
                        expected_false: 0.01,
                        extrapolated: true,
                        log10_lr: None,
                    },
                ],
                model: model(),
                model_sha256: Sha256::of(b"model"),
                population: Some("callers, version 2".to_owned()),
                population_use: Some(population_use()),
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
            subject: Some(Box::new(subject_side())),
            evidence: evidence(),
            model: model(),
            model_sha256: Sha256::of(b"model"),
            software_version: "0.1.0".to_owned(),
            population_use: Some(population_use()),
            population_rates: Some(rates()),
            findings: Some(Box::new(findings())),
            created_at: self.now(),
        }
    }
}
