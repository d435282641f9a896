"""Where secrets lie: keys, passwords and credentials of people, of programs and of the machine."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_OF_HOME = (
    ".ssh",
    ".gnupg",
    ".password-store",
    ".local/share/keyrings",
    ".local/share/kwalletd",
    ".local/share/kwallet",
    ".pki",
    # clouds and clusters
    ".aws",
    ".azure",
    ".boto",
    ".config/gcloud",
    ".config/doctl",
    ".config/hcloud",
    ".config/scw",
    ".config/linode-cli",
    ".bluemix",
    ".oci",
    ".s3cfg",
    ".kube",
    ".config/helm",
    ".terraform.d/credentials.tfrc.json",
    ".terraformrc",
    ".pulumi/credentials.json",
    ".vault-token",
    ".config/sops",
    ".config/age",
    ".config/rclone",
    ".config/openstack",
    # containers and packages
    ".docker/config.json",
    ".config/containers/auth.json",
    ".npmrc",
    ".yarnrc.yml",
    ".pypirc",
    ".gem/credentials",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".m2/settings.xml",
    ".m2/settings-security.xml",
    ".gradle/gradle.properties",
    ".composer/auth.json",
    ".config/composer/auth.json",
    ".nuget/NuGet/NuGet.Config",
    # code and the network
    ".netrc",
    ".authinfo",
    ".authinfo.gpg",
    ".git-credentials",
    ".config/git/credentials",
    ".config/gh",
    ".config/glab-cli",
    ".config/hub",
    ".subversion/auth",
    ".config/op",
    ".config/Bitwarden CLI",
    ".config/keepassxc",
    ".huggingface/token",
    ".cache/huggingface/token",
    ".config/wandb",
    ".msmtprc",
    ".fetchmailrc",
    ".getmail",
    ".mbsyncrc",
    # databases
    ".pgpass",
    ".my.cnf",
    ".mylogin.cnf",
    ".mongorc.js",
    ".config/rediscli",
    # browsers and mail
    ".mozilla",
    ".thunderbird",
    ".config/chromium",
    ".config/google-chrome",
    ".config/BraveSoftware",
    ".config/microsoft-edge",
    ".config/vivaldi",
    "snap/firefox/common/.mozilla",
    "snap/chromium/common/chromium",
)

_OF_SYSTEM = (
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/security/opasswd",
    "/etc/krb5.keytab",
    "/etc/ssl/private",
    "/etc/pki/tls/private",
    "/etc/letsencrypt/archive",
    "/etc/letsencrypt/keys",
    "/etc/letsencrypt/accounts",
    "/etc/wireguard",
    "/etc/openvpn",
    "/etc/ipsec.secrets",
    "/etc/ppp/chap-secrets",
    "/etc/ppp/pap-secrets",
    "/etc/wpa_supplicant",
    "/etc/NetworkManager/system-connections",
    "/etc/cryptsetup-keys.d",
    "/etc/credstore",
    "/etc/credstore.encrypted",
    "/etc/kubernetes/pki",
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/super-admin.conf",
    "/etc/rancher/k3s/k3s.yaml",
    "/etc/docker/key.json",
    "/etc/mysql/debian.cnf",
    "/etc/postfix/sasl_passwd",
    "/etc/postfix/sasl_passwd.db",
    "/etc/exim4/passwd.client",
    "/etc/samba/private",
    "/etc/davfs2/secrets",
    "/etc/rndc.key",
    "/etc/bind/rndc.key",
    "/var/lib/samba/private",
    "/var/lib/sss/secrets",
    "/var/lib/iwd",
    "/var/lib/systemd/credential.secret",
    "/var/lib/NetworkManager/secret_key",
    "/var/lib/kubelet/pki",
    "/var/lib/rancher/k3s/server/tls",
)

_PATTERNS = (("/etc/ssh", "ssh_host_*_key"), ("/tmp", "krb5cc_*"))

_NAMED_BY_ENVIRONMENT = (
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AZURE_CONFIG_DIR",
    "BOTO_CONFIG",
    "CLOUDSDK_CONFIG",
    "GH_CONFIG_DIR",
    "GNUPGHOME",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "KRB5CCNAME",
    "KUBECONFIG",
    "NETRC",
    "NPM_CONFIG_USERCONFIG",
    "PASSWORD_STORE_DIR",
    "PGPASSFILE",
    "RCLONE_CONFIG",
    "REGISTRY_AUTH_FILE",
    "SSH_AUTH_SOCK",
    "TF_CLI_CONFIG_FILE",
)


def secrets(env: Mapping[str, str]) -> Iterator[str]:
    """Yield the paths where secrets may lie, whether or not there is anything.

    Args:
        env: Names the home directory, and places that are not the usual ones.
    """
    yield from _OF_SYSTEM
    for place, pattern in _PATTERNS:
        yield from map(str, Path(place).glob(pattern))
    homes = {Path(env.get("HOME", "/")), Path("/root")}
    try:
        homes.update(Path("/home").iterdir())
    except OSError:
        pass
    for home in homes:
        yield from (str(home / name) for name in _OF_HOME)
    for name in _NAMED_BY_ENVIRONMENT:
        for place in env.get(name, "").removeprefix("FILE:").split(os.pathsep):
            # A mask over as much as a home would hide the work itself.
            if os.path.isabs(place) and not any(home.is_relative_to(place) for home in homes):
                yield place


def outermost(paths: Iterable[str]) -> list[str]:
    """Return where the paths that exist really are, without those inside of others."""
    found: set[str] = set()
    for path in paths:
        try:
            os.lstat(path)
        except OSError:
            # What this user cannot see, a confined program cannot see either.
            continue
        found.add(os.path.realpath(path))
    kept: list[str] = []
    for path in sorted(found):
        if not any(path.startswith(f"{place}/") for place in kept):
            kept.append(path)
    return kept
