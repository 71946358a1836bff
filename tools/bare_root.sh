# A minimal Debian 12 as a tar, kept in the cache, and what of the host's settings goes into a root unpacked from it.
# Sourced by tools/fresh and tools/images, behind tools/steps.sh. `root` is the root under way.
# shellcheck shell=bash

readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/marquee
base=$cache/debian-12-minbase-$(dpkg --print-architecture).tar
readonly base

make_base() {
  mkdir -p "$cache"
  local scratch
  scratch=$(mktemp -d "$cache/base.XXXXXX")
  debootstrap --variant=minbase bookworm "$scratch/root" &&
    tar -C "$scratch/root" -cf "$base.part" . && mv "$base.part" "$base"
  local code=$?
  rm -rf --one-file-system "$scratch"
  return "$code"
}

need_base() {
  [[ -e $base ]] || step "Making a minimal Debian 12" make_base || fail 1 "debootstrap could not make a root"
}

# carry PATH...: files and folders of the host to the same place in the root, where they exist.
carry() {
  local path
  for path in "$@"; do
    [[ -e $path ]] || continue
    mkdir -p "$root$(dirname "$path")"
    cp -aL "$path" "$root$(dirname "$path")/"
  done
}

carry_package_client_settings() {
  local file
  carry /etc/resolv.conf /etc/hosts
  carry /etc/ssl/certs /usr/local/share/ca-certificates
  carry /etc/pip.conf ~/.config/pip ~/.pip ~/.npmrc /etc/npmrc /usr/etc/npmrc /usr/local/etc/npmrc
  rm -rf "$root/etc/apt/sources.list"
  carry /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/auth.conf /etc/apt/auth.conf.d \
    /etc/apt/keyrings /etc/apt/trusted.gpg.d
  for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
    ! grep -qsi '^ *Acquire' "$file" || carry "$file"
  done
}

# Lines NAME=VALUE of the environment that package clients read. Paths to local package folders stay
# behind: the root must do without them.
client_environment() {
  env | grep -iE '^(PIP_|npm_config_|https?_proxy=|no_proxy=|all_proxy=|SSL_CERT_|NODE_EXTRA_CA_CERTS=|CURL_CA_BUNDLE=|REQUESTS_CA_BUNDLE=|GIT_SSL_CAINFO=)' |
    grep -v '^PIP_FIND_LINKS=' || true
}
