import assert from 'node:assert/strict';
import { Emitter } from '../../../src/core/base/event';
import { Retries } from '../../../src/core/drift/retries';
import { FakeClock } from '../../fake/clock';

function setUp(): { clock: FakeClock; retries: Retries; kubeconfig: Emitter<void>; tried: () => number } {
  const clock = new FakeClock();
  const kubeconfig = new Emitter<void>(error => assert.ifError(error));
  let tried = 0;
  return { clock, kubeconfig, tried: () => tried, retries: new Retries({ clock, onKubeconfig: kubeconfig.event, again: () => tried++ }) };
}

describe('connecting again by itself', () => {
  it('goes on with growing pauses while the server cannot be reached', () => {
    const { clock, retries, tried } = setUp();
    retries.failed(true);
    clock.advance(1_999);
    assert.equal(tried(), 0);
    clock.advance(2_001);
    assert.equal(tried(), 1, 'one attempt, then it waits for its result');
    retries.failed(true);
    clock.advance(3_999);
    assert.equal(tried(), 1);
    clock.advance(4_001);
    assert.equal(tried(), 2);
  });

  it('never tries again what waiting cannot mend, before the kubeconfig changes', () => {
    const { clock, retries, kubeconfig, tried } = setUp();
    retries.failed(false);
    clock.advance(3_600_000);
    assert.equal(tried(), 0);
    kubeconfig.fire();
    kubeconfig.fire();
    clock.advance(250);
    assert.equal(tried(), 1);
  });

  it('ends once a session is open', () => {
    const { clock, retries, kubeconfig, tried } = setUp();
    retries.failed(true);
    retries.stop();
    kubeconfig.fire();
    clock.advance(3_600_000);
    assert.deepEqual([tried(), clock.pending], [0, 0]);
  });
});
