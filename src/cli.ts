import { parseArgs } from 'node:util';
import { type Command, type CommandOptions, UsageError } from './commands/command.ts';
import { commands } from './commands/commands.ts';
import { loadConfig, readEnvironment } from './config/config.ts';
import { keptByNpm } from './config/kept-by-npm.ts';
import { ConfigurationError, EXIT_CONFIGURATION } from './config/problems.ts';
import { EXIT_USAGE } from './usage.ts';

/** Runs one command and returns the exit code. Errors are told in a sentence, never as a stack trace. */
async function main([name = '', ...args]: string[]): Promise<number> {
  const load = commands.get(name);
  if (load === undefined) {
    console.error(`There is no command "${name}". There are: ${[...commands.keys()].join(', ')}.`);
    return EXIT_USAGE;
  }
  const command = await load();
  let given: { options: CommandOptions; words: readonly string[] };
  try {
    given = readArguments(name, command, args);
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${command.help}`);
    return EXIT_USAGE;
  }
  if (given.options.help === true) {
    console.log(command.help);
    return 0;
  }
  try {
    return await command.run(loadConfig(readEnvironment()), given.options, given.words);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${command.help}`);
      return EXIT_USAGE;
    }
    console.error(messageOf(error));
    return error instanceof ConfigurationError ? EXIT_CONFIGURATION : 1;
  }
}

/** @throws {Error} at what the command does not take, and at what did not reach it */
function readArguments(name: string, { options, wordsAtMost = 0 }: Command, args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    options: { ...options, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  const kept = keptByNpm(process.env, name, options, values);
  if (kept !== undefined) throw new UsageError(kept);
  const tooMuch = positionals[wordsAtMost];
  if (tooMuch !== undefined) throw new UsageError(`Unexpected argument: "${tooMuch}".`);
  return { options: values, words: positionals };
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

process.exitCode = await main(process.argv.slice(2));
