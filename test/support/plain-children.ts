import processOnSpawn from 'process-on-spawn';

// Loaded before every test file (package.json, "tap"). For coverage, tap has each Node process that a test starts note
// every module it loads and read every source map: a tenth of the tests' time, and not the program that people run.
processOnSpawn.removeAllListeners();
