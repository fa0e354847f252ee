import acceptNegotiator from '@fastify/accept-negotiator';
import { LRUCache } from 'lru-cache';

/** How the bytes of an answer may be packed (RFC 9110, section 8.4.1). */
export const CONTENT_CODINGS = ['br', 'gzip'] as const;
export type ContentCoding = (typeof CONTENT_CODINGS)[number];

const REMEMBERED_HEADERS = 100;

const { Negotiator } = acceptNegotiator;

/** Of what a client takes equally gladly, the first is sent. */
const negotiator = new Negotiator<ContentCoding>({
  supportedValues: [...CONTENT_CODINGS],
  cache: new LRUCache<string, string>({ max: REMEMBERED_HEADERS }),
});

/** The coding that a client wants, by its Accept-Encoding; null for bytes as they are. */
export function codingFor(acceptEncoding: string | undefined): ContentCoding | null {
  return acceptEncoding === undefined ? null : negotiator.negotiate(acceptEncoding.toLowerCase());
}
