# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Log in to an OpenStack cloud, and stay logged in between tasks.

With a cached login nothing of openstacksdk is imported: keystoneauth1, the
SDK's own HTTP layer, is given the token and the endpoints that are known. The
SDK reads the configuration, logs in and discovers versions when they are not.
"""

from __future__ import annotations

import os
import threading
import time
import typing as t

from ansible_collections.unified.storage.plugins.module_utils._auth_cache import open_cache
from ansible_collections.unified.storage.plugins.module_utils._errors import (
    Forbidden,
    Invalid,
    StorageError,
    Unreachable,
    Unsupported,
    Untrusted,
)

try:
    from keystoneauth1 import exceptions, plugin, session

    #: Renamed between releases of keystoneauth1.
    SSLError: t.Any = getattr(exceptions, "SSLError", None) or getattr(exceptions, "SSLFailure", None)
    MISSING: t.Optional[str] = None
    BasePlugin: t.Any = plugin.BaseAuthPlugin
except ImportError as missing:
    MISSING = str(missing)
    BasePlugin = object
    SSLError = None

#: Options that say which login it is; the module's names and the SDK's.
OPTIONS = {
    "auth_type": "auth_type",
    "auth": "auth",
    "region_name": "region_name",
    "interface": "interface",
    "validate_certs": "verify",
    "ca_cert": "cacert",
    "client_cert": "cert",
    "client_key": "key",
    "api_timeout": "api_timeout",
}
DEFAULT_TIMEOUT = 60
#: What a kept login consists of.
RECORD = ("token", "verify", "cert", "timeout", "services")
#: Seconds between the tries of a login or a discovery.
PAUSES = (0.5, 1.0, 2.0)


def _config_files() -> t.Dict[str, t.Optional[str]]:
    """What the SDK's configuration files contain, without reading them as YAML.

    A hash of each that exists: a changed file is another login.
    """
    import hashlib

    folders = [os.getcwd(), os.path.expanduser("~/.config/openstack"), "/etc/openstack"]
    xdg = os.environ.get("XDG_CONFIG_HOME")
    if xdg:
        folders.append(os.path.join(xdg, "openstack"))
    names = ["%s.%s" % (stem, end) for stem in ("clouds", "secure", "clouds-public") for end in ("yaml", "yml", "json")]
    paths = [os.path.join(folder, name) for folder in folders for name in names]
    for variable in ("OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE", "OS_CLIENT_VENDOR_FILE"):
        if os.environ.get(variable):
            paths.append(os.environ[variable])
    seen: t.Dict[str, t.Optional[str]] = {}
    for path in paths:
        try:
            with open(path, "rb") as file:
                seen[path] = hashlib.sha256(file.read()).hexdigest()
        except OSError:
            pass
    return seen


def check_certificates(verify: t.Any, cert: t.Any) -> None:
    """Raises Invalid for a file of certificates that is not there: below, that is an OSError out of nowhere.

    verify, cert: as requests takes them.
    """
    names = ["ca_cert", "client_cert", "client_key"]
    if verify is True:
        names[0] = "the environment (REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE)"
        verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    own = cert if isinstance(cert, (list, tuple)) else [cert]
    for name, path in zip(names, [verify, *own]):
        if path and not os.access(path, os.R_OK):
            raise Invalid("%s names %s, and there is no such file that can be read." % (name, path))


class CachedLogin(BasePlugin):  # type: ignore[misc]
    """A keystoneauth1 plug-in around a login that is known, and renewed when it is refused."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__()
        self._cloud = cloud
        self._handed_out = threading.local()
        self._lock = threading.Lock()

    def get_token(self, session: t.Any, **kwargs: t.Any) -> str:
        token: str = self._cloud.record["token"]
        self._handed_out.token = token
        return token

    def invalidate(self) -> bool:
        """Called when a token was refused: a new one, once for all the workers that held the old."""
        with self._lock:
            if getattr(self._handed_out, "token", None) == self._cloud.record["token"]:
                self._cloud.renew()
        return True


