import { createHmac } from 'node:crypto';

/**
 * The signature of the Standard Webhooks specification (`webhook-signature`): HMAC-SHA256 over `id.timestamp.body`, in
 * Base64, after the version of the scheme. The timestamp is in seconds since 1970.
 */
export function signatureOf(key: Uint8Array, id: string, timestamp: number, body: string): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
