/** How the service is: able to work, up with something missing, or silent. */
export type Health =
  | { state: 'ready' }
  | { state: 'degraded'; failing: string[] }
  | { state: 'unreachable' };

/** Asks the service whether it is ready. Never throws. */
export async function askHealth(): Promise<Health> {
  try {
    const response = await fetch('/readyz', { headers: { Accept: 'application/json' } });
    const body: unknown = await response.json().catch(() => null);
    if (response.ok) return { state: 'ready' };
    return { state: 'degraded', failing: failingChecks(body) };
  } catch {
    return { state: 'unreachable' };
  }
}

/** Names of the checks that do not say that all is well. */
export function failingChecks(body: unknown): string[] {
  const checks = (body as { checks?: Record<string, unknown> } | null)?.checks ?? {};
  return Object.entries(checks)
    // Figures, such as how many voices are loaded, are no verdicts.
    .filter(([, value]) => typeof value !== 'number' && !isWell(value))
    .map(([name]) => name);
}

function isWell(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) {
    const fields = value as { status?: unknown; ok?: unknown };
    return isWell(fields.status ?? fields.ok);
  }
  return value === true || value === 'ok' || value === 'ready';
}
