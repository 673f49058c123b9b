"""
WordPress as it runs at a commune's, on free loopback ports: MariaDB with a data directory of its
own, PHP's web server, one user a role with an application password. What it holds is counted in
its own database.
"""

import getpass
import json
import os
import shutil
import signal
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.kannel import ports

SOURCE = Path("/usr/share/wordpress")
PROGRAMS = (Path("/usr/sbin/mariadbd"), Path("/usr/bin/mariadb-install-db"), Path("/usr/bin/php"))
ROLES = ("administrator", "editor", "author", "contributor")
PATIENCE = 180.0  #: seconds for what takes three on an idle machine
ZONE = "Asia/Ho_Chi_Minh"

_CONFIG = """<?php
define('DB_NAME', 'wp'); define('DB_USER', 'wp'); define('DB_PASSWORD', 'wp');
define('DB_HOST', 'localhost:{socket}'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT',
          'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT'] as $k) define($k, md5($k));
define('WP_ENVIRONMENT_TYPE', 'local');  // application passwords without TLS
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HOME', '{url}'); define('WP_SITEURL', '{url}');
if (is_file('{folder}/constants.php')) require '{folder}/constants.php';
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""

#: as a web server's rewrite rules; the length is told, so that a proxy knows where it ends
_ROUTER = """<?php
$root = $_SERVER['DOCUMENT_ROOT']; $path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
ob_start(function ($body) {{ header('Content-Length: ' . strlen($body)); return $body; }});
if (is_file('{folder}/before.php')) {{ require '{folder}/before.php'; }}
if ($path !== '/' && is_file($root . $path)) {{ ob_end_clean(); return false; }}
$_SERVER['SCRIPT_NAME'] = '/index.php';
require $root . '/index.php';
"""

_SETUP = """<?php
define('WP_INSTALLING', true); $_SERVER['HTTP_HOST'] = '127.0.0.1'; chdir($argv[1]);
require 'wp-load.php'; require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Xã Lục Ngạn', 'administrator', 'administrator@example.test', true, '', 'mat-khau');
update_option('permalink_structure', '/%postname%/');
switch_theme('mot-trang'); update_option('timezone_string', $argv[2]); flush_rewrite_rules(true);
wp_delete_post(1, true); wp_delete_post(2, true);
$out = [];
foreach (array_slice($argv, 3) as $role) {
    $user = get_user_by('login', $role);
    $id = $user ? $user->ID : wp_insert_user(['user_login' => $role, 'user_pass' => 'x' . $role,
        'user_email' => $role . '@example.test', 'role' => $role]);
    list($out[$role]) = WP_Application_Passwords::create_new_application_password(
        $id, ['name' => 'giovang']);
}
echo json_encode($out);
"""

#: what Debian's package leaves to others: one page for everything
_THEME = """<!doctype html><title><?php wp_title(''); ?></title><?php
while (have_posts()) {
    the_post(); the_title('<h1>', '</h1>'); the_post_thumbnail(); the_content();
}
"""

_POSTS = """
SELECT JSON_OBJECT('id', ID, 'slug', post_name, 'status', post_status, 'title', post_title,
  'content', post_content, 'date', post_date, 'date_gmt', post_date_gmt,
  'modified_gmt', post_modified_gmt, 'type', post_type, 'author', post_author,
  'file', guid, 'alt', (SELECT meta_value FROM wp_postmeta WHERE post_id = ID
                        AND meta_key = '_wp_attachment_image_alt' LIMIT 1),
  'picture', (SELECT meta_value FROM wp_postmeta WHERE post_id = ID
              AND meta_key = '_thumbnail_id' LIMIT 1))
