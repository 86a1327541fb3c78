import { expect, it } from 'vitest';
import { parseUsernet } from '../../../src/providers/qemu/forwards.js';

it('reads the forwards that listen, and not the connections over them', () => {
  const text = `Hub -1 (n0):
  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
  TCP[ESTABLISHED]   35  127.0.0.1      32963       10.0.2.15    22     0     0
  TCP[HOST_FORWARD]  31  127.0.0.1      32963       10.0.2.15    22     0     0
  TCP[HOST_FORWARD]  32  127.0.0.1      40001       10.0.2.15  8080     0     0\r
  UDP[119 sec]       33  10.0.2.15      50000       10.0.2.3     53     0     0`;
  expect(parseUsernet(text)).toEqual([
    { hostPort: 32963, guestPort: 22 },
    { hostPort: 40001, guestPort: 8080 },
  ]);
});
