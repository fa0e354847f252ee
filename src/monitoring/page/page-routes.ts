import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { codingsFor } from '../../http/content-coding.ts';
import { safePage } from '../../http/safe-headers.ts';

const ASSETS = join(import.meta.dirname, 'assets');
const UPLOT = join(import.meta.dirname, '../../../node_modules/uplot/dist');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** What the page is made of, each below /status/. */
const FILES = [
  ...[
    'style.css',
    'icon.svg',
    'main.js',
    'stream.js',
    'state.js',
    'overall.js',
    'panels.js',
    'cards.js',
    'elements.js',
  ],
  ...['words.js', 'charts.js', 'chart-drawing.js'],
].map((name) => join(ASSETS, name));
const LIBRARY = ['uPlot.esm.js', 'uPlot.min.css'].map((name) => join(UPLOT, name));

/** No other origin, nothing inline, in no frame. */
const CONTENT_SECURITY_POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ');

/** The bytes, and the tag of exactly these: packed and plain ones are not the same. */
type Form = { readonly body: Buffer; readonly tag: string };
type Asset = { readonly type: string; readonly plain: Form; readonly packed: Form };

/** The live page, at / and /status, and the files it is made of: as they are in the source, nothing is built. */
export const pageRoutes: FastifyPluginAsync = async (app) => {
  app.addHook('onRequest', safePage);
  const serve = (url: string, file: string) => {
    const asset = readAsset(file);
    app.get(url, { schema: { hide: true } }, async (request, reply) => send(asset, request, reply));
  };
  for (const url of ['/', '/status']) serve(url, join(ASSETS, 'index.html'));
  for (const file of [...FILES, ...LIBRARY]) serve(`/status/${nameOf(file)}`, file);
};

function readAsset(file: string): Asset {
  const plain = readFileSync(file);
  const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 16);
  return {
    type: TYPES[extname(file)] ?? 'application/octet-stream',
    plain: { body: plain, tag: `"${hash}"` },
    packed: { body: gzipSync(plain), tag: `"${hash}-gzip"` },
  };
}

function send({ type, plain, packed }: Asset, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const isPacked = codingsFor(request.headers['accept-encoding']).includes('gzip');
  const { body, tag } = isPacked ? packed : plain;
  reply
    .header('content-security-policy', CONTENT_SECURITY_POLICY)
    // Asked about each time, so that after an update no page is made of old and new files.
    .header('cache-control', 'no-cache')
    .header('etag', tag)
    .header('vary', 'accept-encoding');
  if (request.headers['if-none-match']?.includes(tag) === true) return reply.code(304).send();
  if (isPacked) reply.header('content-encoding', 'gzip');
  return reply.type(type).send(body);
}

function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}
