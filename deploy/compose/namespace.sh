#!/bin/sh
# Creates the namespace with a retention long enough for an audit question after an incident.
set -eu
temporal operator namespace describe -n "$NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create -n "$NAMESPACE" --retention "$RETENTION"
