import { type Test, test } from 'tap';
import { commands } from '../../src/commands/commands.ts';
import { runCommand, runNpm } from '../support/command-line.ts';
import { temporaryFolder } from '../support/folders.ts';

const NO_STACK = /^\s+at /m;
/** Nothing listens on port 1: a command that went as far as connecting would say so. */
const ENVIRONMENT = { DATABASE_URL: 'postgres://writer:hunter2@127.0.0.1:1/blog' };

/** As a person types it, with whatever npm makes of it. */
const npmRun = (t: Test, args: readonly string[]) =>
  runNpm(t, ['run', ...args], { ...ENVIRONMENT, BACKUP_DIR: temporaryFolder(t), HOME: temporaryFolder(t) });

test('an unknown command is a usage error that names the commands there are', async (t) => {
  for (const args of [['migrat'], [], ['--help'], ['constructor']]) {
    const { code, stdout, stderr } = await runCommand(t, args);
    t.equal(code, 64, args.join());
    t.match(stderr, /There is no command/);
    for (const name of commands.keys()) t.match(stderr, name);
    t.equal(stdout, '');
    t.notMatch(stderr, NO_STACK);
  }
});

test('every command tells what it does, without a configuration', async (t) => {
  for (const [name, load] of commands) {
    const { help } = await load();
    const { code, stdout, stderr } = await runCommand(t, [name, '--help']);
    t.equal(code, 0, name);
    t.equal(stdout, `${help}\n`);
    t.match(stdout, new RegExp(`^npm run ${name}`));
    t.equal(stderr, '');
  }
});

test('an unknown option, or a word too many, is a usage error, and the help follows', async (t) => {
  for (const [name, load] of commands) {
    const { help, wordsAtMost = 0 } = await load();
    const words = Array.from({ length: wordsAtMost }, (_, index) => `word-${index}`);
    for (const arg of ['--forcibly', 'everything']) {
      const { code, stderr } = await runCommand(t, [name, ...words, arg], { environment: ENVIRONMENT });
      t.equal(code, 64, `${name} ${arg}`);
      t.ok(stderr.includes(arg) && stderr.includes(help), stderr);
      t.notMatch(stderr, NO_STACK);
    }
  }
});

test('a wrong configuration ends every command with 78 and the words of the server', async (t) => {
  for (const name of commands.keys()) {
    const { code, stdout, stderr } = await runCommand(t, [name], {
      environment: { DATABASE_URL: 'sqlite:///x.db' },
    });
    t.equal(code, 78, name);
    t.match(stderr, /DATABASE_URL\s+wrong: .*not a PostgreSQL URL/);
    t.equal(stdout, '');
    t.notMatch(stderr, NO_STACK);
  }
});

test('amounts to seed that are no whole numbers, or more than a disk holds, are refused before anything is done', async (t) => {
  for (const [option, value] of [
    ['articles', 'many'],
    ['articles', '-5'],
    ['articles', '1.5'],
    ['articles', ''],
    ['users', 'NaN'],
    ['users', '9007199254740993'],
    ['articles', '10000001'],
    ['articles', '99999999999'],
  ] as const) {
    const { code, output } = await runCommand(t, ['seed', `--${option}=${value}`], { environment: ENVIRONMENT });
    t.equal(code, 64);
    t.match(output, `--${option} must be a whole number of at most 10000000, not "${value}"`);
    t.notMatch(output, /ECONNREFUSED/);
    t.notMatch(output, NO_STACK);
  }
});

test('articles without anybody to write them are refused', async (t) => {
  const args = ['seed', '--articles', '5', '--users', '0'];
  const { code, output } = await runCommand(t, args, { environment: ENVIRONMENT });
  t.equal(code, 64);
  t.match(output, /--users must be at least 1/);
});

test('a PostgreSQL that is away fails migrate and seed in a sentence', async (t) => {
  for (const name of ['migrate', 'seed']) {
    const { code, output } = await runCommand(t, [name], { environment: ENVIRONMENT });
    t.equal(code, 1, name);
    t.match(output, /ECONNREFUSED 127\.0\.0\.1:1/);
    t.notMatch(output, NO_STACK);
    t.notMatch(output, /hunter2/);
  }
});

test('an option that npm kept for itself, because no "--" stood before it, ends the command before it does anything', async (t) => {
  for (const [name, kept, args] of [
    ['import:sqlite', '--dry-run', ['blog.db']],
    ['backup', '--list', []],
    ['backup:verify', '--all', []],
    ['doctor', '--data', []],
    ['migrate', '--without-backup', []],
    ['seed', '--articles=5', []],
    ['seed', '--articles', ['5']],
    ['breaker', '--for=3m', ['open']],
  ] as const) {
    const { code, stdout, stderr } = await npmRun(t, [name, ...args, kept]);
    t.equal(code, 64, `${name} ${kept}`);
    const [option] = kept.split('=');
    t.match(stderr, `npm kept ${option} for itself`);
    t.match(stderr, `npm run ${name} -- … ${option}`);
    t.notMatch(stderr + stdout, /ECONNREFUSED/);
  }
});

test('what npm keeps and the command has, and what npm may keep for its own questions, ends nothing', async (t) => {
  for (const args of [
    ['backup', '--list', '--', '--list'],
    ['backup:verify', '--no-all'],
    ['migrate', '--yes'],
    ['restore', 'latest', '--yes'],
  ]) {
    const { stderr } = await npmRun(t, args);
    t.notMatch(stderr, /npm kept/, args.join(' '));
  }
});
