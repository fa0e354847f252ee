import type { Config } from '../config/config.ts';
import { ownerAddress } from '../config/owner-address.ts';
import { importIntoApplication } from '../safety/sqlite/application/import.ts';
import { writeApplicationReport } from '../safety/sqlite/application/report.ts';
import { importSqlite } from '../safety/sqlite/import.ts';
import { newSettings, settingsToChange } from '../safety/sqlite/old-settings.ts';
import { section, writeReport } from '../safety/sqlite/report.ts';
import { schemaNameFor } from '../safety/sqlite/schema-name.ts';
import { type Command, type CommandOptions, UsageError } from './command.ts';

const HELP = `npm run import:sqlite -- FILE
  Imports a SQLite file, with its -wal, into a new schema named after the file: all of it or nothing. The file is only
  read. Says what could not be kept, and that every cell was compared.

npm run import:sqlite -- FILE --into app --mapping MAPPING
  Imports it into the tables of this application, as a mapping says (docs/sqlite-mapping.example.json).

  --schema NAME        the schema to create, instead of one named after the file
  --rejects            puts rows that do not fit into a table of rejects instead of failing
  --dry-run            does everything, tells what would happen, and undoes it
  --lower-case-names   names of tables and columns in lower case, so that they need no quotes
  --settings ENV       tells which settings in the old application's .env must change`;

export const importSqliteFile: Command = {
  help: HELP,
  wordsAtMost: 1,
  options: {
    schema: { type: 'string' },
    into: { type: 'string' },
    mapping: { type: 'string' },
    rejects: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    'lower-case-names': { type: 'boolean' },
    settings: { type: 'string' },
  },
  async run(config, options, [file]) {
    if (file === undefined) throw new UsageError('Which file? Give the path of the SQLite file.');
    const { mapping } = options;
    if (options.into !== undefined && options.into !== 'app') {
      throw new UsageError(`--into takes app, not "${options.into}". Leave it out for a schema of its own.`);
    }
    if ((options.into === 'app') !== (typeof mapping === 'string')) {
      throw new UsageError('--into app and --mapping MAPPING go together.');
    }
    const chosen = {
      file,
      schema: typeof options.schema === 'string' ? options.schema : schemaNameFor(file),
      rejects: options.rejects === true,
      dryRun: options['dry-run'] === true,
      progress: (sentence: string) => console.error(sentence),
    };
    const address = ownerAddress(config.database);
    if (typeof mapping === 'string') {
      console.log(writeApplicationReport(await importIntoApplication(address, { ...chosen, mapping })));
    } else {
      const lowerCaseNames = options['lower-case-names'] === true;
      console.log(writeReport(await importSqlite(address, { ...chosen, lowerCaseNames })));
    }
    const schema = mapping === undefined ? chosen.schema : undefined;
    console.log(
      section('Settings of the old application that must change', settings(config, options, schema)).join('\n'),
    );
    return 0;
  },
};

function settings({ database }: Config, options: CommandOptions, schema: string | undefined): string[] {
  return typeof options.settings === 'string'
    ? settingsToChange(options.settings, database, schema)
    : newSettings(database, schema);
}
