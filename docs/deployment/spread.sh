#!/bin/sh
# spread.sh SHELF ID HOST... : bring a release to other servers, where it is compared with its manifest before it is
# served. Run it where the release was built.
#
#   spread.sh /var/lib/mesmart/releases 2026-11-22-3f9a1c20 mesmart@web1 mesmart@web2
#
# First it is copied to all, beside their shelves; a copy that broke off is taken up where it ended. Only when all
# have it, each one checks it and puts it on its shelf. Servers that follow their shelf (web.follow) then serve it;
# others do after `systemctl reload 'mesmart@*'`. A host that can't be reached, or whose copy is not whole, ends the
# work with an error: what that host serves has not changed, and the same command may be given again.
set -eu

RSH=${RSH:-ssh}                                              # how a host is reached
INCOMING=${INCOMING:-/var/lib/mesmart/incoming}              # there, on the disk of its shelf
MESMART=${MESMART:-/opt/mesmart/bin/mesmart --config /etc/mesmart/mesmart.toml}

[ $# -ge 3 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
shelf=$1 id=$2
shift 2
case $id in *[!0-9a-f-]*|'') echo "$id is not the id of a release" >&2; exit 2 ;; esac
[ -f "$shelf/$id/manifest.json" ] || { echo "there is no release $id in $shelf" >&2; exit 2; }

for host; do
    $RSH "$host" mkdir -p "$INCOMING"
    # The last copy stays there, so that of the next release only what changed is sent.
    rsync -a --checksum --delete --partial --rsh="$RSH" --exclude=/derived "$shelf/$id/" "$host:$INCOMING/next/"
done
for host; do
    $RSH "$host" "$MESMART receive $INCOMING/next"
done
