import { test } from 'tap';
import { PrimaryProgress } from '../../src/database/lag.ts';
import { until } from '../support/http.ts';

test('a replica is as late as the primary has been seen past it', async (t) => {
  const progress = new PrimaryProgress();
  t.equal(progress.lagMs(0), 0, 'nobody is late for a primary that was never seen');
  progress.record(1000);
  progress.record(2000);
  await until('the primary goes on', () => {
    progress.record(2000);
    return progress.lagMs(1500) >= 50;
  });
  t.equal(progress.lagMs(2000), 0, 'an idle primary makes nobody late');
});

test('what a dead primary had and the promoted one has not makes no replica late', async (t) => {
  const progress = new PrimaryProgress();
  progress.record(2000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  progress.record(1000);
  t.equal(progress.lagMs(1000), 0);
  progress.record(1200);
  t.ok(progress.lagMs(1000) > 0, 'what the new one writes does');
});
