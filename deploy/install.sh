#!/usr/bin/env bash
# Installs the Marquee that this file came with, or upgrades the one that is there.
#
#   sudo ./install.sh [--prefix DIR] [--data DIR] [--user NAME] [--no-systemd] [--root DIR]
#   sudo ./install.sh --uninstall [--prefix DIR] [--root DIR]
#
#   --prefix DIR   where the program goes (default /opt/marquee)
#   --data DIR     where events, models and settings are kept (default /var/lib/marquee)
#   --user NAME    who it runs as; made when missing (default marquee)
#   --no-systemd   no service, and nothing outside of --prefix and --data
#   --root DIR     below DIR instead of /, for images and tests; makes no user, starts nothing
#   --uninstall    take program and service away; data, settings and user stay
#
# An upgrade remembers --data, --user and --no-systemd of the installation. Releases lie beside each
# other in PREFIX/releases and PREFIX/current points to one: until the last step nothing that runs is
# touched. A running service is restarted. Going back is the install.sh of the release before.
# Exit codes: 0 done, 1 failed, 2 wrong usage, 4 the package is damaged.
set -euo pipefail
umask 022
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
readonly here
prefix=/opt/marquee data='' user='' systemd='' root='' uninstall=0

fail() {
  printf 'install.sh: %s\n' "$2" >&2
  exit "$1"
}

usage() { sed -n '2,/^set/{s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

parse() {
  while (($# > 0)); do
    local option=$1
    case $option in
      --prefix | --data | --user | --root) (($# > 1)) && shift || fail 2 "$option wants a value; see --help" ;;
    esac
    case $option in
      --prefix | --data | --root)
        [[ $1 =~ ^/[A-Za-z0-9._/+-]*$ && ! $1 =~ (^|/)\.\.?(/|$) ]] ||
          fail 2 "$option '$1': want an absolute path of letters, digits and . _ + -"
        printf -v "${option#--}" '%s' "${1%/}"
        ;;
      --user) [[ $1 =~ ^[a-z_][a-z0-9_-]{0,31}$ ]] && user=$1 || fail 2 "--user '$1': no name of a user" ;;
      --no-systemd) systemd=no ;;
      --uninstall) uninstall=1 ;;
      -h | --help) usage && exit 0 ;;
      *) fail 2 "unknown option '$option'; see --help" ;;
    esac
    shift
  done
  [[ -n $prefix ]] || fail 2 "--prefix '/': want a directory of its own"
}

# remembered NAME: what the installation that is here was made with.
remembered() { sed -n "s/^$1=//p" "$root$prefix/installation" 2>/dev/null || true; }

