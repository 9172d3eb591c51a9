#!/usr/bin/env bash
# The files in installer/policy are what msiwatch-policy makes from the table of settings; the ADMX
# and ADML are valid, and everything that one names is in the other.
#
#   tests/policy/policy_test.sh MSIWATCH-POLICY
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
policy=$(cd "$here/../../installer/policy" && pwd)
generate=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    printf 'policy: %s\n' "$*" >&2
    exit 1
}

same() { # FORM FILE
    "$generate" "$1" >"$work/$1"
    diff -u "$policy/$2" "$work/$1" ||
        fail "$2 is not what the table says: cmake --build --preset native --target policy"
}
same admx MsiWatch.admx
same adml en-US/MsiWatch.adml
same markdown settings.md

valid() { xmllint --noout --nonet --schema "$here/policy.xsd" "$1"; }
valid "$policy/MsiWatch.admx" || fail "MsiWatch.admx is not valid"
valid "$policy/en-US/MsiWatch.adml" || fail "MsiWatch.adml is not valid"

# A schema that takes anything would be no test: each of these must be refused.
refused() { # NAME SED-EXPRESSION FILE
    sed -E "$2" "$3" >"$work/bad.xml"
    ! cmp -s "$3" "$work/bad.xml" || fail "$1: the file is unchanged"
    ! valid "$work/bad.xml" 2>/dev/null || fail "the schema takes $1"
}
admx=$policy/MsiWatch.admx adml=$policy/en-US/MsiWatch.adml
refused "another class" '0,/class="Machine"/s//class="Computer"/' "$admx"
refused "a number without its value" '0,/ valueName="Flapping"/s///' "$admx"
refused "an unknown element" '0,/<decimal id/s//<number id/' "$admx"
refused "a name with a blank" '0,/name="PipeSddl"/s//name="Pipe Sddl"/' "$admx"
refused "two policies of one name" 's/name="PipeSddl"/name="Pipe"/' "$admx"
refused "a text without its id" '0,/<string id="Pipe">/s//<string>/' "$adml"
refused "two texts of one id" 's/<string id="PipeSddl">/<string id="Pipe">/' "$adml"
refused "a presentation of unknown kind" '0,/decimalTextBox /s//numberBox /' "$adml"

# What the ADMX refers to is what the ADML has, each way.
names() { grep -oE "$1" "$2" | sed -E "$3" | sort -u; }
names '\$\(string\.[^)]*\)' "$admx" 's/.*\.(.*)\)/\1/' >"$work/strings.used"
names '<string id="[^"]*"' "$adml" 's/.*"(.*)"/\1/' >"$work/strings.there"
diff "$work/strings.used" "$work/strings.there" || fail "texts used (<) and texts there (>) differ"
names '\$\(presentation\.[^)]*\)' "$admx" 's/.*\.(.*)\)/\1/' >"$work/presentations.used"
names '<presentation id="[^"]*"' "$adml" 's/.*"(.*)"/\1/' >"$work/presentations.there"
diff "$work/presentations.used" "$work/presentations.there" || fail "presentations differ"
names ' id="[^"]*_Value"' "$admx" 's/.*"(.*)"/\1/' >"$work/elements"
names 'refId="[^"]*"' "$adml" 's/.*"(.*)"/\1/' >"$work/shown"
diff "$work/elements" "$work/shown" || fail "elements and their presentations differ"

echo "policy: $(grep -c '<policy ' "$admx") policies, $(wc -l <"$work/strings.there") texts"
