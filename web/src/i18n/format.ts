// Numbers as people read them. The same digits in both languages.

const MINUS = '\u2212';

/** `m:ss`, `h:mm:ss`, with tenths below a minute: `0:07.4`. */
export function formatDuration(ms: number): string {
  const tenths = Math.floor(Math.max(0, ms) / 100);
  const seconds = Math.floor(tenths / 10);
  const s = String(seconds % 60).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `0:${s}.${tenths % 10}`;
  if (minutes < 60) return `${minutes}:${s}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${s}`;
}

/** A moment to the millisecond, `m:ss.mmm` or `h:mm:ss.mmm`, with fewer decimals where asked. */
export function formatMoment(ms: number, decimals = 3): string {
  const unit = 10 ** (3 - decimals);
  const whole = Math.round(Math.max(0, ms) / unit) * unit;
  const seconds = Math.floor(whole / 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const clock = hours > 0 ? `${hours}:${two(minutes)}` : `${minutes}`;
  const fraction = String(whole % 1000).padStart(3, '0').slice(0, decimals);
  return `${clock}:${two(seconds % 60)}${decimals > 0 ? `.${fraction}` : ''}`;
}

/** Net speech: seconds with one decimal, rounded down so that it never looks like enough. */
export function formatSeconds(ms: number): string {
  return `${(Math.floor(Math.max(0, ms) / 100) / 10).toFixed(1)} s`;
}

/** A log10 LR: two decimals, always signed; zero has no sign. */
export function formatLog10Lr(value: number): string {
  return formatSigned(value, 2);
}

/** A signed number with a true minus sign. */
export function formatSigned(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '+∞' : value < 0 ? `${MINUS}∞` : '—';
  const digits = Math.abs(value).toFixed(decimals);
  if (Number(digits) === 0) return digits;
  return (value > 0 ? '+' : MINUS) + digits;
}

/** A number that may be negative, such as dB, with a true minus sign. */
export function formatNumber(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return text.startsWith('-') ? MINUS + text.slice(1) : text;
}

/** An expected count of voices: two significant digits, bounded below. */
export function formatExpected(value: number): string {
  if (!Number.isFinite(value) || value < 0) return '—';
  if (value === 0) return '0';
  if (value < 0.001) return '<0.001';
  if (value >= 10) return String(Math.round(value));
  return String(Number(value.toPrecision(2)));
}

/** A fraction in percent, for shares of time and samples; never for a likelihood. */
export function formatShare(fraction: number): string {
  const percent = fraction * 100;
  return `${percent > 0 && percent < 0.1 ? '<0.1' : percent.toFixed(1)} %`;
}

/** Bytes in binary steps. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** A rate in kHz: `8 kHz`, `44.1 kHz`. */
export function formatRate(hz: number): string {
  return `${Number((hz / 1000).toFixed(3))} kHz`;
}

/** A bit rate in decimal steps: `950 bit/s`, `12.2 kbit/s`, `1411.2 kbit/s`. */
export function formatBitRate(bps: number): string {
  return bps < 1000 ? `${Math.round(bps)} bit/s` : `${Number((bps / 1000).toFixed(1))} kbit/s`;
}

/** A time in the reader's zone, to the minute or the second. */
export function formatTime(iso: string, precision: 'minute' | 'second' = 'minute'): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const two = (n: number) => String(n).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
  return precision === 'minute' ? `${date} ${clock}` : `${date} ${clock}:${two(time.getSeconds())}`;
}

/** The first digits of a hash; the whole stands in a title or beside. */
export function shortHash(hash: string): string {
  return hash.slice(0, 12);
}
