/** A fresh key a deliberate act, so that a repeated request cannot act twice. */
export function idempotent() {
  return { 'Idempotency-Key': crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` };
}
