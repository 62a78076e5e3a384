# SPDX-License-Identifier: Apache-2.0
"""scripts/guests against a pretended archive: whatever it still has."""

import hashlib
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What the pretended archive has: a kernel of a newer ABI, its meta package
# and its headers, a newer busybox, what modules and programs are built with.
ARCHIVE = {
    "linux-image-arm64": "6.1.2-1",
    "linux-image-6.1.0-2-arm64": "6.1.2-1",
    "linux-headers-6.1.0-2-arm64": "6.1.2-1",
    "linux-headers-6.1.0-2-common": "6.1.2-1",
    "busybox-static": "1:1.35.0-4+deb12u2",
    "linux-kbuild-6.1": "6.1.2-1",
}

# As apt-cache does: nothing and success for a version that is not there.
APT_CACHE = """#!/bin/sh
while [ "$1" != show ]; do shift; done
shift
for p; do :; done
version=$(awk -v p="${p%=*}" '$1 == p { print $2 }' "$ARCHIVE")
[ -n "$version" ] || exit 100
case $p in *=*) [ "${p#*=}" = "$version" ] || exit 0 ;; esac
echo "Version: $version"
[ "$p" != linux-image-arm64 ] ||
	echo "Depends: linux-image-6.1.0-2-arm64 (= 6.1.2-1)"
"""
APT_GET = """#!/bin/sh
for p; do :; done
[ "$p" != update ] || exit 0
version=$(awk -v p="${p%=*}" '$1 == p { print $2 }' "$ARCHIVE")
[ "$version" = "${p#*=}" ] || { echo "E: $p was not found" >&2; exit 100; }
echo "$p" >package.deb
"""
DPKG_DEB = """#!/bin/sh
mkdir -p "$3/boot" "$3/bin" "$3/lib/modules/1"
{ head -c 56 /dev/zero; printf 'ARMd'; cat "$2"; } >"$3/boot/vmlinuz-1"
cp "$2" "$3/bin/busybox"
mkdir -p "$3/usr/src/linux-headers-6.1.0-2-arm64" \\
	"$3/usr/src/linux-headers-6.1.0-2-common/arch/arm64" \\
	"$3/usr/src/linux-headers-6.1.0-2-common/arch/x86"
"""
MKINITRAMFS = """import shutil, sys
shutil.copy(sys.argv[sys.argv.index("--busybox") + 1], sys.argv[-1])
"""


@pytest.fixture(name="project")
def fixture_project(tmp_path):
    """scripts/guests with a lock file of its own and fakes in PATH."""
    project = tmp_path / "project"
    (project / "scripts").mkdir(parents=True)
    (project / "guests/initramfs").mkdir(parents=True)
    (project / "guests/initramfs/init").write_text("#!/bin/sh\n")
    for name in ("guests", "apt-private.sh"):
        shutil.copy(ROOT / "scripts" / name, project / "scripts" / name)
    (project / "scripts/mkinitramfs.py").write_text(MKINITRAMFS)
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, text in (("apt-cache", APT_CACHE), ("apt-get", APT_GET),
                       ("dpkg-deb", DPKG_DEB)):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    (tmp_path / "archive").write_text(
        "".join(f"{p} {v}\n" for p, v in ARCHIVE.items()))
    return project


def deb_hash(package, version):
    return hashlib.sha256(f"{package}={version}\n".encode()).hexdigest()


def lock(project, kernel, busybox):
    """Each a package and version; the hash is what would be right.

    The headers are the locked kernel's; all else is what the archive has.
    """
    abi = kernel[0].removeprefix("linux-image-").removesuffix("-arm64")
    (project / "guests/guests.lock").write_text("# what is fetched\naarch64 suite bookworm\n" + "".join(
        f"aarch64 {name} {package} {version} {deb_hash(package, version)}\n"
        for name, (package, version) in (
            ("linux", kernel), ("busybox", busybox),
            ("headers", (f"linux-headers-{abi}-arm64", "6.1.2-1")),
            ("headers-common", (f"linux-headers-{abi}-common", "6.1.2-1")),
            ("kbuild-amd64", ("linux-kbuild-6.1", ARCHIVE["linux-kbuild-6.1"])))))


def fetch(project, *args):
    base = project.parent
    return subprocess.run(
        [project / "scripts/guests", *args, "aarch64"], text=True, check=False,
        env={**os.environ, "PATH": f"{base}/bin:{os.environ['PATH']}",
             "ARCHIVE": f"{base}/archive",
             "DEBIAN_MIRROR": "http://mirror.invalid/debian"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


KERNEL = ("linux-image-6.1.0-2-arm64", ARCHIVE["linux-image-6.1.0-2-arm64"])
BUSYBOX = ("busybox-static", ARCHIVE["busybox-static"])


def test_recorded_versions(project):
    lock(project, KERNEL, BUSYBOX)
    done = fetch(project)
    assert done.returncode == 0, done.stdout
    assert "NOTE" not in done.stdout
    versions = (project / "images/versions-aarch64.txt").read_text()
    for package, version in (KERNEL, BUSYBOX):
        assert f"{package} {version} {deb_hash(package, version)}" in versions
    assert "images/ holds" in fetch(project).stdout
    # headers that need no absolute path, for one architecture
    headers = project / "images/headers-aarch64"
    assert (headers / "build/Makefile").read_text().startswith("include $(dir ")
    assert [d.name for d in headers.glob("usr/src/*-common/arch/*")] == ["arm64"]


@pytest.mark.parametrize("kernel, busybox, gone", [
    # another ABI, the same one in another version, another busybox
    (("linux-image-6.1.0-1-arm64", "6.1.1-1"), BUSYBOX, 1),
    ((KERNEL[0], "6.1.1-9"), BUSYBOX, 1),
    (KERNEL, (BUSYBOX[0], "1:1.35.0-4+deb12u1"), 1),
    (("linux-image-6.1.0-1-arm64", "6.1.1-1"), (BUSYBOX[0], "1:1"), 2),
])
def test_successors(project, kernel, busybox, gone):
    """What has left the archive is followed, and said."""
    lock(project, kernel, busybox)
    before = (project / "guests/guests.lock").read_text()
    done = fetch(project)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("has left the archive; taking its successor") == \
        gone
    versions = (project / "images/versions-aarch64.txt").read_text()
    headers = (KERNEL[0].replace("image", "headers"), KERNEL[1])
    for package, version in (KERNEL, BUSYBOX, headers):
        assert f"{package} {version} {deb_hash(package, version)}" in versions
    assert (project / "guests/guests.lock").read_text() == before
    # told to record it, it does, and is content
    assert fetch(project, "--update").returncode == 0
    assert f"{KERNEL[0]} {KERNEL[1]} {deb_hash(*KERNEL)}" in (
        project / "guests/guests.lock").read_text()
    assert "NOTE" not in fetch(project).stdout


def test_wrong_hash(project):
    lock(project, KERNEL, BUSYBOX)
    file = project / "guests/guests.lock"
    file.write_text(file.read_text().replace(deb_hash(*BUSYBOX), "0" * 64))
    done = fetch(project)
    assert done.returncode == 1
    assert f"SHA-256 is {deb_hash(*BUSYBOX)}" in done.stdout
    assert not (project / "images/linux-aarch64.Image").exists()