complete_options() {
  data=${data:-$(remembered data)} user=${user:-$(remembered user)} systemd=${systemd:-$(remembered systemd)}
  data=${data:-/var/lib/marquee} user=${user:-marquee} systemd=${systemd:-yes}
  releases=$root$prefix/releases unit=$root/etc/systemd/system/marquee.service
  command=$root/usr/local/bin/marquee
  [[ $data/ != "$prefix"/* && $prefix/ != "$data"/* ]] ||
    fail 2 "--data $data and --prefix $prefix: want neither inside of the other"
  [[ $systemd == no || ! $data/ =~ ^(/tmp|/var/tmp)/ ]] ||
    fail 2 "--data $data: the service has a /tmp of its own and would not see it; name another place"
}

check_rights() {
  if [[ -z $root ]] && ((EUID != 0)) && [[ $systemd == yes || $user != "$(id -un)" ]]; then
    fail 1 "wants root, for the user '$user' and the service: run it with sudo"
  fi
  mkdir -p "$releases" 2>/dev/null && [[ -w $releases ]] ||
    fail 1 "$releases: no right to write there; run it with sudo, or name another place with --prefix"
  exec 9>"$root$prefix/.lock"
  flock -n 9 || fail 1 "$root$prefix: another install.sh is at work there; wait for it"
}

# One machine, one service: two installations would write one unit over each other.
check_unit() {
  local other
  [[ $systemd == yes && -e $unit ]] || return 0
  other=$(sed -n 's|^ExecStart=\(.*\)/current/bin/marquee .*|\1|p' "$unit")
  [[ -z $other || $other == "$prefix" ]] ||
    fail 1 "$unit belongs to the installation in $other: upgrade that with --prefix $other, or use --no-systemd"
}

# check_sums DIR WHAT: every byte is as packed.
check_sums() {
  local bad
  bad=$(cd "$1" && sha256sum --check --strict --quiet SHA256SUMS 2>&1) ||
    fail 4 "$1: damaged, $2 ($(head -n 1 <<<"$bad"))"
}

check_room() {
  local wanted free
  wanted=$(($(du -sk "$here" | cut -f1) * 9 / 8 / 1024 + 16))
  free=$(($(df -k --output=avail "$releases" | tail -n 1) / 1024))
  ((free >= wanted)) ||
    fail 1 "$releases: $free MiB free, $wanted needed; make room, for example by removing old releases there"
}

# The release beside the others, whole or not at all, and proved to run on this machine.
put_release() {
  local new=$releases/.$version.new
  [[ $here -ef $releases/$version ]] && return
  if [[ -e $releases/$version ]]; then
    cmp -s "$here/SHA256SUMS" "$releases/$version/SHA256SUMS" ||
      fail 1 "$releases/$version: there is another build of this version; give this one a version of its own"
    check_sums "$releases/$version" "remove it and install again"
    return
  fi
  check_room
  # shellcheck disable=SC2064
  trap "rm -rf '$new'" EXIT
  rm -rf "$releases"/.*.new # of an installer that was killed
  cp -R "$here" "$new" 2>/dev/null && chmod -R u=rwX,go=rX "$new" && sync -f "$new" ||
    fail 1 "$new: could not be written; is the disk full?"
  env -i "$new/bin/marquee" --version >/dev/null 2>&1 ||
    fail 1 "$new/bin/marquee does not run here; this package is for Debian 12 or newer and the machine in its name"
  mv -T "$new" "$releases/$version"
}

make_user() {
  [[ -z $root ]] && ! id -u "$user" >/dev/null 2>&1 || return 0
  useradd --system --user-group --home-dir "$data" --no-create-home --shell /usr/sbin/nologin "$user" ||
    fail 1 "the user '$user' could not be made; make it, or name another with --user"
}

# What is there already is never touched: not its owner, its mode, nor the settings.
make_data() {
  local place=$root$data owner=()
  [[ -n $root ]] || ((EUID != 0)) || owner=(-o "$user" -g "$(id -gn "$user")")
  if [[ ! -e $place ]]; then
    install -d -m 0750 "${owner[@]}" "$place" 2>/dev/null || fail 1 "$place: cannot be made; see --data"
  fi
  [[ -d $place ]] || fail 1 "$place: is no directory; name another with --data"
  [[ -e $place/marquee.toml ]] || install -m 0640 "${owner[@]}" "$here/share/marquee.toml" "$place/" ||
    fail 1 "$place/marquee.toml: cannot be written"
  [[ -n $root || $(stat -c %U "$place") == "$user" ]] ||
    printf 'note: %s belongs to %s, not to %s\n' "$place" "$(stat -c %U "$place")" "$user"
}

# write_whole FILE: stdin to FILE, whole or not at all.
write_whole() {
  mkdir -p "$(dirname "$1")" && cat >"$1.new" && chmod 644 "$1.new" && mv -T "$1.new" "$1" ||
    fail 1 "$1: cannot be written"
}

put_service() {
  [[ $systemd == yes ]] || return 0
  sed "s|@PREFIX@|$prefix|g; s|@DATA@|$data|g; s|@USER@|$user|g" "$here/share/marquee.service" | write_whole "$unit"
  [[ -e $command && ! -L $command ]] && return
  mkdir -p "$(dirname "$command")" && ln -sfn "$prefix/current/bin/marquee" "$command"
}

flip() {
  printf 'data=%s\nuser=%s\nsystemd=%s\n' "$data" "$user" "$systemd" | write_whole "$root$prefix/installation"
  ln -sfn "releases/$version" "$root$prefix/current.new"
  mv -T "$root$prefix/current.new" "$root$prefix/current"
  sync -f "$root$prefix"
}

systemd_runs() { [[ $systemd == yes && -z $root && -d /run/systemd/system ]]; }

restart() {
  systemd_runs || return 0
  systemctl daemon-reload
  systemctl is-active --quiet marquee || return 0
  systemctl restart marquee ||
    fail 1 "the service did not start: journalctl -u marquee says why${before:+; back: $releases/$before/install.sh}"
}

tell() {
  printf 'Marquee %s is installed in %s\n' "$version" "$releases/$version"
  if [[ -n $before && $before != "$version" ]]; then
    printf 'before it: %s; back: %s/install.sh\n' "$before" "$releases/$before"
  elif [[ -z $before ]]; then
    local run="$prefix/current/bin/marquee"
    [[ $systemd == no ]] || run="sudo -u $user $run"
    printf 'next: %s import --data %s --dataset DIR\n      %s batch run --data %s\n' "$run" "$data" "$run" "$data"
    [[ $systemd == no ]] || printf '      sudo systemctl enable --now marquee\n'
  fi
}

install_release() {
  [[ -r $here/VERSION && -r $here/SHA256SUMS ]] ||
    fail 1 "$here: no package of Marquee; run the install.sh of an unpacked tarball"
  check_sums "$here" "unpack the tarball again"
  version=$(<"$here/VERSION")
  before=$(basename "$(readlink "$root$prefix/current" || true)")
  check_unit
  put_release
  make_user
  make_data
  put_service
  flip
  restart
  tell
}

uninstall_all() {
  check_unit
  if [[ $systemd == yes && -e $unit ]]; then
    ! systemd_runs || systemctl disable --now marquee
    rm -f "$unit"
    ! systemd_runs || systemctl daemon-reload
  fi
  [[ $(readlink "$command" || true) != "$prefix/current/bin/marquee" ]] || rm -f "$command"
  rm -rf "$releases" "$root$prefix/current" "$root$prefix/installation" "$root$prefix/.lock"
  rmdir "$root$prefix" 2>/dev/null || true
  printf 'Marquee is removed from %s; %s and the user %s stay\n' "$root$prefix" "$root$data" "$user"
}

main() {
  parse "$@"
  complete_options
  if ((uninstall)); then
    [[ -L $root$prefix/current ]] || fail 1 "$root$prefix: nothing is installed there; see --prefix"
    check_rights
    uninstall_all
  else
    check_rights
    install_release
  fi
}

# In braces, so that bash has read to the end before an upgrade may replace this file. A test sources it.
[[ ${BASH_SOURCE[0]} != "$0" ]] || {
  main "$@"
  exit
}
