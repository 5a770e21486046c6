//! What settings are taken and refused.

use super::*;

fn with(extra: &str) -> Result<Config, ConfigError> {
    let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    std::fs::write(file.path(), extra).unwrap();
    Config::from_sources(Some(file.path()), None)
}

#[test]
fn the_shipped_defaults_are_whole() {
    let config = Config::defaults().unwrap();
    assert!(config.server.listen.ip().is_loopback());
}

#[test]
fn a_file_changes_one_setting_and_leaves_the_rest() {
    let changed = with("[search]\ndefault_top_k = 7\n").unwrap();
    let defaults = Config::defaults().unwrap();
    assert_eq!(changed.search.default_top_k, 7);
    assert_eq!(changed.server, defaults.server);
}

#[test]
fn a_misspelt_setting_is_refused_by_name() {
    let error = with("[search]\ntop_kk = 7\n").unwrap_err().to_string();
    assert!(error.contains("top_kk"), "{error}");
}

#[test]
fn operating_points_that_cannot_be_told_apart_are_refused() {
    let refused = |points: &str| {
        let text = format!("[search]\noperating_points = [{points}]\n");
        with(&text).unwrap_err().to_string()
    };
    assert_eq!(
        refused("{ name = \"Wide\", expected_false = 1.0 }"),
        "setting search.operating_points is the name \"Wide\", expected letters a to z and _"
    );
    assert_eq!(
        refused("{ name = \"wide\", expected_false = 0.0 }"),
        "setting search.operating_points is wide = 0, expected a number above 0"
    );
    assert!(refused("{ name = \"wide\", expected_false = inf }").contains("wide = inf"));
    let twice =
        refused("{ name = \"a\", expected_false = 1.0 }, { name = \"b\", expected_false = 1.0 }");
    assert!(twice.contains("b = 1 beside a = 1"), "{twice}");
    let own = "[search]\noperating_points = [{ name = \"own\", expected_false = 3 }]\n";
    assert_eq!(with(own).unwrap().search.operating_points.len(), 1);
}

#[test]
fn the_shipped_verbal_scale_is_that_of_the_guideline() {
    let config = Config::defaults().unwrap();
    assert_eq!(config.evidence.verbal_scale, crate::scoring::enfsi_scale());
}

#[test]
fn a_verbal_scale_that_does_not_rise_is_refused() {
    let band = |from: f64, code: &str| {
        format!("{{ from_lr = {from:?}, code = \"{code}\", en = \"e\", zh = \"z\" }}")
    };
    let bands = [band(10.0, "a"), band(2.0, "b")].join(", ");
    let error = with(&format!("[evidence]\nverbal_scale = [{bands}]\n")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "setting evidence.verbal_scale: from_lr of verbal band 2 is 2, expected a number above 1 \
         and above the band before"
    );
}

#[test]
fn a_lease_shorter_than_a_heartbeat_is_refused() {
    let error = with("[workers]\nlease_ms = 10\n").unwrap_err().to_string();
    assert_eq!(
        error,
        "setting workers.lease_ms is 10, expected at least 3000"
    );
}
