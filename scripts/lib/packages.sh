# shellcheck shell=bash
# Which Debian packages the scripts need, and how the missing ones are installed. Sourced, never run.

# What is looked for, and the package that brings it. A program that is there in another way, such as Docker's
# own packages instead of Debian's, is left alone.
wanted() {
    case $1 in
    build) printf '%s\n' 'program cc gcc' 'file /usr/include/stdio.h libc6-dev' 'program git git' \
        'file /etc/ssl/certs/ca-certificates.crt ca-certificates' ;;
    engine) printf '%s\n' 'program dockerd docker.io' 'program docker docker.io' 'program containerd containerd' \
        'program ip iproute2' 'program iptables iptables' ;;
    registry) printf '%s\n' 'program docker-registry docker-registry' 'program curl curl' 'program htpasswd apache2-utils' \
        'program skopeo skopeo' ;;
    catalogue) printf '%s\n' 'static busybox busybox-static' 'program mmdebstrap mmdebstrap' ;;
    bench) printf '%s\n' 'program /usr/bin/time time' 'program awk mawk' 'program python3 python3' ;;
    shells) printf '%s\n' 'program zsh zsh' 'program fish fish' ;;
    scanning) printf '%s\n' 'program createrepo_c createrepo-c' 'program rpmbuild rpm' 'program setcap libcap2-bin' 'program gpg gnupg' 'program openssl openssl' \
        'program zstd zstd' 'program xz xz-utils' 'program ruby ruby' 'module rpm python3-rpm' 'module packaging python3-packaging' ;;
    peers) printf '%s\n' 'program python3 python3' 'module pip python3-pip' 'module ensurepip python3-venv' ;;
    mail) printf '%s\n' 'program python3 python3' 'module aiosmtpd python3-aiosmtpd' 'program openssl openssl' ;;
    checks) printf '%s\n' 'program shellcheck shellcheck' ;;
    *) die "unknown group of packages: $1 (build, engine, registry, catalogue, bench, shells, scanning, peers, mail, checks)" ;;
    esac
}

is_there() {
    case $1 in
    program) have "$2" ;;
    file) [[ -e $2 ]] ;;
    # A module of Debian's own Python: another one on the PATH does not see it.
    module) /usr/bin/python3 -c "import $2" >/dev/null 2>&1 ;;
    # ldd refuses a static program, which is what we want to see.
    static) have "$2" && ! ldd "$(command -v "$2")" >/dev/null 2>&1 ;;
    esac
}

# install_packages GROUP…: installs what is missing and says so; does nothing where all is there.
install_packages() {
    local PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin group kind what package
    local -A missing=()
    for group in "$@"; do
        while read -r kind what package; do
            is_there "$kind" "$what" || missing[$package]=1
        done < <(wanted "$group")
    done
    if ((${#missing[@]} == 0)); then
        note "all packages are there: $*"
        return
    fi
    have apt-get || die "these Debian packages are missing and there is no apt-get: ${!missing[*]}"
    note "installing with apt: ${!missing[*]}"
    as_root bash "$(dirname "${BASH_SOURCE[0]}")/apt-install" "${!missing[@]}" || die "apt could not install: ${!missing[*]}"
}
