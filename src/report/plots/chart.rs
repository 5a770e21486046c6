//! A chart with two axes, drawn by plotters.

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::PlotError;

/// Size in pixels.
const SIZE: (u32, u32) = (640, 520);
const FONT: &str = "sans-serif";

/// Colours that people with any colour vision tell apart.
///
/// # Source
/// Okabe and Ito, "Color universal design", 2008; without its yellow, which is faint on white.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(0, 0, 0),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// An axis: what it measures, from where to where, and its ticks as positions and texts.
pub(super) struct Axis {
    pub label: &'static str,
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// With so many ticks at even steps, whole numbers.
    pub fn even(label: &'static str, low: f64, high: f64, step: f64) -> Self {
        let count = ((high - low) / step).round().max(0.0) as usize;
        let ticks = (0..=count)
            .map(|index| low + step * index as f64)
            .map(|value| (value, tick_text(value, step)))
            .collect();
        Self {
            label,
            low,
            high,
            ticks,
        }
    }

    fn text(&self, at: f64) -> String {
        let near = |tick: &&(f64, String)| (tick.0 - at).abs() < 1e-9;
        self.ticks
            .iter()
            .find(near)
            .map_or_else(String::new, |tick| tick.1.clone())
    }
}

fn tick_text(value: f64, step: f64) -> String {
    // No "-0".
    let value = if value.abs() < step / 1e3 { 0.0 } else { value };
    if step.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    }
}

/// An axis as plotters asks for it: lines where the ticks are, and nowhere else.
struct Ticked {
    inner: RangedCoordf64,
    ticks: Vec<f64>,
}

impl Ticked {
    fn of(axis: &Axis) -> Self {
        Self {
            inner: (axis.low..axis.high).into(),
            ticks: axis.ticks.iter().map(|tick| tick.0).collect(),
        }
    }
}

impl Ranged for Ticked {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.inner.map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() {
            Vec::new()
        } else {
            self.ticks.clone()
        }
    }

    fn range(&self) -> Range<f64> {
        self.inner.range()
    }
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Stroke {
    Line,
    Dashed,
    Points,
    /// Thin and grey, without a colour of its own: what the curves are read against.
    Guide,
}

/// Points under a name; an empty name stays out of the legend.
pub(super) struct Series {
    pub name: String,
    pub stroke: Stroke,
    /// Which colour of the palette.
    pub colour: usize,
    pub points: Vec<(f64, f64)>,
}

/// What is drawn.
pub(super) struct Chart {
    pub title: &'static str,
    pub x: Axis,
    pub y: Axis,
    pub series: Vec<Series>,
}

/// The chart as SVG, with its title for those who cannot see it.
///
/// # Errors
/// The drawing fails.
pub(super) fn svg(chart: &Chart) -> Result<String, PlotError> {
    let mut text = String::new();
    draw(chart, &mut text).map_err(|error| PlotError::Drawing {
        plot: chart.title,
        reason: error.to_string(),
    })?;
    let title = format!("<title>{}</title>\n<rect", chart.title);
    Ok(text.replacen("<rect", &title, 1))
}

fn draw(chart: &Chart, text: &mut String) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
    let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut area = ChartBuilder::on(&root)
        .caption(chart.title, (FONT, 18))
        .margin(12)
        .margin_right(24)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d(Ticked::of(&chart.x), Ticked::of(&chart.y))?;
    area.configure_mesh()
        .x_desc(chart.x.label)
        .y_desc(chart.y.label)
        .x_label_formatter(&|at| chart.x.text(*at))
        .y_label_formatter(&|at| chart.y.text(*at))
        .x_labels(chart.x.ticks.len())
        .y_labels(chart.y.ticks.len())
        .light_line_style(TRANSPARENT)
        .bold_line_style(RGBColor(225, 225, 225))
        .label_style((FONT, 13))
        .axis_desc_style((FONT, 14))
        .draw()?;
    let mut has_legend = false;
    for series in &chart.series {
        let colour = COLOURS
            .get(series.colour % COLOURS.len())
            .copied()
            .unwrap_or(BLACK);
        let style = match series.stroke {
            Stroke::Guide => RGBColor(150, 150, 150).stroke_width(1),
            Stroke::Line | Stroke::Dashed | Stroke::Points => colour.stroke_width(2),
        };
        let points = series.points.iter().copied();
        let drawn = match series.stroke {
            Stroke::Line | Stroke::Guide => area.draw_series(LineSeries::new(points, style))?,
            Stroke::Dashed => area.draw_series(DashedLineSeries::new(points, 6, 4, style))?,
            Stroke::Points => {
                area.draw_series(points.map(|point| Circle::new(point, 3, colour.filled())))?
            }
        };
        if series.name.is_empty() {
            continue;
        }
        has_legend = true;
        let stroke = series.stroke;
        drawn.label(series.name.as_str()).legend(move |(x, y)| {
            let (from, step) = match stroke {
                Stroke::Points => (x + 9, 2),
                Stroke::Line | Stroke::Guide => (x, 20),
                Stroke::Dashed => (x, 8),
            };
            PathElement::new(vec![(from, y), (from + step, y)], style)
        });
    }
    if has_legend {
        area.configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .background_style(WHITE.mix(0.85))
            .border_style(RGBColor(200, 200, 200))
            .label_font((FONT, 13))
            .draw()?;
    }
    root.present()
}
