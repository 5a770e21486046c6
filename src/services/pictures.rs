//! Tiles of spectrograms and waveforms, made once from the sealed recording and kept as derived
//! data: deleting them loses nothing but the time to make them again.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::listening::file_error;
use super::{ServiceError, Services, off_executor};
use crate::audio::picture::{MAX_ZOOM, SPECTROGRAM_ROWS, Spectrogram};
use crate::audio::{Decoder, Resampler};
use crate::domain::{RecordingId, SampleRate, Sha256};
use crate::pipeline::PipelineError;

/// Columns of one tile.
const TILE_COLUMNS: usize = 512;

/// Changes when the pictures change.
const VERSION: u32 = 1;

/// Which tile of a spectrogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileRequest {
    /// Channel index from 0.
    pub channel: u16,
    /// 10 ms a column at 0, twice as much with each.
    pub zoom: u32,
    /// Number from 0, 512 columns each.
    pub tile: u32,
}

/// One tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// The picture, PNG, 8-bit grey.
    pub png: Vec<u8>,
    /// Frequency of its top edge.
    pub top_hz: u32,
}

impl Services {
    /// One tile of a spectrogram. The first that is asked for at a zoom has all of them made.
    ///
    /// # Errors
    /// `NotFound`, also beyond the end; `Invalid` channel or zoom; the bytes cannot be decoded.
    pub async fn spectrogram(
        &self,
        id: RecordingId,
        request: TileRequest,
    ) -> Result<Tile, ServiceError> {
        if request.zoom > MAX_ZOOM {
            return Err(ServiceError::Invalid {
                field: "zoom",
                found: request.zoom.to_string(),
                expected: format!("0 to {MAX_ZOOM}"),
            });
        }
        let (recording, file) = self.audio(id).await?;
        let folder = tile_folder(&self.settings.data, recording.sha256, request);
        let media = Arc::clone(&self.media);
        off_executor(move || {
            let mut decoder = media.open_to_listen(file, recording.sha256)?;
            let top_hz = Spectrogram::top_hz(decoder.sample_rate());
            let channels = decoder.channels();
            if request.channel >= channels {
                return Err(ServiceError::Invalid {
                    field: "channel",
                    found: request.channel.to_string(),
                    expected: format!("0 to {}", channels.saturating_sub(1)),
                });
            }
            if !folder.is_dir() {
                write_tiles(&mut decoder, request, &folder)?;
            }
            let path = tile_path(&folder, request.tile);
            match fs::read(&path) {
                Ok(png) => Ok(Tile { png, top_hz }),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    Err(ServiceError::not_found("tile", request.tile))
                }
                Err(source) => Err(file_error("read", &path, source)),
            }
        })
        .await?
    }
}

fn tile_folder(data: &Path, sha256: Sha256, request: TileRequest) -> PathBuf {
    let TileRequest { channel, zoom, .. } = request;
    data.join("derived")
        .join(sha256.to_string())
        .join(format!("spectrogram-{VERSION}-c{channel}-z{zoom}"))
}

fn tile_path(folder: &Path, tile: u32) -> PathBuf {
    folder.join(format!("{tile}.png"))
}

/// Makes every tile of a zoom beside the folder, then gives it its name: whoever finds the folder
/// finds all of them.
fn write_tiles(
    decoder: &mut Decoder,
    request: TileRequest,
    folder: &Path,
) -> Result<(), ServiceError> {
    let parent = folder.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(|source| file_error("create", parent, source))?;
    let made = tempfile::tempdir_in(parent)
        .map_err(|source| file_error("create a folder in", parent, source))?;
    let mut resampler =
        Resampler::new(decoder.sample_rate(), SampleRate::HZ_16000).map_err(PipelineError::from)?;
    let mut spectrogram = Spectrogram::new(decoder.sample_rate(), request.zoom);
    let (mut columns, mut samples, mut tile) = (Vec::new(), Vec::new(), 0u32);
    while let Some(block) = decoder.next_block().map_err(PipelineError::from)? {
        let channel = block.channels().get(usize::from(request.channel));
        samples.clear();
        resampler.push(channel.map_or(&[], Vec::as_slice), &mut samples);
        spectrogram.push(&samples, &mut columns);
        while columns.len() >= TILE_COLUMNS * SPECTROGRAM_ROWS {
            let whole: Vec<u8> = columns.drain(..TILE_COLUMNS * SPECTROGRAM_ROWS).collect();
            write_tile(&tile_path(made.path(), tile), &whole)?;
            tile += 1;
        }
    }
    samples.clear();
    resampler.finish(&mut samples);
    spectrogram.push(&samples, &mut columns);
    spectrogram.finish(&mut columns);
    for rest in columns.chunks(TILE_COLUMNS * SPECTROGRAM_ROWS) {
        write_tile(&tile_path(made.path(), tile), rest)?;
        tile += 1;
    }
    let made = made.keep();
    match fs::rename(&made, folder) {
        Ok(()) => Ok(()),
        // Another request was faster: its tiles are the same.
        Err(_) if folder.is_dir() => {
            let _ = fs::remove_dir_all(&made);
            Ok(())
        }
        Err(source) => Err(file_error("rename", &made, source)),
    }
}

/// Columns, the lowest frequency first, as a picture with the lowest frequency at the bottom.
fn write_tile(path: &Path, columns: &[u8]) -> Result<(), ServiceError> {
    let width = columns.len() / SPECTROGRAM_ROWS;
    let mut pixels = Vec::with_capacity(columns.len());
    for row in (0..SPECTROGRAM_ROWS).rev() {
        pixels.extend(
            columns
                .chunks(SPECTROGRAM_ROWS)
                .filter_map(|column| column.get(row)),
        );
    }
    let failed = |source| file_error("write", path, source);
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, width as u32, SPECTROGRAM_ROWS as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&pixels));
    written.map_err(|error| failed(std::io::Error::other(error)))?;
    let mut file = fs::File::create(path).map_err(failed)?;
    file.write_all(&png).map_err(failed)
}