class Cloud:
    """A login to one cloud and region: a session and its services' endpoints."""

    def __init__(self, params: t.Mapping[str, t.Any]) -> None:
        if MISSING:
            raise Unsupported(
                "The back end openstack needs the Python packages openstacksdk and keystoneauth1: %s." % MISSING
            )
        self._params = params
        self._region: t.Any = None
        self._lock = threading.Lock()
        identity = {
            "options": {name: params.get(name) for name in ("cloud", *OPTIONS)},
            "environment": {k: v for k, v in os.environ.items() if k.startswith("OS_")},
            "files": _config_files(),
        }
        self._cache = open_cache(params.get("auth_cache"), identity)
        self.record: t.Dict[str, t.Any] = self._cache.load(RECORD) or self._patiently(self._login)
        #: services whose endpoint was found by another task, and may have changed since
        self._kept = set(self.record["services"])
        check_certificates(self.record["verify"], self.record["cert"])
        self.session = session.Session(
            auth=CachedLogin(self),
            verify=self.record["verify"],
            cert=tuple(self.record["cert"]) if isinstance(self.record["cert"], list) else self.record["cert"],
            timeout=self.record["timeout"],
            app_name="unified.storage",
        )

    def service(self, service_type: str) -> t.Dict[str, t.Any]:
        """The endpoint of a service: url, and its microversions min and max (texts or None).

        service_type: the official name (C(block-storage)).
        Raises Unsupported when the cloud has no such service.
        """
        with self._lock:
            known = self.record["services"].get(service_type)
            if known is None:
                known = self.record["services"][service_type] = self._patiently(lambda: self._discover(service_type))
                self._cache.save(self.record)
        return t.cast("t.Dict[str, t.Any]", known)

    def service_anew(self, service_type: str) -> t.Optional[t.Dict[str, t.Any]]:
        """The endpoint of a service as it is now, where another one was kept; asked once, else None."""
        with self._lock:
            if service_type not in self._kept:
                return None
            self._kept.discard(service_type)
            try:
                found = self._discover(service_type)
            except StorageError:
                return None  # what has failed before this says more
            if found == self.record["services"][service_type]:
                return None
            self.record["services"][service_type] = found
            self._cache.save(self.record)
            return found

    def renew(self) -> None:
        """Log in again: the token was refused."""
        self._cache.drop()
        self._region = None
        services = self.record["services"]
        self.record.update(self._patiently(self._login), services=services)
        self._cache.save(self.record)

    # -- with the SDK, when nothing is cached
    @staticmethod
    def _patiently(ask: t.Callable[[], t.Dict[str, t.Any]]) -> t.Dict[str, t.Any]:
        """Ask again through passing faults: neither a login nor a discovery changes anything."""
        for pause in PAUSES:
            try:
                return ask()
            except Untrusted:
                raise
            except Unreachable:
                time.sleep(pause)
        return ask()

    def _login(self) -> t.Dict[str, t.Any]:
        region = self._configured()
        with _SdkErrors():
            config = region.config
            verify, cert = region.get_requests_verify_args()
            check_certificates(verify, cert)
            auth = region.get_session().auth
            token = auth.get_token(region.get_session())
            access = auth.get_access(region.get_session()) if hasattr(auth, "get_access") else None
            expires = getattr(access, "expires", None)
        return {
            "token": token,
            "expires": expires.timestamp() if expires else None,
            "verify": verify,
            "cert": cert,
            "timeout": float(config.get("api_timeout") or DEFAULT_TIMEOUT),
            "services": {},
        }

    def _configured(self) -> t.Any:
        """The SDK's view of the configuration (a CloudRegion)."""
        if self._region is not None:
            return self._region
        try:
            from openstack.config import OpenStackConfig
        except ImportError as exc:
            raise Unsupported("The back end openstack needs the Python package openstacksdk: %s." % exc) from exc
        params = self._params
        given = {sdk: params[ours] for ours, sdk in OPTIONS.items() if params.get(ours) is not None}
        if "auth" in given:
            given["auth"] = {name: value for name, value in given["auth"].items() if value is not None}
            if "token" in given["auth"]:
                # SDK 4.2 puts None over a token that is given below auth only.
                given["token"] = given["auth"]["token"]
        cloud = params.get("cloud")
        with _SdkErrors():
            if given.get("auth") and not cloud:
                # A login given in full stands alone: neither files nor variables mix into it.
                config = OpenStackConfig(load_yaml_config=False, load_envvars=False)
            else:
                config = OpenStackConfig()
            region = config.get_one(cloud=cloud, **given)
            if not region.config.get("api_timeout"):
                region.config["api_timeout"] = DEFAULT_TIMEOUT
        self._region = region
        return region

    def _discover(self, service_type: str) -> t.Dict[str, t.Any]:
        region = self._configured()
        with _SdkErrors():
            adapter = region.get_session_client(service_type)
            data = adapter.get_endpoint_data()
            if data is None and adapter.get_endpoint():
                # Discovery keeps to itself why it got no answer: ask again, to hear it.
                region.get_session().get(adapter.get_endpoint(), authenticated=False)
                raise Unreachable(
                    "The service %s at %s does not say which versions it has." % (service_type, adapter.get_endpoint())
                )
            if data is None:
                raise Unsupported(
                    "The cloud has no endpoint of the service %s in region %s, interface %s."
                    % (service_type, region.region_name, region.get_interface(service_type) or "public")
                )
            return {
                "url": data.url,
                "min": ".".join(str(part) for part in data.min_microversion) if data.min_microversion else None,
                "max": ".".join(str(part) for part in data.max_microversion) if data.max_microversion else None,
            }


class _SdkErrors:
    """Turns the exceptions of configuration, login and discovery into ours."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: t.Any, exc: t.Any, traceback: t.Any) -> None:
        if exc is None or isinstance(exc, StorageError) or not isinstance(exc, Exception):
            return
        from keystoneauth1 import exceptions as ksa
        from openstack import exceptions as sdk

        text = " ".join(str(exc).split())
        # A token that is not known is answered by 404.
        if isinstance(exc, (ksa.Unauthorized, ksa.Forbidden, ksa.NotFound)):
            raise Forbidden(
                "The login was refused: %s" % text, status=exc.http_status, request_id=exc.request_id, reason=text
            ) from exc
        if isinstance(exc, SSLError):
            raise Untrusted(
                "The certificate of the cloud could not be verified (see ca_cert and validate_certs): %s" % text,
                reason=text,
            ) from exc
        if isinstance(exc, (sdk.ConfigException, ksa.MissingRequiredOptions, ksa.NoMatchingPlugin, ksa.OptionError)):
            raise Invalid("The connection to the cloud is not set up: %s" % text, reason=text) from exc
        if isinstance(exc, ksa.EndpointNotFound):
            raise Unsupported("The cloud has no such service: %s" % text, reason=text) from exc
        if isinstance(exc, (ksa.ClientException, sdk.SDKException)):
            raise Unreachable("The cloud could not be reached: %s" % text, reason=text) from exc
