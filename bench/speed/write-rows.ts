import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bareStatements } from '../bare/bare-server.ts';
import { promisedWith } from '../bare/promised.ts';
import { VIEWER_HEADER } from '../bare/routes.ts';
import type { LoadRequest } from '../load/request.ts';
import { addressOf } from '../stage.ts';
import { articlePath, type Row, type Side } from './side.ts';
import type { SpeedStage } from './stage.ts';

const CONNECTIONS = 20;
const GOAL = 0.8;
/** Without a divisor in common with one more than the articles: see writes.lua. */
const WRITERS = 1000;
/** More than a run can write. */
const WRITES_OF_A_RUN = 200_000;
const SCRIPT = join(import.meta.dirname, 'writes.lua');

type Kind = 'articles' | 'favorites' | 'comments';
type Writer = { readonly id: string; readonly token: string };

/** Writes, no two of them the same, beside a bare handler with the same statements in the same transaction. */
export async function writeRows(stage: SpeedStage): Promise<Row[]> {
  const { blog } = stage;
  const server = await stage.start();
  const plan = bareStatements(blog.url);
  const bare = await stage.startBare(plan);
  const promised = await promisedWith(server, articlePath(1), true);
  const least = await stage.startBare({
    ...plan,
    promised: { ...promised, announcedIn: stage.servers.redis.url },
  });
  const writers = Array.from({ length: Math.min(WRITERS, blog.users) }, (_, index): Writer => {
    const id = String(index + 1);
    return { id, token: stage.tokenOf(id) };
  });
  const file = join(stage.servers.folder, 'writers.txt');
  writeFileSync(file, writers.map(({ id, token }) => `${id} ${token}\n`).join(''), { mode: 0o600 });
  const row = (name: string, kind: Kind): Row => {
    const side = (address: Side['address']): Side => ({
      address,
      load: (run) => ({
        path: '/',
        script: { file: SCRIPT, args: [kind, file, String(blog.articles), String(run * WRITES_OF_A_RUN)] },
      }),
      checks: (run, amount) =>
        Array.from({ length: amount }, (_, index) => check(kind, writers, `${run}-${index}`, index)),
    });
    return {
      ...{ name, ceiling: 'a bare handler with the same SQL', goal: GOAL, connections: CONNECTIONS },
      ours: side(addressOf(server)),
      beside: side(bare.address),
      least: side(least.address),
    };
  };
  return [row('create an article', 'articles'), row('favorite', 'favorites'), row('comment', 'comments')];
}

/** A write like those of the load, by the last writers, with what its answer must say. */
function check(kind: Kind, writers: readonly Writer[], mark: string, index: number): LoadRequest {
  const { id = '', token = '' } = writers.at(-1 - (index % 10)) ?? {};
  const common = { method: 'POST', token, headers: { [VIEWER_HEADER]: id } } as const;
  if (kind === 'articles') {
    const title = `Checked ${mark} ${Date.now()}`;
    const article = { title, description: 'One of few.', body: 'To be compared.', tagList: ['books'] };
    return { ...common, path: '/api/articles', body: { article }, status: 201, expected: { part: `"${title}"` } };
  }
  const slug = `generated-${1 + index}`;
  if (kind === 'favorites') {
    return { ...common, path: `/api/articles/${slug}/favorite`, expected: { part: `"slug":"${slug}"` } };
  }
  const body = `Checked ${mark}`;
  return {
    ...{ ...common, path: `/api/articles/${slug}/comments`, body: { comment: { body } }, status: 201 },
    expected: { part: `"${body}"` },
  };
}
