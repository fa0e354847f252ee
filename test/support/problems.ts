import type { Test } from 'tap';
import type { ProblemCode } from '../../src/http/problem.ts';
import { differences } from './shapes.ts';

/** What must never leave: stack frames, SQL, folders, names of libraries, SQLSTATEs. */
const INTERNALS = [
  /\bat \S+ \(|\.[cm]?[jt]s:\d+/,
  /\b(select|insert|update|delete)\b[\s\S]+\b(from|into|set)\b/i,
  /_(key|fkey|pkey|check|present|length|positive|oneself|final)\b/,
  /node_modules|\/src\/|\/home\/|\/tmp\//,
  /FST_ERR|HPE_|ECONN|SQLSTATE|\b22021\b|fastify|postgres(ql)?:\/\//i,
];

/** What of that is in a text; undefined when nothing is. */
export function internalsIn(text: string): RegExp | undefined {
  return INTERNALS.find((internal) => internal.test(text));
}

const MEMBERS = {
  type: 'string',
  title: 'string',
  status: 'integer',
  detail: 'string',
  instance: 'string',
  requestId: 'string',
  traceId: 'string',
  errors: 'anything',
} as const;

type Refusal = {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers | Readonly<Record<string, string>>;
};

/** The answer is a problem (RFC 9457) of that status and code, with these keys in `errors`, and tells no internals. */
export function isProblem(
  t: Test,
  answer: Refusal,
  status: number,
  code: ProblemCode,
  keys: readonly string[],
): void {
  const header = (name: string) =>
    answer.headers instanceof Headers ? answer.headers.get(name) : answer.headers[name];
  t.equal(answer.status, status, 'status');
  t.equal(header('content-type'), 'application/problem+json', 'content-type');
  const problem = JSON.parse(answer.text);
  t.same(differences(problem, MEMBERS, 'problem'), []);
  t.equal(problem.type, `urn:steadfast:problem:${code}`, 'type');
  t.equal(problem.status, answer.status, 'the status in the body is the status of the answer');
  t.not(problem.title, '', 'a title');
  t.not(problem.detail, '', 'a detail');
  t.same(Object.keys(problem.errors), keys, 'what errors names');
  for (const [key, messages] of Object.entries(problem.errors)) {
    t.same(differences(messages, ['string'], key), []);
    t.ok(Array.isArray(messages) && messages.length > 0, `${key} has a message`);
  }
  const said = JSON.stringify({ ...problem, instance: '' });
  for (const internal of INTERNALS) t.notMatch(said, internal, 'nothing internal');
}
