import { test } from 'tap';
import { createDatabase, sql } from '../../support/shared-servers.ts';
import { importFile, sqliteFile } from '../../support/sqlite-files.ts';

const VIRTUAL_TABLES = `
  create table notes_content (id integer primary key, body text, secret text);
  insert into notes_content values (1, 'long', 'hidden');
  create virtual table notes using fts5(body, content = 'notes_content', content_rowid = 'id');
  insert into notes (notes) values ('rebuild');
  create virtual table page using fts3(body, "from");
  insert into page values ('words', 'here');
  create table page_stat (url, hits);
  insert into page_stat values ('/', 7);
  create virtual table "Old Pages" using fts4(body);
  insert into "Old Pages" values ('more words');
  create virtual table search using fts5(title, body);
  insert into search values ('one', 'two'), ('three', null);
  insert into search (search, rank) values ('rank', 'bm25(10.0)');
  create virtual table hidden using fts5(body, content = '');
  insert into hidden values ('not kept');
  create virtual table box using rtree(id, low, high, +label);
  insert into box values (5, 1, 2, 'five');
`;

test('what is named after a virtual table arrives: tables of the file, texts that are searched, bytes of others', async (t) => {
  const file = sqliteFile(t, VIRTUAL_TABLES);
  const url = await createDatabase(t, 'empty');
  const { tables } = await importFile(url, file);
  t.same(
    tables.map(({ source, rows }) => [source, rows]),
    [
      ['Old Pages_content', 1],
      ['box_node', 1],
      ['box_parent', 0],
      ['box_rowid', 1],
      ['notes_content', 1],
      ['page_content', 1],
      ['page_stat', 1],
      ['search_content', 2],
    ],
  );
  t.same(await sql(url, 'select * from old.notes_content'), [{ id: '1', body: 'long', secret: 'hidden' }]);
  t.same(await sql(url, 'select * from old.page_content'), [{ docid: '1', c0body: 'words', c1from: 'here' }]);
  t.same(await sql(url, 'select * from old.page_stat'), [{ url: '/', hits: '7' }]);
  t.same(await sql(url, 'select * from old.search_content order by id'), [
    { id: '1', c0: 'one', c1: 'two' },
    { id: '2', c0: 'three', c1: null },
  ]);
  t.match(await sql(url, 'select rowid, a0 from old.box_rowid'), [{ rowid: '5', a0: 'five' }]);
});

test('search indexes stay behind, each of their tables listed with its rows', async (t) => {
  const file = sqliteFile(t, VIRTUAL_TABLES);
  const { notKept } = await importFile(await createDatabase(t, 'empty'), file);
  const why = (name: string) => notKept.find(({ what }) => what === `virtual table ${name}`)?.why;
  t.match(
    why('page'),
    /imported as they are: page_content, page_stat; .*behind: page_segdir \(rows: 1\), page_segm/,
  );
  t.match(
    why('Old Pages'),
    /as they are: Old Pages_content; .*Old Pages_segdir \(rows: 1\).*Old Pages_stat \(rows: 1\)/,
  );
  t.match(
    why('search'),
    /as they are: search_content; .*search_config \(rows: 2\).*: create virtual table search using/i,
  );
  t.match(why('hidden'), /so they are not imported; .*hidden_docsize \(rows: 1\)/);
  t.match(why('box'), /as they are: box_node, box_parent, box_rowid; write it anew/);
});
