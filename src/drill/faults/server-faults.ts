import { once } from 'node:events';
import { type Expected, type Fault, type Lift, ORDINARY, type Scene } from './fault.ts';

/** The other server answers everything; a client goes there when it finds the first one gone. */
const OTHER_ANSWERS: Expected = {
  seenAnswered: 1,
  health: ['healthy', 'silent'],
  noticedWithinMs: 1000,
  breaker: 'stays closed',
  recoversWithinMs: 5000,
};

const ON_STEADFAST = { ...ORDINARY, instances: 2, expected: OTHER_ANSWERS } as const;

/** What happens to one of two processes of Steadfast itself. */
export const serverFaults: readonly Fault[] = [
  {
    ...ON_STEADFAST,
    name: 'server-killed',
    sentence: 'One of two Steadfast processes is ended by kill -9, and started again.',
    begin: (scene) => take(scene, 'SIGKILL'),
  },
  {
    ...ON_STEADFAST,
    name: 'server-terminated',
    sentence: 'One of two Steadfast processes is asked to end (SIGTERM), as for a deployment, and started again.',
    begin: (scene) => take(scene, 'SIGTERM'),
  },
];

async function take(scene: Scene, signal: NodeJS.Signals): Promise<Lift> {
  const [first] = scene.instances;
  if (first === undefined) throw new Error('there is no server to take away');
  const gone = once(first.process, 'exit');
  first.process.kill(signal);
  return async () => {
    await gone;
    scene.instances[0] = await scene.stage.startInstance('direct', Number(new URL(first.origin).port));
  };
}
