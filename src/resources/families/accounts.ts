import { compileAuthorizedKey } from '../authorizedKey.js';
import { compileSudoRule } from '../sudoRule.js';
import { compileUserGroup } from '../userGroup.js';

export const accounts = {
  userGroup: compileUserGroup,
  authorizedKey: compileAuthorizedKey,
  sudoRule: compileSudoRule,
};
