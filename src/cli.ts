import { parseArgs } from 'node:util';
import { commands } from './commands/commands.ts';
import { loadConfig, readEnvironment } from './config/config.ts';
import { ConfigurationError, EXIT_CONFIGURATION } from './config/problems.ts';

const EXIT_USAGE = 64;

/** Runs one command and returns the exit code. Errors are told in a sentence, never as a stack trace. */
async function main([name = '', ...args]: string[]): Promise<number> {
  const command = commands.get(name);
  if (command === undefined) {
    console.error(`There is no command "${name}". There are: ${[...commands.keys()].join(', ')}.`);
    return EXIT_USAGE;
  }
  let options: ReturnType<typeof parseArgs>['values'];
  try {
    options = parseArgs({ args, options: { ...command.options, help: { type: 'boolean' } } }).values;
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${command.help}`);
    return EXIT_USAGE;
  }
  if (options.help === true) {
    console.log(command.help);
    return 0;
  }
  try {
    return await command.run(loadConfig(readEnvironment()), options);
  } catch (error) {
    console.error(messageOf(error));
    return error instanceof ConfigurationError ? EXIT_CONFIGURATION : 1;
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

process.exitCode = await main(process.argv.slice(2));
