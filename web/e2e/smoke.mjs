// Drives a running server through the page: upload, analysis, search, a correction by keyboard, both
// languages.
// Usage: npm run e2e -- URL [--samples DIR] [--shots DIR]
import assert from 'node:assert/strict';
import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    samples: { type: 'string', default: path.join(here, '../../audio-samples') },
    shots: { type: 'string', default: path.join(here, '../../target/e2e') },
  },
});
const base = positionals[0];
if (!base) {
  console.error('usage: npm run e2e -- URL [--samples DIR] [--shots DIR]');
  process.exit(2);
}

/** Words by language; what the page must say. */
const LANGUAGES = {
  zh: {
    lang: 'zh-CN',
    locale: 'zh-CN',
    title: '录音',
    answer: '检索结果',
    notice: '不是鉴定意见',
    calibrations: '校准',
    populations: '参考人群',
    make: '建立',
    name: '名称',
    baseRate: '先验几率',
    point: /初筛|复核|严格/,
  },
  en: {
    lang: 'en',
    locale: 'en-GB',
    title: 'Recordings',
    answer: 'Search answer',
    notice: 'not an identification',
    calibrations: 'Calibrations',
    populations: 'Populations',
    make: 'Make',
    name: 'Name',
    baseRate: 'prior odds',
    point: /Screening|Review|Strict/i,
  },
};
/** How long an analysis may take, in milliseconds. */
const ANALYSIS_MS = 120_000;

const sample = await largestSample(values.samples);
await mkdir(values.shots, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
});
try {
  for (const [name, words] of Object.entries(LANGUAGES)) await tour(name, words);
  console.log(`ok: ${Object.keys(LANGUAGES).join(', ')}; pictures in ${values.shots}`);
} finally {
  await browser.close();
}

async function tour(name, words) {
  const context = await browser.newContext({ locale: words.locale });
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
  });
  const shoot = (step) =>
    page.screenshot({ path: path.join(values.shots, `${name}-${step}.png`), fullPage: true });

  await page.goto(base);
  await page.getByRole('heading', { level: 1, name: words.title }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), words.lang);

  // A case of its own, so that the file is new to it.
  await page.locator('input[name="case_no"]').fill(`e2e-${name}-${Date.now()}`);
  await page.getByTestId('files').setInputFiles(sample);
  const row = page.locator('tbody tr', { hasText: `e2e-${name}-` }).first();
  await row.locator('[data-state="analysed"]').waitFor({ timeout: ANALYSIS_MS });
  await shoot('recordings');

  await row.getByRole('link').click();
  await page.locator('canvas').first().waitFor();
  await page.getByRole('slider').first().press('ArrowRight');
  const at = await page.getByRole('slider').first().getAttribute('aria-valuenow');
  assert.equal(at, '1000', 'an arrow key seeks by one second');
  await shoot('recording');
  const recordingUrl = page.url();

  await page.getByTestId('search-voice').first().click();
  await page.getByRole('heading', { level: 1, name: words.answer }).waitFor();
  const first = page.getByTestId('candidate').first();
  assert.match(await first.locator('.lr').innerText(), /^([+\u2212]\d+\.\d\d|0\.00)$/);
  assert.match(await page.locator('main').innerText(), new RegExp(words.notice));
  assert.match(await page.getByTestId('gallery').innerText(), new RegExp(words.baseRate));
  const stored = await page.request.get(`${base}/api/v1${new URL(page.url()).pathname}`);
  const answer = await stored.json();
  const reached = answer.candidates.filter((candidate) => candidate.operating_point !== null);
  const points = await page.getByTestId('point').allInnerTexts();
  assert.equal(points.length, reached.length, 'a candidate names the point that it reaches');
  for (const point of points) assert.match(point, words.point);
  await first.getByRole('button').first().click();
  await page.locator('.bar button[aria-pressed="true"]').waitFor();
  await shoot('search');
  const [report] = await Promise.all([
    context.waitForEvent('page'),
    page.getByTestId('report').first().click(),
  ]);
  await report.waitForURL(/comparisons\/.*\/report/);
  assert.match(await report.content(), /log10 LR/);
  assert.equal(await report.locator('html').getAttribute('lang'), name);
  const size = await report.locator('.ratio').evaluate((ratio) => getComputedStyle(ratio).fontSize);
  assert.equal(size, '32px', 'the report has its styles');
  await report.screenshot({ path: path.join(values.shots, `${name}-report.png`), fullPage: true });
  await report.close();

  await page.reload();
  await page.getByTestId('candidate').first().waitFor();
  const answerUrl = page.url();

  await page.goto(recordingUrl);
  await correct(page, shoot);
  await page.goto(answerUrl);
  await page.getByTestId('outdated').waitFor();
  await shoot('outdated');
  await page.getByTestId('repeated-by').click();
  await page.getByTestId('repeats').waitFor();
  await page.getByTestId('candidate').first().waitFor();
  const voices = await makePopulation(page, name, words, shoot);
  await measure(page, recordingUrl, voices, shoot);
  await chooseCalibration(page, name, words, shoot);
  assert.deepEqual(complaints, [], 'the page ran without errors');
  await context.close();
}

