import { quote } from '../../src/ssh/quote.js';
import { type FileItem, filled, type Item } from './contract.js';

/** Writes files whole or not at all, and only those that differ; whatever it changes it names. */
const functions = `set -eu
changed() { echo "changed $1"; }
put() { # PATH MODE OWNER: its text on standard input
  cat >"$1.new"
  if [ -f "$1" ] && cmp -s "$1.new" "$1" && [ "$(stat -c '%04a %U:%G' "$1")" = "$2 $3" ]; then
    rm "$1.new"
    return
  fi
  chmod "$2" "$1.new"
  chown "$3" "$1.new"
  mv "$1.new" "$1"
  changed "$1"
}
`;

/** The contract as a careful person would write it by hand: silent where nothing is to be done. */
export const scriptOf = (items: readonly Item[], machine: string): string =>
  `${functions}${items.map((one) => fragment(one, machine)).join('')}`;

function fragment(item: Item, machine: string): string {
  switch (item.kind) {
    case 'user':
      return `id -u ${item.name} >/dev/null 2>&1 || { useradd -m -r -d ${quote(item.home)} -s ${quote(item.shell)} ${item.name}; changed ${item.name}; }\n`;
    case 'command':
      return `[ -e ${quote(item.creates)} ] || { ${item.run}; changed ${quote(item.name)}; }\n`;
    case 'link':
      return `[ "$(readlink ${quote(item.path)})" = ${quote(item.to)} ] || { ln -sfn ${quote(item.to)} ${quote(item.path)}; changed ${quote(item.path)}; }\n`;
    case 'file':
      return fileFragment(item, machine);
  }
}

const fileFragment = ({ path, mode, owner, group, text }: FileItem, machine: string): string =>
  `put ${quote(path)} ${mode} ${owner}:${group} <<'END-OF-FILE'\n${filled(text, machine)}END-OF-FILE\n`;
