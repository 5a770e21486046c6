// Drives watch lists, rules, alerts and partners of a running server through their pages, in both
// languages: an alert has to appear by itself on a page that is open.
// Usage: node e2e/watching.mjs URL [--samples DIR] [--shots DIR]
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
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
  console.error('usage: node e2e/watching.mjs URL [--samples DIR] [--shots DIR]');
  process.exit(2);
}

const run = Date.now().toString(36);
const number = `+86${String(Date.now()).slice(-11)}`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'zh-CN' });
const page = await context.newPage();
const complaints = [];
page.on('pageerror', (error) => complaints.push(String(error)));
await mkdir(values.shots, { recursive: true });
const shot = (name) =>
  page.screenshot({ path: path.join(values.shots, `${name}.png`), fullPage: true });
const byTestId = (name) => page.getByTestId(name);

async function upload(caseNo) {
  const form = new FormData();
  form.set('case_no', caseNo);
  form.set('caller', number);
  const bytes = await readFile(path.join(values.samples, 'golden/utterance.wav'));
  form.set('file', new Blob([bytes]), 'call.wav');
  const answer = await fetch(`${base}/api/v1/recordings`, { method: 'POST', body: form });
  assert.equal(answer.status, 201);
}

// A list with a number on it.
await page.goto(`${base}/watchlists`);
await page.fill('[name=list_name]', `名单 ${run}`);
await page.fill('[name=purpose]', '听到即报');
await page.fill('[name=ground]', '布控 2026-11');
await page.fill('[name=owner]', '反诈中心');
await page.click('form button.main');
const list = byTestId('watch-list').filter({ hasText: `名单 ${run}` });
await list.getByRole('button', { name: '0 个对象' }).click();
await list.locator('[name=kind]').selectOption('number');
await list.locator('[name=value]').fill(number);
await list.locator('[name=member_reason]').fill('多案出现');
await list.locator('form button').click();
await list.getByRole('button', { name: '1 个对象' }).waitFor();
await byTestId('member').filter({ hasText: number }).waitFor();
await shot('watchlists-zh');

// A rule, tried and put in force.
await page.goto(`${base}/rules`);
await page.fill('[name=rule_name]', `规则 ${run}`);
await page.selectOption('[name=rule_kind]', 'number_watched');
await page.selectOption('[name=rule_list]', { label: `名单 ${run}` });
await page.fill('[name=rule_owner]', '反诈中心');
await page.fill('[name=rule_reason]', '专案');
await page.click('form button.main');
const rule = byTestId('rule').filter({ hasText: `规则 ${run}` });
await rule.getByTestId('try').click();
await rule.getByTestId('check').waitFor();
await rule.getByTestId('become-active').click();
await page.fill('[name=asked_reason]', '试运行无误');
await shot('reason-zh');
await byTestId('give-reason').click();
await rule.locator('[data-state=active]').waitFor();
await shot('rules-zh');

// An alert appears on the open page, and is decided on.
await page.goto(`${base}/alerts`);
await byTestId('show-open').waitFor();
await upload(`${run}-1`);
const alert = byTestId('alert').filter({ hasText: `规则 ${run}` });
await alert.first().waitFor();
await alert.first().getByRole('link', { name: '查看并处置' }).click();
await byTestId('alert-panel').waitFor();
await page.fill('[name=author]', 'S-017');
await byTestId('acknowledge').click();
await byTestId('alert-panel').locator('[data-state=acknowledged]').waitFor();
await page.fill('[name=reason]', '客服热线');
await shot('alert-zh');
await byTestId('false').click();
await byTestId('alert-panel').locator('[data-state=disposed]').waitFor();
await page.goto(`${base}/rules`);
await rule.getByTestId('reverse-check').filter({ hasText: '100.0 %' }).waitFor();

// A partner whose message does not arrive: the dead letter shows why.
await page.goto(`${base}/webhooks`);
await page.fill('[name=partner]', `银行 ${run}`);
await page.fill('[name=url]', 'https://localhost:9/in');
await page.click('form button.main');
await byTestId('secret').filter({ hasText: 'whsec_' }).waitFor();
const partner = byTestId('webhook').filter({ hasText: `银行 ${run}` });
await partner.getByTestId('test').click();
await partner.getByTestId('delivery').first().waitFor();
for (let tries = 0; (await partner.locator('[data-testid=delivery][data-state=dead]').count()) === 0; tries += 1) {
  assert.ok(tries < 100, 'the delivery was not given up');
  await partner.getByRole('button', { name: '刷新' }).click();
  await page.waitForTimeout(100);
}
await shot('webhooks-zh');

await page.getByRole('button', { name: 'English' }).click();
for (const [name, title] of [
  ['webhooks', 'Partners'],
  ['rules', 'Rules'],
  ['watchlists', 'Watch lists'],
  ['alerts', 'Alerts'],
]) {
  await page.goto(`${base}/${name}`);
  await page.getByRole('heading', { name: title, exact: true }).waitFor();
  await page.waitForLoadState('networkidle').catch(() => {});
  await shot(`${name}-en`);
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
  );
  assert.ok(!wide, `${name} is wider than the window`);
}
await browser.close();
assert.deepEqual(complaints, []);
console.log('watch lists, rules, alerts and partners: well');
