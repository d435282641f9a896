"""Values of every shape for the slots of training examples."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from fazai_tui.core.cookbook import Language, Slot

WORDS = (
    "backup notas relatorio conta ola dados main servidor index log config teste foto video musica alpha build src "
    "docs "
    "antigo novo site api cache vendas clientes temp compras agenda lista senha ata projeto loja estoque folha pedido "
    "report notes hello data server draft budget invoice photos orders archive sample users monthly release dataset "
    "payroll worker billing inventory chapter summary weekly staging portal mirror pinga limpa envia sync deploy tally "
    "quartz lumen orbit ferro pinho rede ponte cedro falcon maple river granite saturno jade delta onix norte "
    "boletim cardapio receita viagem contrato fatura planilha aluno turma livro capitulo resumo tarefa "
    "sensor meteo printer scanner painel garden kitchen winter autumn copper silver marble raven otter"
).split()
EXTENSIONS = "txt log csv json md conf yaml xml html ini py sh jpg png mp3 pdf sql bak tmp dat cfg js css".split()
NAMES = "ana joao maria bruna carlos pedro lucas julia deploy bob alice tcole priya marcos rita estagiario dev".split()
SERVICES = (
    "nginx docker postgresql redis haproxy mariadb minidlna cron ssh grafana prometheus rabbitmq zabbix squid bind9 "
    "postfix dovecot memcached elasticsearch jenkins gitea samba nfs-server cups chrony fail2ban mongodb vsftpd"
).split()
PACKAGES = (
    "htop git vim curl tmux jq tree figlet cowsay ffmpeg nodejs python3-pip build-essential unzip rsync ncdu zsh "
    "neovim imagemagick golang default-jdk php-fpm certbot wireguard sqlite3 net-tools nmap iotop strace haproxy"
).split()
SENTENCES: dict[Language, tuple[str, ...]] = {
    "pt": (
        "olá mundo",
        "ajusta o rodape",
        "primeira versão",
        "tudo certo por aqui",
        "bom dia",
        "servidor em manutenção",
        "corrige o login",
        "item,valor",
        "nome,email,idade",
        "fim do processo",
        "lembrar de pagar a luz",
        "nova linha",
        "Padaria do Zé",
        "Loja da Esquina",
        "Bem vindo",
        "não esquecer o leite",
        "porta=8443",
        "debug=true",
    ),
    "en": (
        "hello world",
        "fix the footer",
        "first version",
        "all good here",
        "good morning",
        "server under maintenance",
        "update the login page",
        "item,price",
        "name,email,age",
        "end of run",
        "remember the milk",
        "new line here",
        "Blue Heron Inn",
        "Field notes",
        "Welcome",
        "do not reply",
        "port=8443",
        "debug=true",
        "10.0.0.5 printer.lan",
    ),
}
NUMBER_WORDS: dict[Language, dict[int, str]] = {
    "pt": {2: "dois", 3: "três", 4: "quatro", 5: "cinco", 6: "seis", 7: "sete", 8: "oito", 10: "dez", 20: "vinte"},
    "en": {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 10: "ten", 20: "twenty"},
}
WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "pt": ("domingo", "segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado"),
    "en": ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
}
DIRECTORIES = ("/tmp", "/var/log", "/home/ana", "/etc", "/opt", "~", "/srv/www", "/data", "/srv/folha", "/mnt/disco")

_UNNAMED: dict[str, dict[Language, tuple[str, ...]]] = {
    "file": {"pt": ("o arquivo", "um arquivo", "aquele arquivo"), "en": ("the file", "a file", "that file")},
    "dir": {"pt": ("a pasta", "uma pasta", "o diretório"), "en": ("the folder", "a folder", "the directory")},
    "script": {"pt": ("o script", "um script"), "en": ("the script", "a script")},
    "service": {"pt": ("o serviço", "um serviço"), "en": ("the service", "a service")},
    "package": {"pt": ("o pacote", "um programa"), "en": ("the package", "a program")},
    "user": {"pt": ("o usuário", "um usuário"), "en": ("the user", "a user")},
    "group": {"pt": ("o grupo", "um grupo"), "en": ("the group", "a group")},
    "process": {"pt": ("o processo", "um processo"), "en": ("the process", "a process")},
    "port": {"pt": ("a porta", "uma porta"), "en": ("the port", "a port")},
}
"""What people say instead of a value; for other types they say nothing."""


def unnamed(slot_type: str, language: Language) -> tuple[str, ...]:
    """Return what an order says in the place of a value that it leaves open."""
    return _UNNAMED[slot_type][language] if slot_type in _UNNAMED else ("",)


@dataclass(frozen=True, slots=True)
class Value:
    """What a slot is filled with.

    Attributes:
        said: As it stands in the order.
        written: As it stands in the command, before quoting.
        parts: The named parts (`h` and `m` of a time).
    """

    said: str
    written: str
    parts: tuple[tuple[str, str], ...] = ()


class ValueMaker:
    """Draws values from a seeded source."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def draw(self, slot: Slot, language: Language) -> Value:
        """Return a value for a slot, said in a language."""
        if slot.values:
            choice = self._rng.choice(slot.values)
            return Value(choice.pt if language == "pt" else choice.en, choice.value)
        if slot.type == "time":
            return self._time(language)
        if slot.type == "weekday":
            number = self._rng.randrange(7)
            said = WEEKDAYS[language][number]
            if language == "pt" and self._rng.random() < 0.4:
                said = said.removesuffix("-feira")
            return Value(said.lower() if self._rng.random() < 0.4 else said, str(number))
        if slot.type in ("text", "message", "value", "person", "pattern"):
            return self._words(slot.type, language)
        if slot.type in ("number", "count", "days"):
            return self._number(language)
        text = self._simple(slot.type)
        if slot.ends:
            stem = text if slot.type == "dir" else text.partition(".")[0] or self.name()
            text = stem + self._rng.choice((slot.ends[0], *slot.ends))
        return Value(text, text)

    def name(self) -> str:
        """Return a name such as `vendas_2024` or `api-old`."""
        rng = self._rng
        word = self._invented() if rng.random() < 0.25 else rng.choice(WORDS)
        if rng.random() < 0.35:
            word += rng.choice("_-") + (self._invented() if rng.random() < 0.2 else rng.choice(WORDS))
        if rng.random() < 0.3:
            word += rng.choice(("", "-", "_", "")) + str(rng.choice((rng.randint(1, 99), rng.randint(2018, 2026))))
        return word.upper() if rng.random() < 0.02 else word

    def _invented(self) -> str:
        rng = self._rng
        count = rng.randint(2, 3)
        return "".join(rng.choice("bcdfgjklmnpqrstvxz") + rng.choice("aeiou") for _ in range(count))

    def _path(self, ending: str, folder_share: float = 0.25) -> str:
        rng = self._rng
        folder = ""
        if rng.random() < folder_share:
            folder = rng.choice((*DIRECTORIES, self.name())) + "/"
        return folder + self.name() + ending

    def _file(self) -> str:
        return self._path("." + self._rng.choice(EXTENSIONS))

    def _number(self, language: Language) -> Value:
        rng = self._rng
        number = rng.choice((rng.randint(1, 12), rng.randint(1, 60), rng.randint(1, 500)))
        if rng.random() < 0.12:
            number, word = rng.choice(tuple(NUMBER_WORDS[language].items()))
            return Value(word, str(number))
        return Value(str(number), str(number))

    def _time(self, language: Language) -> Value:
        rng = self._rng
        hour, minute = rng.randrange(24), rng.choice((0, 0, 15, 30, 45, rng.randrange(60)))
        if minute == 0 and rng.random() < 0.6:
            if language == "pt":
                said = rng.choice((f"{hour}h", f"{hour}", f"{hour} horas", f"{hour}:00"))
            else:
                clock = f"{hour % 12 or 12}{'am' if hour < 12 else 'pm'}"
                said = rng.choice((clock, clock, f"{hour}:00"))
        else:
            said = rng.choice(
                (
                    f"{hour}:{minute:02}",
                    f"{hour}:{minute:02}",
                    f"{hour}h{minute:02}" if language == "pt" else f"{hour:02}:{minute:02}",
                )
            )
        return Value(said, f"{hour:02}:{minute:02}", (("h", str(hour)), ("m", str(minute))))

    def _words(self, kind: str, language: Language) -> Value:
        rng = self._rng
        if kind == "person":
            text = f"{rng.choice(NAMES).title()} {rng.choice(('Tavares', 'Silva', 'Souza', 'Cole', 'Reed', 'Lima'))}"
            return Value(text, text)
        draw = rng.random()
        if draw < (0.25 if kind in ("text", "message") else 0.8):
            text = rng.choice((self.name(), rng.choice(WORDS), rng.choice(("ERROR", "WARN", "timeout", "404", "pago"))))
        elif draw < 0.7:
            text = rng.choice(SENTENCES[language])
        else:
            text = " ".join(rng.choice((rng.choice(WORDS), self.name())) for _ in range(rng.randint(2, 3)))
        quote = rng.choice(("'", '"', "", "")) if " " in text or rng.random() < 0.3 else ""
        return Value(f"{quote}{text}{quote}", text)

    def _simple(self, kind: str) -> str:
        maker = self._makers().get(kind)
        return maker() if maker is not None else self.name()

    def _makers(self) -> dict[str, Callable[[], str]]:
        return self._file_makers() | self._number_makers() | self._system_makers() | self._network_makers()

    def _file_makers(self) -> dict[str, Callable[[], str]]:
        rng, pick = self._rng, self._rng.choice
        return {
            "file": self._file,
            "dir": lambda: self._path("", 0.3) + ("/" if rng.random() < 0.05 else ""),
            "path": lambda: self._file() if rng.random() < 0.5 else self._path("", 0.6),
            "script": lambda: self._path(".sh", 0.08),
            "archive": lambda: self._path(pick((".tar.gz", ".tar.gz", ".zip", ".tgz", ".tar.xz", ".tar")), 0.15),
            "glob": lambda: "*." + pick(EXTENSIONS),
            "ext": lambda: pick(EXTENSIONS),
            "word": self.name,
        }

    def _number_makers(self) -> dict[str, Callable[[], str]]:
        rng, pick = self._rng, self._rng.choice
        return {
            "column": lambda: str(rng.randint(1, 8)),
            "line": lambda: str(rng.randint(1, 90)),
            "hours": lambda: str(rng.randint(1, 23)),
            "minutes": lambda: str(pick((1, 2, 5, 10, 15, 20, 30, 45))),
            "seconds": lambda: str(rng.randint(1, 90)),
            "percent": lambda: str(pick((50, 75, 80, 85, 90, 95))),
            "size": lambda: f"{pick((1, 2, 5, 10, 50, 100, 200, 500))}{pick('MMMGK')}",
            "mode": lambda: pick(("644", "755", "600", "700", "750", "640", "400", "775", "664", "440", "2775")),
            "port": lambda: str(
                pick((22, 23, 25, 80, 443, 3000, 3306, 5432, 6379, 8080, 8443, 9100, rng.randint(1024, 65000)))
            ),
        }

    def _system_makers(self) -> dict[str, Callable[[], str]]:
        rng, pick = self._rng, self._rng.choice
        return {
            "user": lambda: pick((pick(NAMES), pick(NAMES), self.name())),
            "group": lambda: pick(("docker", "sudo", "www-data", "devs", "adm", "financeiro", "video", self.name())),
            "service": lambda: pick((pick(SERVICES), pick(SERVICES), self.name())),
            "package": lambda: pick((pick(PACKAGES), pick(PACKAGES), self.name())),
            "process": lambda: pick(
                (pick(SERVICES), self._invented() + pick(("d", "x", "wrk", "")), "python3", "java")
            ),
            "pid": lambda: str(rng.randint(200, 60000)),
        }

    def _network_makers(self) -> dict[str, Callable[[], str]]:
        rng, pick = self._rng, self._rng.choice
        return {
            "host": lambda: pick((self.name() + pick((".lan", ".com.br", ".local", "")), self._ip())),
            "hostname": self.name,
            "ip": self._ip,
            "cidr": lambda: f"10.{rng.randint(0, 255)}.{rng.randint(0, 255)}.0/24",
            "url": lambda: (
                pick(("https://", "http://"))
                + self.name()
                + pick((".com", ".test", ".com.br"))
                + pick(("", "/" + self._file().split("/")[-1]))
            ),
            "domain": lambda: self.name() + pick((".com", ".com.br", ".test", ".org")),
            "email": lambda: pick(NAMES) + "@" + pick(WORDS) + pick((".com", ".test", ".com.br")),
            "device": lambda: pick(("/dev/sdb1", "/dev/sdb", "/dev/sdc1", "/dev/nvme0n1p2", "/dev/vdb")),
            "interface": lambda: pick(("eth0", "ens18", "enp3s0", "wlan0", "lo")),
            "mountpoint": lambda: pick(("/mnt/" + pick(WORDS), "/media/usb", "/data", "/", "/home", "/var")),
            "branch": lambda: pick((self.name(), pick(("feature/", "fix/", "release-")) + self.name())),
            "tag": lambda: f"v{rng.randint(0, 9)}.{rng.randint(0, 20)}" + pick(("", f".{rng.randint(0, 9)}")),
            "remote": lambda: pick(("origin", "upstream")),
            "envvar": lambda: pick(("HOME", "PATH", "LANG", "EDITOR", "JAVA_HOME", "APP_ENV", "DEBUG")),
            "json_key": lambda: pick(("version", "name", "email", "id", "status", "total", pick(WORDS))),
            "image": lambda: pick(("nginx", "redis:7", "postgres:16", "alpine", "ubuntu:24.04", "mysql:8")),
            "timezone": lambda: pick(("America/Sao_Paulo", "UTC", "Europe/Lisbon", "America/New_York")),
            "monthday": lambda: str(rng.randint(1, 28)),
            "command": lambda: (
                pick(("/usr/local/bin/", "/opt/", "/srv/", "/home/ana/")) + self.name() + pick((".sh", "", ".py"))
            ),
            "key": lambda: pick(("net.ipv4.ip_forward", "vm.swappiness", "fs.file-max", self.name())),
        }

    def _ip(self) -> str:
        rng = self._rng
        first = rng.choice(("10", "192", "172", "200"))
        return ".".join((first, *(str(rng.randint(0, 254)) for _ in range(3))))
