import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';

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

type Asset = { readonly type: string; readonly plain: Buffer; readonly packed: Buffer; readonly tag: string };

/** The live page, at / and /status, and the files it is made of: as they are in the source, nothing is built. */
export const pageRoutes: FastifyPluginAsync = async (app) => {
  const serve = (url: string, file: string) => {
    const asset = readAsset(file);
    app.get(url, { schema: { hide: true } }, async (request, reply) => send(asset, request, reply));
  };
  for (const url of ['/', '/status']) serve(url, join(ASSETS, 'index.html'));
  for (const file of [...FILES, ...LIBRARY]) serve(`/status/${nameOf(file)}`, file);
};

function readAsset(file: string): Asset {
  const plain = readFileSync(file);
  const tag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 16)}"`;
  return { type: TYPES[extname(file)] ?? 'application/octet-stream', plain, packed: gzipSync(plain), tag };
}

function send({ type, plain, packed, tag }: Asset, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply
    .header('content-security-policy', CONTENT_SECURITY_POLICY)
    // Asked about each time, so that after an update no page is made of old and new files.
    .header('cache-control', 'no-cache')
    .header('etag', tag)
    .header('vary', 'accept-encoding');
  if (request.headers['if-none-match']?.includes(tag) === true) return reply.code(304).send();
  reply.type(type);
  const unpacks = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  return unpacks ? reply.header('content-encoding', 'gzip').send(packed) : reply.send(plain);
}

function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}
