//! Windows to turns: stretches in which one person speaks without a pause.
//!
//! Of each window only its middle counts, where the network knows what comes before and after. A
//! local speaker may be two people in one window, but hardly within one turn: so turns are what is
//! embedded and clustered, and every second of speech is embedded once.

use super::powerset::LocalSpeakers;
use super::timeline::{FRAME_STEP_SAMPLES, WINDOW_HOP_FRAMES};

/// A pause of the same local speaker that does not end a turn, in frames: 0.2 s.
const PAUSE_FRAMES: usize = 12;

/// A gap at the border of two windows that does not end a turn, in frames: 50 ms.
const BORDER_GAP_FRAMES: usize = 3;

/// Longest turn, in frames: 20 s, what the embedding network takes at once.
const MAX_TURN_FRAMES: usize = 20 * 16_000 / FRAME_STEP_SAMPLES as usize;

/// Frames before the middle of a window, and behind it.
const MARGIN_FRAMES: usize = WINDOW_HOP_FRAMES / 2;

/// A local speaker: its window and which of the window's speakers.
pub(super) type Local = (usize, usize);

/// A stretch of frames in which one local speaker alone is heard: `start..end` on the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// First frame.
    pub start: usize,
    /// One past the last frame.
    pub end: usize,
    pub(super) local: Local,
}

/// What the frames say, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnEvent {
    /// The turn at hand goes on with this run; one begins where there is none.
    Run(Run),
    /// The turn at hand is over.
    End,
}

/// One turn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Turn {
    /// Its runs, in order.
    pub runs: Vec<Run>,
    /// Embedding `[D]` of unit norm; none where it is too short for one.
    pub embedding: Option<Vec<f32>>,
}

impl Turn {
    /// Frames of speech.
    pub fn frames(&self) -> usize {
        self.runs.iter().map(|run| run.end - run.start).sum()
    }
}

/// The frames of a window that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Core {
    /// First of them, from the window's start.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

impl Core {
    /// The frames that count of a window: its middle, and its start or end where no window beside
    /// it, `before` and `after`, was heard.
    pub fn of(window: usize, frames: usize, before: Option<usize>, after: Option<usize>) -> Self {
        let follows = before.is_some_and(|before| before + 1 == window);
        let start = if follows {
            MARGIN_FRAMES.min(frames)
        } else {
            0
        };
        let end = if after == Some(window + 1) {
            (MARGIN_FRAMES + WINDOW_HOP_FRAMES).min(frames)
        } else {
            frames
        };
        Self {
            start,
            end: end.max(start),
        }
    }
}

/// Streaming: frames in, turns out.
#[derive(Debug, Default)]
pub struct TurnFinder {
    /// The last run of the turn at hand.
    last: Option<Run>,
    turn_frames: usize,
    /// Whether nobody was heard since.
    quiet: bool,
    next: usize,
    overlaps: Vec<(usize, usize)>,
}

impl TurnFinder {
    /// Takes the frames of a window that count; windows come in order.
    pub fn push(
        &mut self,
        window: usize,
        frames: &[LocalSpeakers],
        core: Core,
        out: &mut Vec<TurnEvent>,
    ) {
        let first = window * WINDOW_HOP_FRAMES + core.start;
        if first > self.next {
            // Nobody listened in between.
            self.end_turn(out);
        }
        let core = frames.get(core.start..core.end).unwrap_or_default();
        let mut at = first;
        for run in core.chunk_by(|left, right| left == right) {
            let end = at + run.len();
            let set = run.first().copied().unwrap_or_default();
            match set.count() {
                0 => {}
                1 => {
                    let speaker = set.speakers().next().unwrap_or(0);
                    self.take_run(
                        Run {
                            start: at,
                            end,
                            local: (window, speaker),
                        },
                        out,
                    );
                }
                _ => {
                    self.quiet = false;
                    self.take_overlap(at, end);
                }
            }
            at = end;
        }
        self.next = at;
    }

    /// Ends the channel: stretches in which several people are heard, as `start..end` in frames.
    pub fn finish(mut self, out: &mut Vec<TurnEvent>) -> Vec<(usize, usize)> {
        self.end_turn(out);
        self.overlaps
    }

