# sandbox.sh ROOT APP WORK NODE COMMAND...: runs a command as a container of the Dockerfile's last stage would, without an image.
#
# In new namespaces (unshare --mount --pid --net --fork), as the user 1000, without any capability, on a root file system that is
# read-only: /app is APP, /work is WORK, /tmp is empty, and the system's programs and libraries are those of this machine. Needs root.
set -euo pipefail
root=$1 app=$2 work=$3 node=$4
shift 4
mount --make-rprivate /
mount -t tmpfs root "$root"
mkdir -p "$root"/{usr,bin,lib,lib64,etc,proc,dev,tmp,app,work,node}
for name in usr bin lib lib64 etc; do
  if [ -e "/$name" ]; then mount --bind "/$name" "$root/$name"; mount -o remount,bind,ro "$root/$name"; fi
done
mount --bind "$(dirname "$node")" "$root/node"; mount -o remount,bind,ro "$root/node"
mount --bind "$app" "$root/app"; mount -o remount,bind,ro "$root/app"
mount --bind "$work" "$root/work"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mount -o remount,ro "$root"
exec chroot "$root" setpriv --reuid=1000 --regid=1000 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
