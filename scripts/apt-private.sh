# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# Packages of another Debian suite or architecture, without touching the
# system: an apt of our own, with its own lists and cache in one folder.
# To be sourced. The mirror is the machine's own, read from its apt sources;
# DEBIAN_MIRROR=URI names one where the machine is not a Debian.

# debian_source: print "URI<tab>options" of the machine's Debian archive
debian_source()
{
	if [ -n "${DEBIAN_MIRROR:-}" ]; then
		printf '%s\t%s\n' "$DEBIAN_MIRROR" "$(debian_keyring)"
		return
	fi
	os_id=$(. /etc/os-release && echo "${ID:-}")
	if [ "$os_id" != debian ]; then
		echo "This is not a Debian: name a Debian mirror, e.g." \
			"DEBIAN_MIRROR=http://MIRROR/debian $0" >&2
		return 1
	fi
	suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	# Both formats: deb822 stanzas, and one line an entry.
	{
		for f in /etc/apt/sources.list.d/*.sources; do
			[ -r "$f" ] && awk -v suite="$suite" '
				function flush() {
					if (types ~ /(^| )deb( |$)/ && \
					    (" " suites " ") ~ " " suite " " && \
					    (" " comps " ") ~ / main /)
						print uri "\t" signed
					types = suites = uri = signed = comps = ""
				}
				/^#/ { next }
				/^[ \t]*$/ { flush(); next }
				{ key = tolower($1); sub(/^[^:]*:[ \t]*/, "") }
				key == "types:" { types = $0 }
				key == "uris:" { uri = $1 }
				key == "suites:" { suites = $0 }
				key == "components:" { comps = $0 }
				key == "signed-by:" && $1 ~ /^\// {
					signed = "signed-by=" $1
				}
				key == "trusted:" && $1 == "yes" {
					signed = "trusted=yes"
				}
				END { flush() }' "$f"
		done
		for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
			[ -r "$f" ] && awk -v suite="$suite" '
				$1 != "deb" { next }
				{
					opts = ""
					if (match($0, /\[[^]]*\]/)) {
						all = substr($0, RSTART + 1, RLENGTH - 2)
						sub(/\[[^]]*\][ \t]*/, "")
						n = split(all, o, /[ \t]+/)
						for (i = 1; i <= n; i++)
							if (o[i] ~ /^(signed-by|trusted)=/)
								opts = opts " " o[i]
						sub(/^ /, "", opts)
					}
				}
				$3 == suite && / main/ { print $2 "\t" opts }' "$f"
		done
	} | awk -F '\t' -v keyring="$(debian_keyring)" '
		{ print $1 "\t" ($2 == "" ? keyring : $2); found = 1; exit }
		END { exit !found }' || {
		echo "No Debian archive for $suite in /etc/apt/sources.list*;" \
			"name one: DEBIAN_MIRROR=http://MIRROR/debian $0" >&2
		return 1
	}
}

debian_keyring()
{
	for k in /usr/share/keyrings/debian-archive-keyring.gpg \
		/usr/share/keyrings/debian-archive-keyring.pgp; do
		if [ -r "$k" ]; then
			echo "signed-by=$k"
			return
		fi
	done
}

# apt_private_init DIR ARCH TYPE SUITE...: TYPE is deb or deb-src; reads the
# lists of every SUITE. Afterwards apt_private runs apt-get on them.
apt_private_init()
{
	apt_dir=$1
	apt_arch=$2
	apt_type=$3
	shift 3
	mkdir -p "$apt_dir/lists/partial" "$apt_dir/cache/archives/partial" \
		"$apt_dir/state"
	: >"$apt_dir/status"
	apt_source=$(debian_source) || return 1
	apt_uri=$(printf '%s' "$apt_source" | cut -f1)
	apt_opts=$(printf '%s' "$apt_source" | cut -f2)
	: >"$apt_dir/sources.list"
	for apt_suite; do
		echo "$apt_type [$apt_opts] $apt_uri $apt_suite main" |
			sed 's/ \[\] / /' >>"$apt_dir/sources.list"
	done
	apt_private get -q=1 update
}

# apt_private get|cache ARGUMENTS...
apt_private()
{
	apt_tool=apt-$1
	shift
	"$apt_tool" -o Dir::State="$apt_dir/state" \
		-o Dir::State::status="$apt_dir/status" \
		-o Dir::State::Lists="$apt_dir/lists" \
		-o Dir::Cache="$apt_dir/cache" \
		-o Dir::Etc::sourcelist="$apt_dir/sources.list" \
		-o Dir::Etc::sourceparts=/nonexistent \
		-o APT::Architecture="$apt_arch" \
		-o APT::Architectures="$apt_arch" \
		-o APT::Sandbox::User=root \
		-o Acquire::Languages=none "$@"
}
