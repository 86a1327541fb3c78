import { compileArchive } from '../archive.js';
import { compileBlock } from '../block.js';
import { compileDirectory } from '../directory.js';
import { compileDownload } from '../download.js';
import { compileGit } from '../git.js';
import { compileIni } from '../ini.js';
import { compileLine } from '../line.js';

export const files = {
  directory: compileDirectory,
  line: compileLine,
  block: compileBlock,
  ini: compileIni,
  archive: compileArchive,
  download: compileDownload,
  git: compileGit,
};
