import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundlePath, bundleTar, verifiedArgv } from '../../../src/bundle/index.js';
import { type Box, openBox } from './box.js';
import { file } from './resources.js';
import { makeTarget, type Packed, type RunResult, type Target } from './target.js';

describe.each(['busybox', 'debian'] as const)('what is kept for a rollback on %s', (kind) => {
  let box: Box;
  let target: Target;
  let changes = 0;
  let change = '';
  beforeAll(async () => {
    box = await openBox(kind);
    target = await makeTarget(box);
  });
  afterAll(() => box.close());
  beforeEach(async () => {
    change = `k${++changes}`;
    await box.sh('rm -rf /srv/*; mkdir -p /srv/t');
  });

  const apply = (packed: Packed, n = 1, who = change): Promise<RunResult> =>
    target.run(packed, `${who}/m/apply/${n}`);
  const upload = ({ bundle, bytes }: Packed): Promise<void> => box.put(bundlePath(bytes), bundleTar(bundle));

  test('verified bundles are kept newest first, two at most, each once', async () => {
    await box.sh('rm -f /var/lib/millwright/verified /var/lib/millwright/head');
    const note = async (bundle: string, by: string): Promise<number> =>
      (
        await box.exec(
          verifiedArgv(target.runner, { bundle: bundle.repeat(64), bytes: bundle.repeat(64), change: by }),
        )
      ).code;
    const listed = async () =>
      (await target.status()).verified.map((one) => `${one.bundle[0]} ${one.change}`);
    expect(await listed()).toEqual([]);
    for (const [bundle, by] of [
      ['a', 'c1'],
      ['a', 'c1'],
      ['b', 'c2'],
      ['b', 'c3'],
    ] as const)
      expect(await note(bundle, by)).toBe(0);
    expect(await listed()).toEqual(['b c3', 'a c1']);
    expect(await note('c', 'c4')).toBe(0);
    expect(await listed()).toEqual(['c c4', 'b c3']);
    await box.reboot();
    expect(await listed()).toEqual(['c c4', 'b c3']);
    const packed = await target.load([]);
    await apply(packed);
    expect(await note('d', 'c5')).toBe(10);
    expect(await listed()).toEqual(['c c4', 'b c3']);
  });

  test('bundles that nobody returns to are collected when a run begins, and by nobody who was not admitted', async () => {
    await box.sh(
      'rm -rf /var/lib/millwright/bundles/* /run/millwright/bundles/* /var/lib/millwright/verified',
    );
    const loaded = await Promise.all(
      ['1', '2', '3', '4', '5'].map((content) => target.load([file('/srv/t/f', { content })])),
    );
    const [one, two, three, four, five] = loaded as [Packed, Packed, Packed, Packed, Packed];
    const kept = async (): Promise<string[]> => {
      const found = await box.sh('ls /var/lib/millwright/bundles');
      return loaded.flatMap(({ bytes }, index) => (found.includes(bytes) ? [String(index + 1)] : []));
    };
    const all = loaded.map((_, index) => String(index + 1));
    const verify = ({ bundle, bytes }: Packed) =>
      box.exec(verifiedArgv(target.runner, { bundle: bundle.id, bytes, change }));
    const uploadAll = () => Promise.all(loaded.map(upload));
    await apply(one, 1);
    await verify(one);
    await uploadAll();
    await apply(two, 2);
    await verify(two);
    await uploadAll();
    await apply(three, 3);
    await uploadAll();
    const refused = await target.run(four, `${change}/m/apply/4`, { expect: null });
    expect(refused.answer).toMatchObject({ start: 'refused' });
    expect(await kept()).toEqual(all);
    await box.put(`${bundlePath('f'.repeat(64))}.mw-999999`, 'half an upload');
    await apply(four, 4);
    expect(await kept()).toEqual(['1', '2', '3', '4']);
    expect(await box.sh('ls /var/lib/millwright/bundles | grep -c mw- || true')).toBe('0\n');
    await apply(one, 5);
    expect(await kept()).toEqual(['1', '2', '4']);
    expect(five.bytes).not.toBe(four.bytes);
  });

  test('what the last two changes replaced is kept, and what is older goes', async () => {
    await box.sh('rm -rf /var/lib/millwright/preimages/* /var/lib/millwright/runs/*');
    for (const content of ['1', '2', '3', '4', '5'])
      await apply(await target.load([file('/srv/t/f', { content })]), 1, `p${content}`);
    expect(await box.sh('ls /var/lib/millwright/preimages')).toBe(
      'p3+m+apply+1\np4+m+apply+1\np5+m+apply+1\n',
    );
  });

  test('of what older changes replaced nothing is kept beyond 256 MiB in all', async () => {
    await box.sh('rm -rf /var/lib/millwright/preimages/* /var/lib/millwright/runs/*');
    const grow = "head -c 140000000 /dev/zero | tr '\\0' x >/srv/t/f";
    const ran = async (change: string): Promise<string> => {
      await apply(await target.load([file('/srv/t/f', { content: change })]), 1, change);
      return box.sh('ls /var/lib/millwright/preimages');
    };
    await box.sh(grow);
    expect(await ran('q1')).toBe('q1+m+apply+1\n');
    await box.sh(grow);
    expect(await ran('q2')).toBe('q1+m+apply+1\nq2+m+apply+1\n');
    expect(await ran('q3')).toBe('q3+m+apply+1\n');
  });
});
