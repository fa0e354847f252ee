import { ownerAddress } from '../config/owner-address.ts';
import { importSqlite } from '../safety/sqlite/import.ts';
import { writeReport } from '../safety/sqlite/report.ts';
import { schemaNameFor } from '../safety/sqlite/schema-name.ts';
import { type Command, UsageError } from './command.ts';

const HELP = `npm run import:sqlite -- FILE
  Imports a SQLite file, with its -wal, into a new schema named after the file: all of it or nothing. The file is only
  read. Says what could not be kept, and that every cell was compared.

  --schema NAME        the schema to create, instead of one named after the file
  --rejects            puts rows that do not fit into a table of rejects instead of failing
  --dry-run            does everything, tells what would happen, and undoes it
  --lower-case-names   names of tables and columns in lower case, so that they need no quotes`;

export const importSqliteFile: Command = {
  help: HELP,
  wordsAtMost: 1,
  options: {
    schema: { type: 'string' },
    rejects: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    'lower-case-names': { type: 'boolean' },
  },
  async run(config, options, [file]) {
    if (file === undefined) throw new UsageError('Which file? Give the path of the SQLite file.');
    const report = await importSqlite(ownerAddress(config.database), {
      file,
      schema: typeof options.schema === 'string' ? options.schema : schemaNameFor(file),
      rejects: options.rejects === true,
      dryRun: options['dry-run'] === true,
      lowerCaseNames: options['lower-case-names'] === true,
      progress: (sentence) => console.error(sentence),
    });
    console.log(writeReport(report));
    return 0;
  },
};
