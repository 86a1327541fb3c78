import type { AnyAuthMethod, AuthHandlerMiddleware, KeyboardInteractiveAuthMethod } from 'ssh2';
import type { LoginWay, SshTarget } from './port.js';

/** Ways to log in, in the order in which they are tried. */
export const waysOf = ({ ways, privateKey }: SshTarget): readonly LoginWay[] =>
  ways ?? (privateKey === undefined ? [] : [{ kind: 'key', name: "the site's login key", privateKey }]);

/** What ssh2 asks for the next method: each way once, without those that the machine doesn't offer. */
export function authHandler(target: SshTarget): AuthHandlerMiddleware {
  const methods = waysOf(target).flatMap((way) => methodsOf(way, target.user));
  return (offered, _partial, next) => {
    for (let method = methods.shift(); method !== undefined; method = methods.shift()) {
      // Nothing is known before the first answer: asking `none` for it would cost a round trip.
      const type = method.type === 'agent' ? 'publickey' : method.type;
      if (!Array.isArray(offered) || offered.includes(type)) return next(method);
    }
    return next(false as unknown as AnyAuthMethod);
  };
}

function methodsOf(way: LoginWay, username: string): AnyAuthMethod[] {
  if (way.kind === 'key') return [{ type: 'publickey', username, key: way.privateKey }];
  if (way.kind === 'agent') return [{ type: 'agent', username, agent: way.socket }];
  return [{ type: 'password', username, password: way.password }, interactive(username, way.password)];
}

/** A machine whose PAM asks instead of taking a password: one hidden question is answered, anything else is not. */
function interactive(username: string, password: string): KeyboardInteractiveAuthMethod {
  let answered = false;
  return {
    type: 'keyboard-interactive',
    username,
    prompt: (_name, _instructions, _lang, prompts, finish) => {
      const [only] = prompts;
      const known = prompts.length === 1 && only?.echo === false && !answered;
      answered ||= known;
      finish(known ? [password] : prompts.map(() => ''));
    },
  };
}

/** For people: what was tried, without anything secret. */
export const waysInWords = (target: SshTarget): string => {
  const words = waysOf(target).map((way) => {
    if (way.kind === 'key') return way.name;
    return way.kind === 'agent' ? 'the agent' : 'the password';
  });
  return words.length === 0 ? 'nothing' : words.join(', ');
};
