#!/bin/bash
# Lays out a host of its own in the namespaces that `unshare --mount --uts --propagation private` has made: own /etc,
# /home, /run, /var/lib, /var/log and /dev over copies in memory. Nothing outside the namespace changes, so the
# daemons run on their production paths. Prints `ready`, then lives until its standard input ends.
set -euo pipefail
dir=$1
name=$2

mount -t tmpfs -o size=4g,mode=755 lab "$dir"
for path in etc home var/lib var/spool; do
  mkdir -p "$dir/upper/$path" "$dir/work/$path"
  mount -t overlay overlay -o "lowerdir=/$path,upperdir=$dir/upper/$path,workdir=$dir/work/$path" "/$path"
done
# dockerd's own overlay cannot lie on an overlay, and neither can a Unix socket that several kernels look up by inode.
mkdir -p "$dir/log/audit" "$dir/docker" "$dir/dev" /var/lib/docker /var/lib/dockwarden
touch "$dir/log/lastlog" "$dir/log/wtmp" "$dir/log/btmp"
chmod 750 "$dir/log/audit"
chown root:adm "$dir/log/audit"
chmod 710 "$dir/docker"
mount --bind "$dir/log" /var/log
mount --bind "$dir/docker" /var/lib/docker
mount -t tmpfs -o mode=755 run /run
mkdir -p /run/sshd /run/lock /run/containerd /etc/docker

# /dev with a /dev/log of our own: syslog(3) has that path built in.
for device in null zero full random urandom tty kmsg fuse; do
  [ -e "/dev/$device" ] || continue
  touch "$dir/dev/$device"
  mount --bind "/dev/$device" "$dir/dev/$device"
done
for folder in pts shm mqueue; do
  [ -d "/dev/$folder" ] || continue
  mkdir "$dir/dev/$folder"
  mount --rbind "/dev/$folder" "$dir/dev/$folder"
done
ln -s pts/ptmx "$dir/dev/ptmx"
ln -s /proc/self/fd "$dir/dev/fd"
for stream in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${stream%:*}" "$dir/dev/${stream#*:}"; done
mount --rbind "$dir/dev" /dev

hostname "$name"
printf '127.0.0.1 localhost %s\n' "$name" >/etc/hosts
echo "$name" >/etc/hostname

echo ready
exec cat