FROM wp_posts WHERE post_type = '{kind}' AND post_status <> 'auto-draft' ORDER BY ID
"""

_CATEGORIES = """
SELECT name FROM wp_terms JOIN wp_term_taxonomy USING (term_id)
JOIN wp_term_relationships USING (term_taxonomy_id)
WHERE taxonomy = 'category' AND object_id = {post}
"""


class WordPressSite:
    """One installation in its own folder; both processes end by `stop`."""

    def __init__(self, folder: Path) -> None:
        for program in (*PROGRAMS, SOURCE):
            if not program.exists():
                raise RuntimeError(f"{program} is missing: `make test` installs it (.ci/packages)")
        self.folder = folder
        (self.port,) = ports(1)  #: nobody takes it in the minute before PHP listens there
        self.passwords: dict[str, str] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._socket = folder / "db.sock"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def root(self) -> Path:
        return self.folder / "site"

    def start(self) -> "WordPressSite":
        """Installed and answering."""
        me, data = f"--user={getpass.getuser()}", f"--datadir={self.folder / 'db'}"
        self._command("mariadb-install-db", "--no-defaults", me, data, "--skip-test-db",
                      "--auth-root-authentication-method=normal")
        self._run("db", "/usr/sbin/mariadbd", "--no-defaults", me, data, "--skip-networking",
                  f"--socket={self._socket}", f"--pid-file={self.folder / 'db.pid'}",
                  "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M",
                  "--performance-schema=OFF")
        _until(self._has_database)
        self.sql("CREATE DATABASE wp CHARACTER SET utf8mb4; "
                 "CREATE USER wp@localhost IDENTIFIED BY 'wp'; GRANT ALL ON wp.* TO wp@localhost",
                 database="")
        shutil.copytree(SOURCE, self.root, symlinks=False)
        (self.root / "wp-content/uploads").mkdir(exist_ok=True)
        theme = self.root / "wp-content/themes/mot-trang"
        theme.mkdir(parents=True)
        (theme / "style.css").write_text("/* Theme Name: mot-trang */")
        (theme / "index.php").write_text(_THEME)
        (self.root / "wp-content/mu-plugins").mkdir()
        (self.root / "wp-config.php").write_text(_CONFIG.format(
            socket=self._socket, url=self.url, folder=self.folder))
        (self.folder / "router.php").write_text(_ROUTER.format(folder=self.folder))
        (self.folder / "setup.php").write_text(_SETUP)
        said = self._command("php", "-d", "display_errors=0", self.folder / "setup.php", self.root,
                             ZONE, *ROLES)
        self.passwords = json.loads(said.splitlines()[-1])
        self.up()
        return self

    def up(self) -> None:
        """The web server, on the port it had before."""
        self._run("web", "/usr/bin/php", "-d", "display_errors=0", "-S", f"127.0.0.1:{self.port}",
                  "-t", self.root, self.folder / "router.php")
        _until(self.answers)

    def down(self) -> None:
        """The web server is gone, as after a power cut; the database stays."""
        self._end("web", signal.SIGKILL)

    def stop(self) -> None:
        self._end("web", signal.SIGKILL)
        self._end("db", signal.SIGTERM)

    def mend(self) -> None:
        """It answers, and every switch is back."""
        for name in ("before.php", "constants.php"):
            (self.folder / name).unlink(missing_ok=True)
        for file in (self.root / "wp-content/mu-plugins").glob("*.php"):
            file.unlink()
        (self.root / ".maintenance").unlink(missing_ok=True)
        if "web" not in self._running:
            self.up()

    def clean(self) -> None:
        """As freshly installed: no article, no picture, every switch back."""
        self.mend()
        self.sql("DELETE FROM wp_posts; DELETE FROM wp_postmeta; "
                 "DELETE FROM wp_term_relationships; "
                 "DELETE FROM wp_terms WHERE term_id > 1; "
                 "DELETE FROM wp_term_taxonomy WHERE term_id > 1; "
                 "DELETE FROM wp_options WHERE option_name = 'sticky_posts'; "
                 "UPDATE wp_options SET option_value = '/%postname%/' "
                 "WHERE option_name = 'permalink_structure'")

    # ------------------------------------------------------------------ switches

    def before(self, php: str) -> None:
        """Run before WordPress at every request: a firewall, a host's error page."""
        (self.folder / "before.php").write_text(f"<?php {php}", encoding="utf-8")

    def plugin(self, php: str) -> None:
        """A plugin that nobody can switch off."""
        path = self.root / "wp-content/mu-plugins/kiem-thu.php"
        path.write_text(f"<?php {php}", encoding="utf-8")

    def constant(self, php: str) -> None:
        """What an administrator writes into wp-config.php."""
        (self.folder / "constants.php").write_text(f"<?php {php}", encoding="utf-8")

    def maintenance(self) -> None:
        """As WordPress does while it updates itself."""
        (self.root / ".maintenance").write_text("<?php $upgrading = time();")

    # ------------------------------------------------------------------ what it holds

    def posts(self, *statuses: str) -> list[dict[str, Any]]:
        """Articles by its own database, oldest first."""
        rows = self._rows(_POSTS.format(kind="post"))
        return [row for row in rows if not statuses or row["status"] in statuses]

    def pictures(self) -> list[dict[str, Any]]:
        return self._rows(_POSTS.format(kind="attachment"))

    def categories_of(self, post: int) -> set[str]:
        return set(self.sql(_CATEGORIES.format(post=post)).splitlines())

    def sticky(self) -> str:
        """The option as PHP has it; the ids of articles on top stand in it."""
        return self.sql("SELECT option_value FROM wp_options WHERE option_name = 'sticky_posts'")

    def page(self, path: str) -> tuple[int, str]:
        """What a visitor sees."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=PATIENCE) as got:  # noqa: S310  (loopback)
                return got.status, got.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def rest(self, method: str, path: str, role: str = "administrator", **fields: Any) -> Any:
        """As the person of this role would do it by REST; not through our channel."""
        manager = urllib.request.HTTPPasswordMgrWithPriorAuth()
        manager.add_password(None, self.url, role, self.passwords[role], is_authenticated=True)
        opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(manager))
        asked = urllib.request.Request(  # noqa: S310  (loopback)
            f"{self.url}/wp-json/wp/v2/{path}", json.dumps(fields).encode() if fields else None,
            {"Content-Type": "application/json"}, method=method)
        with opener.open(asked, timeout=PATIENCE) as got:
            return json.load(got)

    def sql(self, words: str, database: str = "wp") -> str:
        return self._command("mariadb", "--no-defaults", f"--socket={self._socket}", "-uroot",
                             "--batch", "--raw", "--skip-column-names",
                             "--default-character-set=utf8mb4", "-e", words, database).strip("\n")

    def _rows(self, words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.sql(words).splitlines()]

    def answers(self) -> bool:
        self._alive("web")
        try:
            return self.page("/wp-json/")[0] == 200
        except OSError:
            return False

    def _has_database(self) -> bool:
        self._alive("db")
        return subprocess.run(
            ["mariadb-admin", "--no-defaults", f"--socket={self._socket}", "-uroot", "ping"],
            capture_output=True, check=False).returncode == 0

    def _alive(self, name: str) -> None:
        if self._running[name].poll() is not None:
            raise RuntimeError((self.folder / f"{name}.log").read_text(errors="replace"))

    def _command(self, *words: object) -> str:
        done = subprocess.run([str(w) for w in words if w != ""], capture_output=True, text=True,
                              timeout=PATIENCE, check=False)
        if done.returncode:
            raise RuntimeError(f"{words}: {done.stderr}{done.stdout}")
        return done.stdout

    def _run(self, name: str, *words: object) -> None:
        env = {**os.environ, "PHP_CLI_SERVER_WORKERS": "4"}
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [str(w) for w in words], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env=env, start_new_session=True)

    def _end(self, name: str, how: int) -> None:
        process = self._running.pop(name, None)
        if process is None:
            return
        # PHP's workers are its children, in the group that it leads.
        (os.killpg if name == "web" else os.kill)(process.pid, how)
        process.wait(PATIENCE)


def _until(true: Callable[[], bool]) -> None:
    """Look again until it is true; the time is a limit, not a measure."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.05)):
        if true():
            return
        pause.wait(0.05)
    raise AssertionError("WordPress did not get there")
