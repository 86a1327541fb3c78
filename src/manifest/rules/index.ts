import type { Rule } from '../draft.js';
import { machinesAreDrainedElsewhere } from './around.js';
import { freezesAreInTheCalendar, startsFitTheirWindow, zonesAreKnown } from './calendar.js';
import { commandChecksRunOnMachines, commandsHaveOneGuard, riskyStepsCanBeUndone } from './commands.js';
import { groupsAreComplete } from './completeness.js';
import { conditionsAreReadable, riskyStepsAreNotRetried } from './conditions.js';
import { groupsHaveNoCycle, includesHaveNoCycle } from './cycles.js';
import { attributesFitTogether } from './declared.js';
import { oneEnvironmentIsDefault } from './environments.js';
import {
  existingMachinesAreNamed,
  existingNamesAreUnique,
  hostKeysAreGiven,
  passwordsAreSecrets,
  sitesAreReached,
} from './existing.js';
import { filesHaveOneContent, targetPathsAreCanonical } from './files.js';
import { canariesExist, gatesAreUnique, gatesCanBeAnswered, gatesStandSomewhere } from './gates.js';
import { imagesHaveOneChecksum, mountsAreUnique, portsArePublishedOnce, sizesAreUsable } from './machines.js';
import { checksComeFromSomewhere, groupsAreNotMachines, machineNamesFit } from './names.js';
import {
  addressesAreAddresses,
  addressesAreNotShared,
  addressesLieInTheirNetwork,
  networksAreSound,
} from './networks.js';
import { notifiesResolve } from './notify.js';
import { keysArePublicKeys, keysHaveOneOwner, usersKeysArePublicKeys } from './people.js';
import { referencesResolve } from './references.js';
import { idsAreUnique, overridesReplaceSomething } from './resourceIds.js';
import { rollbackDiscardsNothingKept, rungsAreALadder } from './rollback.js';
import { batchesAreFew, probesHaveOneName, soaksHaveBatches, surgeHasRoom } from './rollout.js';
import { rolloutsHaveNoExpressions, shellHasNoExpressions } from './shell.js';
import { varsHaveNoExpressions } from './vars.js';

/** Everything that holds across the parts of a manifest. */
export const rules: readonly Rule[] = [
  oneEnvironmentIsDefault,
  referencesResolve,
  includesHaveNoCycle,
  groupsHaveNoCycle,
  groupsAreComplete,
  existingMachinesAreNamed,
  sitesAreReached,
  hostKeysAreGiven,
  existingNamesAreUnique,
  passwordsAreSecrets,
  groupsAreNotMachines,
  machineNamesFit,
  idsAreUnique,
  overridesReplaceSomething,
  notifiesResolve,
  filesHaveOneContent,
  attributesFitTogether,
  targetPathsAreCanonical,
  commandsHaveOneGuard,
  commandChecksRunOnMachines,
  riskyStepsCanBeUndone,
  riskyStepsAreNotRetried,
  conditionsAreReadable,
  shellHasNoExpressions,
  varsHaveNoExpressions,
  checksComeFromSomewhere,
  networksAreSound,
  addressesAreAddresses,
  addressesLieInTheirNetwork,
  addressesAreNotShared,
  keysArePublicKeys,
  usersKeysArePublicKeys,
  keysHaveOneOwner,
  imagesHaveOneChecksum,
  sizesAreUsable,
  mountsAreUnique,
  portsArePublishedOnce,
  rungsAreALadder,
  rollbackDiscardsNothingKept,
  batchesAreFew,
  soaksHaveBatches,
  probesHaveOneName,
  surgeHasRoom,
  rolloutsHaveNoExpressions,
  machinesAreDrainedElsewhere,
  gatesStandSomewhere,
  canariesExist,
  gatesAreUnique,
  gatesCanBeAnswered,
  zonesAreKnown,
  startsFitTheirWindow,
  freezesAreInTheCalendar,
];
