use super::*;

fn read(rows: &str) -> anyhow::Result<LabelledTrials> {
    let folder = tempfile::tempdir()?;
    for name in ["a.wav", "b.wav"] {
        std::fs::write(folder.path().join(name), b"")?;
    }
    let trials = folder.path().join("trials.csv");
    std::fs::write(&trials, rows)?;
    LabelledTrials::read(&trials, folder.path())
}

#[test]
fn two_voices_of_one_recording_are_two_sides() {
    let mut trials = read(
        "left,left_channel,left_label,right,right_channel,right_label,target\n\
         a.wav,0,0,b.wav,0,0,1\na.wav,0,1,b.wav,0,0,0\n",
    )
    .unwrap();
    assert_eq!(trials.recordings(), 3);
    assert_ne!(trials.speaker(0), trials.speaker(2));
    assert_eq!(trials.speaker(0), trials.speaker(1));
}

#[test]
fn columns_of_a_pick_may_be_left_out_or_empty() {
    assert_eq!(
        read("left,right,target\na.wav,b.wav,1\n")
            .unwrap()
            .recordings(),
        2
    );
    let empty = "left,right,target,left_label\na.wav,b.wav,1,\na.wav,b.wav,1,0\n";
    assert_eq!(read(empty).unwrap().recordings(), 3);
}

#[test]
fn columns_of_an_export_are_read_and_labels_by_who_saw_the_score_are_counted() {
    let head = "left,right,target,source,score,log10_lr,score_shown,proposer\n";
    let rows = "a.wav,b.wav,1,link,0.7,1.5,1,service\na.wav,b.wav,1,enrolment,,,,\n";
    let trials = read(&format!("{head}{rows}")).unwrap();
    assert_eq!((trials.len(), trials.shown()), (2, 1));
    assert!(trials.caution().unwrap().starts_with("1 of 2 trials"));
    assert_eq!(
        read("left,right,target\na.wav,b.wav,1\n")
            .unwrap()
            .caution(),
        None
    );
}

#[test]
fn a_pick_that_is_no_number_is_refused_by_its_line() {
    let error = read("left,right,target,left_channel\na.wav,b.wav,1,left\n").err();
    let words = format!("{:#}", error.unwrap());
    assert!(words.contains("line 2"), "{words}");
}
