#!/bin/sh
# Installs what scripts/system-packages.txt names, when it may; says plainly what is missing when it may not.
# Under CI=true a package that cannot be had is a failure.
set -eu
cd "$(dirname "$0")"
missing=
for package in $(sed 's/#.*//' system-packages.txt); do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

refuse() {
    echo "Not installed:$missing" >&2
    echo "$1" >&2
    echo "Tests that need them are skipped, each with its name, at the end of the run." >&2
    if [ "${CI:-}" = true ]; then exit 1; fi
    exit 0
}
command -v apt-get >/dev/null 2>&1 || refuse "This is no Debian or Ubuntu: install the same programs by hand."
if [ "$(id -u)" = 0 ]; then sudo=
elif sudo -n true 2>/dev/null; then sudo="sudo -n"
else refuse "No right to install: run as root  apt-get install$missing"
fi
echo "Installing the tests' peers:$missing"
# the tests start their own servers: the packages' services stay off
policy=/usr/sbin/policy-rc.d
made_policy=
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
    $sudo chmod 0755 "$policy"
    made_policy=yes
fi
result=0
{ $sudo apt-get update -q &&
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends $missing; } >&2 || result=$?
if [ -n "$made_policy" ]; then $sudo rm -f "$policy"; fi
[ "$result" = 0 ] || refuse "apt-get could not install them."
