//! Nouns to store, from a clock and a generator that the test holds.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use serde_json::json;
use voxtrace::audit;
use voxtrace::domain::*;
use voxtrace::store::{
    AnalysedRecording, DescribedRevision, ReplacedVoices, Store, StoreError, UnitOfWork,
};

/// Model that most tests use.
pub fn model() -> ModelId {
    ModelId::new("model-a")
}

/// A page of at most `limit` from the start.
pub fn first(limit: u32) -> PageRequest {
    PageRequest { limit, after: None }
}

/// A clock that stands until it is set, and counted bytes in place of randomness.
#[derive(Debug, Default)]
pub struct Maker {
    now: AtomicI64,
    count: AtomicU64,
}

impl Clock for Maker {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }
}

impl Rng for Maker {
    /// Different at each call, and not in the order of the calls.
    fn fill(&self, bytes: &mut [u8]) {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let scrambled = count.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for (byte, value) in bytes
            .iter_mut()
            .rev()
            .zip(scrambled.to_le_bytes().iter().cycle())
        {
            *byte = *value;
        }
    }
}

impl Maker {
    pub fn new() -> Self {
        Self {
            now: AtomicI64::new(1_764_000_000_000),
            count: AtomicU64::new(1),
        }
    }

    pub fn pass(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::Relaxed);
    }

    pub fn case(&self, case_no: &str) -> Case {
        Case {
            id: CaseId::new(self, self),
            case_no: case_no.to_owned(),
            title: Some("A title".to_owned()),
            note: None,
            version: 1,
            created_at: self.now(),
        }
    }

    pub fn recording(&self, bytes: &[u8], case: Option<&Case>) -> Recording {
        Recording {
            id: RecordingId::new(self, self),
            sha256: Sha256::of(bytes),
            size_bytes: bytes.len() as u64,
            filename: "录音 1.wav".to_owned(),
            case_id: case.map(|case| case.id),
            case_no: case.map(|case| case.case_no.clone()),
            call: CallFacts {
                caller: Some("+86 100".to_owned()),
                callee: None,
                started_at: Some(Timestamp::from_millis(-5)),
                direction: Some(Direction::Outbound),
                source: None,
                note: Some("note".to_owned()),
            },
            state: RecordingState::Pending,
            media: None,
            failure: None,
            created_at: self.now(),
        }
    }

    pub fn subject(&self, name: &str, class: SubjectClass) -> Subject {
        Subject {
            id: SubjectId::new(self, self),
            name: name.to_owned(),
            class,
            note: None,
            version: 1,
            created_at: self.now(),
        }
    }

    pub fn enrolment(&self, subject: &Subject, voice_ids: &[VoiceId]) -> Enrolment {
        Enrolment {
            id: EnrolmentId::new(self, self),
            subject_id: subject.id,
            voice_ids: voice_ids.to_vec(),
            ground: "order 17".to_owned(),
            expires_at: None,
            withdrawn_at: None,
            created_at: self.now(),
        }
    }

    pub fn job(&self, task: JobTask) -> Job {
        Job {
            id: JobId::new(self, self),
            task,
            state: JobState::Queued,
            progress: 0.0,
            attempts: 0,
            max_attempts: 3,
            reason: None,
            run_after: self.now(),
            lease_owner: None,
            lease_until: None,
            created_at: self.now(),
            updated_at: self.now(),
        }
    }

    /// Voices with these labels on channel 0; those in `prints` have voiceprints.
    pub fn found(
        &self,
        recording: &Recording,
        revision: u32,
        labels: &[u16],
        prints: &[u16],
    ) -> Found {
        let analysis = analysis(labels);
        let voices: Vec<Voice> = labels
            .iter()
            .map(|&label| Voice {
                id: VoiceId::new(self, self),
                recording_id: recording.id,
                case_id: recording.case_id,
                channel: 0,
                label,
                revision,
                net_speech: NetSpeech::from_millis(12_345),
                speech_used: NetSpeech::from_millis(10_000),
                quality: quality(),
                suitability: Some(suitability()),
                too_little_speech_minimum: (!prints.contains(&label))
                    .then_some(NetSpeech::from_millis(3000)),
                subject_id: None,
                created_at: self.now(),
            })
            .collect();
        let voiceprints = voices
            .iter()
            .filter(|voice| prints.contains(&voice.label))
            .map(|voice| self.voiceprint(voice.id, &model(), &analysis.provenance))
            .collect();
        Found {
            recording_id: recording.id,
            revision: DescribedRevision::New(revision),
            analysis,
            voices,
            voiceprints,
            at: self.now(),
        }
    }

    pub fn voiceprint(
        &self,
        voice_id: VoiceId,
        model: &ModelId,
        made_by: &Provenance,
    ) -> Voiceprint {
        let count = self.count.load(Ordering::Relaxed) as f32;
        let values = (0..192)
            .map(|index| (count + index as f32 * 0.37).sin())
            .collect();
        Voiceprint {
            id: VoiceprintId::new(self, self),
            voice_id,
            embedding: Embedding::from_raw(model.clone(), values).unwrap(),
            provenance: made_by.clone(),
            created_at: self.now(),
        }
    }

    /// Commits with one audit row.
    pub async fn commit(&self, mut work: Box<dyn UnitOfWork + '_>) {
        audit::record(
            work.as_mut(),
            self,
            "test",
            audit::action::CASE_OPENED,
            "case/1",
            json!({}),
        )
        .await
        .unwrap();
        work.commit().await.unwrap();
    }

    /// A recording in the store, among the caseless.
    pub async fn stored_recording(&self, store: &dyn Store, bytes: &[u8]) -> Recording {
        let recording = self.recording(bytes, None);
        let mut work = store.begin().await.unwrap();
        work.insert_recording(&recording).await.unwrap();
        self.commit(work).await;
        recording
    }

    /// A subject in the store.
    pub async fn stored_subject(&self, store: &dyn Store, name: &str) -> Subject {
        let subject = self.subject(name, SubjectClass::Suspect);
        let mut work = store.begin().await.unwrap();
        work.insert_subject(&subject).await.unwrap();
        self.commit(work).await;
        subject
    }

    /// An enrolment in the store.
    pub async fn stored_enrolment(&self, store: &dyn Store, enrolment: &Enrolment) {
        let mut work = store.begin().await.unwrap();
        work.insert_enrolment(enrolment).await.unwrap();
        self.commit(work).await;
    }

    /// An analysis in the store.
    pub async fn stored_analysis(
        &self,
        store: &dyn Store,
        found: &Found,
    ) -> Result<ReplacedVoices, StoreError> {
        let mut work = store.begin().await?;
        let replaced = work.store_analysis(&found.as_analysed()).await?;
        self.commit(work).await;
        Ok(replaced)
    }

    /// A job in the store.
    pub async fn stored_job(&self, store: &dyn Store, job: &Job, key: Option<&str>) -> JobId {
        let mut work = store.begin().await.unwrap();
        let id = work.enqueue(job, key).await.unwrap();
        self.commit(work).await;
        id
    }
}

