#!/bin/sh
# What a pipeline runs when a fleet changes: sh deploy.sh [ENVIRONMENT]
# 0 done · 3 waits for a person · 8 done, but something is owed · otherwise report.md says what went wrong.
set -eu
environment="${1:-prod}"
# Those of an earlier job would speak of another run.
rm -f report.md junit.xml

millwright validate
millwright plan -e "$environment"
millwright up -e "$environment" --yes --timeout 2h --on-interrupt stop \
  --report report.md --report junit.xml
