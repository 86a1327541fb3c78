import { resourcesOf } from '../configs.js';
import { problemAt, type Rule } from '../draft.js';
import { publicKeyProblem } from '../schema/types/publicKey.js';

/** Why a line is no whole public key. */
export { publicKeyProblem as keyComplaint };

const remedy = 'Paste the one line of a .pub file, such as ~/.ssh/id_ed25519.pub.';

/** People's keys are whole OpenSSH public keys. */
export const keysArePublicKeys: Rule = (draft) =>
  Object.entries(draft.manifest.people).flatMap(([name, person]) =>
    person.keys.flatMap((key, index) => {
      const why = publicKeyProblem(key);
      return why === undefined ? [] : [problemAt(draft, `people.${name}.keys[${index}]`, why, remedy)];
    }),
  );

/** So are those that a user is given directly. */
export const usersKeysArePublicKeys: Rule = (draft) =>
  Object.values(draft.manifest.configs).flatMap((config) =>
    config.resources.flatMap((resource) => {
      if (resource.type !== 'user') return [];
      const keys = (resource.keys ?? []).map((key, index) => ({ key, index }));
      return keys.flatMap(({ key, index }) => {
        const why = key.includes('${{') ? undefined : publicKeyProblem(key);
        return why === undefined ? [] : [problemAt(draft, `${resource.path}.keys[${index}]`, why, remedy)];
      });
    }),
  );

/** Single keys have no place in a file that a user resource writes whole: they would undo each other. */
export const keysHaveOneOwner: Rule = (draft) =>
  Object.keys(draft.manifest.configs).flatMap((name) => {
    const all = resourcesOf(draft.manifest.configs, name);
    const whole = all.flatMap((one) =>
      one.type === 'user' && (one.keys !== undefined || one.keysOf !== undefined) ? [one.user] : [],
    );
    return all.flatMap((resource) => {
      if (resource.type !== 'authorizedKey') return [];
      const user = String(resource.attributes.authorizedKey);
      if (!whole.includes(user)) return [];
      const message = `All of the authorized_keys of ${user} is written by user:${user}, which would take this key out again.`;
      return [
        problemAt(
          draft,
          resource.path,
          message,
          'Put the key into its "keys", or remove "keys" and "keysOf" there.',
        ),
      ];
    });
  });
