// Drives the case page and the one query of a running server with the demo archive: import with a dry
// run, graph, shared entities, find by number and by clip, in both languages.
// Usage: node e2e/entities.mjs URL [--samples DIR] [--shots DIR]
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
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
  console.error('usage: node e2e/entities.mjs URL [--samples DIR] [--shots DIR]');
  process.exit(2);
}

/** Words by language; what the page must say. */
const LANGUAGES = {
  zh: { locale: 'zh-CN', cases: '案件', attempt: '试导入', go: '导入', tried: '未写入', related: '关联' },
  en: { locale: 'en-GB', cases: 'Cases', attempt: 'Try', go: 'Import', tried: 'nothing was written', related: 'occurs with' },
};
/** How long a clip may be analysed, in milliseconds. */
const ANALYSIS_MS = 120_000;

await mkdir(values.shots, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
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
    if (message.type() === 'error') complaints.push(message.text());
  });
  const shoot = (step) =>
    page.screenshot({ path: path.join(values.shots, `${name}-${step}.png`), fullPage: true });

  await page.goto(`${base}/cases`);
  await page.getByRole('heading', { level: 1, name: words.cases }).waitFor();
  await page.getByRole('link', { name: '2026-001' }).click();
  await page.locator('svg.graph circle').first().waitFor();
  assert.ok((await page.locator('[data-testid=shared]').count()) > 0, 'cases share something');
  assert.ok((await page.locator('[data-testid=event]').count()) > 5, 'events are listed');
  await page
    .locator('input[name=import_file]')
    .setInputFiles(path.join(values.samples, 'events/calls-2026-001.csv'));
  await page.getByRole('button', { name: words.attempt }).click();
  await page.getByText(words.tried).waitFor();
  await page.locator('[data-testid=import-counts]').waitFor();
  await shoot('case');

  await page.locator('header input[type=search]').fill('+1 202-555-0141');
  await page.locator('header input[type=search]').press('Enter');
  await page.locator('[data-testid=found-entities]').waitFor();
  assert.ok((await page.locator('[data-testid=found-cases]').count()) === 1, 'its case is found');
  assert.ok((await page.getByText(words.related).count()) > 0, 'why is said');
  await shoot('find');
  await page.locator('[data-testid=found-entities] a').first().click();
  await page.locator('[data-testid=event]').first().waitFor();
  await shoot('entity');

  await page.goto(`${base}/find`);
  await page
    .locator('input[type=file]')
    .setInputFiles(path.join(values.samples, 'case-2026-004/call-01.wav'));
  await page.locator('[data-testid=found-cases]').waitFor({ timeout: ANALYSIS_MS });
  await shoot('clip');
  assert.deepEqual(complaints, []);
  await context.close();
}
