import type { WorkersState } from '../workers/peers.ts';
import type { Check } from './check.ts';

/** Whether all worker processes take their share. One that does not costs speed, not answers. */
export function checkWorkers({ configured, ready, silent, primaryAnswers }: WorkersState): Check {
  if (!primaryAnswers) {
    return {
      status: 'warn',
      message:
        'The process that starts and watches the workers does not answer: no new connections are taken, and this is ' +
        'what one worker knows. Restart Steadfast.',
    };
  }
  if (ready < configured) {
    return {
      status: 'warn',
      message: `${ready} of ${configured} workers take requests: the others are being started. If it stays so, the log says why.`,
    };
  }
  if (silent.length > 0) {
    const which = silent.length === 1 ? `The worker ${silent[0]} does` : `The workers ${silent.join(', ')} do`;
    const rest = silent.length < ready ? ', and the others take its connections' : '';
    return {
      status: 'warn',
      message: `${which} not answer${rest}. If it stays so, end it (kill -9): another is started.`,
    };
  }
  return { status: 'pass', message: `All ${configured} workers take requests.` };
}
