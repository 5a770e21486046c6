use crate::evaluation::Trial;

use super::*;

fn trials() -> Trials {
    let mut made = Vec::new();
    for left in 0..20u32 {
        for right in left..20 {
            for take in 0..3u32 {
                let noise = f64::from((left * 31 + right * 17 + take * 7) % 13) / 4.0;
                let llr = if left == right { 3.0 } else { -3.0 };
                made.push(Trial {
                    llr: llr - 1.5 + noise,
                    speakers: [left, right],
                });
            }
        }
    }
    Trials::new(made).unwrap()
}

/// Every plot of the same trials.
fn plots(name: &str) -> Vec<String> {
    let trials = trials();
    let curve = || Curve {
        name,
        trials: &trials,
    };
    vec![
        detection(&[curve(), curve()]).unwrap(),
        tippett(&[curve()]).unwrap(),
        cross_entropy(&curve()).unwrap(),
        calibration(&[curve()]).unwrap(),
        zoo(&curve()).unwrap(),
    ]
}

#[test]
fn the_same_trials_give_the_same_bytes() {
    assert_eq!(plots("a"), plots("a"));
}

#[test]
fn each_plot_has_its_title_axes_and_curves() {
    let titles = [
        ("Detection error trade-off", "False match rate, %"),
        ("Tippett plot", "log10 LR"),
        ("Empirical cross-entropy", "Cross-entropy, bit"),
        ("Calibration", "log10 LR as given"),
        ("Zoo plot", "Mean log10 LR with other speakers"),
    ];
    for (svg, (title, axis)) in plots("a").iter().zip(titles) {
        assert!(svg.starts_with("<svg"), "{title}");
        assert!(svg.contains(&format!("<title>{title}</title>")), "{title}");
        assert!(svg.contains(axis), "{title}");
        let shapes = svg.matches("<polyline").count() + svg.matches("<circle").count();
        assert!(shapes > 2, "{title}: {shapes}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{title}");
    }
}

#[test]
fn a_name_cannot_break_out_of_the_picture() {
    for svg in plots("<script>\"&") {
        assert!(!svg.contains("<script"), "{svg}");
    }
}
