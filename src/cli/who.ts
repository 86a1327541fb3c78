import { userInfo } from 'node:os';

/** Who acts: the name of the user that runs this process. */
export const who = (): string => userInfo().username;
