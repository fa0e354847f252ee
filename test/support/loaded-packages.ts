import { createRequire } from 'node:module';
import '../../src/app.ts';
import { startTracing } from '../../src/tracing/start-tracing.ts';

// Prints the packages, and what of Node itself, the application loads where no variable asks for traces.
if ((await startTracing({}, '0')) !== undefined) throw new Error('traces were not asked for');
const { cache } = createRequire(import.meta.url);
const names = Object.keys(cache).map((file) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]);
console.log([...new Set(names)].join('\n'));
console.log(String(Reflect.get(process, 'moduleLoadList')));
