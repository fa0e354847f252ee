import { randomNumbers } from '../random-numbers.ts';
import type { LoadRequest } from './request.ts';
import { zipf } from './zipf.ts';

/** What readers and writers of a generated blog (bench/growth/blog.ts) ask for; the same for the same seed. */
export type Mixture = {
  readonly seed: number;
  readonly articles: number;
  readonly users: number;
  /** Access tokens: of those who write, and of those who read without being nobody. */
  readonly tokens: readonly string[];
};

/** Of all requests. */
const WRITES = 0.05;
/** Of the reads. */
const LOGGED_IN = 0.2;
const TAGS = [
  'postgres',
  'cooking',
  'travel',
  'books',
  'music',
  'science',
  'gardening',
  'cycling',
  'oncall',
  'testing',
];
/** Without a divisor in common with the number of articles: what is popular is neither all old nor all new. */
const SCATTER = 7919;

type Kind = readonly [weight: number, next: (turn: number) => Pick<LoadRequest, 'path' | 'body' | 'status'>];

/** Reads and writes without end, 95 to 5; which article is asked for follows its popularity. */
export function requestsOf({ seed, articles, users, tokens }: Mixture): () => LoadRequest {
  const random = randomNumbers(seed);
  const popular = zipf(articles, random);
  const tagRank = zipf(TAGS.length, random);
  const numberOf = (rank: number) => 1 + ((rank * SCATTER) % articles);
  const article = () => `/api/articles/generated-${numberOf(popular())}`;
  const author = () => `reader-${1 + (numberOf(popular()) % users)}`;
  const token = () => tokens[Math.floor(random() * tokens.length)] ?? '';

  const reads: readonly Kind[] = [
    [55, () => ({ path: article() })],
    [15, () => ({ path: '/api/articles' })],
    [4, () => ({ path: `/api/articles?limit=20&offset=${20 * (1 + Math.floor(4 * random()))}` })],
    [8, () => ({ path: `/api/articles?tag=${TAGS[tagRank() - 1]}` })],
    [5, () => ({ path: `/api/articles?author=${author()}` })],
    [8, () => ({ path: `${article()}/comments` })],
    [3, () => ({ path: `/api/profiles/${author()}` })],
    [2, () => ({ path: '/api/tags' })],
  ];
  const writes: readonly Kind[] = [
    [50, () => ({ path: `${article()}/favorite` })],
    [
      40,
      (turn) => {
        const comment = { body: `Well said, in ${seed}, for the ${turn}th time.` };
        return { path: `${article()}/comments`, body: { comment }, status: 201 };
      },
    ],
    [
      10,
      (turn) => {
        const article = {
          title: `Mixed ${seed} ${turn}`,
          description: 'One of many.',
          body: TEXT,
          tagList: ['books'],
        };
        return { path: '/api/articles', body: { article }, status: 201 };
      },
    ],
  ];
  const [nextRead, nextWrite] = [oneOf(reads, random), oneOf(writes, random)];
  let turn = 0;
  return () => {
    turn += 1;
    if (random() < WRITES) return { method: 'POST', token: token(), ...nextWrite(turn) };
    return { method: 'GET', ...nextRead(turn), ...(random() < LOGGED_IN && { token: token() }) };
  };
}

const TEXT = 'It was a quiet evening, and the database had kept its word once more. '.repeat(14);

/** Each as often as its weight says. */
function oneOf(kinds: readonly Kind[], random: () => number): Kind[1] {
  const all = kinds.reduce((sum, [weight]) => sum + weight, 0);
  return (turn) => {
    let left = random() * all;
    const found = kinds.find(([weight]) => {
      left -= weight;
      return left < 0;
    });
    if (found === undefined) throw new Error('A mixture of nothing.');
    return found[1](turn);
  };
}
