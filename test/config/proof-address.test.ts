import { test } from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import { complaints, DATABASE_URL, refusal } from '../support/configuration.ts';

const PRODUCTION = { DATABASE_URL, NODE_ENV: 'production', JWT_SECRET: '0123456789abcdef'.repeat(3) };
const PROOF = 'postgres://prover:battery-staple-42@127.0.0.1:5433/postgres';

test('backups are tried on the server itself unless another is named', async (t) => {
  t.equal(loadConfig({ DATABASE_URL }).backups.proofServer, undefined);
  t.equal(loadConfig({ DATABASE_URL, BACKUP_PROOF_URL: '' }).backups.proofServer, undefined);
  const { database, backups } = loadConfig({ DATABASE_URL, BACKUP_PROOF_URL: PROOF });
  t.match(backups.proofServer, { host: '127.0.0.1', port: 5433, name: 'postgres', user: 'prover' });
  t.match(database, { port: 5432, user: 'writer' });
});

test('the folder on the disk of PostgreSQL is that of one host, and not of the server for proofs', async (t) => {
  const settings = { DATABASE_URL, DB_DATA_DIR: '/data', BACKUP_PROOF_URL: PROOF };
  const { database, backups } = loadConfig(settings);
  t.equal(database.dataFolder, '/data');
  t.equal(backups.proofServer?.dataFolder, undefined);
  const several = { DB_HOST: 'db1,db2', DB_NAME: 'x', DB_USER: 'writer', DB_DATA_DIR: '/data' };
  t.same(complaints(several), ['DB_DATA_DIR']);
});

test('what is wrong with its URL is told by its name, without its password', async (t) => {
  for (const url of [
    'mysql://prover:hunter2@db/x',
    'postgres://prover:hunter2@db',
    'postgres://p:hunter2@db/x?a=b',
  ]) {
    const { problems, message } = refusal({ DATABASE_URL, BACKUP_PROOF_URL: url });
    t.same(new Set(problems.map(({ variable }) => variable)), new Set(['BACKUP_PROOF_URL']));
    t.notMatch(message, /hunter2|DATABASE_URL/);
  }
});

test('production wants a secret and encryption of it, too', async (t) => {
  t.same(complaints({ ...PRODUCTION, BACKUP_PROOF_URL: PROOF }), []);
  t.same(complaints({ ...PRODUCTION, BACKUP_PROOF_URL: 'postgres://prover:short@127.0.0.1/postgres' }), [
    'BACKUP_PROOF_URL',
  ]);
  const remote = 'postgres://prover:battery-staple-42@db.example.net/postgres';
  t.same(complaints({ ...PRODUCTION, BACKUP_PROOF_URL: remote }), ['BACKUP_PROOF_URL']);
  t.same(complaints({ ...PRODUCTION, BACKUP_PROOF_URL: `${remote}?sslmode=verify-full` }), []);
});
