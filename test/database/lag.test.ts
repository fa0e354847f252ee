import { test } from 'tap';
import { PrimaryProgress } from '../../src/database/lag.ts';
import { until } from '../support/http.ts';

test('a replica is as late as the primary has been seen past it', async (t) => {
  const progress = new PrimaryProgress();
  t.equal(progress.lagMs(0), 0, 'nobody is late for a primary that was never seen');
  progress.record({ position: 1000, timeline: 1 });
  progress.record({ position: 2000, timeline: 1 });
  await until('the primary goes on', () => {
    progress.record({ position: 2000, timeline: 1 });
    return progress.lagMs(1500) >= 50;
  });
  t.equal(progress.lagMs(2000), 0, 'an idle primary makes nobody late');
});

test('what a dead primary had and the promoted one has not makes no replica late', async (t) => {
  const progress = new PrimaryProgress();
  progress.record({ position: 2000, timeline: 1 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  progress.record({ position: 1000, timeline: 2 });
  t.equal(progress.lagMs(1000), 0);
  progress.record({ position: 1200, timeline: 2 });
  t.ok(progress.lagMs(1000) > 0, 'what the new one writes does');
});
