/** A UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, version, 74 random bits. */
export function uuidV7(
  unixMs: number,
  random: (bytes: Uint8Array) => unknown = fillRandom,
): string {
  const bytes = new Uint8Array(16);
  random(bytes);
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(unixMs / 2 ** (40 - 8 * i)) % 256;
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

// crypto.randomUUID() exists on secure origins only; the page also runs on http://host:8000.
function fillRandom(bytes: Uint8Array): void {
  crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>);
}
