import { createHash, createHmac } from 'node:crypto';

type Part = Readonly<Record<string, unknown>>;

const encoded = (part: Part | string) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** The key id that the server gives a key: see src/http/tokens.ts. */
export function keyId(key: string): string {
  return createHash('sha256').update(`kid:${key}`).digest('base64url').slice(0, 8);
}

/** A token made by hand, signed with the key by HMAC, whatever it says of itself. */
export function forge(key: string, header: Part, payload: Part | string, digest = 'sha256'): string {
  const signed = `${encoded(header)}.${encoded(payload)}`;
  return `${signed}.${createHmac(digest, key).update(signed).digest('base64url')}`;
}

/** What a token says, unchecked. */
export function decode(token: string): { header: Part; payload: Part } {
  const [header = '', payload = ''] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  return { header: JSON.parse(header) as Part, payload: JSON.parse(payload) as Part };
}
