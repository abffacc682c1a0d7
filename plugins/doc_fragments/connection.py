# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""Which back end, and how to log in to it: connection() of module_utils/_argspec.py."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  backend:
    description:
      - Where the storage is.
      - V(openstack) is Cinder, and Glance where an image is named.
      - V(zstack) is ZStack, for M(unified.storage.snapshot_group) and M(unified.storage.snapshot_group_info).
      - V(host) is LVM and NFS on the host that the module runs on, as O(host_storage) says.
      - A module that does not work on the back end that is named fails before it changes anything, with RV(ignore:error.kind=unsupported).
    type: str
    choices: [openstack, zstack, host]
    default: openstack
  cloud:
    description:
      - The name of a cloud in C(clouds.yaml).
      - Without it and without O(auth), the E(OS_*) variables of the environment decide (E(OS_CLOUD) among them),
        as everywhere in OpenStack.
    type: str
  auth_type:
    description:
      - How to log in, by the name of a plug-in of keystoneauth1, such as V(password), V(token) or V(v3applicationcredential).
      - Without it, what C(clouds.yaml) or the environment says counts, and else V(password).
    type: str
  auth:
    description:
      - The login. Which of these belong together depends on O(auth_type).
      - Given without O(cloud), the login stands alone, and neither C(clouds.yaml) nor E(OS_*) variables mix into it.
        Given with O(cloud), it goes before what C(clouds.yaml) says.
    type: dict
    suboptions:
      auth_url:
        description: The URL of Keystone.
        type: str
      username:
        description: The name of the user.
        type: str
      user_id:
        description: The id of the user, in place of its name and domain.
        type: str
      password:
        description: The password of the user.
        type: str
      passcode:
        description: The one-time code of a login with a second factor (O(auth_type=v3totp) and the like).
        type: str
      token:
        description: A token that is valid already, for O(auth_type=token).
        type: str
      application_credential_id:
        description: The id of an application credential, for O(auth_type=v3applicationcredential).
        type: str
      application_credential_name:
        description: The name of an application credential of the user that is named beside it.
        type: str
      application_credential_secret:
        description: The secret of the application credential.
        type: str
      project_id:
        description: The id of the project to work in.
        type: str
      project_name:
        description: The name of the project to work in.
        type: str
      project_domain_id:
        description: The id of the project's domain.
        type: str
      project_domain_name:
        description: The name of the project's domain.
        type: str
      user_domain_id:
        description: The id of the user's domain.
        type: str
      user_domain_name:
        description: The name of the user's domain.
        type: str
      domain_id:
        description: The id of the domain to work in, for a login that is scoped to a domain.
        type: str
      domain_name:
        description: The name of the domain to work in, for a login that is scoped to a domain.
        type: str
      default_domain:
        description: The id of the domain of user and project where neither says its own.
        type: str
      system_scope:
        description: V(all) for a login that is scoped to the whole system.
        type: str
      trust_id:
        description: The id of a trust, for a login in another user's name.
        type: str
      identity_provider:
        description: The identity provider that Keystone knows, for a federated login.
        type: str
      protocol:
        description: The protocol of the federated login, such as V(openid).
        type: str
      client_id:
        description: The OAuth 2.0 client, for a login by OpenID Connect.
        type: str
      client_secret:
        description: The secret of O(auth.client_id).
        type: str
      access_token:
        description: A token of the identity provider, for O(auth_type=v3oidcaccesstoken).
        type: str
      access_token_endpoint:
        description: Where the identity provider gives tokens, if it cannot be discovered.
        type: str
      discovery_endpoint:
        description: Where the identity provider describes itself.
        type: str
      openid_scope:
        description: The scopes to ask the identity provider for.
        type: str
  region_name:
    description: The region, where the cloud has several.
    type: str
  interface:
    description: Which of a service's endpoints to talk to. Without it, what C(clouds.yaml) says counts, and else V(public).
    type: str
    choices: [public, internal, admin]
    aliases: [endpoint_type]
  validate_certs:
    description: Whether to check the certificates of the cloud. Without it, what C(clouds.yaml) says counts, and else they are checked.
    type: bool
    aliases: [verify]
  ca_cert:
    description: A file with the certificates of the authorities to trust. A file that cannot be read fails the task, as with the next two options.
    type: path
    aliases: [cacert]
  client_cert:
    description: A file with the client's own certificate.
    type: path
    aliases: [cert]
  client_key:
    description: A file with the key of O(client_cert), where it is not in the same file.
    type: path
    aliases: [key]
  api_timeout:
    description: How many seconds one request may wait for an answer. Without it, what C(clouds.yaml) says counts, and else 60.
    type: int
  auth_cache:
    description:
      - Whether to keep the token, the endpoints and the versions found, and to reuse them in the next task. No password is ever kept.
      - Without it, they are kept where E(XDG_RUNTIME_DIR) names a private folder of the user, and else not.
      - V(true) insists, so the task fails without such a folder. V(false) keeps nothing. Any other word is the path of a folder to keep them in.
      - The folder is made with mode C(0700), and one that others may enter is refused. Each login is one file of mode C(0600)
        whose name is a keyed hash of all that identifies the login, the content of C(clouds.yaml) included.
      - A token that the cloud refuses is dropped and renewed once. So is the endpoint of a service that cannot be reached,
        or that no longer knows the version (HTTP 406).
      - With O(backend=zstack), it is the session of an account that is kept. One that is not kept is ended with the task.
    type: str
  zstack:
    description:
      - The login to ZStack, for O(backend=zstack). Either O(zstack.account) and O(zstack.password),
        or O(zstack.access_key_id) and O(zstack.access_key_secret), which go before.
    type: dict
    suboptions:
      url:
        description:
          - The address of the management server, such as V(http://zstack:8080).
          - If it is not given, E(ZSTACK_URL) of the environment counts.
        type: str
      account:
        description:
          - The name of the account.
          - If it is not given, E(ZSTACK_ACCOUNT) of the environment counts.
        type: str
      password:
        description:
          - Its password. What is sent is its SHA-512 digest, as ZStack asks for.
          - If it is not given, E(ZSTACK_PASSWORD) of the environment counts.
        type: str
      access_key_id:
        description:
          - The id of an access key. Requests are then signed, and no session is made.
          - ZStack compares the time of such a request with its own wall clock. Where the time zones differ,
            set E(TZ) to the server's in the task's C(environment).
          - If it is not given, E(ZSTACK_ACCESS_KEY_ID) of the environment counts.
        type: str
      access_key_secret:
        description:
          - The secret of the access key.
          - If it is not given, E(ZSTACK_ACCESS_KEY_SECRET) of the environment counts.
        type: str
      validate_certs:
        description: Whether to check the certificate of the server.
        type: bool
        default: true
      ca_cert:
        description: A file with the certificates of the authorities to trust.
        type: path
  host_storage:
    description:
      - For O(backend=host), which of the host's storage to use, and how. Other back ends do not heed it.
      - What exists already is found wherever it is. This says where new things go.
    type: dict
    suboptions:
      volume_group:
        description: The LVM volume group for what is new. Whatever makes something needs it.
        type: str
      thin_pool:
        description: A thin pool in O(host_storage.volume_group). With it, what is new is thin unless the task says otherwise.
        type: str
      over_provisioning:
        description:
          - Whether a thin pool may promise more than it has.
          - Without it, a plan that would let the volumes and snapshots of a pool grow beyond its size fails before anything is changed.
        type: bool
        default: false
      image_root:
        description: The folder of image files. Without it, an image is named by its whole path.
        type: path
      export_root:
        description: The folder that shares are mounted in.
        type: path
        default: /srv/shares
      export_address:
        description: The name or address under which clients reach the host's shares. Without it, the host's own name.
        type: str
      export_options:
        description: The options of each export, beside what its access rules say.
        type: list
        elements: str
        default: [sync, no_subtree_check, root_squash]
      filesystem:
        description: The file system of a new share.
        type: str
        choices: [ext4, xfs]
        default: ext4
requirements:
  - openstacksdk >= 4.2.0 (for O(backend=openstack))
  - keystoneauth1 >= 5.10.0 (for O(backend=openstack))
  - requests >= 2.25.0 (for O(backend=zstack))
  - lvm2 (for O(backend=host), and for thin pools its tools)
notes:
  - With O(backend=host), the module acts on the host that it runs on, with nothing but that host's Python and commands, and needs C(become).
  - The module talks to the cloud from the host that it runs on. Where only the controller reaches the cloud, run it there,
    with C(connection) V(local) or C(delegate_to) V(localhost).
  - Microversions are negotiated. C(clouds.yaml) need not set any.
"""
