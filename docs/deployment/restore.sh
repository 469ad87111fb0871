#!/bin/sh
# restore.sh FOLDER SHELF INBOX : bring back what backup.sh copied, onto a new machine or over what is left of an old one.
#
#   restore.sh /backup/mesmart /var/lib/mesmart/releases /var/lib/mesmart/inbox
#
# Each release is compared with its manifest before it stands on the shelf; one that is there already, whole, stays. The
# settings are in FOLDER/mesmart.toml: put them into /etc/mesmart yourself. Then start the server: it makes again what
# is derived.
set -eu

MESMART=${MESMART:-/opt/mesmart/bin/mesmart}

[ $# -eq 3 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
folder=$1 shelf=$2 inbox=$3

mkdir -p "$shelf" "$inbox"
for release in "$folder"/releases/*/manifest.json; do
    [ -f "$release" ] || continue
    MESMART_PATHS__RELEASES="$shelf" $MESMART receive "$(dirname "$release")"
done
if [ -f "$folder/releases/current" ]; then
    MESMART_PATHS__RELEASES="$shelf" $MESMART promote "$(cat "$folder/releases/current")"
fi
rsync -a "$folder/inbox/" "$inbox/"