    fn take_run(&mut self, run: Run, out: &mut Vec<TurnEvent>) {
        if let Some(last) = self.last {
            let gap = run.start - last.end;
            let goes_on = if run.local.0 == last.local.0 {
                run.local == last.local && gap <= PAUSE_FRAMES
            } else {
                gap <= BORDER_GAP_FRAMES
            };
            if !goes_on || !self.quiet || self.turn_frames >= MAX_TURN_FRAMES {
                self.end_turn(out);
            }
        }
        self.turn_frames += run.end - run.start;
        self.last = Some(run);
        self.quiet = true;
        out.push(TurnEvent::Run(run));
    }

    fn take_overlap(&mut self, start: usize, end: usize) {
        match self.overlaps.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ => self.overlaps.push((start, end)),
        }
    }

    fn end_turn(&mut self, out: &mut Vec<TurnEvent>) {
        if self.last.take().is_some() {
            out.push(TurnEvent::End);
        }
        self.turn_frames = 0;
        self.quiet = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: &[usize] = &[];

    /// Runs of frames: who is heard, and in how many.
    type Runs<'a> = &'a [(&'a [usize], usize)];

    fn events(windows: &[(usize, Runs<'_>)]) -> (Vec<Vec<(usize, usize)>>, usize) {
        let (mut finder, mut out) = (TurnFinder::default(), Vec::new());
        for (number, runs) in windows {
            let frames: Vec<LocalSpeakers> = runs
                .iter()
                .flat_map(|(set, count)| std::iter::repeat_n(LocalSpeakers::of(set), *count))
                .collect();
            let core = Core {
                start: 0,
                end: frames.len(),
            };
            finder.push(*number, &frames, core, &mut out);
        }
        let overlaps = finder.finish(&mut out).len();
        let turns = out.split(|event| *event == TurnEvent::End);
        let turns = turns.map(|turn| {
            let runs = turn.iter().filter_map(|event| match event {
                TurnEvent::Run(run) => Some((run.start, run.end)),
                TurnEvent::End => None,
            });
            runs.collect::<Vec<_>>()
        });
        (turns.filter(|turn| !turn.is_empty()).collect(), overlaps)
    }

    #[test]
    fn a_pause_a_change_and_overlap_end_a_turn() {
        let window: &[(&[usize], usize)] = &[
            (&[0], 50),
            (NOBODY, 10),
            (&[0], 20),
            (NOBODY, 30),
            (&[0], 20),
            (&[1], 20),
            (&[0, 1], 5),
            (&[1], 20),
        ];
        let (turns, overlaps) = events(&[(0, window)]);
        let expected = [
            vec![(0, 50), (60, 80)],
            vec![(110, 130)],
            vec![(130, 150)],
            vec![(155, 175)],
        ];
        assert_eq!((turns.as_slice(), overlaps), (expected.as_slice(), 1));
    }

    #[test]
    fn a_turn_goes_on_over_the_border_of_windows_but_not_over_silence() {
        let whole: &[(&[usize], usize)] = &[(NOBODY, 100), (&[0], WINDOW_HOP_FRAMES - 100)];
        let next: &[(&[usize], usize)] = &[(&[2], 60), (NOBODY, WINDOW_HOP_FRAMES - 60)];
        let (turns, _) = events(&[(0, whole), (1, next)]);
        assert_eq!(turns, [[(100, 296), (296, 356)]]);
        // Window 1 was not heard, as nobody speaks there.
        let (turns, _) = events(&[(0, whole), (2, next)]);
        assert_eq!(turns, [[(100, 296)], [(592, 652)]]);
    }

    #[test]
    fn nobody_talks_for_ever() {
        let window: &[(&[usize], usize)] = &[(&[0], WINDOW_HOP_FRAMES)];
        let windows: Vec<_> = (0..9).map(|number| (number, window)).collect();
        let (turns, _) = events(&windows);
        assert!(turns.len() > 1);
        assert_eq!(turns.iter().flatten().count(), 9);
    }

    #[test]
    fn cores_cover_each_frame_once() {
        let first = Core::of(0, 589, None, Some(1));
        let middle = Core::of(1, 589, Some(0), Some(2));
        let last = Core::of(2, 400, Some(1), None);
        assert_eq!(first.end, WINDOW_HOP_FRAMES + middle.start);
        assert_eq!(middle.end, WINDOW_HOP_FRAMES + last.start);
        assert_eq!((first.start, last.end), (0, 400));
        assert_eq!(
            Core::of(1, 100, Some(0), Some(2)),
            Core {
                start: 100,
                end: 100
            }
        );
    }
}
