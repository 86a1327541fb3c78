#!/bin/sh
# Creates and upgrades Temporal's two databases; runs at every start, changes nothing when they are current.
set -eu
for database in temporal:temporal temporal_visibility:visibility; do
  name=${database%:*} schema=${database#*:}
  tool="temporal-sql-tool --plugin postgres12 --ep postgresql -p 5432 -u millwright --db $name"
  $tool create
  # Already set up: the tool refuses, and update-schema below goes on from where the schema is.
  $tool setup-schema -v 0.0 || echo "$name has a schema already"
  $tool update-schema -d "/etc/temporal/schema/postgresql/v12/$schema/versioned"
done
