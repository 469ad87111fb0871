#!/bin/sh
# backup.sh SHELF INBOX CONFIG FOLDER : copy what can't be made again into a folder, best on another machine (mounted, or
# fetched from there).
#
#   backup.sh /var/lib/mesmart/releases /var/lib/mesmart/inbox /etc/mesmart/mesmart.toml /backup/mesmart
#
# What counts: the releases, since others cite them; which one is current; what was sent to the inbox; the settings.
# Sources are in your version control; what is `derived` is made again; secrets belong elsewhere. A
# release never changes, so each is sent once. Afterwards every copy is compared with its manifest: the exit code is
# 0 only if all are whole. restore.sh brings them back.
set -eu

MESMART=${MESMART:-/opt/mesmart/bin/mesmart}

[ $# -eq 4 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
shelf=$1 inbox=$2 config=$3 folder=$4

mkdir -p "$folder/releases" "$folder/inbox"
# Names that begin with a dot are of builds under way.
rsync -a --partial --exclude='/.*' --exclude='/*/derived' "$shelf/" "$folder/releases/"
[ -e "$shelf/current" ] || rm -f "$folder/releases/current"
if [ -d "$inbox" ]; then rsync -a --delete --exclude='*.part' "$inbox/" "$folder/inbox/"; fi
cp "$config" "$folder/mesmart.toml"

for release in "$folder"/releases/*/manifest.json; do
    [ -f "$release" ] || continue
    id=$(basename "$(dirname "$release")")
    MESMART_PATHS__RELEASES="$folder/releases" $MESMART verify "$id"
done
