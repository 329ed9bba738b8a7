#!/usr/bin/env bash
# Installs what the tests need from the system where it may (root on Debian); elsewhere says in one line each what is skipped and how to have it.
set -euo pipefail

have() { command -v "$1" >/dev/null 2>&1; }
fonts() { have fc-list && [ -n "$(fc-list :lang=zh-cn 2>/dev/null | head -n 1)" ]; }

wanted=()
have chromium || have google-chrome || wanted+=(chromium)
fonts || wanted+=(fontconfig fonts-noto-cjk)
have javac || [ -x "${JAVA_HOME:-/nowhere}/bin/javac" ] || wanted+=(default-jdk-headless)
have mvn || wanted+=(maven)
[ "${#wanted[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ] && have apt-get; then
    echo "installing ${wanted[*]} ..." >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null
    apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
    exit 0
fi
for package in "${wanted[@]}"; do
    case $package in
        default-jdk-headless | maven)
            [ -n "${told:-}" ] || echo "Elasticsearch tests are skipped: install a JDK (17 or 21) and Maven (Debian: apt-get install default-jdk-headless maven)" >&2
            told=1
            ;;
        chromium) echo "browser tests are skipped: install Chromium to run them (Debian: apt-get install chromium)" >&2 ;;
        fonts-noto-cjk) echo "pictures of the desk lack Chinese letters: install a Chinese font (Debian: apt-get install fonts-noto-cjk)" >&2 ;;
    esac
done