/// What an analyse job found.
#[derive(Debug, Clone)]
pub struct Found {
    pub recording_id: RecordingId,
    pub revision: DescribedRevision,
    pub analysis: Analysis,
    pub voices: Vec<Voice>,
    pub voiceprints: Vec<Voiceprint>,
    pub at: Timestamp,
}

impl Found {
    pub fn as_analysed(&self) -> AnalysedRecording<'_> {
        AnalysedRecording {
            recording_id: self.recording_id,
            analysis: &self.analysis,
            revision: self.revision,
            voices: &self.voices,
            voiceprints: &self.voiceprints,
            state: RecordingState::Analysed,
            at: self.at,
        }
    }
}

pub fn quality() -> VoiceQuality {
    VoiceQuality {
        bandwidth: Bandwidth::Narrowband,
        high_band_db: -41.237_846,
        speech_level_dbfs: -23.1,
        snr_db: Some(17.300_001),
        wada_snr_db: Some(21.7),
        clipping_ratio: Some(0.000_1),
        band_top_hz: None,
    }
}

fn suitability() -> Suitability {
    let judgement = |verdict, code: Option<&str>| Judgement {
        verdict,
        reasons: code
            .map(|code| SuitabilityReason {
                code: code.to_owned(),
                message: "17.3 dB".to_owned(),
            })
            .into_iter()
            .collect(),
    };
    Suitability {
        search: judgement(Verdict::Accept, None),
        enrolment: judgement(Verdict::Caution, Some("low_snr")),
        linking: judgement(Verdict::Reject, Some("low_snr")),
    }
}

pub fn provenance() -> Provenance {
    Provenance {
        software_version: "0.1.0".to_owned(),
        model: model(),
        model_sha256: Sha256::of(b"model"),
        vad_sha256: Sha256::of(b"vad"),
        segmentation_sha256: Some(Sha256::of(b"segmentation")),
        parameters: json!({ "threshold": 0.5, "window_ms": 25 }),
    }
}

pub fn analysis(labels: &[u16]) -> Analysis {
    Analysis {
        media: MediaFacts {
            container: "wav".to_owned(),
            codec: "pcm_alaw".to_owned(),
            sample_rate: SampleRate::new(8000).unwrap(),
            channels: 1,
            decoder: Some("in_process".to_owned()),
            bits_per_sample: Some(8),
            bit_rate_bps: Some(64_000),
            duration_ms: 60_000,
            damage: Some(Damage {
                at_ms: 59_000,
                reason: "cut".to_owned(),
            }),
        },
        channels: vec![ChannelAnalysis {
            index: 0,
            quality: ChannelQuality {
                level_dbfs: -20.5,
                peak_dbfs: -0.1,
                clipping_ratio: 0.001,
                dc_offset: -0.000_3,
                speech_ratio: 0.7,
                silence_ratio: Some(0.1),
                tone_ratio: None,
                music_ratio: Some(0.05),
                cross_talk: Some(CrossTalk {
                    from_channel: 1,
                    level_db: -22.5,
                    delay_ms: 31.25,
                    ratio: 0.4,
                }),
                codec_trace: Some(CodecTrace::MuLaw),
            },
            net_speech: NetSpeech::from_millis(42_000),
        }],
        segments: labels
            .iter()
            .map(|&label| Segment {
                channel: 0,
                start_ms: u64::from(label) * 1000,
                end_ms: u64::from(label) * 1000 + 900,
                label: Some(label),
            })
            .chain([Segment {
                channel: 1,
                start_ms: 0,
                end_ms: 10,
                label: None,
            }])
            .collect(),
        voices: Vec::new(),
        provenance: provenance(),
    }
}