/** Makes a population of the voices of no subject, and says how many they are. */
async function makePopulation(page, name, words, shoot) {
  await page.getByRole('link', { name: words.populations }).click();
  await page.getByRole('heading', { level: 1, name: words.populations }).waitFor();
  const title = `e2e-${name}-${Date.now()}`;
  await page.getByLabel(words.name, { exact: true }).fill(title);
  await page.getByRole('button', { name: words.make, exact: true }).click();
  await page.getByTestId('population-version').filter({ hasText: title }).waitFor();
  await shoot('populations');
  const { items } = await (await page.request.get(`${base}/api/v1/populations`)).json();
  return items.find((one) => one.name === title).versions[0].voices;
}

/** Searches again on that population where it has voices enough; where not, the page says why. */
async function measure(page, recordingUrl, voices, shoot) {
  await page.goto(recordingUrl);
  await page.getByTestId('population').selectOption({ index: 1 });
  await page.getByTestId('search-voice').first().click();
  const measured = page.getByTestId('population-use');
  await measured.or(page.getByRole('alert')).first().waitFor();
  // The setting populations.min_voices.
  if (voices < 30) return;
  await measured.waitFor();
  await page.getByTestId('reach').first().waitFor();
  await shoot('measured');
}

/** Adds a calibration, puts it in use, goes back to the one before, and retires the new one. */
async function chooseCalibration(page, name, words, shoot) {
  await page.getByRole('link', { name: words.calibrations }).click();
  const rows = page.getByTestId('calibration');
  const before = rows.filter({ has: page.locator('[data-state="active"]') });
  await before.waitFor();
  const [old] = (await before.getByRole('rowheader').innerText()).split('\n');
  const { items } = await (await page.request.get(`${base}/api/v1/calibrations`)).json();
  const active = items.find((one) => one.state === 'active');
  const kept = await page.request.get(`${base}/api/v1/calibrations/${active.id}`);
  const added = `e2e-${name}-${Date.now()}`;
  const text = (await kept.json()).file.replace(/^name = .*$/m, `name = "${added}"`);
  await page.locator('input[type="file"]').setInputFiles({
    name: 'own.toml',
    mimeType: 'text/plain',
    buffer: Buffer.from(text),
  });
  const row = (wanted) => rows.filter({ hasText: wanted });
  await row(added).getByTestId('activate').click();
  await row(added).locator('[data-state="active"]').waitFor();
  assert.match(await page.getByTestId('in-use').innerText(), new RegExp(added));
  await shoot('calibrations');
  await row(old).getByTestId('activate').click();
  await row(old).locator('[data-state="active"]').waitFor();
  await row(added).getByRole('textbox').fill('made by a test');
  await row(added).locator('form button').last().click();
  await row(added).locator('[data-state="retired"]').waitFor();
}

/** Moves a boundary by the keyboard alone, takes it back, moves it again, and saves. */
async function correct(page, shoot) {
  const stage = page.locator('[role="application"]');
  const save = page.getByTestId('save-segments');
  const length = () => page.locator('.times').innerText();
  await stage.focus();
  await page.keyboard.press('ArrowDown');
  const before = await length();
  await page.keyboard.press(']');
  for (let step = 0; step < 20; step += 1) await page.keyboard.press('Alt+ArrowLeft');
  assert.notEqual(await length(), before, 'Alt and an arrow move the boundary');
  await page.keyboard.press('u');
  while (await save.isEnabled()) await page.keyboard.press('u');
  assert.equal(await length(), before, 'undo takes it back');
  for (let step = 0; step < 20; step += 1) await page.keyboard.press('Alt+ArrowLeft');
  const after = await length();
  await page.keyboard.press('Control+s');
  await page.locator('input[name="reason"]').fill('boundary 200 ms late');
  await page.locator('input[name="author"]').fill('technician 1');
  await page.keyboard.press('Enter');
  await page.locator('.recomputed').waitFor({ timeout: ANALYSIS_MS });

  for (const revision of [1, 2]) {
    assert.equal(await page.locator(`tr[data-revision="${revision}"]`).count(), 1);
  }
  await page.locator('tr[data-revision="1"] button').first().click();
  await page.getByTestId('old-segment').first().waitFor({ state: 'attached' });
  await shoot('corrected');

  await page.reload();
  await stage.focus();
  await page.keyboard.press('ArrowDown');
  assert.equal(await length(), after, 'the correction is what a reload shows');
}

/** The largest file is the likeliest to hold enough speech. */
async function largestSample(folder) {
  const all = await readdir(folder, { recursive: true });
  const names = all.filter((file) => /\.(wav|mp3|flac)$/.test(file));
  assert.ok(names.length > 0, `no audio files in ${folder}`);
  const sized = await Promise.all(
    names.map(async (file) => ({ file, size: (await stat(path.join(folder, file))).size })),
  );
  const largest = sized.reduce((best, next) => (next.size > best.size ? next : best));
  return path.join(folder, largest.file);
}
